/** How running jobs are looked after: in batches, each vendor by itself, and never to the harm of a job. */

import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';

import { DueWork } from '../../src/engine/due-work.ts';
import { BUILT_IN } from '../../src/catalogue/index.ts';
import { createExpectations } from '../../src/engine/expectations.ts';
import { checkLateTasks } from '../../src/engine/late-tasks.ts';
import { UpstreamBusy } from '../../src/providers/provider.ts';
import type { CheckResult } from '../../src/providers/provider.ts';
import { readAccount } from '../../src/store/accounts.ts';
import { listLooseEnds, noteCallback } from '../../src/store/late-tasks.ts';
import { readDurations, recordDurations } from '../../src/store/durations.ts';
import { listLosses } from '../../src/store/losses.ts';
import { SPEC } from '../support/rows.ts';
import { closeWithCleanBooks } from './support/clean-books.ts';
import { install, scripted, WAITING } from './support/nodes.ts';
import type { Installation } from './support/nodes.ts';

let site: Installation;
beforeAll(async () => {
  site = await install();
});
afterAll(() => closeWithCleanBooks(site));
/** What one test left is not due in the next. */
afterEach(async () => {
  await site.db.query(`update job set run_at = now() + interval '1 day'`);
  await site.db.query(`update attempt set late_check_at = null`);
});

async function dueInMs(jobId: string): Promise<number> {
  const [row] = await site.db.query<{ ms: number }>(
    'select extract(epoch from run_at - now())::double precision * 1000 as ms from job where id = $1',
    [jobId],
  );
  return row?.ms ?? Number.NaN;
}

describe('a node', () => {
  it('with nothing to do rests, and asks the database no more than four times a second', async () => {
    const empty = await install();
    const node = empty.node();
    expect(await node.due.turn()).toBe(node.context.limits.pollMs);
    await empty.close();
  });

  it('whose calls to a channel were as many as may be goes on as soon as half of them are done', async () => {
    const answer = Promise.withResolvers<CheckResult>();
    const channelId = await site.channel(scripted('busy', { check: () => answer.promise }));
    await Promise.all(Array.from({ length: 20 }, () => site.running(channelId)));
    const { context } = site.node();
    const room = Promise.withResolvers<void>();
    const due = new DueWork(context, () => undefined, room.resolve);
    await due.turn();
    expect(await due.turn()).toBe(context.limits.pollMs);
    answer.resolve(WAITING);
    await room.promise;
    await due.settled();
  });
});

describe('running jobs', () => {
  it('cost at most three statements a turn, however many are still waiting', async () => {
    const channelId = await site.channel(scripted('steady'));
    const node = site.node();
    await site.running(channelId);
    await node.step();
    const jobs = await Promise.all(Array.from({ length: 100 }, () => site.running(channelId)));
    node.statements();
    await node.step();
    expect(node.statements().length).toBeLessThanOrEqual(3);
    const checks = await Promise.all(jobs.map(async ({ id }) => (await site.job(id)).checks));
    expect(new Set(checks)).toEqual(new Set([1]));
  });

  it('of one vendor are not delayed by another that hangs, and only as many of that one are taken as are called about', async () => {
    const hang = Promise.withResolvers<CheckResult>();
    const hanging = await site.channel(scripted('hanging', { check: () => hang.promise }));
    const healthy = await Promise.all(['one', 'two', 'three'].map((name) => site.channel(scripted(name))));
    const node = site.node({ channelCalls: 4 });
    await Promise.all(Array.from({ length: 30 }, () => site.running(hanging)));
    const others = await Promise.all(healthy.flatMap((id) => Array.from({ length: 10 }, () => site.running(id))));
    const seen = async (): Promise<number> => {
      await node.due.turn();
      return (await Promise.all(others.map(({ id }) => site.job(id)))).filter((job) => job.checks === 1).length;
    };
    await vi.waitFor(async () => expect(await seen()).toBe(others.length), { timeout: 10_000, interval: 1 });
    const [held] = await site.db.query<{ jobs: bigint }>(
      'select count(*) as jobs from job where channel_id = $1 and lease_owner = $2',
      [hanging, node.context.node],
    );
    expect(held?.jobs).toBe(4n);
    hang.resolve(WAITING);
    await node.due.settled();
  });

  it('are asked about together where the vendor can be, one call for each credential', async () => {
    const asked: number[] = [];
    const provider = scripted('together', {
      check: () => Promise.reject(new Error('one by one is not asked')),
      checkMany: {
        max: 6,
        ask: async (tasks) => {
          asked.push(tasks.length);
          return new Map(tasks.filter(({ id }) => id !== 'forgotten').map(({ id }) => [id, WAITING]));
        },
      },
    });
    const channelId = await site.channel(provider);
    const jobs = await Promise.all(Array.from({ length: 9 }, () => site.running(channelId)));
    const forgotten = await site.running(channelId, 'forgotten');
    await site.node().step();
    expect(asked).toEqual([6, 4]);
    expect((await site.job(jobs[0]?.id ?? '')).silentChecks).toBe(0);
    expect(await site.job(forgotten.id)).toMatchObject({ state: 'running', silentChecks: 1 });
  });

  it('are asked about by themselves where the vendor cannot be asked about them together', async () => {
    const alone: string[] = [];
    const together: string[] = [];
    const provider = scripted('partly-together', {
      check: async ({ id }) => {
        alone.push(id);
        return WAITING;
      },
      checkMany: {
        max: 6,
        takes: ({ id }) => id !== 'alone',
        ask: async (tasks) => {
          together.push(...tasks.map(({ id }) => id));
          return new Map(tasks.map(({ id }) => [id, WAITING]));
        },
      },
    });
    const channelId = await site.channel(provider);
    await site.running(channelId, 'one');
    await site.running(channelId, 'alone');
    await site.running(channelId, 'other');
    await site.node().step();
    expect([alone, together.toSorted()]).toEqual([['alone'], ['one', 'other']]);
  });

  it('are not harmed by a vendor that answers garbage: the next look comes later and later', async () => {
    const channelId = await site.channel(scripted('garbage', { check: () => Promise.reject(new Error('<html>')) }));
    const job = await site.running(channelId);
    const waits: number[] = [];
    const node = site.node();
    for (let looks = 0; looks < 4; looks += 1) {
      await site.makeDue(job.id);
      await node.step();
      waits.push(Math.round((await dueInMs(job.id)) / 500) * 500);
    }
    expect(waits).toEqual([500, 1_000, 2_000, 4_000]);
    expect(await site.job(job.id)).toMatchObject({ state: 'running', checks: 4, silentChecks: 4 });
  });

  it('leave a vendor alone for as long as it says, and its other jobs wait too', async () => {
    let calls = 0;
    const check = (): Promise<CheckResult> => {
      calls += 1;
      return Promise.reject(new UpstreamBusy('429', 30_000));
    };
    const channelId = await site.channel(scripted('busy', { check }));
    const node = site.node();
    const first = await site.running(channelId);
    await node.step();
    expect(await dueInMs(first.id)).toBeGreaterThan(25_000);
    const second = await site.running(channelId);
    await node.step();
    expect(calls).toBe(1);
    expect(await site.job(second.id)).toMatchObject({ checks: 0, version: second.version });
  });

  it('show progress that never goes back', async () => {
    const told = [0.6, 0.4, 0.7];
    const check = async (): Promise<CheckResult> => ({
      ...WAITING,
      kind: 'waiting',
      progress: told.shift() ?? null,
      checkAfterMs: 0,
    });
    const job = await site.running(await site.channel(scripted('progress', { check })));
    const node = site.node();
    const seen: number[] = [];
    while (told.length > 0) {
      await site.makeDue(job.id);
      await node.step();
      seen.push((await site.job(job.id)).progress);
    }
    expect(seen).toEqual([60, 60, 70]);
  });

  it('are looked at again at once when a callback comes while they are looked at', async () => {
    const asked = Promise.withResolvers<void>();
    const answer = Promise.withResolvers<CheckResult>();
    const check = (): Promise<CheckResult> => {
      asked.resolve();
      return answer.promise;
    };
    const channelId = await site.channel(scripted('calling', { check }));
    const job = await site.running(channelId);
    const node = site.node();
    await node.due.turn();
    await asked.promise;
    expect(await noteCallback(site.db, channelId, job.attemptId ?? '', null)).toBe(true);
    answer.resolve(WAITING);
    await node.due.settled();
    expect(await dueInMs(job.id)).toBeLessThanOrEqual(0);
  });
});

describe('a job past its deadline', () => {
  it('ends with its hold released, and a success that comes later is our loss and never a charge', async () => {
    let result: CheckResult = WAITING;
    const channelId = await site.channel(scripted('late', { check: async () => result, taskRetentionHours: 48 }));
    const before = await readAccount(site.db, site.accountId);
    const job = await site.running(channelId, 'late-task', { deadlineMs: -1 });
    const node = site.node();
    await node.step();
    expect(await site.job(job.id)).toMatchObject({ state: 'expired', chargeMicros: 0n });
    expect(await checkLateTasks(node.context)).toBe(1);
    expect(await checkLateTasks(node.context)).toBe(0);
    result = {
      kind: 'done',
      video: { from: 'url', url: 'https://x.invalid/v.mp4' },
      usage: { seconds: 5, tokens: null },
    };
    await site.db.query('update attempt set late_check_at = now() where id = $1', [job.attemptId]);
    expect(await checkLateTasks(node.context)).toBe(1);
    const after = await readAccount(site.db, site.accountId);
    expect(after?.availableMicros).toBe(before?.availableMicros);
    expect(after?.heldMicros).toBe(before?.heldMicros);
    expect(await site.events(job.id)).toEqual(['created', 'expired', 'late_success']);
    expect((await listLosses(site.db, null, 10)).map((loss) => loss.jobId)).toEqual([job.id]);
    expect((await site.job(job.id)).state).toBe('expired');
  });

  it('is no longer looked after once the vendor has forgotten its task', async () => {
    const channelId = await site.channel(scripted('forgetful', { taskRetentionHours: 1 }));
    const job = await site.running(channelId, 'old', { deadlineMs: -1 });
    await site.age(job, 2 * 3_600_000);
    const node = site.node();
    await node.step();
    expect((await site.job(job.id)).state).toBe('expired');
    expect(await checkLateTasks(node.context)).toBe(0);
    expect((await listLooseEnds(site.db, null, 10)).map((end) => end.jobId)).toContain(job.id);
  });

  it("is looked at once more before its vendor forgets the task, and is the operator's after that", async () => {
    const channelId = await site.channel(scripted('nearly-forgotten', { taskRetentionHours: 48 }));
    const job = await site.running(channelId, 'stuck', { deadlineMs: -1 });
    const node = site.node();
    await node.step();
    const lateIn = async (minutes: number): Promise<number | null> => {
      const text = `update attempt set late_check_at = now(), late_checks = 20, late_until = now() + $2 * interval '1 minute' where id = $1`;
      await site.db.query(text, [job.attemptId, minutes]);
      expect(await checkLateTasks(node.context)).toBe(1);
      const [row] = await site.db.query<{ minutes: number | null }>(
        `select round(extract(epoch from late_until - late_check_at) / 60)::integer as minutes from attempt where id = $1`,
        [job.attemptId],
      );
      return row?.minutes ?? null;
    };
    const isLoose = async (): Promise<boolean> =>
      (await listLooseEnds(site.db, null, 10)).some((end) => end.jobId === job.id);
    expect(await lateIn(30)).toBe(10);
    expect(await isLoose()).toBe(false);
    expect(await lateIn(9)).toBeNull();
    expect(await isLoose()).toBe(true);
  });
});

describe('what jobs teach', () => {
  it('is kept of the last two hundred of each model, and shared by all nodes', async () => {
    const key = { provider: 'teacher', model: SPEC.model, mode: SPEC.mode };
    await recordDurations(
      site.db,
      Array.from({ length: 150 }, () => ({ ...key, ms: 10_000 })),
    );
    await recordDurations(
      site.db,
      Array.from({ length: 150 }, (_, index) => ({ ...key, ms: 40_000 + index * 100 })),
    );
    const [row] = (await readDurations(site.db)).filter(({ provider }) => provider === 'teacher');
    expect(row).toMatchObject({ samples: 200, earlyMs: 10_000 });
    expect(row?.typicalMs).toBeGreaterThan(40_000);
    const expectations = createExpectations(site.db, () => BUILT_IN);
    expect(expectations.of('teacher', SPEC).lateMs).not.toBe(row?.lateMs);
    await expectations.refresh();
    expect(expectations.of('teacher', SPEC)).toMatchObject({ earlyMs: 10_000, typicalMs: row?.typicalMs });
  });

  it('counts for the time between two looks, since nobody knows when in it the vendor was done', async () => {
    const result: CheckResult = {
      kind: 'done',
      video: { from: 'url', url: 'http://vendor.invalid/v.mp4' },
      usage: { seconds: 5, tokens: null },
    };
    const channelId = await site.channel(scripted('sparse', { check: () => Promise.resolve(result) }));
    const node = site.node();
    for (let jobs = 0; jobs < 8; jobs += 1) {
      const job = await site.running(channelId);
      await site.age(job, 60_000);
      await site.db.query(`update job set updated_at = now() - interval '20 seconds' where id = $1`, [job.id]);
    }
    await node.step();
    await node.context.expectations.refresh();
    const { typicalMs } = node.context.expectations.of('sparse', SPEC);
    expect(Math.abs(typicalMs - 50_000)).toBeLessThan(2_000);
  });

  it('is not forgotten for a burst of jobs, of which the slowest end last', async () => {
    const expectations = createExpectations(site.db, () => BUILT_IN);
    for (let jobs = 0; jobs < 1_000; jobs += 1) expectations.learn('burst', SPEC, 20_000 + jobs * 20);
    await expectations.refresh();
    const [row] = (await readDurations(site.db)).filter(({ provider }) => provider === 'burst');
    expect(row?.samples).toBe(20);
    expect(row?.earlyMs).toBeLessThan(22_000);
    expect(row?.lateMs).toBeGreaterThan(38_000);
  });

  it('is what is expected of the next ones', async () => {
    const expectations = createExpectations(site.db, () => BUILT_IN);
    for (let jobs = 0; jobs < 8; jobs += 1) expectations.learn('pupil', SPEC, 7_000);
    await expectations.refresh();
    expect(expectations.of('pupil', SPEC)).toMatchObject({ earlyMs: 7_000, typicalMs: 7_000, lateMs: 7_000 });
  });
});
