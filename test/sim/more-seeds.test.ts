/** The second half of the seeds. */

import { describe } from 'vitest';

import { blocksOf, itKeepsAllRules, simDatabase } from './check-seeds.ts';

const JOBS = 5;
const database = simDatabase();

describe('whatever breaks, no job is lost or made twice, and every bill is in the books', () => {
  for (const [name, orders] of blocksOf(101, 5, 20, JOBS)) itKeepsAllRules(name, database, orders);
});
