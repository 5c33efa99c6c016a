/** A server that is killed while it brings its credentials under a new secret: nothing is lost, and the next one goes on (C16). */

import { afterAll, beforeAll, expect, it, vi } from 'vitest';

import { createSecrets } from '../../src/secrets.ts';
import type { Database } from '../../src/store/database.ts';
import { newHome, withDatabase } from './server-process.ts';
import type { Home } from './server-process.ts';
import { admin, until } from './shop.ts';

const OLD = 'the secret that this installation began with';
const NEW = 'the secret that takes the place of the old one';
const CHANNELS = 4;
const CREDENTIALS = 1_000;

vi.setConfig({ testTimeout: 120_000 });

let home: Home;
beforeAll(async () => {
  home = await newHome();
});
afterAll(() => home.remove());

/** How many credentials there are, and how many each secret opens. */
async function opened(db: Database): Promise<{ all: number; new: number; both: number }> {
  const rows = await db.query<{ id: string; sealed: Buffer }>('select id, sealed from channel_credential');
  const [fresh, both] = [createSecrets(NEW), createSecrets(NEW, [OLD])];
  const count = (secrets: typeof fresh): number =>
    rows.filter(({ id, sealed }) => {
      try {
        return secrets.open(sealed, `channel_credential:${id}`) !== null;
      } catch {
        return false;
      }
    }).length;
  return { all: rows.length, new: count(fresh), both: count(both) };
}

it('opens all of its credentials at every moment, and needs the new secret only in the end', async () => {
  const first = await home.start({ REELGATE_SECRET: OLD });
  for (let number = 0; number < CHANNELS; number += 1) {
    const credentials = Array.from({ length: CREDENTIALS }, (_, line) => `sk-vendor-${number}-${line}`).join('\n');
    const channel = {
      name: `Channel ${number}`,
      provider: 'openai-video',
      base_url: 'http://127.0.0.1:9',
      credentials,
    };
    await admin(first.url, home.adminKey, 'POST', '/channels', channel);
  }
  first.child.kill('SIGTERM');
  await first.exited();

  const both = { REELGATE_SECRET: NEW, REELGATE_SECRET_PREVIOUS: OLD };
  const killed = await home.start(both);
  const rotation = admin(killed.url, home.adminKey, 'POST', '/secrets/rotate').catch(() => null);
  await withDatabase(home, (db) =>
    until('the rotation is under way', async () => {
      const [row] = await db.query<{ count: number }>(
        'select count(*)::integer as count from channel_credential where substring(sealed from 1 for 9) = $1',
        [createSecrets(NEW).sealedHeader],
      );
      return (row?.count ?? 0) > 0 ? true : null;
    }),
  );
  killed.child.kill('SIGKILL');
  await killed.exited();
  await rotation;

  const next = await home.start(both);
  const all = CHANNELS * CREDENTIALS + 1;
  const midway = await withDatabase(home, opened);
  expect(midway).toMatchObject({ all, both: all });
  process.stdout.write(`killed after ${midway.new} of ${all} credentials\n`);
  const rest = await admin(next.url, home.adminKey, 'POST', '/secrets/rotate');
  expect(rest).toMatchObject({ unreadable: 0, left: 0, resealed: all - midway.new });
  next.child.kill('SIGTERM');
  await next.exited();
  await home.start({ REELGATE_SECRET: NEW });
  expect(await withDatabase(home, opened)).toEqual({ all, new: all, both: all });
});
