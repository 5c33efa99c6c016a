/** Seeds that once found something. They are run for ever; a seed is added whenever one fails, and none is taken away. */

import type { SeedOrder } from './run-seeds.ts';

export type KeptSeed = SeedOrder & { readonly found: string };

export const KEPT_SEEDS: readonly KeptSeed[] = [
  { seed: 15, jobs: 5, found: 'a vendor asked after an outage had forgotten its task, and the job was made twice' },
  { seed: 415, jobs: 5, found: 'a node that stood still sent a submit that others had given up' },
  { seed: 7, jobs: 5, found: 'the last look at a late task was long before its vendor forgot it' },
  { seed: 4, jobs: 5, found: 'a task that its vendor had forgotten when the job expired was on no list' },
  { seed: 31, jobs: 5, found: 'an operator said that there is no task while the submit was on its way' },
  {
    seed: 28,
    jobs: 6,
    found: 'an operator said so before the submit arrived, and was heard by a node that had stood still',
  },
  { seed: 1_590, jobs: 6, found: 'a node that had stood still sent a submit again that its vendor had forgotten' },
];
