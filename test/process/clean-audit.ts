/** The books at the end of a test. */

import { expect } from 'vitest';

import { runAudit } from '../../src/ledger/audit.ts';
import type { Database } from '../../src/store/database.ts';

/** Fails with what the audit finds. */
export async function expectCleanAudit(db: Database): Promise<void> {
  const audit = await runAudit(db);
  expect(audit.checks.filter(({ ok }) => !ok)).toEqual([]);
}
