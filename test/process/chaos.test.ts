/**
 * Two nodes on one database, a vendor that fails in every way it can, and a node killed at random in each round. The vendor's own
 * books are the oracle: no job is lost, none is submitted twice, and the money is exact. `CHAOS_ROUNDS` and `CHAOS_JOBS` ask for more.
 */

import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { runAudit } from '../../src/ledger/audit.ts';
import { CHECK_FAULTS, FILE_FAULTS, SLOW_FAULTS, SUBMIT_FAULTS } from '../fakes/openai-video-vendor.ts';
import { create } from './load.ts';
import type { ServerProcess } from './server-process.ts';
import { newSharedHome } from './shared-home.ts';
import type { SharedHome } from './shared-home.ts';
import { admin, openShop, until } from './shop.ts';
import type { Reply } from './shop.ts';

const ROUNDS = Number(process.env['CHAOS_ROUNDS'] ?? 1);
const JOBS = Number(process.env['CHAOS_JOBS'] ?? 24);
const FAULTS = [...SUBMIT_FAULTS, ...CHECK_FAULTS, ...FILE_FAULTS, 'fail'];
const QUICK_FAULTS = FAULTS.filter((fault) => !SLOW_FAULTS.includes(fault));
/** Faults that are waited for cost a deadline each: few rounds have them. */
const SLOW_EVERY = 25;
const NO_JOB = '00000000-0000-0000-0000-000000000000';
const FAULT_SHARE = 0.25;
const FAULTY_CHECKS = 2;
/** All at the same vendor: one that rests after failures leaves the others. */
const CHANNELS = 6;
/** Requests under way at once, at both nodes together. */
const CLIENTS = 64;
const LATEST_KILL_MS = 2_000;
const ROUND_MS = 180_000;

let home: SharedHome;
let nodes: ServerProcess[];
let key = '';

beforeAll(async () => {
  home = await newSharedHome({ pollAfterMs: 300, faultyChecks: FAULTY_CHECKS });
  nodes = [await startNode(0), await startNode(1)];
  const { url } = nodeAt(0);
  const { channel } = home.vendor;
  key = (await openShop(url, home.adminKey, { ...channel, name: 'Vendor 1' })).key;
  for (let number = 2; number <= CHANNELS; number += 1)
    await admin(url, home.adminKey, 'POST', '/channels', { ...channel, name: `Vendor ${number}` });
}, 60_000);

afterAll(() => home.remove());

/** Each node has files of its own. */
function startNode(index: number): Promise<ServerProcess> {
  const dataDir = join(home.dataDir, `node-${index}`);
  return home.start({ REELGATE_DATA_DIR: dataDir, REELGATE_DATABASE_POOL: '10' });
}

function nodeAt(index: number): ServerProcess {
  const node = nodes[index % nodes.length];
  if (node === undefined) throw new Error('there are two nodes');
  return node;
}

function promptOf(round: number, job: number): string {
  const faults = round % SLOW_EVERY === 0 ? FAULTS : QUICK_FAULTS;
  const fault = Math.random() < FAULT_SHARE ? faults[Math.floor(Math.random() * faults.length)] : undefined;
  return `round ${round}, job ${job} {{${fault ?? 'none'}}}`;
}

/** Sends all creates of a round, some at a time; answers the ids of the jobs that clients were told of. */
async function createAll(round: number): Promise<string[]> {
  const told: string[] = [];
  let next = 0;
  const client = async (): Promise<void> => {
    while (next < JOBS) {
      const job = next;
      next += 1;
      const reply = await createOne(promptOf(round, job), job);
      if (reply.status === 200) told.push(String(reply.body['id']).replace('video_', ''));
    }
  };
  await Promise.all(Array.from({ length: Math.min(CLIENTS, JOBS) }, client));
  return told;
}

/** Whoever hears nothing, or is asked to try again, does so: at the other node, and as the same request. */
function createOne(prompt: string, job: number): Promise<Reply> {
  let tries = 0;
  return until('a create is answered', async () => {
    const node = nodeAt(job + tries);
    tries += 1;
    const reply = await create(node.url, key, prompt).catch(() => null);
    return reply === null || reply.status === 409 ? null : reply;
  });
}

/** `idle`: no node is at work on the job. */
type JobLine = { readonly id: string; readonly state: string; readonly prompt: string; readonly idle: boolean };

/** `after`: the newest job of the rounds before, since ids grow with time. */
function jobsOf(round: number, after: string): Promise<JobLine[]> {
  return home.database.db.query<JobLine>(
    `select id, state, spec ->> 'prompt' as prompt, lease_owner is null as idle from job
     where id > $2 and spec ->> 'prompt' like $1`,
    [`round ${round},%`, after],
  );
}

async function newestJob(): Promise<string> {
  const [newest] = await home.database.db.query<{ id: string }>('select id from job order by id desc limit 1');
  return newest?.id ?? NO_JOB;
}

const tasksOf = (round: number): string[] =>
  home.vendor.books.map(({ prompt }) => prompt).filter((prompt) => prompt.startsWith(`round ${round},`));

/** The jobs once each has ended, but for submits of which nobody can know: the vendor has no such task, but might have. */
function settled(round: number, after: string): Promise<Pick<Round, 'jobs' | 'tasks'>> {
  return until(
    `round ${round} is settled`,
    async () => {
      const jobs = await jobsOf(round, after);
      const tasks = tasksOf(round);
      const booked = new Set(tasks);
      const isOpen = ({ state, prompt, idle }: JobLine): boolean =>
        ['queued', 'running', 'collecting'].includes(state) ||
        (state === 'submitting' && (!idle || booked.has(prompt)));
      return jobs.some(isOpen) ? null : { jobs, tasks };
    },
    ROUND_MS,
  );
}

type Round = {
  readonly told: readonly string[];
  readonly jobs: readonly JobLine[];
  readonly tasks: readonly string[];
  readonly broken: readonly string[];
  readonly node: number;
  readonly killMs: number;
  readonly tookMs: number;
};

async function run(round: number): Promise<Round> {
  const began = performance.now();
  const before = await newestJob();
  const node = Math.floor(Math.random() * nodes.length);
  const killMs = Math.random() * LATEST_KILL_MS;
  const victim = nodeAt(node);
  setTimeout(() => victim.child.kill('SIGKILL'), killMs);
  const creating = createAll(round);
  await victim.exited();
  nodes[node] = await startNode(node);
  const told = await creating;
  const { jobs, tasks } = await settled(round, before);
  const audit = await runAudit(home.database.db);
  const broken = audit.checks.filter(({ ok }) => !ok).map(({ name }) => name);
  return { told, jobs, tasks, broken, node, killMs, tookMs: performance.now() - began };
}

const COLUMNS = [
  'round',
  'killed',
  'after ms',
  'jobs',
  'completed',
  'failed',
  'unknown',
  'lost',
  'tasks',
  'twice',
  'audit',
  'took s',
] as const;

function printRow(values: readonly (string | number)[]): void {
  process.stdout.write(`${values.map((value, at) => String(value).padStart(COLUMNS[at]?.length ?? 0)).join('  ')}\n`);
}

it(
  'loses no job, submits none twice, and keeps the money exact',
  async () => {
    printRow(COLUMNS);
    for (let round = 1; round <= ROUNDS; round += 1) {
      const { told, jobs, tasks, broken, node, killMs, tookMs } = await run(round);
      const count = (state: string): number => jobs.filter((job) => job.state === state).length;
      const byPrompt = new Map(jobs.map((job) => [job.prompt, job.state]));
      const ids = new Set(jobs.map(({ id }) => id));
      const lost = told.filter((id) => !ids.has(id)).length + tasks.filter((prompt) => !byPrompt.has(prompt)).length;
      const twice = tasks.length - new Set(tasks).size;
      printRow([
        round,
        `node ${node + 1}`,
        Math.round(killMs),
        jobs.length,
        count('succeeded'),
        count('failed'),
        count('submitting'),
        lost,
        tasks.length,
        twice,
        broken.length,
        (tookMs / 1_000).toFixed(1),
      ]);
      expect({ lost, twice, broken }).toEqual({ lost: 0, twice: 0, broken: [] });
      for (const prompt of tasks)
        expect([prompt, byPrompt.get(prompt)]).toEqual([prompt, prompt.includes('{{fail}}') ? 'failed' : 'succeeded']);
    }
  },
  ROUNDS * (ROUND_MS + 30_000),
);
