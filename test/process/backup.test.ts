/** A backup of a working server's embedded database, taken while jobs are made, brings up a server elsewhere that finishes them. */

import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { isObject } from '../../src/model/json.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { newHome } from './server-process.ts';
import type { Home } from './server-process.ts';
import { admin, ask, openShop, until } from './shop.ts';
import { startVendor } from './vendor.ts';
import type { Vendor } from './vendor.ts';

const BIN = fileURLToPath(new URL('../../bin/reelgate.mjs', import.meta.url));
const CUSTOMERS = 4;
const ENDS = ['succeeded', 'failed', 'cancelled', 'expired'];
const WAIT_MS = 120_000;

let old: Home;
let fresh: Home;
let vendor: Vendor;
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'reelgate-backup-'));
  vendor = await startVendor({ workMs: 4_000, pollAfterMs: 500 });
  [old, fresh] = await Promise.all([newHome(), newHome()]);
});
afterAll(async () => {
  await Promise.all([old.remove(), fresh.remove()]);
  await vendor.close();
  await rm(directory, { recursive: true, force: true });
});

function reelgate(home: Home, words: readonly string[]): Promise<{ code: number; answer: JsonObject; stderr: string }> {
  return new Promise((resolve) => {
    const env = { PATH: process.env['PATH'] ?? '', REELGATE_DATA_DIR: home.dataDir };
    execFile(process.execPath, [BIN, ...words], { env }, (error, stdout, stderr) => {
      const answer: unknown = stdout === '' ? {} : JSON.parse(stdout);
      resolve({ code: error === null ? 0 : Number(error.code), answer: isObject(answer) ? answer : {}, stderr });
    });
  });
}

/** The latest jobs, at most as many as one page holds. */
async function jobsAt(url: string, home: Home): Promise<JsonObject[]> {
  const { data } = await admin(url, home.adminKey, 'GET', '/jobs?limit=200');
  return Array.isArray(data) ? data.filter(isObject) : [];
}

it(
  'taken under load and restored elsewhere, it audits clean, and its jobs go on',
  async () => {
    const first = await old.start();
    const { key } = await openShop(first.url, old.adminKey, vendor.channel);
    let busy = true;
    let made = 0;
    const customers = Array.from({ length: CUSTOMERS }, async () => {
      while (busy) {
        const body = { model: 'sora-2', prompt: `video ${made}`, seconds: '4', size: '1280x720' };
        // Each customer looks at its video for a second before it orders the next one.
        const headers = { prefer: 'wait=1' };
        const { status } = await ask(first.url, key, 'POST', '/v1/videos', { body, headers });
        if (status < 300) made += 1;
      }
    });
    // Until they are waited for, a failure of theirs is nobody's.
    for (const customer of customers) customer.catch(() => undefined);
    await until('some jobs run and some have ended', async () => {
      const states = (await jobsAt(first.url, old)).map(({ state }) => String(state));
      return states.includes('running') && states.includes('succeeded') ? states : null;
    });

    const file = join(directory, 'backup.tar');
    const beganMs = performance.now();
    const created = await reelgate(old, ['backup', 'create', file, '--assets']);
    const createMs = Math.round(performance.now() - beganMs);
    expect([created.code, created.stderr]).toEqual([0, '']);
    busy = false;
    await Promise.all(customers);
    first.child.kill('SIGKILL');
    await first.exited();

    expect(await reelgate(fresh, ['backup', 'verify', file])).toMatchObject({ code: 0, answer: { ok: true } });
    await cp(join(old.dataDir, 'secret'), join(fresh.dataDir, 'secret'));
    const restored = await reelgate(fresh, ['backup', 'restore', file]);
    expect([restored.code, restored.stderr]).toEqual([0, '']);
    expect(restored.answer).toMatchObject({ audit: { ok: true } });

    const second = await fresh.start();
    const atFirst = await jobsAt(second.url, fresh);
    const unfinished = atFirst.filter(({ state }) => !ENDS.includes(String(state)));
    expect(unfinished.length).toBeGreaterThan(0);
    const jobs = await until(
      'every restored job has ended',
      async () => {
        const now = await jobsAt(second.url, fresh);
        return now.every(({ state }) => ENDS.includes(String(state))) ? now : null;
      },
      WAIT_MS,
    );
    expect(jobs.filter(({ state }) => state !== 'succeeded')).toEqual([]);
    expect(await admin(second.url, fresh.adminKey, 'GET', '/audit')).toMatchObject({ ok: true });
    const next = await ask(second.url, key, 'POST', '/v1/videos', {
      body: { model: 'sora-2', prompt: 'after the move', seconds: '4', size: '1280x720' },
    });
    expect(next.status).toBe(200);
    const again = await reelgate(fresh, ['backup', 'restore', file]);
    expect([again.code, again.stderr]).toEqual([4, expect.stringContaining('There is a database in')]);
    process.stdout.write(
      `${made} jobs made; backup of ${String(created.answer['rows'])} rows and ${String(created.answer['assets'])} files in ${createMs} ms; ` +
        `${atFirst.length} restored, ${unfinished.length} unfinished, all succeeded\n`,
    );
  },
  2 * WAIT_MS,
);
