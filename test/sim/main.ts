/** `npm run sim -- --seed 7 --jobs 6`, or `--seed 1..2000`: runs seeds of the simulation and says what broke. */

import { parseArgs } from 'node:util';

import { DEFAULT_JOBS, runSeeds } from './run-seeds.ts';
import type { SeedOrder } from './run-seeds.ts';
import { startSimServer } from './sim-server.ts';
import { summaryOf, verdictOf } from './summary.ts';

const USAGE = 'usage: npm run sim -- --seed N[..M] [--jobs N] [--trace]';
const MAX_SEEDS = 1_000_000;

type Order = { readonly from: number; readonly to: number; readonly jobs: number; readonly traces: boolean };

function readOrder(): Order | null {
  const { values } = parseArgs({
    options: { seed: { type: 'string' }, jobs: { type: 'string' }, trace: { type: 'boolean' } },
  });
  const [, first, last] = /^(\d{1,9})(?:\.\.(\d{1,9}))?$/.exec(values.seed ?? '') ?? [];
  const jobs = Number(values.jobs ?? DEFAULT_JOBS);
  if (first === undefined || !Number.isInteger(jobs) || jobs < 1 || jobs > 1_000) return null;
  const [from, to] = [Number(first), Number(last ?? first)];
  return to < from || to - from >= MAX_SEEDS ? null : { from, to, jobs, traces: values.trace === true };
}

async function main(order: Order): Promise<void> {
  const server = await startSimServer();
  try {
    const startedMs = performance.now();
    const totals = await runSeeds(server.database, seedsOf(order), (result) => {
      if (result.violation !== null || order.traces) process.stdout.write(`${verdictOf(result, order.traces)}\n`);
    });
    process.stdout.write(`${summaryOf(totals, performance.now() - startedMs)}\n`);
    if (totals.violations > 0) process.exitCode = 1;
  } finally {
    await server.stop();
  }
}

/** Whoever is interrupted finishes the seed at hand, and sums up. */
function* seedsOf({ from, to, jobs }: Order): Generator<SeedOrder> {
  let isInterrupted = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => {
      isInterrupted = true;
    });
  for (let seed = from; seed <= to && !isInterrupted; seed += 1) yield { seed, jobs };
}

const asked = readOrder();
if (asked === null) {
  process.stderr.write(`${USAGE}\n`);
  process.exitCode = 2;
} else {
  await main(asked);
}
