/** Vendors and receivers that fail in every way an outside party can: what is unknown stays held, and nothing is made twice. */

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';

import { CHECK_FAULTS, FILE_FAULTS, SUBMIT_FAULTS } from '../fakes/openai-video-vendor.ts';
import { expectCleanAudit } from './clean-audit.ts';
import { startTestReelgate, urlOf } from '../support/reelgate.ts';
import type { Answer, TestReelgate } from '../support/reelgate.ts';
import { startReceiver } from '../support/receiver.ts';
import type { Receiver } from '../support/receiver.ts';
import { createTestDatabase } from '../support/test-database.ts';
import { spawnProcess } from './server-process.ts';
import { ask, openShop, until } from './shop.ts';
import type { Reply } from './shop.ts';
import { startVendor } from './vendor.ts';
import type { Vendor } from './vendor.ts';

const ADMIN_KEY = 'sk-rg-admin-fault-fault-fault';
const LIMITS = { submitMs: 500, checkMs: 500, pollMs: 50 };
const HOUR_MS = 3_600_000;
const HUGE = [1, 2, 3, 4, 5, 6, 7, 8];
/** Less than two of the huge answers. */
const MORE_MIB = 150;

/** Far longer than any of this takes, also on a busy machine. */
vi.setConfig({ testTimeout: 120_000 });

let vendor: Vendor;
let receiver: Receiver;
let reelgate: TestReelgate;
let key = '';
/** Channels that rest after failures do so by this clock. */
let aheadMs = 0;

beforeAll(async () => {
  receiver = await startReceiver();
  vendor = await startVendor({ faultyChecks: 2 });
  reelgate = await startTestReelgate(
    { REELGATE_FETCH_ALLOW: receiver.host },
    { limits: LIMITS, nowMs: () => Date.now() + aheadMs },
  );
  key = (await openShop(reelgate.url, reelgate.adminKey, vendor.channel)).key;
});

afterEach(async () => {
  aheadMs += HOUR_MS;
  await expectCleanAudit(reelgate.db);
});

afterAll(async () => {
  await reelgate.stop();
  await vendor.close();
  await receiver.close();
});

function create(prompt: string, more: Record<string, string> = {}): Promise<Answer> {
  return reelgate.ask('POST', '/v1/videos', { key, body: { model: 'sora-2', prompt, seconds: '4', ...more } });
}

type JobRow = { id: string; state: string; held: boolean; silent: number; checks: number };

async function jobOf(prompt: string): Promise<JobRow> {
  const [row] = await reelgate.db.query<JobRow>(
    `select job.id, job.state, job.silent_checks as silent, job.checks, txn.id is null as held
     from job left join ledger_txn txn on txn.job_id = job.id and txn.kind in ('capture', 'release')
     where spec ->> 'prompt' = $1`,
    [prompt],
  );
  if (row === undefined) throw new Error(`there is no job '${prompt}'`);
  return row;
}

/** The job once it is in this state; throws if it ends in another. */
function becomes(prompt: string, state: string): Promise<JobRow> {
  return until(`'${prompt}' becomes ${state}`, async () => {
    const job = await jobOf(prompt);
    return job.state === state ? job : null;
  });
}

const tasksOf = (prompt: string): number => vendor.books.filter((task) => task.prompt === prompt).length;

/** What becomes of a submit; all that the vendor may have taken is looked for, and found. */
function fateOf(fault: (typeof SUBMIT_FAULTS)[number]): {
  status: number;
  state: string;
  tasks: number;
  submits: number;
} {
  switch (fault) {
    case 'refuse_400':
      return { status: 400, state: 'failed', tasks: 0, submits: 1 };
    case 'refuse_429':
      return { status: 200, state: 'succeeded', tasks: 1, submits: 2 };
    case 'error_before':
    case 'hang_before':
      return { status: 200, state: 'submitting', tasks: 0, submits: 1 };
    default:
      return { status: 200, state: 'succeeded', tasks: 1, submits: 1 };
  }
}

describe('a submit that goes wrong', () => {
  it.each(SUBMIT_FAULTS)(
    '(%s) is sent once, keeps its hold while nobody knows, and is found if it arrived',
    async (fault) => {
      const fate = fateOf(fault);
      const prompt = `a fox {{${fault}}}`;
      const before = vendor.submits();
      const began = performance.now();
      expect((await create(prompt)).status).toBe(fate.status);
      expect(performance.now() - began).toBeLessThan(5_000);
      const job = await becomes(prompt, fate.state);
      if (fate.state === 'submitting')
        await until('the job was looked for', async () => {
          const events = await reelgate.db.query(`select from event where job_id = $1 and type = 'outcome_unknown'`, [
            job.id,
          ]);
          return events.length > 0 ? true : null;
        });
      expect(job.held).toBe(fate.state === 'submitting');
      expect(tasksOf(prompt)).toBe(fate.tasks);
      expect(vendor.submits() - before).toBe(fate.submits);
    },
  );
});

describe('a running job', () => {
  it('is not harmed by any answer to a look at it, nor by a file that is not to be had yet', async () => {
    const faults = [...CHECK_FAULTS, ...FILE_FAULTS];
    const prompts = faults.map((fault) => `a running fox {{${fault}}}`);
    await Promise.all(prompts.map((prompt) => create(prompt)));
    await Promise.all(prompts.map((prompt) => becomes(prompt, 'succeeded')));
    expect(prompts.map(tasksOf)).toEqual(prompts.map(() => 1));
    for (const prompt of prompts) {
      const failures = await reelgate.db.query(`select from event where job_id = $1 and type = 'failed'`, [
        (await jobOf(prompt)).id,
      ]);
      expect(failures).toEqual([]);
    }
  });

  it('stays held while its vendor refuses our key, and goes on when the key is good again; a new job is refused', async () => {
    const prompt = 'a locked out fox {{check_word}}';
    await create(prompt);
    vendor.lockOut(true);
    await until('the vendor was asked in vain', async () => ((await jobOf(prompt)).silent >= 2 ? true : null));
    expect(await jobOf(prompt)).toMatchObject({ state: 'running', held: true });
    const refused = await create('a fox for nobody');
    expect(refused.status).toBeGreaterThanOrEqual(500);
    expect(await jobOf('a fox for nobody')).toMatchObject({ state: 'failed', held: false });
    vendor.lockOut(false);
    await becomes(prompt, 'succeeded');
  });
});

/** As if the time until the next try had passed. */
async function hasten(): Promise<void> {
  await reelgate.db.query(`update delivery set run_at = now() where state = 'pending' and lease_owner is null`);
}

it('tells a receiver again that took a notice and reset the connection, under the same id', async () => {
  receiver.answer((response) => response.destroy());
  await create('a fox that is reset', { callback_url: receiver.url });
  await receiver.hears(1);
  receiver.answer(204);
  const heard = await until('it is told again', async () => {
    await hasten();
    return receiver.heard.length > 1 ? receiver.heard : null;
  });
  expect(heard).toHaveLength(2);
  expect(new Set(heard.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
});

/** The most memory the process ever had, in MiB. */
async function peakMiB(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmHWM:\s*(\d+) kB$/m.exec(status)?.[1]) / 1024;
}

it.runIf(process.platform === 'linux')('reads no more than a little of an answer of a hundred megabytes', async () => {
  const database = await createTestDatabase();
  const dataDir = await mkdtemp(join(tmpdir(), 'reelgate-huge-'));
  const { child, exited, ready } = spawnProcess({
    PORT: '0',
    REELGATE_DATA_DIR: dataDir,
    DATABASE_URL: urlOf(database.connection),
    REELGATE_ADMIN_KEY: ADMIN_KEY,
    REELGATE_LOG_LEVEL: 'silent',
  });
  try {
    const { url } = await ready;
    const shop = await openShop(url, ADMIN_KEY, vendor.channel);
    const video = (prompt: string): Promise<Reply> =>
      ask(url, shop.key, 'POST', '/v1/videos', { body: { model: 'sora-2', prompt, seconds: '4' } });
    const isMade = async (id: string): Promise<boolean> =>
      (await ask(url, shop.key, 'GET', `/v1/videos/${id}`)).body['status'] === 'completed';
    const made = (reply: Reply): Promise<true> =>
      until('the video is made', async () => ((await isMade(String(reply.body['id']))) ? true : null));
    await made(await video('a fox to warm up'));
    const before = await peakMiB(child.pid);
    const replies = await Promise.all(HUGE.map((number) => video(`fox ${number} {{huge_after}} {{check_huge}}`)));
    // After a few such answers the channel rests, and a slow machine may not have sent them all by then.
    const taken = replies.filter(({ status }) => status === 200);
    expect(taken.length).toBeGreaterThan(0);
    await Promise.all(taken.map(made));
    expect((await peakMiB(child.pid)) - before).toBeLessThan(MORE_MIB);
  } finally {
    child.kill('SIGKILL');
    await exited();
    await database.drop();
    await rm(dataDir, { recursive: true, force: true });
  }
});
