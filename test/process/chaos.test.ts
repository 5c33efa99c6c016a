/**
 * Two nodes on one database, a vendor that fails in every way it can, and a node killed at random in each round. The vendor's own
 * books are the oracle: no job is lost, none is submitted twice, and the money is exact. `CHAOS_ROUNDS` and `CHAOS_JOBS` ask for more.
 */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { isObject } from '../../src/model/json.ts';
import type { Json, JsonObject } from '../../src/model/json.ts';
import { SUBMIT_FAULTS, CHECK_FAULTS, startFakeVendor } from '../fakes/openai-video-vendor.ts';
import type { FakeVendor } from '../fakes/openai-video-vendor.ts';
import { smallClip } from '../support/clips.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';
import { urlOf } from '../support/reelgate.ts';
import { startProcess } from './server-process.ts';
import type { ServerProcess } from './server-process.ts';

const ROUNDS = Number(process.env['CHAOS_ROUNDS'] ?? 1);
const JOBS = Number(process.env['CHAOS_JOBS'] ?? 24);
/** Calls that hang cost a deadline each, so the short run of the suite leaves them to the long one. */
const isLong = process.env['CHAOS_ROUNDS'] !== undefined;
const FAULTS = [...SUBMIT_FAULTS, ...CHECK_FAULTS, 'fail'].filter((fault) => isLong || !fault.includes('hang'));
const FAULT_SHARE = 0.4;
const ROUND_MS = 120_000;
const POLL_MS = 200;
const ENDS = ['succeeded', 'failed', 'cancelled', 'expired'];
const ADMIN_KEY = 'sk-rg-admin-chaos-chaos-chaos';
const VENDOR_KEY = 'sk-vendor-chaos';

let database: TestDatabase;
let vendor: FakeVendor;
let dataDirs: string[];
let nodes: ServerProcess[];
let liveKey = '';

beforeAll(async () => {
  database = await createTestDatabase({ from: 'nothing' });
  vendor = await startFakeVendor({ video: await smallClip(), key: VENDOR_KEY, workMs: 300 });
  dataDirs = [await mkdtemp(join(tmpdir(), 'reelgate-node-')), await mkdtemp(join(tmpdir(), 'reelgate-node-'))];
  nodes = [await startNode(0), await startNode(1)];
  await openShop();
}, 60_000);

afterAll(async () => {
  for (const node of nodes) {
    node.child.kill('SIGTERM');
    await node.exited();
  }
  await vendor.close();
  await database.drop();
  for (const directory of dataDirs) await rm(directory, { recursive: true, force: true });
});

function startNode(index: number): Promise<ServerProcess> {
  return startProcess({
    PORT: '0',
    REELGATE_DATA_DIR: dataDirs[index] ?? '',
    DATABASE_URL: urlOf(database.connection),
    REELGATE_ADMIN_KEY: ADMIN_KEY,
    REELGATE_SECRET: 'one secret for both nodes, long enough',
    REELGATE_FETCH_ALLOW: new URL(vendor.url).host,
    REELGATE_LOG_LEVEL: 'silent',
  });
}

async function call(node: ServerProcess, key: string, method: string, path: string, body?: Json): Promise<JsonObject> {
  const response = await fetch(node.url + path, {
    method,
    headers: { authorization: `Bearer ${key}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const answer: unknown = await response.json();
  if (!isObject(answer)) throw new Error(`${method} ${path} answered ${response.status} without an object`);
  return { status: response.status, ...answer };
}

function living(): ServerProcess {
  const node = nodes.find((candidate) => candidate.child.exitCode === null && candidate.child.signalCode === null);
  if (node === undefined) throw new Error('one node lives');
  return node;
}

const admin = (method: string, path: string, body?: Json): Promise<JsonObject> =>
  call(living(), ADMIN_KEY, method, `/admin/v1${path}`, body);

async function openShop(): Promise<void> {
  const account = await admin('POST', '/accounts', { name: 'Studio' });
  await admin('POST', `/accounts/${String(account['id'])}/credits`, { amount_usd: '100000', note: 'chaos' });
  await admin('POST', '/channels', {
    name: 'Vendor',
    provider: 'openai-video',
    base_url: vendor.url,
    credentials: VENDOR_KEY,
  });
  liveKey = String(
    (await admin('POST', '/keys', { account_id: String(account['id']), name: 'live', mode: 'live' }))['key'],
  );
}

function promptOf(round: number, job: number): string {
  const fault =
    Math.random() < FAULT_SHARE ? ` {{${FAULTS[Math.floor(Math.random() * FAULTS.length)] ?? 'fail'}}}` : '';
  return `round ${round} job ${job}${fault}`;
}

type JobLine = { readonly id: string; readonly state: string; readonly prompt: string };

function allJobs(): Promise<JobLine[]> {
  return database.db.query<JobLine>("select id, state, spec ->> 'prompt' as prompt from job");
}

/** A submit whose outcome nobody can know yet keeps its hold: the vendor has no such task, but might have. */
function isUnknown(job: JobLine, booked: ReadonlySet<string>): boolean {
  return job.state === 'submitting' && !booked.has(job.prompt);
}

async function settled(): Promise<JobLine[]> {
  const until = performance.now() + ROUND_MS;
  for (;;) {
    const jobs = await allJobs();
    const booked = new Set(vendor.books.map((task) => task.prompt));
    const open = jobs.filter((job) => !ENDS.includes(job.state) && !isUnknown(job, booked));
    if (open.length === 0) return jobs;
    if (performance.now() > until)
      throw new Error(`${open.length} jobs did not settle: ${JSON.stringify(open.slice(0, 3))}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

it(
  'loses no job, submits none twice, and keeps the money exact',
  async () => {
    let accepted = 0;
    for (let round = 1; round <= ROUNDS; round += 1) {
      const victim = Math.floor(Math.random() * 2);
      const creates = Array.from({ length: JOBS }, (_, job) => {
        const node = nodes[job % 2];
        if (node === undefined) throw new Error('there are two nodes');
        return call(node, liveKey, 'POST', '/v1/videos', {
          model: 'sora-2',
          prompt: promptOf(round, job),
          seconds: '4',
        });
      });
      setTimeout(() => nodes[victim]?.child.kill('SIGKILL'), Math.random() * 2_000);
      const answers = await Promise.allSettled(creates);
      accepted += answers.filter(
        (answer) => answer.status === 'fulfilled' && answer.value['status'] === 'queued',
      ).length;
      await nodes[victim]?.exited();
      nodes[victim] = await startNode(victim);
      const jobs = await settled();
      const audit = await admin('GET', '/audit');
      const perPrompt = new Map<string, number>();
      for (const task of vendor.books) perPrompt.set(task.prompt, (perPrompt.get(task.prompt) ?? 0) + 1);
      const twice = [...perPrompt.values()].filter((count) => count > 1).length;
      const count = (state: string): number => jobs.filter((job) => job.state === state).length;
      process.stdout.write(
        `round ${round}: ${jobs.length} jobs, ${vendor.books.length} in the vendor's books, ${count('succeeded')} succeeded, ${count('failed')} failed, ${count('submitting')} unknown, ${twice} submitted twice, audit ${audit['ok'] === true ? 'clean' : JSON.stringify(audit)}\n`,
      );
      expect(twice).toBe(0);
      expect(audit['ok']).toBe(true);
      const byPrompt = new Map(jobs.map((job) => [job.prompt, job]));
      for (const task of vendor.books) {
        const wanted = task.prompt.includes('{{fail}}') ? 'failed' : 'succeeded';
        expect([task.prompt, byPrompt.get(task.prompt)?.state]).toEqual([task.prompt, wanted]);
      }
    }
    expect((await allJobs()).length).toBeGreaterThanOrEqual(accepted);
  },
  ROUNDS * (ROUND_MS + 30_000),
);
