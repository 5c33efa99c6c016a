/** A node whose clock jumps ten minutes ahead and then behind, while it works: it does what its neighbour does, and takes nothing from it. */

import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { create } from './load.ts';
import type { ServerProcess } from './server-process.ts';
import { expectMadeOnce, newSharedHome, untilMade } from './shared-home.ts';
import type { SharedHome } from './shared-home.ts';
import { openShop, until } from './shop.ts';

const MOVING_CLOCK = fileURLToPath(new URL('moving-clock.ts', import.meta.url));
/** Created at each node between two jumps. */
const JOBS = 3;

let home: SharedHome;
let jumping: ServerProcess;
let steady: ServerProcess;

beforeAll(async () => {
  home = await newSharedHome({ workMs: 1_500 });
  jumping = await home.start({ NODE_OPTIONS: `--import=${MOVING_CLOCK}` });
  steady = await home.start();
}, 60_000);

afterAll(() => home.remove());

it('makes every video once, in one attempt, and leaves the books in order', async () => {
  const { key } = await openShop(steady.url, home.adminKey, home.vendor.channel);
  const prompts: string[] = [];
  const createAtBoth = async (when: string): Promise<void> => {
    const made = [jumping, steady].flatMap(({ url }, node) =>
      Array.from({ length: JOBS }, (_, number) => ({ url, prompt: `fox ${number} at node ${node}, ${when}` })),
    );
    prompts.push(...made.map(({ prompt }) => prompt));
    for (const { status } of await Promise.all(made.map(({ url, prompt }) => create(url, key, prompt))))
      expect(status).toBe(200);
  };
  const jump = async (offSeconds: number): Promise<void> => {
    jumping.child.kill('SIGUSR2');
    await until('the clock has jumped', () =>
      jumping.said().includes(`the clock is ${offSeconds} s off`) ? true : null,
    );
  };
  await createAtBoth('before');
  await jump(600);
  await createAtBoth('ahead');
  await jump(-600);
  await createAtBoth('behind');
  await untilMade(home, prompts.length);
  expect(await home.database.db.query(`select id from job where attempts <> 1`)).toEqual([]);
  await expectMadeOnce(home, prompts);
}, 90_000);
