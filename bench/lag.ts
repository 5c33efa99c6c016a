/** How long after a vendor finished a task we know of it: with many jobs in flight, with callbacks, and with a vendor that hangs. */

import { setTimeout as delay } from 'node:timers/promises';

import { createBody, jsonHeaders } from './requests.ts';
import { SECRET, withRig } from './rig.ts';
import type { Node, Rig } from './rig.ts';
import { runLoad } from './run-load.ts';
import { median, ms, quantile, row, title } from './table.ts';
import { teach } from './teach.ts';
import type { BookedTask, Callbacks } from './vendor.ts';

/** Tasks take `workMs` give or take `SPREAD`, and are submitted at a steady `rate` per second. */
type Flight = {
  readonly jobs: number;
  readonly model: string;
  readonly workMs: number;
  readonly rate: number;
  readonly hanging?: number;
  readonly callbacks?: Callbacks;
};

const SPREAD = 0.2;
const SHORT = { jobs: 1_000, model: 'OS-2.0', workMs: 30_000, rate: 100 } as const;
const LONG = { jobs: 10_000, model: 'sora-2-pro', workMs: 120_000, rate: 150 } as const;
const WARM_UP = { jobs: 50, model: SHORT.model, workMs: 1_000, rate: 25 } as const;
const TURNS = 3;
const CLIENTS = 64;
const POLL_MS = 1_000;
/** Longest time from the last submit to the last video. */
const FLIGHT_MS = 15 * 60_000;

export async function lag(): Promise<void> {
  title(
    'Completion lag',
    `Our time of the event minus the vendor's end of the task. Each task takes its usual time (30 s of 1,000 in flight, 120 s of ` +
      `10,000) give or take ${SPREAD * 100} %, and the server has learned that. "known": the job left 'running'; ` +
      `"succeeded": its video (one small file) is copied, probed and paid for.`,
  );
  await withRig(1, async (rig, first) => {
    const node = await taught(rig, first);
    const turns: Lag[] = [];
    for (let turn = 0; turn < TURNS; turn += 1) turns.push(...(await fly(rig, node, SHORT)));
    report('1,000 in flight', turns, { p50: '500 ms', p99: '2 s' });
    report('10,000 in flight', await fly(rig, node, LONG), { p50: null, p99: '5 s' });
    const callbacks = callbacksTo(rig, node);
    report('1,000 in flight, with callbacks', await fly(rig, node, { ...SHORT, callbacks }), {
      p50: null,
      p99: '250 ms',
    });
  });
}

export async function hangingVendor(): Promise<void> {
  title(
    'One vendor of four hangs',
    'The lag of the other three while the fourth takes 250 submits and then answers no look at its tasks, against the same with ' +
      'all four well; 1,000 jobs of 30 s in flight, in turns.',
  );
  await withRig(4, async (rig, first) => {
    const node = await taught(rig, first);
    const [well, hung]: [number[][], number[][]] = [[], []];
    for (let turn = 0; turn < TURNS; turn += 1) {
      well.push(known(await fly(rig, node, SHORT)));
      hung.push(known(await fly(rig, node, { ...SHORT, hanging: 0 })));
      await recover(rig);
    }
    for (const share of [0.5, 0.99]) {
      const of = (turns: readonly number[][]): number[] => turns.map((lags) => quantile(lags, share));
      const ratio = median(of(hung).map((lagMs, turn) => lagMs / (of(well)[turn] ?? 0)));
      row(`known, p${share * 100}: all well, one hangs`, `${ms(median(of(well)))}, ${ms(median(of(hung)))}`);
      row('  ratio', ratio.toFixed(2), share === 0.5 ? '0.8 to 1.2' : null);
    }
  });
}

/** The vendor that hung answers again, and is rid of its tasks before the next turn. */
async function recover(rig: Rig): Promise<void> {
  const booked = await rig.order<BookedTask[]>({ kind: 'books' });
  await rig.order({ kind: 'work', workMs: 0, spread: 0, hanging: null, callbacks: null });
  await rig.db.query("update job set run_at = now() where state = 'running' and lease_owner is null");
  await landed(rig, booked);
}

type Lag = { readonly knownMs: number; readonly succeededMs: number; readonly checks: number };

/** A server that knows how long these models take, and has the stills of the vendor's one video. */
async function taught(rig: Rig, first: Node): Promise<Node> {
  await fly(rig, first, { ...WARM_UP, callbacks: callbacksTo(rig, first) });
  await first.stop();
  for (const { model, workMs } of [SHORT, LONG]) await teach(rig, model, workMs, SPREAD);
  return rig.startNode();
}

function callbacksTo(rig: Rig, node: Node): Callbacks {
  return { publicUrl: node.url, secret: SECRET, channelIds: rig.channelIds };
}

/** Of the jobs whose vendor did not hang. */
async function fly(rig: Rig, node: Node, flight: Flight): Promise<Lag[]> {
  const { jobs, model, workMs, rate } = flight;
  const order = { kind: 'work', workMs, spread: SPREAD, hanging: null, callbacks: flight.callbacks ?? null } as const;
  await rig.order(order);
  await runLoad({
    origins: [node.url],
    method: 'POST',
    paths: ['/v1/videos'],
    headers: jsonHeaders(rig.key),
    body: createBody(model, 'boat {n}'),
    clients: CLIENTS,
    seconds: jobs / rate,
    rate,
  });
  if (flight.hanging !== undefined) await rig.order({ kind: 'hang', address: flight.hanging });
  const booked = (await rig.order<BookedTask[]>({ kind: 'books' })).filter((task) => task.address !== flight.hanging);
  return landed(rig, booked);
}

type Landed = { readonly id: string; readonly known: Date; readonly succeeded: Date; readonly checks: number };

async function landed(rig: Rig, booked: readonly BookedTask[]): Promise<Lag[]> {
  const ends = new Map(booked.map((task) => [task.id, task.endMs]));
  const ids = [...ends.keys()];
  for (const untilMs = performance.now() + FLIGHT_MS; performance.now() < untilMs;) {
    await delay(POLL_MS);
    const [{ open } = { open: 1 }] = await rig.db.query<{ open: number }>(
      `select count(*)::integer as open from job join attempt on attempt.id = job.attempt_id
       where task ->> 'id' = any($1) and job.state <> 'succeeded'`,
      [ids],
    );
    if (open > 0) continue;
    const found = await rig.db.query<Landed>(
      `select task ->> 'id' as id, event.created_at as known, job.completed_at as succeeded, job.checks
       from job join attempt on attempt.id = job.attempt_id join event on event.job_id = job.id and event.type = 'finished'
       where task ->> 'id' = any($1)`,
      [ids],
    );
    return found.map(({ id, known, succeeded, checks }) => ({
      knownMs: known.getTime() - (ends.get(id) ?? 0),
      succeededMs: succeeded.getTime() - (ends.get(id) ?? 0),
      checks,
    }));
  }
  throw new Error('the jobs did not end');
}

function known(lags: readonly Lag[]): number[] {
  return lags.map((one) => one.knownMs);
}

function report(what: string, lags: readonly Lag[], aims: { readonly p50: string | null; readonly p99: string }): void {
  const succeeded = lags.map((one) => one.succeededMs);
  row(`${what}: known, p50`, ms(quantile(known(lags), 0.5)), aims.p50);
  row(`${what}: known, p99`, ms(quantile(known(lags), 0.99)), aims.p99);
  row(`${what}: succeeded, p50`, ms(quantile(succeeded, 0.5)));
  row(`${what}: succeeded, p99`, ms(quantile(succeeded, 0.99)));
  row(`${what}: checks per job`, (lags.reduce((sum, one) => sum + one.checks, 0) / lags.length).toFixed(1));
}
