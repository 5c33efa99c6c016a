/** Runs one seed after the other, and adds up what happened. */

import { runSeed } from './run-seed.ts';
import type { SeedResult } from './run-seed.ts';
import type { SimDatabase } from './sim-database.ts';

export const DEFAULT_JOBS = 6;

export type Totals = {
  seeds: number;
  steps: number;
  violations: number;
  readonly counts: Map<string, number>;
};

export type SeedOrder = { readonly seed: number; readonly jobs: number };

/** `tell` hears of each seed when it is done. */
export async function runSeeds(
  database: SimDatabase,
  orders: Iterable<SeedOrder>,
  tell: (result: SeedResult) => void,
): Promise<Totals> {
  const totals: Totals = { seeds: 0, steps: 0, violations: 0, counts: new Map() };
  for (const { seed, jobs } of orders) {
    const result = await runSeed(database, seed, jobs);
    totals.seeds += 1;
    totals.steps += result.steps;
    if (result.violation !== null) totals.violations += 1;
    for (const [what, times] of result.counts) totals.counts.set(what, (totals.counts.get(what) ?? 0) + times);
    tell(result);
  }
  return totals;
}
