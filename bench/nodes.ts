/** What a second server on the same database brings. */

import { setTimeout as delay } from 'node:timers/promises';

import type { LoadJob } from './load.ts';
import { createBody, jsonHeaders, MODEL } from './requests.ts';
import { withRig } from './rig.ts';
import type { Node, Rig } from './rig.ts';
import { runLoad } from './run-load.ts';
import { median, row, title } from './table.ts';
import { teach } from './teach.ts';

const TURNS = 3;
const SECONDS = 5;
const CLIENTS = 32;
const WORK_MS = 1_000;
const POLL_MS = 100;
const WARM_UP_SECONDS = 2;
const LIFE_MS = 120_000;

type Turn = { readonly creates: number; readonly lives: number; readonly cpuMs: number };

export async function nodes(): Promise<void> {
  title(
    'Two servers on one database',
    `${CLIENTS} clients create for ${SECONDS} s through one server, then through two; the vendor takes ${WORK_MS / 1_000} s. Lives: jobs per second ` +
      `from the first create to the last video. CPU: of the servers alone, per job. All share the machine, so with as many busy processes as ` +
      `cores before there is nothing to win: the CPU tells what a second server costs. ${TURNS} turns, the median.`,
  );
  await withRig(1, async (rig, first) => {
    await teach(rig, MODEL, WORK_MS, 0);
    await rig.order({ kind: 'work', workMs: WORK_MS, spread: 0, hanging: null, callbacks: null });
    await first.stop();
    const one: Turn[] = [];
    const two: Turn[] = [];
    for (let turn = 0; turn < TURNS; turn += 1) {
      one.push(await live(rig, [await rig.startNode()]));
      two.push(await live(rig, [await rig.startNode(), await rig.startNode()]));
    }
    const figures = {
      'creates per second': 'creates',
      'lives per second': 'lives',
      'CPU ms per job': 'cpuMs',
    } as const;
    for (const [what, name] of Object.entries(figures)) {
      const of = (turns: readonly Turn[]): number => median(turns.map((turn) => turn[name]));
      row(`${what}: one, two`, `${of(one).toFixed(1)}, ${of(two).toFixed(1)}`);
      row('  two / one', median(two.map((turn, index) => turn[name] / (one[index]?.[name] ?? 0))).toFixed(2));
    }
  });
}

/** Stops the nodes. */
async function live(rig: Rig, servers: readonly Node[]): Promise<Turn> {
  const load: LoadJob = {
    origins: servers.map((server) => server.url),
    method: 'POST',
    paths: ['/v1/videos'],
    headers: jsonHeaders(rig.key),
    body: createBody(MODEL, 'boat {n}'),
    clients: CLIENTS,
    seconds: WARM_UP_SECONDS,
    rate: null,
  };
  await runLoad(load);
  await lives(rig, new Date(0));
  for (const server of servers) await server.probe();
  const [{ now } = { now: new Date() }] = await rig.db.query<{ now: Date }>('select now()');
  const { perSecond } = await runLoad({ ...load, seconds: SECONDS });
  const { jobs, seconds } = await lives(rig, now);
  let cpuMs = 0;
  for (const server of servers) cpuMs += (await server.probe()).cpuMs;
  await Promise.all(servers.map((server) => server.stop()));
  return { creates: perSecond, lives: jobs / seconds, cpuMs: cpuMs / jobs };
}

type Lives = { readonly jobs: number; readonly open: number; readonly seconds: number };

/** Of the jobs made since then, once all have succeeded. */
async function lives(rig: Rig, since: Date): Promise<Lives> {
  for (const untilMs = performance.now() + LIFE_MS; performance.now() < untilMs;) {
    await delay(POLL_MS);
    const [found] = await rig.db.query<Lives>(
      `select count(*)::integer as jobs, (count(*) filter (where state <> 'succeeded'))::integer as open,
              extract(epoch from max(completed_at) - min(created_at))::double precision as seconds
       from job where created_at > $1`,
      [since],
    );
    if (found?.open === 0) return found;
  }
  throw new Error('the jobs did not end');
}
