/** Statements about accounts whose books are in doubt: their new live jobs are refused until an operator lifts that. */

import type { Queryable } from './database.ts';
import { rows, sql } from './sql.ts';

/** So many rows of an account broke a promise of the audit. */
export type Finding = { readonly promise: string; readonly accountId: string; readonly broken: number };

/**
 * Keeps what an audit found in place of what the one before found, and freezes the accounts of which more is broken now: what
 * an operator has lifted stays lifted until there is more of it. Answers the frozen ones. Belongs in a transaction.
 */
export async function freezeFound(db: Queryable, findings: readonly Finding[]): Promise<string[]> {
  const found = sql`
    select * from unnest(${findings.map((one) => one.promise)}::text[], ${findings.map((one) => one.accountId)}::uuid[],
                         ${findings.map((one) => one.broken)}::bigint[]) as found (promise, account_id, broken)`;
  await rows(
    db,
    sql`delete from audit_finding
        where (promise, account_id) not in (select promise, account_id from (${found}) as found)`,
  );
  const statement = sql`
    with found as (${found}), more as (
      select found.account_id, string_agg(found.promise, ', ' order by found.promise) as promises
      from found left join audit_finding before using (promise, account_id)
      where before.broken is null or before.broken < found.broken
      group by found.account_id
    ), noted as (
      insert into audit_finding (promise, account_id, broken) select promise, account_id, broken from found
      on conflict (promise, account_id) do update set broken = excluded.broken, found_at = now()
    )
    update account
    set frozen_at = coalesce(frozen_at, now()), frozen_because = 'the audit found broken: ' || more.promises
    from more where account.id = more.account_id
    returning account.id`;
  return (await rows<{ id: string }>(db, statement)).map((row) => row.id);
}

/** `because` null lifts it. */
export async function setFrozen(db: Queryable, accountId: string, because: string | null): Promise<void> {
  await rows(
    db,
    sql`update account
        set frozen_at = case when ${because}::text is null then null else coalesce(frozen_at, now()) end, frozen_because = ${because}
        where id = ${accountId}`,
  );
}
