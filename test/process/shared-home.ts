/** Nodes that share a database, a home and a vendor: what they begin with, and what must be true when all is made. */

import { expect } from 'vitest';

import { expectCleanAudit } from './clean-audit.ts';
import { urlOf } from '../support/reelgate.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';
import { newHome } from './server-process.ts';
import type { Home } from './server-process.ts';
import { until } from './shop.ts';
import { bookedPrompts, startVendor } from './vendor.ts';
import type { Vendor, VendorOptions } from './vendor.ts';

/** Each `start` adds a node; `remove` ends them all. */
export type SharedHome = Home & { readonly database: TestDatabase; readonly vendor: Vendor };

export async function newSharedHome(options: VendorOptions = {}): Promise<SharedHome> {
  const database = await createTestDatabase();
  const vendor = await startVendor(options);
  const env = {
    DATABASE_URL: urlOf(database.connection),
    REELGATE_DATABASE_POOL: '4',
    REELGATE_SECRET: 'one secret for all nodes, long enough',
    REELGATE_LOG_LEVEL: 'silent',
  };
  // A node may stand still, or be cut off: it would not end in good order.
  const home = await newHome({ env, endWith: 'SIGKILL' });
  return {
    ...home,
    database,
    vendor,
    remove: async () => {
      await home.remove();
      await vendor.close();
      await database.drop();
    },
  };
}

/** Once there are so many jobs, and all have their videos. */
export function untilMade({ database: { db } }: SharedHome, jobs: number): Promise<true> {
  return until(`${jobs} videos are made`, async () => {
    const states = await db.query<{ state: string }>('select state from job');
    return states.length === jobs && states.every(({ state }) => state === 'succeeded') ? true : null;
  });
}

/** The vendor has one task for each of these prompts, nothing was told twice, and the audit finds nothing. */
export async function expectMadeOnce(
  { database: { db }, vendor }: SharedHome,
  prompts: readonly string[],
): Promise<void> {
  expect(bookedPrompts(vendor)).toEqual(prompts.toSorted());
  const told = await db.query(`select job_id, type from event group by job_id, type having count(*) > 1`);
  expect(told).toEqual([]);
  await expectCleanAudit(db);
}
