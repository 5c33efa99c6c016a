/** What surrounds the API: the operator's side (C), secrets (L) and what the product is made of (K). */

import { afterAll, beforeAll, expect } from 'vitest';

import type { Database } from '../../src/store/database.ts';
import { accountWith } from '../support/rows.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';
import { OPERATOR, SECRETS, SUPPLY_CHAIN } from './cases/surroundings.ts';
import { runCases } from './support/run-cases.ts';

let database: TestDatabase;
let db: Database;
beforeAll(async () => {
  database = await createTestDatabase();
  db = database.db;
});
afterAll(() => database.drop());

runCases('C', OPERATOR, {
  C11: async () => {
    await accountWith(db, 1_000_000n);
    for (const change of [
      'update ledger_txn set kind = kind',
      'delete from ledger_txn',
      'update ledger_entry set amount_micros = 0',
      'delete from ledger_entry',
    ])
      await expect(db.query(change)).rejects.toThrow('the ledger is append-only');
  },
});
runCases('L', SECRETS, {});
runCases('K', SUPPLY_CHAIN, {});
