/** What a create costs: against the SQL it cannot do without, and against calling the vendor without us. */

import { directJobs } from './direct-jobs.ts';
import type { LoadJob, LoadResult } from './load.ts';
import { MODEL, createBody, jsonHeaders } from './requests.ts';
import { VENDOR_KEY, withRig } from './rig.ts';
import type { Node, Rig } from './rig.ts';
import { runLoad, runLoads } from './run-load.ts';
import { median, ms, row, title } from './table.ts';
import { teach } from './teach.ts';

const TURNS = 5;
const SECONDS = 4;
const CLIENTS = 32;
const RATE = 200;
/** All turns and the warm-up are over before the first job is due for a check, a minute after its create. */
const OPEN_SECONDS = 7;
/** As fast as may be: past the 12,000th request or so, at which most code is compiled for the last time, all at once. */
const WARM_UP_SECONDS = 16;
/** Looked at no more while the bench runs. */
const NEVER_MS = 3_600_000;

export async function create(): Promise<void> {
  title(
    'Creates against a loopback vendor',
    `One server, one account, live jobs with a hold; server, database, vendor and generator share the machine. Throughput: ${CLIENTS} ` +
      `clients, against as many callers that send the same two statements over as many connections. Latency: ${RATE} requests a second, ` +
      `timed from when each was due, through the server and to the vendor itself, after ${WARM_UP_SECONDS} s as fast as may be; not the ` +
      'first second of a turn, in which the generator connects. ' +
      `${TURNS} turns of each, the median; the p99 of each turn tells how far they differ.`,
  );
  await withRig(1, async (rig) => {
    await teach(rig, MODEL, NEVER_MS, 0);
    const ours = creates(rig, await rig.startNode());
    const steady: LoadJob = { ...ours, rate: RATE, seconds: OPEN_SECONDS };
    await latency(steady, { ...steady, origins: rig.vendorUrls, headers: jsonHeaders(VENDOR_KEY) });
  });
  await withRig(1, async (rig, node) => {
    const ours = creates(rig, node);
    await runLoad(ours);
    await throughput(rig, node, ours);
  });
}

function creates(rig: Rig, node: Node): LoadJob {
  return {
    method: 'POST',
    paths: ['/v1/videos'],
    body: createBody(MODEL, 'boat {n}'),
    clients: CLIENTS,
    origins: [node.url],
    headers: jsonHeaders(rig.key),
    seconds: SECONDS,
    rate: null,
  };
}

async function throughput(rig: Rig, node: Node, ours: LoadJob): Promise<void> {
  const one = await directJobs(rig, node);
  const [creates, statements]: [number[], number[]] = [[], []];
  for (let turn = 0; turn < TURNS; turn += 1) {
    statements.push(await perSecond(() => one(NEVER_MS)));
    creates.push((await runLoad(ours)).perSecond);
  }
  row('creates per second', Math.round(median(creates)).toString());
  row('the same SQL alone, per second', Math.round(median(statements)).toString());
  row('ratio', median(creates.map((count, turn) => count / (statements[turn] ?? 0))).toFixed(2), '>= 0.5');
}

async function perSecond(call: () => Promise<unknown>): Promise<number> {
  let made = 0;
  const startedMs = performance.now();
  const caller = async (): Promise<void> => {
    while (performance.now() < startedMs + SECONDS * 1_000) {
      await call();
      made += 1;
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, caller));
  return made / ((performance.now() - startedMs) / 1_000);
}

/** The server is busy from its warm-up to the end: what it does after a rest, such as collecting garbage, is another matter. */
async function latency(steady: LoadJob, direct: LoadJob): Promise<void> {
  const without = await runLoads(turnsOf(direct));
  const warmUp = { ...steady, rate: null, seconds: WARM_UP_SECONDS };
  const [, ...through] = await runLoads([warmUp, ...turnsOf(steady)]);
  const of = (loads: readonly LoadResult[], pick: (load: LoadResult) => number): number => median(loads.map(pick));
  const [p50, p99] = [(load: LoadResult) => load.p50Ms, (load: LoadResult) => load.p99Ms];
  row('vendor alone, p50 and p99', `${ms(of(without, p50))}, ${ms(of(without, p99))}`);
  row('through the server, p50 and p99', `${ms(of(through, p50))}, ${ms(of(through, p99))}`);
  row('added, p50', ms(of(through, p50) - of(without, p50)));
  row('added, p99', ms(of(through, p99) - of(without, p99)), '< 15 ms');
  row('through the server, p99 of each turn', through.map((load) => ms(p99(load))).join(', '));
}

function turnsOf(load: LoadJob): readonly LoadJob[] {
  return Array.from({ length: TURNS }, () => load);
}
