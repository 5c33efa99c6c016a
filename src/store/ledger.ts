/** The money inside the statements that move jobs: holds, settlements, vendors' bills, and the budgets they count against. */

import type { Micros } from '../model/money.ts';
import { nothing, sql } from './sql.ts';
import type { Sql } from './sql.ts';

// Locks are taken in one order everywhere: job, key, account. Whoever holds an account's row waits for nothing more.

export type HoldOrder = {
  readonly accountId: string;
  readonly keyId: string;
  /** Of all its jobs together. */
  readonly holdMicros: Micros;
};

const TODAY = sql`(now() at time zone 'UTC')::date`;

/**
 * CTEs after `room` and `ordered (id, hold_micros)`, the jobs, and ending in `payer (id, day)`: one row if there is room, the account
 * is not frozen, and its balance and all four budgets can bear the holds, and then they are booked and counted on `day`; else no row
 * and nothing written.
 */
export function holdCtes(order: HoldOrder): Sql {
  const hold = sql`${order.holdMicros}::bigint`;
  return sql`
    keyed as (
      select account_id from api_key
      where id = ${order.keyId} and account_id = ${order.accountId} and ${fitsBudgets(hold)}
        and (select has_room from room) is distinct from false
      for no key update
    ), payer as (
      update account
      set available_micros = available_micros - ${hold}, held_micros = held_micros + ${hold},
          ${counted(hold, sql`greatest(spend_day, ${TODAY})`)}
      from keyed
      where account.id = keyed.account_id and frozen_at is null and available_micros >= ${hold} and ${fitsBudgets(hold)}
      returning account.id, account.spend_day as day
    ), key_count as (
      update api_key set ${counted(hold, sql`payer.day`)} from payer where api_key.id = ${order.keyId}
    ), txn as (
      insert into ledger_txn (op_key, kind, account_id, job_id)
      select 'hold:' || ordered.id, 'hold', payer.id, ordered.id from payer, ordered
      returning id, job_id
    ), entries as (
      insert into ledger_entry (txn_id, book, amount_micros)
      select txn.id, side.book, side.amount
      from txn join ordered on ordered.id = txn.job_id,
           lateral (values ('available', -ordered.hold_micros), ('held', ordered.hold_micros)) as side (book, amount)
      where side.amount <> 0
    )`;
}

/** Of the row at hand, an account's or a key's. The counted day may be ahead of this node's transaction, never behind. */
function fitsBudgets(hold: Sql): Sql {
  return sql`
    (budget_daily_micros is null
      or case when spend_day >= ${TODAY} then spend_day_micros else 0 end + ${hold} <= budget_daily_micros)
    and (budget_monthly_micros is null
      or case when month_of(spend_day) >= month_of(${TODAY}) then spend_month_micros else 0 end + ${hold} <= budget_monthly_micros)`;
}

/** A new day, or month, begins at zero. */
function counted(hold: Sql, day: Sql): Sql {
  return sql`
    spend_day_micros = case when spend_day = ${day} then spend_day_micros else 0 end + ${hold},
    spend_month_micros = case when month_of(spend_day) = month_of(${day}) then spend_month_micros else 0 end + ${hold},
    spend_day = ${day}`;
}

/**
 * CTEs after `won`, the job's row as it was just written: the hold is gone, the charge is revenue, the rest is available
 * again and given back to the budgets of the day it was held on. Live jobs only: test jobs have quotes but no money.
 */
export function settlementCtes(kind: 'capture' | 'release'): Sql {
  return sql`
    , key_count as (
      update api_key set ${givenBack(sql`api_key`)}
      from won where api_key.id = won.key_id and won.mode = 'live'
      returning api_key.account_id
    ), payer as (
      update account
      set held_micros = held_micros - won.hold_micros,
          available_micros = available_micros + won.hold_micros - won.charge_micros,
          ${givenBack(sql`account`)}
      from won, key_count where account.id = key_count.account_id
    ), txn as (
      insert into ledger_txn (op_key, kind, account_id, job_id)
      select ${kind}::text || ':' || won.id, ${kind}, won.account_id, won.id from won where won.mode = 'live'
      returning id
    ), entries as (
      insert into ledger_entry (txn_id, book, amount_micros)
      select txn.id, side.book, side.amount
      from txn, won, lateral (values
        ('held', -won.hold_micros),
        ('available', won.hold_micros - won.charge_micros),
        ('revenue', won.charge_micros)
      ) as side (book, amount)
      where side.amount <> 0
    )`;
}

function givenBack(table: Sql): Sql {
  const rest = sql`won.hold_micros - won.charge_micros`;
  return sql`
    spend_day_micros = spend_day_micros - case when ${table}.spend_day = won.spend_day then ${rest} else 0 end,
    spend_month_micros = spend_month_micros
      - case when month_of(${table}.spend_day) = month_of(won.spend_day) then ${rest} else 0 end`;
}

/** CTEs after `won`: what the vendor will charge for the job's attempt, once. Nothing for a test job or a bill of zero. */
export function costCtes(costMicros: Micros): Sql {
  if (costMicros <= 0n) return nothing;
  return sql`
    , bill as (
      insert into ledger_txn (op_key, kind, account_id, job_id, attempt_id)
      select 'cost:' || won.attempt_id, 'cost', won.account_id, won.id, won.attempt_id
      from won where won.mode = 'live' and won.attempt_id is not null
      on conflict do nothing
      returning id
    ), bill_entries as (
      insert into ledger_entry (txn_id, book, amount_micros)
      select bill.id, side.book, side.amount
      from bill, (values ('expense', ${costMicros}::bigint), ('payable', -${costMicros}::bigint)) as side (book, amount)
    )`;
}
