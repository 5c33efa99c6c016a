/** The first half of the seeds, the kept ones, and that a seed says all: the second half runs beside it. */

import { describe, expect, it } from 'vitest';

import { blocksOf, itKeepsAllRules, simDatabase } from './check-seeds.ts';
import { KEPT_SEEDS } from './kept-seeds.ts';
import { runSeed } from './run-seed.ts';

const JOBS = 5;
const database = simDatabase();

describe('whatever breaks, no job is lost or made twice, and every bill is in the books', () => {
  for (const [name, orders] of blocksOf(1, 5, 20, JOBS)) itKeepsAllRules(name, database, orders);
});

describe('what was found once is found no more', () => {
  for (const kept of KEPT_SEEDS)
    itKeepsAllRules(`seed ${kept.seed} with ${kept.jobs} jobs: ${kept.found}`, database, [kept]);
});

describe('a seed', () => {
  it('tells the same story each time, whatever ran before', async () => {
    const first = await runSeed(database(), 7, JOBS);
    await runSeed(database(), 8, JOBS);
    const again = await runSeed(database(), 7, JOBS);
    expect(again.lines).toEqual(first.lines);
    expect(first.lines.length).toBeGreaterThan(100);
  });
});
