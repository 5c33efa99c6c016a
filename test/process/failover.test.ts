/** A standby that takes the place of its primary under load: what was acknowledged is there, and the old primary is not believed. */

import { afterAll, beforeAll, expect, it } from 'vitest';

import { openDatabase } from '../../src/store/database.ts';
import type { DatabaseConnection, Queryable } from '../../src/store/database.ts';
import { startTestReelgate } from '../support/reelgate.ts';
import type { TestReelgate } from '../support/reelgate.ts';
import { create, expectKept, startLoad, UNAVAILABLE } from './load.ts';
import { startPostgresPair } from './postgres-pair.ts';
import type { PostgresPair } from './postgres-pair.ts';
import { startPostgresProxy } from './postgres-proxy.ts';
import type { PostgresProxy } from './postgres-proxy.ts';
import { ask, openShop, untilServes } from './shop.ts';
import { startVendor } from './vendor.ts';
import type { Vendor } from './vendor.ts';

/** Requests that are answered between two blows. */
const LOAD_BETWEEN = 20;
/** What was being written when the primary died is taken up again after this. */
const LEASE_MS = 8_000;

let pair: PostgresPair;
let proxy: PostgresProxy;
let vendor: Vendor;
let server: TestReelgate;

beforeAll(async () => {
  pair = await startPostgresPair();
  proxy = await startPostgresProxy(pair.primary);
  vendor = await startVendor();
  server = await startTestReelgate({ DATABASE_URL: proxy.url }, { limits: { leaseMs: LEASE_MS } });
}, 60_000);

afterAll(async () => {
  await server.stop();
  await proxy.close();
  await vendor.close();
  await pair.stop();
});

function turnTo(target: DatabaseConnection): void {
  proxy.turnTo(target);
  proxy.cut();
}

it('keeps all that it said yes to, makes nothing twice, and does not go back to the old primary', async () => {
  const shop = await openShop(server.url, server.adminKey, vendor.channel);
  const load = startLoad(server.url, shop);
  await load.more(LOAD_BETWEEN);
  await pair.killPrimary();
  // It can be read before it takes writes.
  turnTo(pair.standby);
  await load.more(LOAD_BETWEEN);
  await pair.promoteStandby();
  await untilServes(server.url, shop.key);
  await load.more(LOAD_BETWEEN);

  await pair.letPrimaryGoAlone();
  turnTo(pair.primary);
  expect((await create(server.url, shop.key, 'a fox for the old primary')).status).toBe(UNAVAILABLE);
  expect((await ask(server.url, shop.key, 'GET', '/v1/videos')).status).toBe(UNAVAILABLE);
  turnTo(pair.standby);
  await untilServes(server.url, shop.key);
  await load.more(LOAD_BETWEEN);
  const { creates } = await load.stop();
  const db = openDatabase({ connection: pair.standby, maxConnections: 1 });
  await expectKept(db, creates, vendor).finally(() => db.close());
}, 90_000);

it('speaks to the old primary on no connection that is left once it has met the new one', async () => {
  proxy.turnTo(pair.primary);
  const db = openDatabase({ connection: { url: proxy.url }, maxConnections: 2 });
  const timelineOf = async (connection: Queryable): Promise<string> => {
    const [row] = await connection.query<{ file: string }>('select pg_walfile_name(pg_current_wal_lsn()) as file');
    return row?.file.slice(0, 8) ?? '';
  };
  try {
    // Nobody who has not met the new one can know.
    expect(await timelineOf(db)).toBe('00000001');
    const met = await db.withConnection(async (old) => {
      proxy.turnTo(pair.standby);
      return [await timelineOf(old), await timelineOf(db)];
    });
    expect(met).toEqual(['00000001', '00000002']);
    expect(await Promise.all([timelineOf(db), timelineOf(db)])).toEqual(['00000002', '00000002']);
  } finally {
    await db.close();
  }
});
