/** A node that reaches its vendor and no longer its database: it takes nothing on, and the other one goes on with its jobs. */

import { afterAll, beforeAll, expect, it } from 'vitest';

import { create } from './load.ts';
import { startPostgresProxy } from './postgres-proxy.ts';
import type { PostgresProxy } from './postgres-proxy.ts';
import type { ServerProcess } from './server-process.ts';
import { expectMadeOnce, newSharedHome, untilMade } from './shared-home.ts';
import type { SharedHome } from './shared-home.ts';
import { ask, openShop, until, untilServes } from './shop.ts';

const JOBS = 3;
/** Creates at the node while it is cut off. */
const LATE = 4;
/** Promised from the moment that a node falls silent until its jobs have gone on elsewhere. */
const TAKEOVER_MS = 30_000;

let proxy: PostgresProxy;
let home: SharedHome;
let split: ServerProcess;
let other: ServerProcess;
let splitAtMs = 0;

beforeAll(async () => {
  home = await newSharedHome({
    stepIn: (moment) => {
      // The answers to these submits reach a node that cannot write them down.
      if (moment === 'accepted' && home.vendor.books.length === JOBS) {
        splitAtMs = performance.now();
        proxy.silence();
      }
      return false;
    },
  });
  proxy = await startPostgresProxy(home.database.connection);
  [split, other] = await Promise.all([home.start({ DATABASE_URL: proxy.url }), home.start()]);
}, 60_000);

afterAll(async () => {
  await proxy.close();
  await home.remove();
});

it('takes nothing on while it is cut off, is relieved of its jobs within thirty seconds, and harms nothing afterwards', async () => {
  const { key } = await openShop(split.url, home.adminKey, home.vendor.channel);
  const prompts = (name: string, count: number): string[] => Array.from({ length: count }, (_, n) => `${name} ${n}`);

  const begun = prompts('fox', JOBS);
  const waiting = Promise.all(begun.map((prompt) => create(split.url, key, prompt)));
  await until('the node is cut off', () => (splitAtMs > 0 ? true : null));
  const late = prompts('late fox', LATE);
  const refusing = Promise.all(late.map((prompt) => create(split.url, key, prompt)));
  await untilMade(home, JOBS);
  expect(performance.now() - splitAtMs).toBeLessThan(TAKEOVER_MS);
  expect((await ask(split.url, key, 'GET', '/readyz')).status).toBe(503);
  expect((await ask(other.url, key, 'GET', '/readyz')).status).toBe(200);
  for (const { status } of await waiting) expect(status).toBe(200);
  for (const { status } of await refusing) expect(status).toBe(503);
  expect(home.vendor.submits()).toBe(JOBS);

  proxy.cut();
  await untilServes(split.url, key);
  // Their clients try again, wherever they are sent to.
  for (const [number, prompt] of late.entries())
    expect((await create((number % 2 === 0 ? split : other).url, key, prompt)).status).toBe(200);
  await untilMade(home, JOBS + LATE);
  await expectMadeOnce(home, [...begun, ...late]);
}, 90_000);
