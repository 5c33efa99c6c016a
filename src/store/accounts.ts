/** Statements about accounts, their keys and their credits. */

import type { KeyMode } from '../model/job.ts';
import type { JsonObject } from '../model/json.ts';
import type { Micros } from '../model/money.ts';
import type { Queryable } from './database.ts';
import { firstRow, json, rows, sql } from './sql.ts';

export type Account = {
  readonly id: string;
  readonly name: string;
  readonly availableMicros: Micros;
  readonly heldMicros: Micros;
  readonly budgets: Budgets;
  readonly limits: AccountLimits;
  /** Charges and open holds of jobs made on this UTC day, and in this month. */
  readonly spentTodayMicros: Micros;
  readonly spentThisMonthMicros: Micros;
  /** While its books are in doubt, its new live jobs are refused; null otherwise. */
  readonly frozen: { readonly at: Date; readonly because: string } | null;
  readonly createdAt: Date;
};

/** What jobs made on one UTC day, or in one month, may cost together; null: no limit. */
export type Budgets = { readonly dailyMicros: Micros | null; readonly monthlyMicros: Micros | null };

/** How often somebody may ask, counting apart what makes or changes something and what only looks; reads go by the former where they have none of their own. Absent means no limit. */
export type RequestLimits = { readonly requests_per_minute?: number; readonly reads_per_minute?: number };

/** What an account may do with all of its keys together. */
export type AccountLimits = RequestLimits & {
  /** Jobs that are not ended. */
  readonly concurrent_jobs?: number;
};

type AccountRow = {
  id: string;
  name: string;
  available_micros: Micros;
  held_micros: Micros;
  budget_daily_micros: Micros | null;
  budget_monthly_micros: Micros | null;
  limits: AccountLimits;
  spent_today_micros: Micros;
  spent_this_month_micros: Micros;
  frozen_at: Date | null;
  frozen_because: string | null;
  created_at: Date;
};

const SPENT = sql`
  case when spend_day >= (now() at time zone 'UTC')::date then spend_day_micros else 0 end as spent_today_micros,
  case when month_of(spend_day) >= month_of((now() at time zone 'UTC')::date) then spend_month_micros else 0 end
    as spent_this_month_micros`;

function toAccount(row: AccountRow): Account {
  return {
    id: row.id,
    name: row.name,
    availableMicros: row.available_micros,
    heldMicros: row.held_micros,
    budgets: { dailyMicros: row.budget_daily_micros, monthlyMicros: row.budget_monthly_micros },
    limits: row.limits,
    spentTodayMicros: row.spent_today_micros,
    spentThisMonthMicros: row.spent_this_month_micros,
    frozen: row.frozen_at === null ? null : { at: row.frozen_at, because: row.frozen_because ?? '' },
    createdAt: row.created_at,
  };
}

export async function insertAccount(db: Queryable, id: string, name: string): Promise<void> {
  await rows(db, sql`insert into account (id, name) values (${id}, ${name})`);
}

export async function readAccount(db: Queryable, id: string): Promise<Account | null> {
  const row = await firstRow<AccountRow>(db, sql`select *, ${SPENT} from account where id = ${id}`);
  return row === null ? null : toAccount(row);
}

export type AccountChange = Pick<Account, 'name' | 'budgets' | 'limits'>;

/** A budget below what is already spent, or a limit below what is under way, refuses further jobs; it takes nothing back. */
export async function updateAccount(
  db: Queryable,
  id: string,
  { name, budgets, limits }: AccountChange,
): Promise<void> {
  await rows(
    db,
    sql`update account
        set name = ${name}, budget_daily_micros = ${budgets.dailyMicros}, budget_monthly_micros = ${budgets.monthlyMicros},
            limits = ${json(limits)}::jsonb
        where id = ${id}`,
  );
}

/** Makes the jobs count that were made while neither their key nor their account was limited. Not within a transaction that has locked either. */
export async function countJobsUnderWay(db: Queryable, accountId: string): Promise<void> {
  await rows(
    db,
    sql`update job set counted = true
        where account_id = ${accountId} and not counted and state in ('queued', 'submitting', 'running', 'collecting')`,
  );
}

export async function listAccounts(db: Queryable, after: string | null, limit: number): Promise<Account[]> {
  const statement = sql`
    select *, ${SPENT} from account where ${after}::uuid is null or id < ${after} order by id desc limit ${limit}`;
  return (await rows<AccountRow>(db, statement)).map(toAccount);
}

/** What stands between a key and its next job. */
export type Funds = {
  readonly isFrozen: boolean;
  readonly availableMicros: Micros;
  /** Jobs that may be under way at one time; null: any number. */
  readonly concurrentJobs: { readonly [scope in 'account' | 'key']: number | null };
  readonly limits: readonly {
    readonly scope: 'account' | 'key';
    readonly period: 'day' | 'month';
    readonly budgetMicros: Micros;
    readonly spentMicros: Micros;
  }[];
};

type FundsRow = {
  scope: 'account' | 'key';
  is_frozen: boolean;
  available_micros: Micros;
  concurrent_jobs: number | null;
  budget_daily_micros: Micros | null;
  budget_monthly_micros: Micros | null;
  spent_today_micros: Micros;
  spent_this_month_micros: Micros;
};

export async function readFunds(db: Queryable, accountId: string, keyId: string): Promise<Funds> {
  const statement = sql`
    select 'account' as scope, frozen_at is not null as is_frozen, available_micros, concurrent_jobs, budget_daily_micros, budget_monthly_micros, ${SPENT}
    from account where id = ${accountId}
    union all
    select 'key', false, 0, concurrent_jobs, budget_daily_micros, budget_monthly_micros, ${SPENT} from api_key where id = ${keyId}`;
  const found = await rows<FundsRow>(db, statement);
  const limits = found.flatMap((row) => [
    limitOf(row.scope, 'day', row.budget_daily_micros, row.spent_today_micros),
    limitOf(row.scope, 'month', row.budget_monthly_micros, row.spent_this_month_micros),
  ]);
  const mostOf = (scope: 'account' | 'key'): number | null =>
    found.find((row) => row.scope === scope)?.concurrent_jobs ?? null;
  return {
    isFrozen: found.some((row) => row.is_frozen),
    concurrentJobs: { account: mostOf('account'), key: mostOf('key') },
    availableMicros: found.find((row) => row.scope === 'account')?.available_micros ?? 0n,
    limits: limits.flat(),
  };
}

function limitOf(
  scope: 'account' | 'key',
  period: 'day' | 'month',
  budgetMicros: Micros | null,
  spentMicros: Micros,
): Funds['limits'] {
  return budgetMicros === null ? [] : [{ scope, period, budgetMicros, spentMicros }];
}

export type Grant = {
  readonly accountId: string;
  readonly amountMicros: Micros;
  /** Why. */
  readonly note: string;
  readonly actor: string;
  /** The same key twice is one grant. */
  readonly opKey: string;
};

/** Adds credit; null if there is no such account. */
export async function grantCredit(db: Queryable, grant: Grant): Promise<Account | null> {
  const statement = sql`
    with txn as (
      insert into ledger_txn (op_key, kind, account_id, note, actor)
      select ${grant.opKey}, 'grant', id, ${grant.note}, ${grant.actor} from account where id = ${grant.accountId}
      on conflict (op_key) do nothing
      returning id, account_id
    ), entries as (
      insert into ledger_entry (txn_id, book, amount_micros)
      select txn.id, side.book, side.amount
      from txn, (values ('available', ${grant.amountMicros}::bigint), ('granted', -${grant.amountMicros}::bigint)) as side (book, amount)
    )
    update account set available_micros = available_micros + ${grant.amountMicros}
    from txn where account.id = txn.account_id`;
  await rows(db, statement);
  return readAccount(db, grant.accountId);
}

/** What a key may do; absent means no limit. Budgets are decimal USD per UTC day and month. */
export type KeyLimits = AccountLimits & {
  readonly budget_daily_usd?: string;
  readonly budget_monthly_usd?: string;
};

export type ApiKey = {
  readonly id: string;
  readonly accountId: string;
  readonly name: string;
  readonly mode: KeyMode;
  readonly prefix: string;
  readonly tail: string;
  readonly models: readonly string[] | null;
  readonly allowedIps: readonly string[] | null;
  readonly limits: KeyLimits;
  readonly accountLimits: AccountLimits;
  readonly expiresAt: Date | null;
  readonly revokedAt: Date | null;
  readonly createdAt: Date;
};

type KeyRow = {
  id: string;
  account_id: string;
  name: string;
  mode: KeyMode;
  prefix: string;
  tail: string;
  models: string[] | null;
  allowed_ips: string[] | null;
  limits: JsonObject;
  account_limits: AccountLimits;
  expires_at: Date | null;
  revoked_at: Date | null;
  created_at: Date;
};

function toKey(row: KeyRow): ApiKey {
  return {
    id: row.id,
    accountId: row.account_id,
    name: row.name,
    mode: row.mode,
    prefix: row.prefix,
    tail: row.tail,
    models: row.models,
    allowedIps: row.allowed_ips,
    limits: row.limits,
    accountLimits: row.account_limits,
    expiresAt: row.expires_at,
    revokedAt: row.revoked_at,
    createdAt: row.created_at,
  };
}

const KEYS = sql`
  select api_key.*, account.limits as account_limits from api_key join account on account.id = api_key.account_id`;

export type NewKey = Omit<ApiKey, 'accountLimits' | 'revokedAt' | 'createdAt'> & { readonly digest: Buffer };

export async function insertKey(db: Queryable, key: NewKey): Promise<void> {
  await rows(
    db,
    sql`insert into api_key (id, account_id, name, mode, digest, prefix, tail, models, allowed_ips, limits, expires_at)
        values (${key.id}, ${key.accountId}, ${key.name}, ${key.mode}, ${key.digest}, ${key.prefix}, ${key.tail}, ${key.models},
                ${key.allowedIps}, ${json(key.limits)}::jsonb, ${key.expiresAt})`,
  );
}

export async function findKeyByDigest(db: Queryable, digest: Buffer): Promise<ApiKey | null> {
  const row = await firstRow<KeyRow>(db, sql`${KEYS} where digest = ${digest}`);
  return row === null ? null : toKey(row);
}

export async function readKey(db: Queryable, id: string): Promise<ApiKey | null> {
  const row = await firstRow<KeyRow>(db, sql`${KEYS} where api_key.id = ${id}`);
  return row === null ? null : toKey(row);
}

export async function listKeys(
  db: Queryable,
  accountId: string | null,
  after: string | null,
  limit: number,
): Promise<ApiKey[]> {
  const statement = sql`
    ${KEYS}
    where (${accountId}::uuid is null or account_id = ${accountId}) and (${after}::uuid is null or api_key.id < ${after})
    order by api_key.id desc limit ${limit}`;
  return (await rows<KeyRow>(db, statement)).map(toKey);
}

export type KeyChange = Pick<ApiKey, 'name' | 'models' | 'allowedIps' | 'limits' | 'expiresAt'>;

export async function updateKey(db: Queryable, id: string, change: KeyChange): Promise<void> {
  await rows(
    db,
    sql`update api_key
        set name = ${change.name}, models = ${change.models}, allowed_ips = ${change.allowedIps},
            limits = ${json(change.limits)}::jsonb, expires_at = ${change.expiresAt}
        where id = ${id}`,
  );
}

/** A revoked key never works again. */
export async function revokeKey(db: Queryable, id: string): Promise<void> {
  await rows(db, sql`update api_key set revoked_at = coalesce(revoked_at, now()) where id = ${id}`);
}
