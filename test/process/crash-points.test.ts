/**
 * A server process killed with -9 at each of its decisive points, and started again: nothing is lost, nothing is paid twice, and
 * a client that repeats its request gets the one video. `CRASH_AT=C4` runs one point.
 */

import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';

import { callbackUrl } from '../../src/engine/callback-link.ts';
import { createSecrets } from '../../src/secrets.ts';
import { urlOf } from '../support/reelgate.ts';
import { startReceiver } from '../support/receiver.ts';
import type { Receiver } from '../support/receiver.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';
import { expectCleanAudit } from './clean-audit.ts';
import { CRASH_POINTS } from './crash-points.ts';
import type { CrashPoint } from './crash-points.ts';
import { startPostgresProxy } from './postgres-proxy.ts';
import type { PostgresProxy } from './postgres-proxy.ts';
import { spawnProcess } from './server-process.ts';
import type { ServerProcess, StartingProcess } from './server-process.ts';
import { admin, ask, openShop, until } from './shop.ts';
import type { Reply, Shop } from './shop.ts';
import { bookedPrompts, startVendor } from './vendor.ts';
import type { Vendor } from './vendor.ts';

const ADMIN_KEY = 'sk-rg-admin-crash-crash-crash';
const SECRET = 'the secret of an installation that crashes';
const ROW_MS = 120_000;
/** Where the job must still be running when something else happens. */
const LONG_WORK_MS = 4_000;

const only = process.env['CRASH_AT'];
const points = CRASH_POINTS.filter(({ id }) => only === undefined || id === only);

type Scene = {
  readonly point: CrashPoint;
  readonly database: TestDatabase;
  readonly proxy: PostgresProxy;
  readonly vendor: Vendor;
  readonly receiver: Receiver;
  readonly temps: () => Promise<string[]>;
  /** Resolves when the point is reached. */
  reached(): Promise<void>;
  start(databaseUrl: string): StartingProcess;
  close(): Promise<void>;
};

async function openScene(point: CrashPoint): Promise<Scene> {
  const { during = 'create', reached } = point;
  const database = await createTestDatabase({ from: during === 'start' ? 'nothing' : 'template' });
  const proxy = await startPostgresProxy(database.connection);
  const receiver = await startReceiver();
  const dataDir = await mkdtemp(join(tmpdir(), 'reelgate-crash-'));
  const seen = Promise.withResolvers<void>();
  let isArmed = false;
  const stepIn = (isHere: boolean): boolean => {
    if (isHere && isArmed) seen.resolve();
    return isHere && isArmed;
  };
  const vendor = await startVendor({
    ...(during === 'create' ? {} : { workMs: LONG_WORK_MS }),
    stepIn: (moment) => stepIn(reached.by === 'vendor' && reached.moment === moment),
  });
  receiver.answer((response) => {
    if (!stepIn(reached.by === 'receiver')) response.end();
  });
  const processes: StartingProcess[] = [];
  return {
    point,
    database,
    proxy,
    vendor,
    receiver,
    temps: () => readdir(join(dataDir, 'assets/tmp')),
    reached: async () => {
      isArmed = true;
      await (reached.by === 'database' ? proxy.reach(reached.moment) : seen.promise);
      isArmed = false;
    },
    start: (databaseUrl) => {
      const started = spawnProcess({
        PORT: '0',
        REELGATE_DATA_DIR: dataDir,
        DATABASE_URL: databaseUrl,
        REELGATE_DATABASE_POOL: '2',
        REELGATE_ADMIN_KEY: ADMIN_KEY,
        REELGATE_SECRET: SECRET,
        REELGATE_FETCH_ALLOW: receiver.host,
        REELGATE_LOG_LEVEL: 'silent',
      });
      processes.push(started);
      return started;
    },
    close: async () => {
      for (const { child, exited } of processes) {
        child.kill('SIGKILL');
        await exited();
      }
      await proxy.close();
      await vendor.close();
      await receiver.close();
      await database.drop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

function shopAt({ vendor, point }: Scene, url: string): Promise<Shop> {
  return openShop(url, ADMIN_KEY, { ...vendor.channel, max_concurrency: point.places ?? null });
}

/** The client's request: each number is another one, and each may be sent again. */
function create({ point, receiver }: Scene, url: string, key: string, number = 1): Promise<Reply> {
  const prompt = `a fox, number ${number} {{${point.fault ?? 'none'}}}`;
  return ask(url, key, 'POST', '/v1/videos', {
    body: { model: 'sora-2', prompt, seconds: '4', callback_url: receiver.url },
    headers: { 'idempotency-key': `request ${number}` },
  });
}

/** Brings the process to its point; `arm` says from when on it counts. */
const ACTS: Readonly<
  Record<'create' | 'callback' | 'expiry', (scene: Scene, url: string, shop: Shop, arm: () => void) => Promise<void>>
> = {
  create: async (scene, url, shop, arm) => {
    arm();
    // Whoever made the request hears of the crash, or of nothing at all.
    await create(scene, url, shop.key).catch(() => null);
  },
  callback: async (scene, url, shop, arm) => {
    await create(scene, url, shop.key);
    const [attempt] = await scene.database.db.query<{ id: string }>('select id from attempt');
    arm();
    await fetch(callbackUrl(createSecrets(SECRET), url, shop.channelId, attempt?.id ?? '')).catch(() => null);
  },
  expiry: async (scene, url, shop, arm) => {
    for (const number of [1, 2, 3]) await create(scene, url, shop.key, number);
    arm();
    await scene.database.db.query('update job set deadline_at = now()');
  },
};

/** Kills the process at its point; the shop is null where the process never came to serve. */
async function crash(scene: Scene): Promise<Shop | null> {
  const { point, proxy } = scene;
  const { during = 'create' } = point;
  const there = Promise.withResolvers<void>();
  const arm = (): void => void scene.reached().then(there.resolve);
  if (during === 'start') arm();
  const starting = scene.start(proxy.url);
  let shop: Shop | null = null;
  let acting: Promise<void> = starting.ready.then(
    () => undefined,
    () => undefined,
  );
  if (during !== 'start') {
    const { url } = await starting.ready;
    shop = await shopAt(scene, url);
    acting = ACTS[during](scene, url, shop, arm);
  }
  await there.promise;
  starting.child.kill('SIGKILL');
  await starting.exited();
  proxy.cut();
  await acting;
  return shop;
}

const STATES = `select state from job order by state`;

async function statesOf({ database: { db } }: Scene): Promise<string[]> {
  const [table] = await db.query<{ made: boolean }>(`select to_regclass('job') is not null as made`);
  return table?.made === true ? (await db.query<{ state: string }>(STATES)).map(({ state }) => state) : [];
}

/** The dead process has been silent for long enough, and whatever it had taken for a while is free. */
async function letLeasesRunOut({ database: { db }, point }: Scene): Promise<void> {
  if (point.during === 'start') return;
  await db.query(`update node set seen_at = now() - interval '1 minute'`);
  await db.query(`update delivery set run_at = now() where lease_owner is not null`);
  await db.query(`update pgboss.job set heartbeat_on = now() - interval '1 minute' where state = 'active'`);
}

/** What an operator does about a submit of which nobody can know whether it arrived. */
async function markNotCreated({ database: { db } }: Scene, url: string): Promise<void> {
  const unknown = await until('the submit is known to be unknown', async () => {
    const [job] = await db.query<{ job_id: string }>(`select job_id from attempt where state = 'unknown'`);
    return job ?? null;
  });
  await db.query(`update attempt set created_at = created_at - interval '2 minutes' where state = 'unknown'`);
  // oxlint-disable-next-line unicorn/no-thenable -- a body is never awaited
  const body = { then: 'retry' };
  await admin(url, ADMIN_KEY, 'POST', `/jobs/${unknown.job_id}/mark_not_created`, body);
}

/** The client sends its request again for as long as it is asked to. */
function createAgain(scene: Scene, url: string, key: string): Promise<Reply> {
  return until('the repeated request is answered', async () => {
    const reply = await create(scene, url, key);
    return reply.status === 409 ? null : reply;
  });
}

it.concurrent.each(points)(
  '$id: $what',
  async (point) => {
    const scene = await openScene(point);
    try {
      const before = await crash(scene);
      await until(`the database has ${JSON.stringify(point.left)}`, async () =>
        JSON.stringify(await statesOf(scene)) === JSON.stringify(point.left.jobs) ? true : null,
      );
      expect(scene.vendor.books).toHaveLength(point.left.tasks);
      if (point.id === 'C12') expect(await scene.temps()).not.toEqual([]);

      await letLeasesRunOut(scene);
      const server: ServerProcess = await scene.start(urlOf(scene.database.connection)).ready;
      const shop = before ?? (await shopAt(scene, server.url));
      if (point.needsOperator === true) await markNotCreated(scene, server.url);
      const reply = await createAgain(scene, server.url, shop.key);
      expect(reply.status).toBe(200);
      await expectSettled(scene, reply);
      server.child.kill('SIGTERM');
      expect(await server.exited()).toBe(0);
    } finally {
      await scene.close();
    }
  },
  ROW_MS,
);

async function expectSettled(scene: Scene, reply: Reply): Promise<void> {
  const { database, point, vendor, receiver } = scene;
  const isExpiry = point.during === 'expiry';
  const wanted = isExpiry ? ['expired', 'expired', 'expired'] : ['succeeded'];
  await until(`all jobs are ${wanted[0] ?? ''}`, async () =>
    JSON.stringify(await statesOf(scene)) === JSON.stringify(wanted) ? true : null,
  );
  const jobs = await database.db.query<{ id: string; prompt: string }>(
    `select id, spec ->> 'prompt' as prompt from job`,
  );
  expect(jobs.map(({ id }) => `video_${id}`)).toContain(reply.body['id']);
  expect(bookedPrompts(vendor)).toEqual(jobs.map(({ prompt }) => prompt).toSorted());

  const told = jobs.length * (point.told ?? 1);
  await until('its owner was told', async () => {
    const [open] = await database.db.query<{ open: bigint }>(
      `select count(*) as open from delivery where state <> 'delivered'`,
    );
    return open?.open === 0n ? true : null;
  });
  expect(receiver.heard).toHaveLength(told);
  expect(new Set(receiver.heard.map(({ headers }) => headers['webhook-id'])).size).toBe(jobs.length);

  await expectCleanAudit(database.db);
  expect(await scene.temps()).toEqual([]);
}
