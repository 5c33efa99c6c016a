/** The questions of the audit: each asks for rows that must not exist. */

import type { Queryable } from './database.ts';
import { rows, sql } from './sql.ts';
import type { Sql } from './sql.ts';

export type AuditQuestion = { readonly name: string; readonly promise: string; readonly broken: Sql };

/** Rows shown per broken promise. */
const MAX_EXAMPLES = 20;

export const AUDIT_QUESTIONS: readonly AuditQuestion[] = [
  {
    name: 'transactions_balance',
    promise: 'the entries of each ledger transaction sum to zero',
    broken: sql`select txn_id::text as subject, sum(amount_micros)::text as found from ledger_entry group by txn_id having sum(amount_micros) <> 0`,
  },
  {
    name: 'balances_match_entries',
    promise: "each account's available and held amounts are the sums of its entries",
    broken: sql`
      select account.id::text as subject,
             account.available_micros || '/' || account.held_micros || ' but entries say ' ||
             coalesce(sum(amount_micros) filter (where book = 'available'), 0) || '/' ||
             coalesce(sum(amount_micros) filter (where book = 'held'), 0) as found
      from account
      left join ledger_txn txn on txn.account_id = account.id
      left join ledger_entry entry on entry.txn_id = txn.id
      group by account.id
      having account.available_micros <> coalesce(sum(amount_micros) filter (where book = 'available'), 0)
          or account.held_micros <> coalesce(sum(amount_micros) filter (where book = 'held'), 0)`,
  },
  {
    name: 'held_is_open_holds',
    promise: "what an account holds is the sum of its unfinished live jobs' holds",
    broken: sql`
      select account.id::text as subject, account.held_micros || ' but open jobs hold ' || coalesce(sum(job.hold_micros), 0) as found
      from account
      left join job on job.account_id = account.id and job.mode = 'live'
        and job.state in ('queued', 'submitting', 'running', 'collecting')
      group by account.id
      having account.held_micros <> coalesce(sum(job.hold_micros), 0)`,
  },
  {
    name: 'one_hold_per_live_job',
    promise: 'each live job has exactly one hold, of the amount on the job',
    broken: sql`
      select job.id::text as subject, coalesce(-sum(entry.amount_micros), 0)::text as found
      from job
      left join ledger_txn txn on txn.job_id = job.id and txn.kind = 'hold'
      left join ledger_entry entry on entry.txn_id = txn.id and entry.book = 'available'
      where job.mode = 'live'
      group by job.id, job.hold_micros
      having count(distinct txn.id) <> 1 or coalesce(-sum(entry.amount_micros), 0) <> job.hold_micros`,
  },
  {
    name: 'one_settlement_per_finished_job',
    promise: 'each finished live job has exactly one settlement and no unfinished job has any',
    broken: sql`
      select job.id::text as subject, job.state || ' with ' || count(txn.id) || ' settlements' as found
      from job left join ledger_txn txn on txn.job_id = job.id and txn.kind in ('capture', 'release')
      where job.mode = 'live'
      group by job.id, job.state
      having count(txn.id) <> case when job.state in ('succeeded', 'failed', 'cancelled', 'expired') then 1 else 0 end`,
  },
  {
    name: 'captures_match_charges',
    promise: 'a job is charged what its capture booked, never more than its hold, and nothing unless it succeeded',
    broken: sql`
      select job.id::text as subject, job.charge_micros || ' charged of ' || job.hold_micros as found
      from job
      left join ledger_txn txn on txn.job_id = job.id and txn.kind = 'capture'
      left join ledger_entry entry on entry.txn_id = txn.id and entry.book = 'revenue'
      where job.mode = 'live' and job.charge_micros is not null
        and (job.charge_micros > job.hold_micros or job.charge_micros <> coalesce(entry.amount_micros, 0)
             or (job.charge_micros <> 0 and job.state <> 'succeeded'))`,
  },
  {
    name: 'one_accepted_attempt_per_job',
    promise: 'no job was accepted by more than one channel',
    broken: sql`
      select job_id::text as subject, count(*) || ' accepted attempts' as found
      from attempt where state = 'accepted' group by job_id having count(*) > 1`,
  },
  {
    name: 'test_jobs_are_free',
    promise: 'a test job holds and moves no money',
    broken: sql`
      select job.id::text as subject, 'has money' as found from job
      where job.mode = 'test' and (job.hold_micros <> 0 or exists (select from ledger_txn txn where txn.job_id = job.id))`,
  },
];

/** Up to twenty rows that break the promise; none means it holds. */
export function findBroken(db: Queryable, question: AuditQuestion): Promise<{ subject: string; found: string }[]> {
  return rows(db, sql`select * from (${question.broken}) as broken limit ${MAX_EXAMPLES}`);
}
