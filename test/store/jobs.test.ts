/** Jobs and their money in the database: all or nothing, once, and never below zero. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { runAudit } from '../../src/ledger/audit.ts';
import { readAccount } from '../../src/store/accounts.ts';
import { listAttempts } from '../../src/store/attempts.ts';
import type { NewAttempt } from '../../src/store/attempts.ts';
import { note } from '../../src/model/violation.ts';
import { claimDue } from '../../src/store/claims.ts';
import { listEvents } from '../../src/store/events.ts';
import { deleteJob, listJobs, readJob, readJobs } from '../../src/store/jobs.ts';
import { insertJob } from '../../src/store/new-jobs.ts';
import type { JobRecord } from '../../src/store/jobs.ts';
import type { NewJob } from '../../src/store/new-jobs.ts';
import { transition } from '../../src/store/transition.ts';
import { accountWith, credentialOf, jobOf, keyOf, sandboxChannel } from '../support/rows.ts';
import { newId } from '../../src/new-id.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';

let test: TestDatabase;
beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.drop());

async function inserted(order: NewJob): Promise<JobRecord> {
  const job = await insertJob(test.db, order);
  if (job === null) throw new Error('the account can pay');
  return job;
}

async function balance(accountId: string): Promise<[bigint, bigint]> {
  const account = await readAccount(test.db, accountId);
  if (account === null) throw new Error('the account exists');
  return [account.availableMicros, account.heldMicros];
}

/** Three of the five seconds that were asked for. */
const DELIVERED = { durationMs: 3_000, width: 1280, height: 720, fps: 24, videoCodec: 'avc', audioCodec: null };
const CAPTURE = {
  state: 'succeeded',
  facts: DELIVERED,
  dueInMs: null,
  event: null,
  money: { kind: 'capture', chargeMicros: 600_000n },
} as const;
const RELEASE = { state: 'failed', dueInMs: null, event: null, money: { kind: 'release' } } as const;

it.each<Partial<NewJob>>([
  { mode: 'live' },
  { mode: 'test', price: null, quoteMicros: null, holdMicros: 0n, notes: [note('not_used', 'n', 'a', 'b')] },
  { mode: 'live', hops: 2, fingerprint: Buffer.alloc(32), idempotencyKey: 'a key' },
])('a new job is told as it will be read: %o', async (over) => {
  const account = await accountWith(test.db, 1_000_000n);
  const key = await keyOf(test.db, account, over.mode ?? 'live');
  const job = await inserted(jobOf(account, key, over));
  expect(job).toEqual(await readJob(test.db, job.id));
});

describe('a new job that brings its first attempt', () => {
  const attempted = async (): Promise<{ job: NewJob; attempt: NewAttempt }> => {
    const account = await accountWith(test.db, 1_000_000n);
    const channelId = await sandboxChannel(test.db, 'live', Buffer.from('sealed'));
    const explanation = [{ channelId, channel: 'it', verdict: 'chosen', because: 'it is the only one' }];
    const attempt = { id: newId(), channelId, credentialId: await credentialOf(test.db, channelId), explanation };
    return { job: jobOf(account, await keyOf(test.db, account, 'live'), { attempt }), attempt };
  };

  it('has it open from the first moment, and is told as it will be read', async () => {
    const { job, attempt } = await attempted();
    const made = await inserted(job);
    expect(made).toEqual(await readJob(test.db, job.id));
    expect(made).toMatchObject({
      state: 'submitting',
      version: 1,
      attempts: 1,
      attemptId: attempt.id,
      channelId: attempt.channelId,
    });
    expect(await listAttempts(test.db, job.id)).toMatchObject([{ ...attempt, number: 1, state: 'submitting' }]);
    const events = await listEvents(test.db, job.id);
    expect(events.map(({ type }) => type)).toEqual(['created', 'submitting']);
    expect(events.map(({ data }) => data)).toEqual([{}, { channel: `channel ${attempt.channelId}` }]);
  });

  it.each([
    ['is disabled', `update channel set state = 'disabled' where id = $1`],
    ['is deleted', 'update channel set deleted_at = now() where id = $1'],
    ['has places', 'update channel set max_concurrency = 9 where id = $1'],
    ['has a pace', 'update channel set requests_per_minute = 9 where id = $1'],
    ['has its credential disabled', `update channel_credential set state = 'disabled' where channel_id = $1`],
    [
      'has another credential',
      `update channel_credential set state = 'retired', retired_at = now() where channel_id = $1`,
    ],
  ])('is queued without it where the channel %s', async (_, change) => {
    const { job, attempt } = await attempted();
    await test.db.query(change, [attempt.channelId]);
    const made = await inserted(job);
    expect(made).toEqual(await readJob(test.db, job.id));
    expect(made).toMatchObject({ state: 'queued', attempts: 0, attemptId: null, channelId: null });
    expect(await listAttempts(test.db, job.id)).toEqual([]);
    expect((await listEvents(test.db, job.id)).map(({ type }) => type)).toEqual(['created']);
  });

  it('is not made with an attempt of a channel that has another credential', async () => {
    const [{ job, attempt }, other] = [await attempted(), await attempted()];
    const wrong = { ...attempt, credentialId: other.attempt.credentialId };
    expect(await inserted({ ...job, attempt: wrong })).toMatchObject({ state: 'queued', attemptId: null });
  });
});

describe('a live job', () => {
  it('holds its quote, is charged what was delivered and gets the rest back', async () => {
    const account = await accountWith(test.db, 3_000_000n);
    const job = await inserted(jobOf(account, await keyOf(test.db, account, 'live')));
    expect(await balance(account)).toEqual([2_000_000n, 1_000_000n]);
    expect(await transition(test.db, job.id, job.version, CAPTURE)).toBe(2);
    expect(await balance(account)).toEqual([2_400_000n, 0n]);
    expect((await readJob(test.db, job.id))?.chargeMicros).toBe(600_000n);
  });

  it('gets its whole hold back when it fails', async () => {
    const account = await accountWith(test.db, 1_000_000n);
    const job = await inserted(jobOf(account, await keyOf(test.db, account, 'live')));
    await transition(test.db, job.id, job.version, RELEASE);
    expect(await balance(account)).toEqual([1_000_000n, 0n]);
  });

  it('is not made when the account cannot pay, and leaves no trace', async () => {
    const account = await accountWith(test.db, 999_999n);
    const order = jobOf(account, await keyOf(test.db, account, 'live'));
    expect(await insertJob(test.db, order)).toBeNull();
    expect(await readJob(test.db, order.id)).toBeNull();
    expect(await balance(account)).toEqual([999_999n, 0n]);
  });

  it('is made exactly as often as the balance allows, however many ask at once', async () => {
    const account = await accountWith(test.db, 5_000_000n);
    const key = await keyOf(test.db, account, 'live');
    const made = await Promise.all(Array.from({ length: 20 }, () => insertJob(test.db, jobOf(account, key))));
    expect(made.filter((job) => job !== null)).toHaveLength(5);
    expect(await balance(account)).toEqual([0n, 5_000_000n]);
    for (const job of made) if (job !== null) await transition(test.db, job.id, job.version, RELEASE);
  });

  it('is settled once, however many try', async () => {
    const account = await accountWith(test.db, 1_000_000n);
    const job = await inserted(jobOf(account, await keyOf(test.db, account, 'live')));
    const tries = await Promise.all(
      [CAPTURE, RELEASE, CAPTURE, RELEASE].map((change) => transition(test.db, job.id, job.version, change)),
    );
    expect(tries.filter((version) => version !== null)).toEqual([2]);
    expect(await transition(test.db, job.id, 2, CAPTURE)).toBeNull();
  });
});

describe('a test job', () => {
  it('shows its quote and moves no money', async () => {
    const account = await accountWith(test.db, 0n);
    const job = await inserted(jobOf(account, await keyOf(test.db, account, 'test'), { mode: 'test', holdMicros: 0n }));
    await transition(test.db, job.id, job.version, { ...CAPTURE, money: { kind: 'capture', chargeMicros: 0n } });
    expect(await balance(account)).toEqual([0n, 0n]);
    expect((await readJob(test.db, job.id))?.quoteMicros).toBe(1_000_000n);
  });
});

describe('the queue of due jobs', () => {
  it('gives each due job to one node, and fences off the one that held it before', async () => {
    const account = await accountWith(test.db, 0n);
    const key = await keyOf(test.db, account, 'test');
    const free = { mode: 'test', holdMicros: 0n, leaseMs: 0 } as const;
    const jobs = await Promise.all(Array.from({ length: 6 }, () => inserted(jobOf(account, key, free))));
    const ids = new Set(jobs.map((job) => job.id));
    const limits = { leaseMs: 60_000, queued: 100, perChannel: 0, running: 0, lanes: [] };
    const claims = await Promise.all(['a', 'b', 'c'].map((owner) => claimDue(test.db, { owner, ...limits })));
    const mine = claims.flat().filter(({ job }) => ids.has(job.id));
    expect(mine.map(({ job }) => job.id).sort()).toEqual([...ids].sort());
    const late = jobs[0];
    if (late === undefined) throw new Error('six jobs were made');
    expect(await transition(test.db, late.id, late.version, { state: 'queued', dueInMs: 0, event: null })).toBeNull();
    expect(await claimDue(test.db, { owner: 'd', ...limits })).toEqual([]);
  });

  it('records an attempt in the same breath as the state', async () => {
    const account = await accountWith(test.db, 0n);
    const job = await inserted(jobOf(account, await keyOf(test.db, account, 'test'), { mode: 'test', holdMicros: 0n }));
    const channelId = await sandboxChannel(test.db, 'test', Buffer.alloc(0));
    const id = newId();
    const version = await transition(test.db, job.id, job.version, {
      state: 'submitting',
      dueInMs: 1_000,
      event: { type: 'submitting', data: { channel: 'x' } },
      attempt: { kind: 'open', id, channelId, credentialId: await credentialOf(test.db, channelId) },
    });
    await transition(test.db, job.id, version ?? 0, {
      state: 'running',
      dueInMs: 60_000,
      event: { type: 'accepted', data: {} },
      attempt: { kind: 'close', id, state: 'accepted', task: { id: 't-1', data: { a: 1 } }, failure: null },
    });
    expect(await listAttempts(test.db, job.id)).toMatchObject([
      { id, number: 1, state: 'accepted', task: { id: 't-1', data: { a: 1 } } },
    ]);
    expect((await listEvents(test.db, job.id)).map((event) => event.type)).toEqual([
      'created',
      'submitting',
      'accepted',
    ]);
    expect(await readJob(test.db, job.id)).toMatchObject({ attemptId: id, channelId, attempts: 1, state: 'running' });
  });
});

describe('lists', () => {
  it('page through an account in both orders, without deleted jobs', async () => {
    const account = await accountWith(test.db, 0n);
    const key = await keyOf(test.db, account, 'test');
    const ids: string[] = [];
    for (let made = 0; made < 5; made += 1)
      ids.push((await inserted(jobOf(account, key, { mode: 'test', holdMicros: 0n }))).id);
    const [first = '', , third = ''] = ids;
    const gone = await readJob(test.db, third);
    await transition(test.db, third, gone?.version ?? 0, RELEASE);
    expect(await deleteJob(test.db, third, 2)).toBe(true);
    const page = { accountId: account, mode: 'test', limit: 3 } as const;
    const newest = await listJobs(test.db, { ...page, after: null, order: 'desc' });
    expect(newest.map((job) => job.id)).toEqual([ids[4], ids[3], ids[1]]);
    const rest = await listJobs(test.db, { ...page, after: first, order: 'asc' });
    expect(rest.map((job) => job.id)).toEqual([ids[1], ids[3], ids[4]]);
    expect(await readJobs(test.db, [third])).toEqual([]);
  });
});

describe('the audit', () => {
  it('finds every promise kept after all of this', async () => {
    const report = await runAudit(test.db);
    expect(report.checks.filter((check) => !check.ok)).toEqual([]);
    expect(report.ok).toBe(true);
  });

  it('notices money that moved without an entry', async () => {
    const account = await accountWith(test.db, 1_000_000n);
    await test.db.query('update account set available_micros = available_micros + 1 where id = $1', [account]);
    const report = await runAudit(test.db);
    expect(report.checks.filter((check) => !check.ok).map((check) => check.name)).toEqual([
      'balances_match_entries',
      'books_close',
    ]);
  });

  it('cannot be fooled by rewriting the ledger: the database refuses', async () => {
    await expect(test.db.query('update ledger_entry set amount_micros = 1')).rejects.toThrow('append-only');
    await expect(test.db.query('delete from ledger_txn')).rejects.toThrow('append-only');
  });
});
