/**
 * `npm run soak -- --minutes 120`: a server under a steady load, with a vendor that makes mistakes, and what of it grows: memory,
 * handles, tables and indexes, as slopes per hour. `--creates` and `--reads` set the rates per second.
 */

import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';

import { runAudit } from '../src/ledger/audit.ts';
import type { LoadResult } from './load.ts';
import { createBody, jsonHeaders, MODEL } from './requests.ts';
import { withRig } from './rig.ts';
import type { Node, Rig } from './rig.ts';
import { measureLoad } from './run-load.ts';
import { megabytes, ms, row, title } from './table.ts';
import { teach } from './teach.ts';

const WORK_MS = 5_000;
const FAULTS = 0.05;
const SAMPLE_MS = 10_000;
/** One generator sends for so long, then a new one with newer jobs to read. */
const SLICE_SECONDS = 60;
const READ_JOBS = 500;
/** Some of them wait for an answer that the vendor never gives, and must not hold up the others. */
const CREATORS = 256;
const READERS = 64;
/** Of the whole time: caches fill and code is compiled before anything is compared. */
const WARM_UP_SHARE = 0.25;
const SETTLE_MS = 60_000;

const SIZES = `
  select relname as name, pg_table_size(oid) as bytes from pg_class
  where relkind = 'r' and relnamespace in ('public'::regnamespace, 'pgboss'::regnamespace)
  union all
  select relname || ' (indexes)', pg_indexes_size(oid) from pg_class
  where relkind = 'r' and relhasindex and relnamespace in ('public'::regnamespace, 'pgboss'::regnamespace)`;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '120' },
    creates: { type: 'string', default: '50' },
    reads: { type: 'string', default: '2000' },
  },
});
const plan = { minutes: Number(values.minutes), creates: Number(values.creates), reads: Number(values.reads) };
if (!Object.values(plan).every((value) => value > 0))
  throw new RangeError('minutes, creates and reads must be numbers above 0');

type Sample = {
  readonly hours: number;
  readonly rssBytes: number;
  readonly heapBytes: number;
  readonly handles: number;
  readonly loopDelayP99Ms: number;
  readonly jobs: number;
  readonly tables: ReadonlyMap<string, number>;
};

title(
  `Soak of ${plan.minutes} minutes`,
  `${plan.creates} creates and ${plan.reads} reads per second, whatever becomes of them; tasks take ${WORK_MS / 1_000} s, and ${FAULTS * 100} % of ` +
    `the vendor's answers are wrong or missing. A sample each ${SAMPLE_MS / 1_000} s, memory after a garbage collection. Slopes: least squares over ` +
    `what follows the first ${WARM_UP_SHARE * 100} % of the time.`,
);
await withRig(1, async (rig, node) => {
  await teach(rig, MODEL, WORK_MS, 0.2);
  await rig.order({ kind: 'work', workMs: WORK_MS, spread: 0.2, hanging: null, callbacks: null, faults: FAULTS });
  const beganMs = performance.now();
  const over = new AbortController();
  const sampling = takeSamples(rig, node, beganMs, over.signal);
  const slices = await putLoad(rig, node, beganMs);
  over.abort();
  const samples = await sampling;
  await delay(Math.min(SETTLE_MS, plan.minutes * 60_000));
  printLoad(slices);
  printSlopes(samples);
  await printEnds(rig);
  const { ok, checks } = await runAudit(rig.db);
  row('audit', ok ? 'clean' : checks.flatMap((check) => (check.ok ? [] : [check.name])).join(', '), 'clean');
});

type Slice = { readonly creates: LoadResult; readonly reads: LoadResult };

async function putLoad(rig: Rig, node: Node, beganMs: number): Promise<readonly Slice[]> {
  const slices: Slice[] = [];
  const endMs = beganMs + plan.minutes * 60_000;
  for (let leftMs = endMs - performance.now(); leftMs > 0; leftMs = endMs - performance.now()) {
    const seconds = Math.max(1, Math.min(SLICE_SECONDS, Math.round(leftMs / 1_000)));
    const common = { origins: [node.url], headers: jsonHeaders(rig.key), seconds };
    const [creates, reads] = await Promise.all([
      measureLoad({
        ...common,
        method: 'POST',
        paths: ['/v1/videos'],
        body: createBody(MODEL, 'boat {n}'),
        clients: CREATORS,
        rate: plan.creates,
      }),
      measureLoad({
        ...common,
        method: 'GET',
        paths: await readablePaths(rig),
        body: null,
        clients: READERS,
        rate: plan.reads,
      }),
    ]);
    slices.push({ creates, reads });
  }
  return slices;
}

async function readablePaths(rig: Rig): Promise<readonly string[]> {
  const newest = await rig.db.query<{ id: string }>('select id from job order by id desc limit $1', [READ_JOBS]);
  return ['/v1/videos?limit=20', ...newest.map(({ id }) => `/v1/videos/video_${id}`)];
}

async function takeSamples(rig: Rig, node: Node, beganMs: number, signal: AbortSignal): Promise<readonly Sample[]> {
  const samples: Sample[] = [];
  while (!signal.aborted) {
    await delay(SAMPLE_MS, undefined, { signal }).catch(() => undefined);
    const probed = await node.probe();
    const [{ jobs } = { jobs: 0 }] = await rig.db.query<{ jobs: number }>('select count(*)::integer as jobs from job');
    const sizes = await rig.db.query<{ name: string; bytes: bigint }>(SIZES);
    const tables = new Map(sizes.map(({ name, bytes }) => [name, Number(bytes)]));
    samples.push({ ...probed, jobs, tables, hours: (performance.now() - beganMs) / 3_600_000 });
  }
  return samples;
}

function printLoad(slices: readonly Slice[]): void {
  for (const what of ['creates', 'reads'] as const) {
    const results = slices.map((slice) => slice[what]);
    const mean = results.reduce((sum, { perSecond }) => sum + perSecond, 0) / results.length;
    row(`${what} per second`, mean.toFixed(1), String(plan[what]));
    row(`${what}: p50 and p99 of the worst minute`, worst(results));
    row(`${what}: failed`, String(results.reduce((sum, { failed }) => sum + failed, 0)));
  }
}

/** How the jobs ended; with faults some are still looked for at the vendor. */
async function printEnds({ db }: Rig): Promise<void> {
  const ends = await db.query<{ how: string; jobs: number }>(
    `select state || coalesce(': ' || (case when state = 'failed' then failure ->> 'kind' end), '') as how, count(*)::integer as jobs
     from job group by how order by jobs desc`,
  );
  for (const { how, jobs } of ends) row(`jobs: ${how}`, String(jobs));
}

function worst(results: readonly LoadResult[]): string {
  return `${ms(Math.max(...results.map(({ p50Ms }) => p50Ms)))}, ${ms(Math.max(...results.map(({ p99Ms }) => p99Ms)))}`;
}

function printSlopes(samples: readonly Sample[]): void {
  const steady = samples.slice(Math.floor(samples.length * WARM_UP_SHARE));
  const last = steady.at(-1);
  if (last === undefined) throw new Error('there was no time for a sample');
  const slopes = (read: (sample: Sample) => number): number => slope(steady.map((one) => [one.hours, read(one)]));
  row('memory of the process: last, per hour', `${megabytes(last.rssBytes)}, ${signed(slopes((one) => one.rssBytes))}`);
  row('memory in use: last, per hour', `${megabytes(last.heapBytes)}, ${signed(slopes((one) => one.heapBytes))}`);
  row('handles: last, per hour', `${last.handles}, ${slopes((one) => one.handles).toFixed(1)}`);
  row('event loop delay, p99 of the worst sample', ms(Math.max(...steady.map(({ loopDelayP99Ms }) => loopDelayP99Ms))));
  row('jobs: last, per hour', `${last.jobs}, ${slopes((one) => one.jobs).toFixed(0)}`);
  const perHour = slopes((one) => one.jobs);
  for (const [name, bytes] of [...last.tables].toSorted(([, one], [, other]) => other - one)) {
    const growth = slopes((one) => one.tables.get(name) ?? 0);
    // What is empty, or stays as it is, is of no interest.
    if (bytes < 1024 * 1024 && growth === 0) continue;
    row(name, `${megabytes(bytes)}, ${signed(growth)}, ${Math.round(growth / Math.max(1, perHour))} bytes a job`);
  }
}

function signed(bytes: number): string {
  return `${bytes < 0 ? '-' : '+'}${megabytes(Math.abs(bytes))}/h`;
}

/** Of the line that fits best, by least squares. */
function slope(points: readonly (readonly [number, number])[]): number {
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / points.length;
  const meanY = points.reduce((sum, [, y]) => sum + y, 0) / points.length;
  const spread = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
  return spread === 0 ? 0 : points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0) / spread;
}
