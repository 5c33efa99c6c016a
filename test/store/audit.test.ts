/** The audit notices whatever damage is done to the books. */

import { describe, expect, it } from 'vitest';

import { acceptedJob, brokenPromises, factsOf, madeJob, moved, SUCCEEDED } from '../ledger/support.ts';
import { accountWith, keyOf, sandboxChannel } from '../support/rows.ts';
import { createTestDatabase } from '../support/test-database.ts';

const DOLLAR = 1_000_000n;

/** Each of them done to a job that succeeded at a charge of 0.60, in a database of its own; undone by throwing it away. */
const DAMAGE: readonly { readonly what: string; readonly sql: string; readonly broken: readonly string[] }[] = [
  {
    what: 'a charge that the price does not give',
    sql: `update job set charge_micros = 500000`,
    broken: [
      'captures_match_charges',
      'account_spend_matches_jobs',
      'key_spend_matches_jobs',
      'charges_follow_the_price',
    ],
  },
  {
    what: 'facts that were changed afterwards',
    sql: `update job set facts = jsonb_set(facts, '{durationMs}', '2000')`,
    broken: ['charges_follow_the_price'],
  },
  {
    what: 'a status that claims a release that never was',
    sql: `update job set state = 'failed'`,
    broken: ['one_settlement_per_finished_job', 'captures_match_charges', 'statuses_have_movements'],
  },
  {
    what: 'a refund on the job that the ledger lacks',
    sql: `update job set refunded_micros = 1, refunds = 1`,
    broken: ['refunds_match_charges'],
  },
  {
    what: 'a refund that is only told',
    sql: `insert into event (job_id, account_id, type, data) select id, account_id, 'refunded', '{}' from job`,
    broken: ['refunds_match_charges'],
  },
  {
    what: 'a late success that is only told',
    sql: `insert into event (job_id, account_id, type, data) select id, account_id, 'late_success', '{}' from job`,
    broken: ['statuses_have_movements'],
  },
  {
    what: 'a budget counter that drifted',
    sql: `update account set spend_day_micros = spend_day_micros + 1`,
    broken: ['account_spend_matches_jobs'],
  },
  {
    what: 'a key’s counter that drifted',
    sql: `update api_key set spend_month_micros = spend_month_micros + 1`,
    broken: ['key_spend_matches_jobs'],
  },
  {
    what: 'entries that do not sum to zero',
    sql: `insert into ledger_entry select id, 'loss', 5 from ledger_txn where kind = 'grant'`,
    broken: ['transactions_balance', 'entries_fit_their_kind', 'books_close'],
  },
  {
    what: 'money from nowhere',
    sql: `update account set available_micros = available_micros + 1`,
    broken: ['balances_match_entries', 'books_close'],
  },
  {
    what: 'a bill for an attempt that no vendor accepted',
    sql: `with txn as (insert into ledger_txn (op_key, kind, account_id, job_id, attempt_id)
            select 'x', 'cost', account_id, id, attempt_id from job returning id),
          refused as (update attempt set state = 'refused')
          insert into ledger_entry select txn.id, side.book, side.amount
          from txn, (values ('expense', 5), ('payable', -5)) as side (book, amount)`,
    broken: ['bills_are_booked_once'],
  },
  {
    what: 'a job that was bought of two vendors',
    sql: `with task as (
            insert into attempt (id, job_id, number, channel_id, credential_id, state, failure, task)
            select gen_random_uuid(), job_id, 0, channel_id, credential_id, 'accepted', null, '{"id": "another", "data": {}}' from attempt
            returning id, job_id),
          made as (select id, job_id from attempt union all select id, job_id from task),
          txn as (insert into ledger_txn (op_key, kind, account_id, job_id, attempt_id)
            select made.id::text, 'cost', job.account_id, job.id, made.id from made join job on job.id = made.job_id returning id)
          insert into ledger_entry select txn.id, side.book, side.amount
          from txn, (values ('expense', 5), ('payable', -5)) as side (book, amount)`,
    broken: ['no_blind_second_submit', 'bills_are_booked_once'],
  },
  {
    what: 'money of a test job',
    sql: `update job set mode = 'test'`,
    broken: ['test_jobs_are_free'],
  },
  {
    what: 'a second submit after one whose outcome is not known',
    sql: `insert into attempt (id, job_id, number, channel_id, credential_id, state)
          select gen_random_uuid(), job_id, 2, channel_id, credential_id, 'refused' from attempt`,
    broken: ['no_blind_second_submit'],
  },
  {
    what: 'one task of a vendor on two attempts',
    sql: `insert into attempt (id, job_id, number, channel_id, credential_id, state, task)
          select gen_random_uuid(), job_id, 3, channel_id, credential_id, 'refused', task from attempt`,
    broken: ['tasks_belong_to_one_attempt'],
  },
  {
    what: 'a submit that was forgotten',
    sql: `update attempt set state = 'submitting', created_at = now() - interval '1 hour'`,
    broken: ['no_attempt_is_forgotten'],
  },
];

describe('the audit', () => {
  it.each(DAMAGE)('notices $what', async ({ sql, broken }) => {
    const fresh = await createTestDatabase();
    try {
      const account = await accountWith(fresh.db, 2n * DOLLAR);
      const key = await keyOf(fresh.db, account, 'live');
      const channel = await sandboxChannel(fresh.db, 'live', Buffer.alloc(0));
      const running = await acceptedJob(fresh.db, await madeJob(fresh.db, account, key), channel);
      await moved(fresh.db, running, { ...SUCCEEDED(600_000n, 3_000), facts: factsOf(3_000) });
      expect(await brokenPromises(fresh.db)).toEqual([]);
      await fresh.db.query(sql);
      expect(await brokenPromises(fresh.db)).toEqual(broken);
    } finally {
      await fresh.drop();
    }
  });
});
