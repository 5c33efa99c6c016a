/** What a run of the simulation says in words. */

import type { SeedResult } from './run-seed.ts';
import type { Totals } from './run-seeds.ts';

/** The last steps of a run that broke. */
const TOLD_LINES = 80;

/** The seed, where it broke, and the last steps before that; `whole` tells of every step. */
export function verdictOf({ seed, jobs, steps, digest, lines, violation }: SeedResult, whole = false): string {
  const head = `SEED=${seed} JOBS=${jobs} STEP=${steps}`;
  const told = whole ? lines : violation === null ? [] : lines.slice(-TOLD_LINES);
  const end = violation === null ? `DIGEST=${digest.toString(16)} ok` : violation;
  return [...(told.length === 0 ? [] : [head]), ...told.map((line) => `  ${line}`), `${head} ${end}`].join('\n');
}

export function summaryOf(totals: Totals, tookMs: number): string {
  const counts = [...totals.counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([what, times]) => `${what} ${times}`);
  const { seeds, steps, violations } = totals;
  return `${seeds} seeds, ${steps} steps in ${(tookMs / 1_000).toFixed(1)} s, ${violations} violations; ${counts.join(', ')}`;
}
