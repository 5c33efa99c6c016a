/** A node that stands still for longer than anyone waits for it: the other goes on with its jobs, and what it says late is not heard. */

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
import { startProcess } from './server-process.ts';
import type { ServerProcess } from './server-process.ts';
import { ask, openShop, until } from './shop.ts';
import type { Reply } from './shop.ts';

const ADMIN_KEY = 'sk-rg-admin-pause-pause-pause';
const VENDOR_KEY = 'sk-vendor-pause';
const JOBS = 3;
/** Promised from the moment a node falls silent. */
const TAKEOVER_MS = 30_000;

let database: TestDatabase;
let vendor: FakeVendor;
let dataDir: string;
let nodes: [ServerProcess, ServerProcess];
let pausedAtMs = 0;

beforeAll(async () => {
  database = await createTestDatabase();
  dataDir = await mkdtemp(join(tmpdir(), 'reelgate-pause-'));
  vendor = await startFakeVendor({
    video: await smallClip(),
    key: VENDOR_KEY,
    workMs: 300,
    pollAfterMs: 200,
    stepIn: (moment) => {
      // The answers to these submits are on their way to a node that does not read them.
      if (moment === 'accepted' && vendor.books.length === JOBS) {
        pausedAtMs = performance.now();
        nodes[0].child.kill('SIGSTOP');
      }
      return false;
    },
  });
  nodes = [await startNode(), await startNode()];
}, 60_000);

afterAll(async () => {
  for (const { child, exited } of nodes) {
    child.kill('SIGKILL');
    await exited();
  }
  await vendor.close();
  await database.drop();
  await rm(dataDir, { recursive: true, force: true });
});

function startNode(): Promise<ServerProcess> {
  return startProcess({
    PORT: '0',
    REELGATE_DATA_DIR: dataDir,
    DATABASE_URL: urlOf(database.connection),
    REELGATE_DATABASE_POOL: '4',
    REELGATE_ADMIN_KEY: ADMIN_KEY,
    REELGATE_SECRET: 'the secret of an installation that pauses',
    REELGATE_LOG_LEVEL: 'silent',
  });
}

function countOf(condition: string): Promise<bigint> {
  return database.db
    .query<{ count: bigint }>(`select count(*) as count from job where ${condition}`)
    .then(([row]) => row?.count ?? 0n);
}

it('is relieved of its jobs within thirty seconds, and harms nothing when it wakes up', async () => {
  const [paused, other] = nodes;
  const channel = { name: 'Vendor', provider: 'openai-video', base_url: vendor.url, credentials: VENDOR_KEY };
  const { key } = await openShop(paused.url, ADMIN_KEY, channel);
  const create = (url: string, number: number): Promise<Reply> =>
    ask(url, key, 'POST', '/v1/videos', { body: { model: 'sora-2', prompt: `fox ${number}`, seconds: '4' } });

  const waiting = Promise.all(Array.from({ length: JOBS }, (_, number) => create(paused.url, number)));
  await until('the other node has finished all jobs', async () =>
    (await countOf(`state = 'succeeded'`)) === BigInt(JOBS) ? true : null,
  );
  expect(performance.now() - pausedAtMs).toBeLessThan(TAKEOVER_MS);

  paused.child.kill('SIGCONT');
  for (const { status } of await waiting) expect(status).toBe(200);
  for (const { url } of [paused, other]) expect((await create(url, url === paused.url ? 10 : 11)).status).toBe(200);
  await until('later jobs are made as well', async () =>
    (await countOf(`state = 'succeeded'`)) === BigInt(JOBS + 2) ? true : null,
  );
  expect(vendor.books.map(({ prompt }) => prompt).toSorted()).toEqual(['fox 0', 'fox 1', 'fox 10', 'fox 11', 'fox 2']);
  const told = await database.db.query(`select job_id, type from event group by job_id, type having count(*) > 1`);
  expect(told).toEqual([]);
  const audit = await runAudit(database.db);
  expect(audit.checks.filter(({ ok }) => !ok)).toEqual([]);
}, 90_000);
