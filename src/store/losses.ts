/** Statements about vendors' bills for what could not be sold, and about what each channel earned. */

import type { Micros } from '../model/money.ts';
import type { Queryable } from './database.ts';
import { costCtes } from './ledger.ts';
import { firstRow, rows, sql } from './sql.ts';

export type LateSuccess = {
  readonly jobId: string;
  readonly attemptId: string;
  /** What the vendor charges for it; null where that is not known: then the quote is booked. */
  readonly costMicros: Micros | null;
};

/**
 * Books a vendor's success for a live job that had ended without it (expired, cancelled, failed, or made by another attempt)
 * as our loss; the client is never charged. True the first time; false if it is booked already or is not late. The event of
 * the job is the caller's to write, in the same transaction.
 */
export async function bookLateSuccess(db: Queryable, late: LateSuccess): Promise<boolean> {
  const basis = late.costMicros === null ? 'quote' : 'cost';
  const statement = sql`
    with late as (
      select attempt.id, job.id as job_id, job.account_id, coalesce(${late.costMicros}::bigint, job.quote_micros, 0) as amount
      from attempt join job on job.id = attempt.job_id
      where attempt.id = ${late.attemptId} and job.id = ${late.jobId} and job.mode = 'live'
        and job.state in ('succeeded', 'failed', 'cancelled', 'expired')
        and not (job.state = 'succeeded' and job.attempt_id = attempt.id)
    ), txn as (
      insert into ledger_txn (op_key, kind, account_id, job_id, attempt_id, note)
      select 'loss:' || late.id, 'loss', late.account_id, late.job_id, late.id, ${basis} from late
      on conflict do nothing
      returning id
    ), entries as (
      insert into ledger_entry (txn_id, book, amount_micros)
      select txn.id, side.book, side.amount
      from txn, late, lateral (values ('loss', late.amount), ('payable', -late.amount)) as side (book, amount)
      where side.amount <> 0
    )
    select id from txn`;
  return (await firstRow(db, statement)) !== null;
}

/** Books what a vendor charges for a task that it failed, once; nothing for a test job or a bill of zero. */
export async function bookFailure(db: Queryable, attemptId: string, costMicros: Micros): Promise<void> {
  if (costMicros <= 0n) return;
  const statement = sql`
    with won as (
      select job.id, job.account_id, job.mode, attempt.id as attempt_id
      from attempt join job on job.id = attempt.job_id
      where attempt.id = ${attemptId}
    )
    ${costCtes(costMicros)}
    select id from bill`;
  await rows(db, statement);
}

export type Loss = {
  readonly id: string;
  readonly jobId: string;
  readonly accountId: string;
  readonly channelId: string;
  readonly taskId: string | null;
  readonly amountMicros: Micros;
  /** Whether the amount is the vendor's price or, for want of that, what the client had been quoted. */
  readonly basis: 'cost' | 'quote';
  readonly createdAt: Date;
};

type LossRow = {
  id: string;
  job_id: string;
  account_id: string;
  channel_id: string;
  task_id: string | null;
  amount_micros: Micros;
  note: Loss['basis'];
  created_at: Date;
};

/** One page, the newest first. */
export async function listLosses(db: Queryable, after: string | null, limit: number): Promise<Loss[]> {
  const statement = sql`
    select txn.id, txn.job_id, txn.account_id, attempt.channel_id, attempt.task ->> 'id' as task_id, coalesce(entry.amount_micros, 0) as amount_micros,
           txn.note, txn.created_at
    from ledger_txn txn
    left join ledger_entry entry on entry.txn_id = txn.id and entry.book = 'loss'
    join attempt on attempt.id = txn.attempt_id
    where txn.kind = 'loss' and (${after}::uuid is null
      or (txn.created_at, txn.id) < (select created_at, id from ledger_txn where id = ${after}))
    order by txn.created_at desc, txn.id desc limit ${limit}`;
  return (await rows<LossRow>(db, statement)).map((row) => ({
    id: row.id,
    jobId: row.job_id,
    accountId: row.account_id,
    channelId: row.channel_id,
    taskId: row.task_id,
    amountMicros: row.amount_micros,
    basis: row.note,
    createdAt: row.created_at,
  }));
}

export type ChannelMargin = {
  readonly channelId: string;
  readonly name: string;
  /** Captures less refunds. */
  readonly revenueMicros: Micros;
  readonly expenseMicros: Micros;
  readonly lossMicros: Micros;
  /** Videos sold of which no vendor's bill is on record: it asks nothing, or nobody knows its price. */
  readonly unbilled: number;
};

type MarginRow = {
  channel_id: string;
  name: string;
  revenue_micros: Micros;
  expense_micros: Micros;
  loss_micros: Micros;
  unbilled: number;
};

/** What each channel earned and cost from `since` until before `until`, if that is given; the bills as far as vendors' prices are known. */
export async function listMargins(db: Queryable, since: Date, until: Date | null = null): Promise<ChannelMargin[]> {
  const statement = sql`
    select channel.id as channel_id, channel.name,
           coalesce(sum(entry.amount_micros) filter (where entry.book = 'revenue'), 0)::bigint as revenue_micros,
           coalesce(sum(entry.amount_micros) filter (where entry.book = 'expense'), 0)::bigint as expense_micros,
           coalesce(sum(entry.amount_micros) filter (where entry.book = 'loss'), 0)::bigint as loss_micros,
           count(*) filter (where txn.kind = 'capture' and not exists (
             select from ledger_txn bill where bill.attempt_id = job.attempt_id and bill.kind = 'cost'))::integer as unbilled
    from ledger_txn txn
    join ledger_entry entry on entry.txn_id = txn.id and entry.book in ('revenue', 'expense', 'loss')
    join job on job.id = txn.job_id
    left join attempt on attempt.id = txn.attempt_id
    join channel on channel.id = coalesce(attempt.channel_id, job.channel_id)
    where txn.created_at >= ${since} and (${until}::timestamptz is null or txn.created_at < ${until})
    group by channel.id, channel.name order by channel.name, channel.id`;
  return (await rows<MarginRow>(db, statement)).map((row) => ({
    channelId: row.channel_id,
    name: row.name,
    revenueMicros: row.revenue_micros,
    expenseMicros: row.expense_micros,
    lossMicros: row.loss_micros,
    unbilled: row.unbilled,
  }));
}
