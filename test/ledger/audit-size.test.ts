/** The audit of a large ledger: its work grows with the ledger, and not with the square of it. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { isObject } from '../../src/model/json.ts';
import { AUDIT_QUESTIONS } from '../../src/store/audit.ts';
import { rows, sql } from '../../src/store/sql.ts';
import { accountWith, keyOf, sandboxChannel } from '../support/rows.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';
import { acceptedJob, factsOf, madeJob, moved, SUCCEEDED } from './support.ts';

const COPIES = 3_000;
/** A job has some twenty rows, and a question takes each in hand a few times. */
const MAX_ROWS_TOUCHED = 100 * COPIES;
const ROWS = ['Actual Rows', 'Rows Removed by Filter', 'Rows Removed by Join Filter', 'Rows Removed by Index Recheck'];

const JOB_COLUMNS = `account_id, key_id, mode, dialect, state, model, spec, notes, price, quote_micros, hold_micros,
  charge_micros, facts, channel_id, attempts, run_at, completed_at, deadline_at, spend_day`;

/** Of the first job and all that belongs to it. */
const COPY = [
  `create table copy as select gen_random_uuid() as job_id, gen_random_uuid() as attempt_id from generate_series(1, ${COPIES})`,
  `insert into job (id, attempt_id, ${JOB_COLUMNS})
   select copy.job_id, copy.attempt_id, ${JOB_COLUMNS} from (select ${JOB_COLUMNS} from job) as first, copy`,
  `insert into attempt select (jsonb_populate_record(attempt, to_jsonb(copy) || jsonb_build_object('id', copy.attempt_id))).*
   from attempt, copy`,
  `insert into ledger_txn
   select (jsonb_populate_record(txn, jsonb_build_object(
     'id', md5(copy.job_id::text || txn.id::text)::uuid, 'op_key', copy.job_id || txn.op_key, 'job_id', copy.job_id,
     'attempt_id', case when txn.attempt_id is not null then copy.attempt_id end))).*
   from ledger_txn txn, copy where txn.job_id is not null`,
  `insert into ledger_entry
   select md5(copy.job_id::text || txn.id::text)::uuid, entry.book, entry.amount_micros
   from ledger_entry entry join ledger_txn txn on txn.id = entry.txn_id and txn.job_id = $1, copy`,
  `insert into event (job_id, account_id, type, data) select copy.job_id, event.account_id, event.type, event.data from event, copy`,
  'analyze',
];

let test: TestDatabase;
beforeAll(async () => {
  test = await createTestDatabase();
  const account = await accountWith(test.db, 2_000_000n);
  const channel = await sandboxChannel(test.db, 'live', Buffer.alloc(0));
  const made = await madeJob(test.db, account, await keyOf(test.db, account, 'live'));
  const collecting = await moved(test.db, await acceptedJob(test.db, made, channel), {
    state: 'collecting',
    dueInMs: 60_000,
    event: null,
    costMicros: 250_000n,
  });
  const job = await moved(test.db, collecting, { ...SUCCEEDED(600_000n, 3_000), facts: factsOf(3_000) });
  for (const statement of COPY) await test.db.query(statement, statement.includes('$1') ? [job.id] : []);
});
afterAll(() => test.drop());

describe('a question of the audit', () => {
  it.each(AUDIT_QUESTIONS)('takes no table in hand once per job: $name', async ({ broken }) => {
    const [answer] = await rows<Record<string, unknown>>(test.db, sql`explain (analyze, format json) ${broken}`);
    expect(rowsTouched(answer?.['QUERY PLAN'])).toBeLessThan(MAX_ROWS_TOUCHED);
  });
});

/** Rows that the steps of the plan took in hand, those among them that they put aside. */
function rowsTouched(plan: unknown): number {
  if (Array.isArray(plan)) return plan.reduce((sum: number, part) => sum + rowsTouched(part), 0);
  if (!isObject(plan)) return 0;
  const own = ROWS.reduce((sum, name) => sum + Number(plan[name] ?? 0), 0) * Number(plan['Actual Loops'] ?? 0);
  return Object.values(plan).reduce((sum: number, part) => sum + rowsTouched(part), own);
}
