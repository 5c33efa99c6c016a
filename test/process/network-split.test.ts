/** A node that reaches its vendor and no longer its database: it takes nothing on, and the other one goes on with its jobs. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { runAudit } from '../../src/ledger/audit.ts';
import { startFakeVendor } from '../fakes/openai-video-vendor.ts';
import type { FakeVendor } from '../fakes/openai-video-vendor.ts';
import { smallClip } from '../support/clips.ts';
import { urlOf } from '../support/reelgate.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';
import { startPostgresProxy } from './postgres-proxy.ts';
import type { PostgresProxy } from './postgres-proxy.ts';
import { startProcess } from './server-process.ts';
import type { ServerProcess } from './server-process.ts';
import { ask, openShop, until } from './shop.ts';
import type { Reply } from './shop.ts';

const ADMIN_KEY = 'sk-rg-admin-split-split-split';
const VENDOR_KEY = 'sk-vendor-split';
const JOBS = 3;
/** Creates at the node while it is cut off. */
const LATE = 4;
/** Promised from the moment that a node falls silent until its jobs have gone on elsewhere. */
const TAKEOVER_MS = 30_000;

let database: TestDatabase;
let proxy: PostgresProxy;
let vendor: FakeVendor;
let dataDir: string;
let nodes: [ServerProcess, ServerProcess];
let splitAtMs = 0;

beforeAll(async () => {
  database = await createTestDatabase();
  proxy = await startPostgresProxy(database.connection);
  dataDir = await mkdtemp(join(tmpdir(), 'reelgate-split-'));
  vendor = await startFakeVendor({
    video: await smallClip(),
    key: VENDOR_KEY,
    workMs: 300,
    pollAfterMs: 200,
    stepIn: (moment) => {
      // The answers to these submits reach a node that cannot write them down.
      if (moment === 'accepted' && vendor.books.length === JOBS) {
        splitAtMs = performance.now();
        proxy.silence();
      }
      return false;
    },
  });
  nodes = await Promise.all([startNode(proxy.url), startNode(urlOf(database.connection))]);
}, 60_000);

afterAll(async () => {
  for (const { child, exited } of nodes) {
    child.kill('SIGKILL');
    await exited();
  }
  await proxy.close();
  await vendor.close();
  await database.drop();
  await rm(dataDir, { recursive: true, force: true });
});

function startNode(databaseUrl: string): Promise<ServerProcess> {
  return startProcess({
    PORT: '0',
    REELGATE_DATA_DIR: dataDir,
    DATABASE_URL: databaseUrl,
    REELGATE_DATABASE_POOL: '4',
    REELGATE_ADMIN_KEY: ADMIN_KEY,
    REELGATE_SECRET: 'the secret of an installation that is split',
    REELGATE_LOG_LEVEL: 'silent',
  });
}

async function untilMade(jobs: number): Promise<void> {
  await until(`${jobs} videos are made`, async () => {
    const open = await database.db.query(`select from job where state <> 'succeeded'`);
    const made = await database.db.query(`select from job where state = 'succeeded'`);
    return open.length === 0 && made.length === jobs ? true : null;
  });
}

it('takes nothing on while it is cut off, is relieved of its jobs within thirty seconds, and harms nothing afterwards', async () => {
  const [split, other] = nodes;
  const channel = { name: 'Vendor', provider: 'openai-video', base_url: vendor.url, credentials: VENDOR_KEY };
  const { key } = await openShop(split.url, ADMIN_KEY, channel);
  const create = ({ url }: ServerProcess, prompt: string): Promise<Reply> =>
    ask(url, key, 'POST', '/v1/videos', {
      body: { model: 'sora-2', prompt, seconds: '4' },
      headers: { 'idempotency-key': prompt },
    });
  const prompts = (name: string, count: number): string[] => Array.from({ length: count }, (_, n) => `${name} ${n}`);

  const begun = prompts('fox', JOBS);
  const waiting = Promise.all(begun.map((prompt) => create(split, prompt)));
  await until('the node is cut off', () => (splitAtMs > 0 ? true : null));
  const late = prompts('late fox', LATE);
  const refusing = Promise.all(late.map((prompt) => create(split, prompt)));
  await untilMade(JOBS);
  expect(performance.now() - splitAtMs).toBeLessThan(TAKEOVER_MS);
  expect((await ask(split.url, key, 'GET', '/readyz')).status).toBe(503);
  expect((await ask(other.url, key, 'GET', '/readyz')).status).toBe(200);
  for (const { status } of await waiting) expect(status).toBe(200);
  for (const { status } of await refusing) expect(status).toBe(503);
  expect(vendor.submits()).toBe(JOBS);

  proxy.cut();
  await until('the node serves again', async () =>
    (await ask(split.url, key, 'GET', '/readyz')).status === 200 ? true : null,
  );
  // Their clients try again, wherever they are sent to.
  for (const [number, prompt] of late.entries())
    expect((await create(number % 2 === 0 ? split : other, prompt)).status).toBe(200);
  await untilMade(JOBS + LATE);
  expect(vendor.books.map((task) => task.prompt).toSorted()).toEqual([...begun, ...late].toSorted());
  const told = await database.db.query(`select job_id, type from event group by job_id, type having count(*) > 1`);
  expect(told).toEqual([]);
  const audit = await runAudit(database.db);
  expect(audit.checks.filter(({ ok }) => !ok)).toEqual([]);
}, 90_000);
