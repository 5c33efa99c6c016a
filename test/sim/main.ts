/** `npm run sim -- --seed 7 --jobs 6`, or `--seed 1..2000`: runs seeds of the simulation and says what broke. */

import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { openDatabase } from '../../src/store/database.ts';
import { startEmbeddedPostgres } from '../../src/store/embedded/embedded-postgres.ts';
import { DEFAULT_JOBS, runSeeds } from './run-seeds.ts';
import { openSimDatabase } from './sim-database.ts';
import { summaryOf, verdictOf } from './summary.ts';

const USAGE = 'usage: npm run sim -- --seed N[..M] [--jobs N] [--trace]';
const MAX_SEEDS = 1_000_000;
/** The data dies with the run: nothing waits for the disk. */
const SETTINGS = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', autovacuum: 'off' };

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

async function main({ from, to, jobs, traces }: Order): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'reelgate-sim-'));
  const postgres = await startEmbeddedPostgres({ dataDir: directory, log: () => undefined, settings: SETTINGS });
  try {
    const name = `sim_${randomBytes(6).toString('hex')}`;
    const admin = openDatabase({ connection: postgres.connection, maxConnections: 1 });
    await admin.query(`create database ${name}`).finally(() => admin.close());
    const database = await openSimDatabase({ ...postgres.connection, database: name });
    const seeds = Array.from({ length: to - from + 1 }, (_, index) => ({ seed: from + index, jobs }));
    const started = performance.now();
    const results = await runSeeds(database, seeds, (result) => {
      if (result.violation !== null || traces) process.stdout.write(`${verdictOf(result, traces)}\n`);
    });
    await database.close();
    process.stdout.write(`${summaryOf(results, performance.now() - started)}\n`);
    if (results.violations > 0) process.exitCode = 1;
  } finally {
    await postgres.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

const order = readOrder();
if (order === null) {
  process.stderr.write(`${USAGE}\n`);
  process.exitCode = 2;
} else {
  await main(order);
}
