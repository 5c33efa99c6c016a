/** A node that stands still for longer than anyone waits for it: the other goes on with its jobs, and what it says late is not heard. */

import { afterAll, beforeAll, expect, it } from 'vitest';

import { create } from './load.ts';
import type { ServerProcess } from './server-process.ts';
import { expectMadeOnce, newSharedHome, untilMade } from './shared-home.ts';
import type { SharedHome } from './shared-home.ts';
import { openShop } from './shop.ts';

const PROMPTS = ['fox 0', 'fox 1', 'fox 2'];
/** Created at one node each, once both are awake. */
const LATER = ['fox 10', 'fox 11'] as const;
/** Promised from the moment a node falls silent. */
const TAKEOVER_MS = 30_000;

let home: SharedHome;
let paused: ServerProcess;
let other: ServerProcess;
let pausedAtMs = 0;

beforeAll(async () => {
  home = await newSharedHome({
    stepIn: (moment) => {
      // The answers to these submits are on their way to a node that does not read them.
      if (moment === 'accepted' && home.vendor.books.length === PROMPTS.length) {
        pausedAtMs = performance.now();
        paused.child.kill('SIGSTOP');
      }
      return false;
    },
  });
  paused = await home.start();
  other = await home.start();
}, 60_000);

afterAll(() => home.remove());

it('is relieved of its jobs within thirty seconds, and harms nothing when it wakes up', async () => {
  const { key } = await openShop(paused.url, home.adminKey, home.vendor.channel);
  const waiting = Promise.all(PROMPTS.map((prompt) => create(paused.url, key, prompt)));
  await untilMade(home, PROMPTS.length);
  expect(performance.now() - pausedAtMs).toBeLessThan(TAKEOVER_MS);

  paused.child.kill('SIGCONT');
  for (const { status } of await waiting) expect(status).toBe(200);
  expect((await create(paused.url, key, LATER[0])).status).toBe(200);
  expect((await create(other.url, key, LATER[1])).status).toBe(200);
  await untilMade(home, PROMPTS.length + LATER.length);
  await expectMadeOnce(home, [...PROMPTS, ...LATER]);
}, 90_000);
