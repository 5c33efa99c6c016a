/**
 * No room for PostgreSQL's write-ahead log: nothing is taken on, and with room again all goes on by itself. A limit on the size
 * of files stands for the full disk: PostgreSQL meets it in the same write, and ends in the same way.
 */

import { afterAll, beforeAll, expect, it } from 'vitest';

import type { Database } from '../../src/store/database.ts';
import { create, expectKept, startLoad, UNAVAILABLE } from './load.ts';
import { CAN_LIMIT, limitTree } from './process-limits.ts';
import { newHome, withDatabase } from './server-process.ts';
import type { Home } from './server-process.ts';
import { openShop, until, untilServes } from './shop.ts';
import { startVendor } from './vendor.ts';
import type { Vendor } from './vendor.ts';

const LOG_FILE_BYTES = 1024 * 1024;
/** Less than a file of the log, and more than any table has grown to when the log meets it. */
const LIMIT_BYTES = LOG_FILE_BYTES - 128 * 1024;
/** Of room that is left: a few creates. */
const ROOM_BYTES = 200_000;
const REFUSALS = 20;
const REFUSED = 'a fox for a full disk';

let home: Home;
let vendor: Vendor;
beforeAll(async () => {
  home = await newHome();
  vendor = await startVendor();
});
afterAll(async () => {
  await home.remove();
  await vendor.close();
});

/** Writes the log up to a little before the limit. */
async function fillLog(db: Database): Promise<void> {
  const place = async (): Promise<number> => {
    const [row] = await db.query<{ place: number }>(
      `select mod(pg_current_wal_insert_lsn() - '0/0', ${LOG_FILE_BYTES})::integer as place`,
    );
    return row?.place ?? 0;
  };
  if ((await place()) > LIMIT_BYTES - 2 * ROOM_BYTES) await db.query('select pg_switch_wal()');
  await db.query(`select pg_logical_emit_message(false, 'fill', repeat('x', $1), true)`, [
    LIMIT_BYTES - ROOM_BYTES - (await place()),
  ]);
}

it.runIf(CAN_LIMIT)(
  'refuses creates without a trace, and with room again goes on by itself with all that it had taken',
  async () => {
    const server = await home.start({ REELGATE_LOG_LEVEL: 'warn' });
    const shop = await openShop(server.url, home.adminKey, vendor.channel);
    await withDatabase(home, fillLog);
    await limitTree(server.child.pid, { what: 'fsize', most: LIMIT_BYTES });
    const load = startLoad(server.url, shop);
    await until('PostgreSQL cannot start again', () => (server.said().includes('File too large') ? true : null));
    await load.more(REFUSALS);
    expect((await create(server.url, shop.key, REFUSED)).status).toBe(UNAVAILABLE);

    await limitTree(server.child.pid, { what: 'fsize', most: 'unlimited' });
    await untilServes(server.url, shop.key);
    const { creates } = await load.stop();
    const kept = await withDatabase(home, (db) => expectKept(db, creates, vendor));
    expect(kept.length).toBeGreaterThan(0);
    expect(kept).not.toContain(REFUSED);
  },
  90_000,
);
