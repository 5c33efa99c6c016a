/**
 * No room for PostgreSQL's write-ahead log: nothing is taken on, and with room again all goes on by itself. A limit on the size
 * of files stands for the full disk: PostgreSQL meets it in the same write, and ends in the same way.
 */

import { Client } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { openDatabase } from '../../src/store/database.ts';
import type { EmbeddedConnection } from '../../src/store/embedded/boot-checks.ts';
import { visitEmbeddedPostgres } from '../../src/store/embedded/visit.ts';
import { startFakeVendor } from '../fakes/openai-video-vendor.ts';
import type { FakeVendor } from '../fakes/openai-video-vendor.ts';
import { smallClip } from '../support/clips.ts';
import { create, expectKept, startLoad, UNAVAILABLE } from './load.ts';
import { CAN_LIMIT, limitTree } from './process-limits.ts';
import { newHome } from './server-process.ts';
import type { Home } from './server-process.ts';
import { ask, openShop, until } from './shop.ts';

const VENDOR_KEY = 'sk-vendor-log';
const LOG_FILE_BYTES = 1024 * 1024;
/** Less than a file of the log, and more than any table has grown to when the log meets it. */
const LIMIT_BYTES = LOG_FILE_BYTES - 128 * 1024;
/** Of room that is left: a few creates. */
const ROOM_BYTES = 200_000;
const REFUSALS = 20;
const REFUSED = 'a fox for a full disk';

let home: Home;
let vendor: FakeVendor;
beforeAll(async () => {
  home = await newHome();
  vendor = await startFakeVendor({ video: await smallClip(), key: VENDOR_KEY, workMs: 300, pollAfterMs: 200 });
});
afterAll(async () => {
  await home.remove();
  await vendor.close();
});

async function running(): Promise<EmbeddedConnection> {
  const connection = await visitEmbeddedPostgres(home.dataDir);
  if (connection === null) throw new Error('the database is running');
  return connection;
}

/** Writes the log up to a little before the limit. */
async function fillLog(): Promise<void> {
  const db = new Client({ ...(await running()) });
  await db.connect();
  const place = async (): Promise<number> => {
    const { rows } = await db.query<{ place: number }>(
      `select mod(pg_current_wal_insert_lsn() - '0/0', ${LOG_FILE_BYTES})::integer as place`,
    );
    return rows[0]?.place ?? 0;
  };
  try {
    if ((await place()) > LIMIT_BYTES - 2 * ROOM_BYTES) await db.query('select pg_switch_wal()');
    await db.query(`select pg_logical_emit_message(false, 'fill', repeat('x', $1), true)`, [
      LIMIT_BYTES - ROOM_BYTES - (await place()),
    ]);
  } finally {
    await db.end();
  }
}

it.runIf(CAN_LIMIT)(
  'refuses creates without a trace, and with room again goes on by itself with all that it had taken',
  async () => {
    const server = await home.start({ REELGATE_LOG_LEVEL: 'warn' });
    const channel = { name: 'Vendor', provider: 'openai-video', base_url: vendor.url, credentials: VENDOR_KEY };
    const shop = await openShop(server.url, home.adminKey, channel);
    await fillLog();
    await limitTree(server.child.pid, { what: 'fsize', most: LIMIT_BYTES });
    const load = startLoad(server.url, shop);
    await until('PostgreSQL cannot start again', () => (server.said().includes('File too large') ? true : null));
    const before = load.served();
    await until('creates are refused', () => (load.served() > before + REFUSALS ? true : null));
    expect((await create(server.url, shop.key, REFUSED)).status).toBe(UNAVAILABLE);

    await limitTree(server.child.pid, { what: 'fsize', most: 'unlimited' });
    await until('it serves again', async () =>
      (await ask(server.url, shop.key, 'GET', '/readyz')).status === 200 ? true : null,
    );
    const { creates } = await load.stop();
    const db = openDatabase({ connection: await running(), maxConnections: 1 });
    const kept = await expectKept(db, creates, vendor).finally(() => db.close());
    expect(kept.length).toBeGreaterThan(0);
    expect(kept).not.toContain(REFUSED);
  },
  90_000,
);
