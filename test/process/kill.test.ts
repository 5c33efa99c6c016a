/** A server killed at any moment: the next start finishes every job, and the money is exact. `KILL_ROUNDS` asks for more rounds. */

import { afterAll, beforeAll, expect, it } from 'vitest';

import { isObject } from '../../src/model/json.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { newHome } from './server-process.ts';
import type { Home, ServerProcess } from './server-process.ts';
import { admin, ask, openShop, until } from './shop.ts';

const ROUNDS = Number(process.env['KILL_ROUNDS'] ?? 3);
const JOBS = 5;
const LATEST_KILL_MS = 1_500;
const ROUND_MS = 60_000;
const ENDS = ['succeeded', 'failed', 'cancelled', 'expired'];
const CHANNEL = { name: 'Live sandbox', provider: 'sandbox', mode: 'live', credentials: 'none' };

let home: Home;
beforeAll(async () => {
  home = await newHome();
});
afterAll(() => home.remove());

async function allJobs({ url }: ServerProcess): Promise<JsonObject[]> {
  const jobs: JsonObject[] = [];
  for (let after = ''; ; after = `&after=${String(jobs.at(-1)?.['id'])}`) {
    const page = await admin(url, home.adminKey, 'GET', `/jobs?limit=100${after}`);
    const { data } = page;
    if (Array.isArray(data)) jobs.push(...data.filter(isObject));
    if (page['has_more'] !== true) return jobs;
  }
}

function allEnded(server: ServerProcess): Promise<JsonObject[]> {
  return until(
    'all jobs have ended',
    async () => {
      const jobs = await allJobs(server);
      return jobs.every((job) => ENDS.includes(String(job['state']))) ? jobs : null;
    },
    ROUND_MS,
  );
}

it(
  'finishes every job after kill -9 at a random moment, and the audit finds nothing',
  async () => {
    let key = '';
    let accepted = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      const server = await home.start();
      if (round === 0) key = (await openShop(server.url, home.adminKey, CHANNEL)).key;
      const killMs = Math.random() * LATEST_KILL_MS;
      const creates = Array.from({ length: JOBS }, (_, job) => {
        const body = { model: 'viduq3-pro', prompt: `round ${round} job ${job}`, seconds: '1', size: '960x540' };
        return ask(server.url, key, 'POST', '/v1/videos', { body });
      });
      setTimeout(() => server.child.kill('SIGKILL'), killMs);
      const answers = await Promise.allSettled(creates);
      accepted += answers.filter((answer) => answer.status === 'fulfilled' && answer.value.status === 200).length;
      await server.exited();
      const next = await home.start();
      expect(next.readyMs).toBeLessThan(10_000);
      const jobs = await allEnded(next);
      const made = jobs.filter((job) => job['state'] === 'succeeded');
      const audit = await admin(next.url, home.adminKey, 'GET', '/audit');
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
