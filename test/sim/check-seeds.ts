/** What the test files of the simulation share: each runs its own seeds, on a database of its own. */

import { afterAll, beforeAll, expect, it } from 'vitest';

import { runSeeds } from './run-seeds.ts';
import type { SeedOrder } from './run-seeds.ts';
import type { SimDatabase } from './sim-database.ts';
import { startSimServer } from './sim-server.ts';
import type { SimServer } from './sim-server.ts';
import { verdictOf } from './summary.ts';

const TIMEOUT_MS = 120_000;

/** The database of the test file that calls this. */
export function simDatabase(): () => SimDatabase {
  let server: SimServer | null = null;
  beforeAll(async () => {
    server = await startSimServer();
  });
  afterAll(async () => {
    await server?.stop();
  });
  return () => {
    if (server === null) throw new Error('the database is opened before the tests');
    return server.database;
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
