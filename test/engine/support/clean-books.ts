/** The end of tests that move money. */

import { expect } from 'vitest';

import { runAudit } from '../../../src/ledger/audit.ts';
import type { Installation } from './nodes.ts';

/** Puts the installation away, and fails with what an audit finds in its books. */
export async function closeWithCleanBooks(site: Installation): Promise<void> {
  const audit = await runAudit(site.db);
  await site.close();
  expect(audit.checks.filter(({ ok }) => !ok)).toEqual([]);
}
