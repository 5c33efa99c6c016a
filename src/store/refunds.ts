/** Statements that give charged money back: never more than was charged, each by someone and for a reason. */

import { formatUsd } from '../model/money.ts';
import type { Micros } from '../model/money.ts';
import { isUniqueViolation } from './database.ts';
import type { Queryable } from './database.ts';
import { firstRow, json, rows, sql } from './sql.ts';

export type Refund = {
  readonly id: string;
  readonly amountMicros: Micros;
  readonly reason: string;
  readonly actor: string;
  readonly createdAt: Date;
};

export type RefundOrder = {
  readonly jobId: string;
  /** Null: all that is left of the charge. */
  readonly amountMicros: Micros | null;
  readonly reason: string;
  readonly actor: string;
  /** The same key twice is one refund of the job. */
  readonly clientKey: string | null;
};

export type RefundOutcome =
  | { readonly kind: 'refunded'; readonly refund: Refund }
  /** What this client key did before, whatever it asks for now. */
  | { readonly kind: 'repeated'; readonly refund: Refund }
  /** There is not so much left of the charge. */
  | { readonly kind: 'refused'; readonly leftMicros: Micros };

/** Another refund may come between looking and doing. */
const MAX_TRIES = 5;

/** From the house's revenue to the account, with an event on the job. The budgets keep what was spent. */
export async function refundJob(db: Queryable, order: RefundOrder): Promise<RefundOutcome> {
  let leftMicros = 0n;
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const before = await refundByKey(db, order);
    if (before !== null) return { kind: 'repeated', refund: before };
    leftMicros = await leftOf(db, order.jobId);
    const amountMicros = order.amountMicros ?? leftMicros;
    if (amountMicros <= 0n || amountMicros > leftMicros) return { kind: 'refused', leftMicros };
    const refund = await book(db, order, amountMicros);
    if (refund !== null) return { kind: 'refunded', refund };
  }
  return { kind: 'refused', leftMicros };
}

/** Null if another refund was first. */
async function book(db: Queryable, order: RefundOrder, amountMicros: Micros): Promise<Refund | null> {
  const event = json({ amount_usd: formatUsd(amountMicros), reason: order.reason });
  const statement = sql`
    with won as (
      update job set refunded_micros = refunded_micros + ${amountMicros}, refunds = refunds + 1
      where id = ${order.jobId} and mode = 'live' and state = 'succeeded'
        and refunded_micros + ${amountMicros} <= charge_micros
      returning id, account_id, refunds
    ), payer as (
      update account set available_micros = available_micros + ${amountMicros}
      from won where account.id = won.account_id
    ), txn as (
      insert into ledger_txn (op_key, kind, account_id, job_id, note, actor, client_key)
      select 'refund:' || won.id || ':' || won.refunds, 'refund', won.account_id, won.id, ${order.reason}, ${order.actor},
             ${order.clientKey}
      from won
      returning id, created_at
    ), entries as (
      insert into ledger_entry (txn_id, book, amount_micros)
      select txn.id, side.book, side.amount
      from txn, (values ('revenue', -${amountMicros}::bigint), ('available', ${amountMicros}::bigint)) as side (book, amount)
    ), logged as (
      insert into event (job_id, account_id, type, data) select won.id, won.account_id, 'refunded', ${event}::jsonb from won
    )
    select id, created_at from txn`;
  try {
    const row = await firstRow<{ id: string; created_at: Date }>(db, statement);
    if (row === null) return null;
    return { id: row.id, amountMicros, reason: order.reason, actor: order.actor, createdAt: row.created_at };
  } catch (error) {
    if (isUniqueViolation(error, 'one_refund_per_key')) return null;
    throw error;
  }
}

async function leftOf(db: Queryable, jobId: string): Promise<Micros> {
  const row = await firstRow<{ left_micros: Micros }>(
    db,
    sql`select coalesce(charge_micros, 0) - refunded_micros as left_micros from job where id = ${jobId} and mode = 'live'`,
  );
  return row?.left_micros ?? 0n;
}

type RefundRow = { id: string; amount_micros: Micros; note: string; actor: string; created_at: Date };

const REFUNDS = sql`
  select txn.id, entry.amount_micros, txn.note, txn.actor, txn.created_at
  from ledger_txn txn join ledger_entry entry on entry.txn_id = txn.id and entry.book = 'available'
  where txn.kind = 'refund'`;

async function refundByKey(db: Queryable, order: RefundOrder): Promise<Refund | null> {
  if (order.clientKey === null) return null;
  const row = await firstRow<RefundRow>(
    db,
    sql`${REFUNDS} and txn.job_id = ${order.jobId} and txn.client_key = ${order.clientKey}`,
  );
  return row === null ? null : toRefund(row);
}

/** The oldest first. */
export async function listRefunds(db: Queryable, jobId: string): Promise<Refund[]> {
  const found = await rows<RefundRow>(db, sql`${REFUNDS} and txn.job_id = ${jobId} order by txn.created_at, txn.id`);
  return found.map(toRefund);
}

function toRefund(row: RefundRow): Refund {
  return {
    id: row.id,
    amountMicros: row.amount_micros,
    reason: row.note,
    actor: row.actor,
    createdAt: row.created_at,
  };
}
