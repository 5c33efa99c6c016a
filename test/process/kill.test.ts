/** A server killed at any moment: the next start finishes every job, and the money is exact. `KILL_ROUNDS` asks for more rounds. */

import { afterAll, beforeAll, expect, it } from 'vitest';

import { isObject } from '../../src/model/json.ts';
import type { Json, JsonObject } from '../../src/model/json.ts';
import { newHome } from './server-process.ts';
import type { Home, ServerProcess } from './server-process.ts';

const ROUNDS = Number(process.env['KILL_ROUNDS'] ?? 3);
const JOBS = 5;
const LATEST_KILL_MS = 1_500;
const ROUND_MS = 60_000;
const POLL_MS = 100;
const ENDS = ['succeeded', 'failed', 'cancelled', 'expired'];

let home: Home;
let liveKey = '';

beforeAll(async () => {
  home = await newHome();
});
afterAll(() => home.remove());

async function call(url: string, key: string, method: string, path: string, body?: Json): Promise<JsonObject> {
  const response = await fetch(url + path, {
    method,
    headers: { authorization: `Bearer ${key}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const answer: unknown = await response.json();
  if (!response.ok || !isObject(answer))
    throw new Error(`${method} ${path}: ${response.status} ${JSON.stringify(answer)}`);
  return answer;
}

const admin = (server: ServerProcess, method: string, path: string, body?: Json): Promise<JsonObject> =>
  call(server.url, home.adminKey, method, `/admin/v1${path}`, body);

async function openShop(server: ServerProcess): Promise<void> {
  const account = await admin(server, 'POST', '/accounts', { name: 'Studio' });
  await admin(server, 'POST', `/accounts/${String(account['id'])}/credits`, { amount_usd: '1000', note: 'start' });
  await admin(server, 'POST', '/channels', {
    name: 'Live sandbox',
    provider: 'sandbox',
    mode: 'live',
    credentials: 'none',
  });
  liveKey = String(
    (await admin(server, 'POST', '/keys', { account_id: String(account['id']), name: 'live', mode: 'live' }))['key'],
  );
}

async function allJobs(server: ServerProcess): Promise<JsonObject[]> {
  const jobs: JsonObject[] = [];
  let after = '';
  for (;;) {
    const page = await admin(server, 'GET', `/jobs?limit=100${after}`);
    const data = (page['data'] as readonly JsonObject[] | undefined) ?? [];
    jobs.push(...data);
    if (page['has_more'] !== true) return jobs;
    after = `&after=${String(data.at(-1)?.['id'])}`;
  }
}

async function untilAllEnded(server: ServerProcess): Promise<JsonObject[]> {
  const until = performance.now() + ROUND_MS;
  for (;;) {
    const jobs = await allJobs(server);
    const open = jobs.filter((job) => !ENDS.includes(String(job['state'])));
    if (open.length === 0) return jobs;
    if (performance.now() > until) throw new Error(`jobs that did not end: ${JSON.stringify(open)}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

it(
  'finishes every job after kill -9 at a random moment, and the audit finds nothing',
  async () => {
    let accepted = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      const server = await home.start();
      if (round === 0) await openShop(server);
      const killMs = Math.random() * LATEST_KILL_MS;
      const creates = Array.from({ length: JOBS }, (_, job) =>
        call(server.url, liveKey, 'POST', '/v1/videos', {
          model: 'viduq3-pro',
          prompt: `round ${round} job ${job}`,
          seconds: '1',
          size: '960x540',
        }),
      );
      setTimeout(() => server.child.kill('SIGKILL'), killMs);
      accepted += (await Promise.allSettled(creates)).filter((create) => create.status === 'fulfilled').length;
      await server.exited();
      const next = await home.start();
      expect(next.readyMs).toBeLessThan(10_000);
      const jobs = await untilAllEnded(next);
      const made = jobs.filter((job) => job['state'] === 'succeeded');
      const audit = await admin(next, 'GET', '/audit');
      process.stdout.write(
        `round ${round + 1}: killed after ${Math.round(killMs)} ms, ready again in ${Math.round(next.readyMs)} ms, ${jobs.length} jobs, ${made.length} succeeded, audit ${audit['ok'] === true ? 'clean' : 'BROKEN'}\n`,
      );
      expect(audit).toMatchObject({ ok: true });
      expect(jobs.filter((job) => job['state'] !== 'succeeded')).toEqual([]);
      expect(jobs.length).toBeGreaterThanOrEqual(accepted);
      next.child.kill('SIGTERM');
      expect(await next.exited()).toBe(0);
    }
  },
  ROUNDS * ROUND_MS + 30_000,
);
