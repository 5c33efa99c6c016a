/** PostgreSQL that goes away, at the worst moments and in the middle of the day: an answer is always true, and nothing is lost. */

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { openDatabase } from '../../src/store/database.ts';
import type { Database } from '../../src/store/database.ts';
import { startEmbeddedPostgres } from '../../src/store/embedded/embedded-postgres.ts';
import { expectCleanAudit } from './clean-audit.ts';
import { startTestReelgate, urlOf } from '../support/reelgate.ts';
import type { TestReelgate } from '../support/reelgate.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';
import { CRASH_POINTS } from './crash-points.ts';
import { create, startLoad, UNAVAILABLE } from './load.ts';
import { startPostgresProxy } from './postgres-proxy.ts';
import type { PostgresProxy } from './postgres-proxy.ts';
import { admin, ask, openShop, until } from './shop.ts';
import type { Shop } from './shop.ts';
import { startVendor } from './vendor.ts';
import type { Vendor } from './vendor.ts';

/** Far longer than any of this takes, also on a busy machine. */
vi.setConfig({ testTimeout: 120_000 });

let vendor: Vendor;
beforeAll(async () => {
  vendor = await startVendor();
});
afterAll(() => vendor.close());

const tasksOf = (prompt: string): number => vendor.books.filter((task) => task.prompt === prompt).length;

describe('a server that is cut off from its database', () => {
  const points = CRASH_POINTS.flatMap(({ reached, during, ...point }) =>
    reached.by === 'database' && during === undefined ? [{ ...point, moment: reached.moment }] : [],
  );
  let database: TestDatabase;
  let proxy: PostgresProxy;
  let reelgate: TestReelgate;
  let shop: Shop;

  beforeAll(async () => {
    database = await createTestDatabase();
    proxy = await startPostgresProxy(database.connection);
    const env = { DATABASE_URL: proxy.url, REELGATE_DATABASE_POOL: '4' };
    reelgate = await startTestReelgate(env, { limits: { leaseMs: 3_000 } });
    shop = await openShop(reelgate.url, reelgate.adminKey, vendor.channel);
  });
  afterAll(async () => {
    await reelgate.stop();
    await proxy.close();
    await database.drop();
  });

  const statesOf = async (prompt: string): Promise<string[]> => {
    const jobs = await database.db.query<{ state: string }>(`select state from job where spec ->> 'prompt' = $1`, [
      prompt,
    ]);
    return jobs.map(({ state }) => state);
  };

  it.each(points)(
    'when $what ($id) says 503 only if it holds nothing, and makes the video once',
    async ({ id, fault, moment, places }) => {
      const prompt = `a fox at ${id} {{${fault ?? 'none'}}}`;
      const body = { max_concurrency: places ?? null };
      await admin(reelgate.url, reelgate.adminKey, 'PATCH', `/channels/${shop.channelId}`, body);
      const reached = proxy.reach(moment);
      const creating = create(reelgate.url, shop.key, prompt);
      await reached;
      proxy.cut();
      const first = await creating;
      expect([200, UNAVAILABLE]).toContain(first.status);
      expect(await statesOf(prompt)).toHaveLength(first.status === UNAVAILABLE ? 0 : 1);
      const again = await until('the repeated request is answered', async () => {
        const reply = await create(reelgate.url, shop.key, prompt);
        return reply.status === 409 || reply.status === UNAVAILABLE ? null : reply;
      });
      expect(again.status).toBe(200);
      await until('the video is made', async () => ((await statesOf(prompt))[0] === 'succeeded' ? true : null));
      expect(await statesOf(prompt)).toHaveLength(1);
      expect(tasksOf(prompt)).toBe(1);
      await expectCleanAudit(database.db);
    },
  );
});

describe('a server whose database does not answer in time', () => {
  it('says 503, holds nothing, and goes on when it does', async () => {
    const reelgate = await startTestReelgate({ REELGATE_DATABASE_POOL: '4' });
    const other = openDatabase({ connection: { url: reelgate.databaseUrl }, maxConnections: 1 });
    const shop = await openShop(reelgate.url, reelgate.adminKey, vendor.channel);
    const lock = await lockJobs(other);
    try {
      const creates = Array.from({ length: 12 }, (_, number) =>
        create(reelgate.url, shop.key, `a fox behind the lock ${number}`),
      );
      const read = ask(reelgate.url, shop.key, 'GET', '/v1/videos');
      const began = performance.now();
      for (const { status } of await Promise.all([read, ...creates])) expect(status).toBe(UNAVAILABLE);
      expect(performance.now() - began).toBeLessThan(LONGEST_ANSWER_MS);
      await lock.release();
      await until('it serves again', async () => {
        const { status } = await create(reelgate.url, shop.key, 'a fox after the lock');
        return status === 200 ? true : null;
      });
      const jobs = `select spec ->> 'prompt' as prompt, state from job`;
      await until('the video is made', async () => {
        const [job] = await reelgate.db.query<{ state: string }>(jobs);
        return job?.state === 'succeeded' ? true : null;
      });
      expect(await reelgate.db.query(jobs)).toEqual([{ prompt: 'a fox after the lock', state: 'succeeded' }]);
      await expectCleanAudit(reelgate.db);
    } finally {
      await lock.release();
      await other.close();
      await reelgate.stop();
    }
  });
});

describe('a server whose PostgreSQL dies under load', () => {
  it('loses no job it said yes to, holds nothing where it said no, and makes no video twice', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'reelgate-restart-'));
    const postgres = await startEmbeddedPostgres({ dataDir, log: () => undefined });
    const env = { DATABASE_URL: urlOf(postgres.connection) };
    const reelgate = await startTestReelgate(env, { limits: { leaseMs: LEASE_MS } });
    try {
      const shop = await openShop(reelgate.url, reelgate.adminKey, vendor.channel);
      const load = startLoad(reelgate.url, shop);
      for (let restart = 1; restart <= RESTARTS; restart += 1) {
        await load.more(LOAD_BETWEEN);
        const pid = await postmasterPid(dataDir);
        process.kill(pid, 'SIGQUIT');
        await until('PostgreSQL is another one and serves', async () => {
          const now = await postmasterPid(dataDir).catch(() => pid);
          return now !== pid && (await ask(reelgate.url, shop.key, 'GET', '/readyz')).status === 200 ? true : null;
        });
      }
      const { creates, slowestMs } = await load.stop();
      expect(slowestMs).toBeLessThan(LONGEST_ANSWER_MS);
      expect(creates.filter(({ status }) => status !== 200 && status !== UNAVAILABLE)).toEqual([]);

      await until('all jobs have ended', async () => {
        const open = await reelgate.db.query(`select from job where state <> 'succeeded'`);
        return open.length === 0 ? true : null;
      });
      const jobs = await reelgate.db.query<{ id: string }>(`select 'video_' || id as id from job`);
      const accepted = creates.filter(({ status }) => status === 200);
      expect(accepted.map(({ id }) => id).toSorted()).toEqual(jobs.map(({ id }) => id).toSorted());
      expect(creates.filter(({ prompt, status }) => tasksOf(prompt) !== (status === 200 ? 1 : 0))).toEqual([]);
      await expectCleanAudit(reelgate.db);
    } finally {
      await reelgate.stop();
      await postgres.stop();
      await rm(dataDir, { recursive: true, force: true });
    }
  });
});

const RESTARTS = 3;
/** What was being written when the database died is taken up again after this. */
const LEASE_MS = 8_000;
/** Requests that are answered between two restarts. */
const LOAD_BETWEEN = 20;
/** A connection is waited for for five seconds, a statement for ten, and the machine may be busy. */
const LONGEST_ANSWER_MS = 25_000;
/** Shorter than a session may idle in a transaction. */
const AWAKE_MS = 1_000;

/** Nobody can touch a job until the lock is released; releasing it again is harmless. */
async function lockJobs(db: Database): Promise<{ release(): Promise<void> }> {
  const locked = Promise.withResolvers<void>();
  let isReleased = false;
  const holding = db.transaction(async (tx) => {
    await tx.query('lock table job in access exclusive mode');
    locked.resolve();
    while (!isReleased) {
      await tx.query('select 1');
      await new Promise((resolve) => setTimeout(resolve, AWAKE_MS));
    }
  });
  await locked.promise;
  return {
    release: () => {
      isReleased = true;
      return holding;
    },
  };
}

async function postmasterPid(dataDir: string): Promise<number> {
  const file = await readFile(join(dataDir, 'postgres/cluster/pgdata/postmaster.pid'), 'utf8');
  return Number(file.split('\n')[0]);
}
