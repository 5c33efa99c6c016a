/** A node whose clock jumps ten minutes ahead and then behind, while it works: it does what its neighbour does, and takes nothing from it. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { runAudit } from '../../src/ledger/audit.ts';
import { startFakeVendor } from '../fakes/openai-video-vendor.ts';
import type { FakeVendor } from '../fakes/openai-video-vendor.ts';
import { smallClip } from '../support/clips.ts';
import { urlOf } from '../support/reelgate.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';
import { create } from './load.ts';
import { startProcess } from './server-process.ts';
import type { ServerProcess } from './server-process.ts';
import { openShop, until } from './shop.ts';

const ADMIN_KEY = 'sk-rg-admin-clock-clock-clock';
const VENDOR_KEY = 'sk-vendor-clock';
const MOVING_CLOCK = fileURLToPath(new URL('moving-clock.ts', import.meta.url));
/** Created at each node between two jumps. */
const JOBS = 3;

let database: TestDatabase;
let vendor: FakeVendor;
let dataDir: string;
let nodes: [ServerProcess, ServerProcess];

beforeAll(async () => {
  database = await createTestDatabase();
  dataDir = await mkdtemp(join(tmpdir(), 'reelgate-clock-'));
  vendor = await startFakeVendor({ video: await smallClip(), key: VENDOR_KEY, workMs: 1_500, pollAfterMs: 200 });
  nodes = [await startNode({ NODE_OPTIONS: `--import=${MOVING_CLOCK}` }), await startNode({})];
}, 60_000);

afterAll(async () => {
  for (const { child, exited } of nodes) {
    child.kill('SIGTERM');
    await exited();
  }
  await vendor.close();
  await database.drop();
  await rm(dataDir, { recursive: true, force: true });
});

function startNode(env: Record<string, string>): Promise<ServerProcess> {
  return startProcess({
    PORT: '0',
    REELGATE_DATA_DIR: dataDir,
    DATABASE_URL: urlOf(database.connection),
    REELGATE_DATABASE_POOL: '4',
    REELGATE_ADMIN_KEY: ADMIN_KEY,
    REELGATE_SECRET: 'the secret of an installation whose clocks differ',
    REELGATE_LOG_LEVEL: 'silent',
    ...env,
  });
}

it('makes every video once, in one attempt, and leaves the books in order', async () => {
  const [jumping, steady] = nodes;
  const channel = { name: 'Vendor', provider: 'openai-video', base_url: vendor.url, credentials: VENDOR_KEY };
  const { key } = await openShop(steady.url, ADMIN_KEY, channel);
  const prompts: string[] = [];
  const createAtBoth = async (when: string): Promise<void> => {
    const made = nodes.flatMap(({ url }, node) =>
      Array.from({ length: JOBS }, (_, number) => ({ url, prompt: `fox ${number} at node ${node}, ${when}` })),
    );
    prompts.push(...made.map(({ prompt }) => prompt));
    for (const { status } of await Promise.all(made.map(({ url, prompt }) => create(url, key, prompt))))
      expect(status).toBe(200);
  };
  const jump = async (offMs: number): Promise<void> => {
    jumping.child.kill('SIGUSR2');
    await until('the clock has jumped', () => (jumping.said().includes(`the clock is ${offMs} ms off`) ? true : null));
  };
  await createAtBoth('before');
  await jump(600_000);
  await createAtBoth('ahead');
  await jump(-600_000);
  await createAtBoth('behind');
  await until('all videos are made', async () => {
    const open = await database.db.query(`select from job where state <> 'succeeded'`);
    return open.length === 0 ? true : null;
  });
  expect(vendor.books.map(({ prompt }) => prompt).toSorted()).toEqual(prompts.toSorted());
  expect(await database.db.query(`select id from job where attempts <> 1`)).toEqual([]);
  const audit = await runAudit(database.db);
  expect(audit.checks.filter(({ ok }) => !ok)).toEqual([]);
}, 90_000);
