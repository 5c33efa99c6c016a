/** A server whose event loop stands still, which has no files left, or no memory: nothing that it took is lost or made twice. */

import { readdir } from 'node:fs/promises';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';

import { create, expectKept, UNAVAILABLE } from './load.ts';
import type { Created } from './load.ts';
import { CAN_LIMIT, limitProcess } from './process-limits.ts';
import { newHome, withDatabase } from './server-process.ts';
import type { Home, ServerProcess } from './server-process.ts';
import { openShop, until } from './shop.ts';
import type { Shop } from './shop.ts';
import { startVendor } from './vendor.ts';
import type { Vendor } from './vendor.ts';

const JOBS = 4;
const BLOCKED_MS = 5_000;
const FILES = 256;
const CONNECTIONS = 400;
/** How long the vendor takes: a job is still under way when its server is struck. */
const WORK_MS = 1_000;
const HEAP_MIB = 128;

vi.setConfig({ testTimeout: 90_000 });

let home: Home;
let vendor: Vendor;
let server: ServerProcess;
let shop: Shop;
const creates: Created[] = [];

beforeAll(async () => {
  home = await newHome();
  vendor = await startVendor({ workMs: WORK_MS });
  server = await home.start({ NODE_OPTIONS: `--inspect=127.0.0.1:0 --max-old-space-size=${HEAP_MIB}` });
  shop = await openShop(server.url, home.adminKey, vendor.channel);
});
afterAll(async () => {
  await home.remove();
  await vendor.close();
});

/** Answers the statuses. */
async function createJobs(name: string): Promise<number[]> {
  const prompts = Array.from({ length: JOBS }, (_, number) => `${name} ${number}`);
  const made = await Promise.all(
    prompts.map(async (prompt) => {
      const { status, body } = await create(server.url, shop.key, prompt);
      return { prompt, status, id: String(body['id']) };
    }),
  );
  creates.push(...made);
  return made.map(({ status }) => status);
}

function expectAllKept(): Promise<string[]> {
  return withDatabase(home, (db) => expectKept(db, creates, vendor));
}

/** Lets the process run `code` on its main thread, which may be the last that it does. */
async function runInside({ said }: ServerProcess, code: string): Promise<void> {
  const inspector = new WebSocket(/ws:\/\/\S+/.exec(said())?.[0] ?? '');
  await new Promise((resolve) => inspector.addEventListener('open', resolve));
  inspector.addEventListener('error', () => undefined);
  inspector.send(JSON.stringify({ id: 1, method: 'Runtime.evaluate', params: { expression: code } }));
}

async function openFiles(): Promise<number> {
  return (await readdir(`/proc/${server.child.pid}/fd`)).length;
}

const ACCEPTED = Array.from({ length: JOBS }, () => 200);

it('answers late when its event loop stood still, and goes on', async () => {
  expect(await createJobs('a fox before the block')).toEqual(ACCEPTED);
  const began = performance.now();
  await runInside(server, `const end = Date.now() + ${BLOCKED_MS}; while (Date.now() < end);`);
  for (const status of await createJobs('a fox in the block')) expect([200, UNAVAILABLE]).toContain(status);
  await until('it takes creates again', async () =>
    (await createJobs('a fox after the block')).every((status) => status === 200) ? true : null,
  );
  expect(performance.now() - began).toBeGreaterThan(BLOCKED_MS);
  await expectAllKept();
});

it.runIf(CAN_LIMIT)('lives on when it may open no more files, and takes requests again when it may', async () => {
  expect(await createJobs('a fox before the crowd')).toEqual(ACCEPTED);
  await limitProcess(server.child.pid, { what: 'nofile', most: FILES });
  const { hostname, port } = new URL(server.url);
  const crowd = Array.from({ length: CONNECTIONS }, (): Socket => connect(Number(port), hostname));
  for (const socket of crowd) socket.on('error', () => undefined);
  await until('somebody is turned away', () => (crowd.some(({ closed }) => closed) ? true : null));
  await until('their videos are finished', () =>
    Date.now() - (vendor.books.at(-1)?.createdMs ?? 0) > 2 * WORK_MS ? true : null,
  );
  for (const socket of crowd) socket.destroy();
  await until('the crowd is gone', async () => ((await openFiles()) < FILES / 2 ? true : null));
  expect(await createJobs('a fox after the crowd')).toEqual(ACCEPTED);
  await expectAllKept();
});

it('ends when it has no memory left, and the next one goes on with its jobs', async () => {
  expect(await createJobs('a fox before the end')).toEqual(ACCEPTED);
  await runInside(server, `const all = []; for (;;) all.push(Array.from({ length: 1000 }, () => ({})));`);
  expect(await server.exited()).not.toBe(0);
  server = await home.start();
  // Their clients ask again for what they did not see finished.
  expect(await createJobs('a fox before the end')).toEqual(ACCEPTED);
  const kept = await expectAllKept();
  expect(kept.filter((prompt) => prompt.includes('before the end'))).toHaveLength(JOBS);
});
