/** What the test files of the simulation share: each runs its own seeds, on a database of its own. */

import { afterAll, beforeAll, expect, it } from 'vitest';

import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';
import { runSeeds } from './run-seeds.ts';
import type { SeedOrder } from './run-seeds.ts';
import { openSimDatabase } from './sim-database.ts';
import type { SimDatabase } from './sim-database.ts';
import { verdictOf } from './summary.ts';

const TIMEOUT_MS = 120_000;

/** The database of the test file that calls this. */
export function simDatabase(): () => SimDatabase {
  let own: TestDatabase | null = null;
  let opened: SimDatabase | null = null;
  beforeAll(async () => {
    own = await createTestDatabase({ from: 'nothing' });
    opened = await openSimDatabase(own.connection);
  });
  afterAll(async () => {
    await opened?.close();
    await own?.drop();
  });
  return () => {
    if (opened === null) throw new Error('the database is opened before the tests');
    return opened;
  };
}

/** Fails with the story of the first seed that broke. */
export function itKeepsAllRules(name: string, database: () => SimDatabase, orders: readonly SeedOrder[]): void {
  it(
    name,
    async () => {
      const broken: string[] = [];
      const totals = await runSeeds(database(), orders, (result) => {
        if (result.violation !== null) broken.push(verdictOf(result));
      });
      expect(broken[0] ?? 'all rules were kept').toBe('all rules were kept');
      expect(totals.seeds).toBe(orders.length);
    },
    TIMEOUT_MS,
  );
}

/** The seeds from `first` on, in blocks with a name each. */
export function blocksOf(first: number, blocks: number, seeds: number, jobs: number): [string, SeedOrder[]][] {
  return Array.from({ length: blocks }, (_, block) => {
    const from = first + block * seeds;
    const orders = Array.from({ length: seeds }, (_seed, index) => ({ seed: from + index, jobs }));
    return [`seeds ${from} to ${from + seeds - 1}`, orders];
  });
}
