/** Two nodes under load, restarted one after the other: no request fails, no job is lost, and looks at vendors are taken over at once. */

import { join } from 'node:path';
import { Agent } from 'undici';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { isObject } from '../../src/model/json.ts';
import { expectCleanAudit } from './clean-audit.ts';
import type { ServerProcess } from './server-process.ts';
import { newSharedHome, untilMade } from './shared-home.ts';
import type { SharedHome } from './shared-home.ts';
import { openShop, until } from './shop.ts';
import { bookedPrompts } from './vendor.ts';

const PORTS = [20_000 + (process.pid % 20_000), 20_001 + (process.pid % 20_000)] as const;
const CLIENTS = 16;
const DRAIN_SECONDS = 1;
/** Between two looks of the load balancer. */
const LOOK_MS = 100;

let home: SharedHome;
let nodes: ServerProcess[];
let key: string;
beforeAll(async () => {
  home = await newSharedHome({ workMs: 500, pollAfterMs: 300 });
  nodes = [await startNode(0), await startNode(1)];
  key = (await openShop(nodeAt(0).url, home.adminKey, home.vendor.channel)).key;
}, 60_000);
afterAll(() => home.remove());

/** Each node has a place and files of its own. */
function startNode(index: number): Promise<ServerProcess> {
  return home.start({
    PORT: String(PORTS[index]),
    REELGATE_DATA_DIR: join(home.dataDir, `node-${index}`),
    REELGATE_DATABASE_POOL: '10',
    REELGATE_DRAIN_SECONDS: String(DRAIN_SECONDS),
  });
}

function nodeAt(index: number): ServerProcess {
  const node = nodes[index];
  if (node === undefined) throw new Error('there are two nodes');
  return node;
}

type Load = {
  readonly answered: () => number;
  readonly made: Set<string>;
  readonly failed: string[];
  stop(): Promise<void>;
};

/** Whether each node says that it is ready, asked again and again. */
function watchReadiness(): { readonly isReady: boolean[]; stop(): void } {
  const isReady = PORTS.map(() => true);
  const timer = setInterval(() => {
    for (const [index, port] of PORTS.entries())
      void fetch(`http://127.0.0.1:${port}/readyz`).then(
        (answer) => {
          isReady[index] = answer.status === 200;
        },
        () => {
          isReady[index] = false;
        },
      );
  }, LOOK_MS);
  return { isReady, stop: () => clearInterval(timer) };
}

/** Clients that go to the nodes in turn, as through a load balancer: past one that is not ready, or takes no connection. */
function putLoad(): Load {
  const readiness = watchReadiness();
  const agent = new Agent({ pipelining: 1, keepAliveTimeout: 5_000 });
  const made = new Set<string>();
  const failed: string[] = [];
  let answered = 0;
  let isOver = false;

  async function send(turn: number, method: 'GET' | 'POST', path: string, body: string | null): Promise<unknown> {
    const first = readiness.isReady[turn % PORTS.length] === true ? turn : turn + 1;
    for (let tries = 0; tries < PORTS.length; tries += 1) {
      const origin = `http://127.0.0.1:${String(PORTS[(first + tries) % PORTS.length])}`;
      const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
      try {
        const answer = await agent.request({ origin, path, method, headers, body });
        const text = await answer.body.text();
        answered += 1;
        if (answer.statusCode !== 200) failed.push(`${method} ${path}: ${answer.statusCode} ${text}`);
        return JSON.parse(text);
      } catch (error) {
        const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
        if (code !== 'ECONNREFUSED') {
          failed.push(`${method} ${path}: ${code} ${String(error)}`);
          return null;
        }
      }
    }
    failed.push(`${method} ${path}: no node takes connections`);
    return null;
  }

  async function client(index: number): Promise<void> {
    for (let turn = index; !isOver; turn += 1) {
      const body = JSON.stringify({ model: 'sora-2', prompt: `client ${index} turn ${turn}`, seconds: '4' });
      const job = await send(turn, 'POST', '/v1/videos', body);
      const id = isObject(job) ? job['id'] : null;
      if (typeof id !== 'string') continue;
      made.add(id.replace('video_', ''));
      for (let look = 0; look < 5; look += 1) await send(turn + look, 'GET', `/v1/videos/${id}`, null);
    }
  }

  const clients = Array.from({ length: CLIENTS }, (_, index) => client(index));
  return {
    answered: () => answered,
    made,
    failed,
    stop: async () => {
      isOver = true;
      await Promise.all(clients);
      readiness.stop();
      await agent.close();
    },
  };
}

it('loses no request and no job while each node is restarted', async () => {
  const load = putLoad();
  const enough = (more: number): Promise<true> => {
    const from = load.answered();
    return until('the load goes on', () => (load.answered() >= from + more ? true : null));
  };
  await enough(200);
  const handedOn: number[] = [];
  for (const index of PORTS.keys()) {
    const node = nodeAt(index);
    const began = performance.now();
    node.child.kill('SIGTERM');
    handedOn.push(await untilHandedOn(began));
    expect(await node.exited()).toBe(0);
    await enough(100);
    nodes[index] = await startNode(index);
    await enough(200);
  }
  await load.stop();
  process.stdout.write(
    `rolling restart: ${load.answered()} answers, ${load.made.size} jobs, ${load.failed.length} failed, ` +
      `handed on after ${handedOn.map((ms) => `${Math.round(ms)} ms`).join(' and ')}\n`,
  );
  expect(load.failed).toEqual([]);
  await untilMade(home, load.made.size);
  const ended = await home.database.db.query<{ id: string }>(`select id from job where state = 'succeeded'`);
  const succeeded = new Set(ended.map(({ id }) => id));
  expect([...load.made].filter((id) => !succeeded.has(id))).toEqual([]);
  const prompts = bookedPrompts(home.vendor);
  expect(prompts.length).toBe(new Set(prompts).size);
  await expectCleanAudit(home.database.db);
}, 180_000);

/** How long it took until no job that a vendor has was held by the node that stops. */
function untilHandedOn(began: number): Promise<number> {
  return until('the leases are handed on', async () => {
    const owners = await home.database.db.query<{ id: string }>(
      `select distinct lease_owner as id from job where lease_owner is not null and state in ('running', 'collecting')`,
    );
    const living = await home.database.db.query<{ id: string }>('select id from node');
    const busy = new Set(owners.map(({ id }) => id));
    return living.length < 2 || busy.size < 2 ? performance.now() - began : null;
  });
}
