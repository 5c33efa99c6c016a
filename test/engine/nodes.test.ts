/** Several nodes on one database: whoever is dead or asleep keeps nothing, and cannot write what it learned too late. */

import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';

import { startHeartbeat } from '../../src/engine/heartbeat.ts';
import { submitJob } from '../../src/engine/submit.ts';
import type { CheckResult, SubmitResult } from '../../src/providers/provider.ts';
import { readAccount } from '../../src/store/accounts.ts';
import type { Database } from '../../src/store/database.ts';
import { insertJob } from '../../src/store/new-jobs.ts';
import { seeNode } from '../../src/store/nodes.ts';
import { jobOf } from '../support/rows.ts';
import { closeWithCleanBooks } from './support/clean-books.ts';
import { install, scripted, WAITING } from './support/nodes.ts';
import type { Installation } from './support/nodes.ts';

const FAILED: CheckResult = { kind: 'failed', failure: { kind: 'generation_failed', message: 'no' } };

let site: Installation;
beforeAll(async () => {
  site = await install();
});
afterAll(() => closeWithCleanBooks(site));
afterEach(async () => {
  await site.db.query(`update job set run_at = now() + interval '1 day'`);
  await site.db.query(`update channel set state = 'disabled'`);
});

/** The first call hangs until it is let go; the others get `then`. */
function sleeper<T>(then: T): {
  readonly call: () => Promise<T>;
  readonly called: Promise<void>;
  wake(answer: T): void;
} {
  const called = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<T>();
  let calls = 0;
  return {
    called: called.promise,
    call: () => {
      calls += 1;
      called.resolve();
      return calls === 1 ? answer.promise : Promise.resolve(then);
    },
    wake: answer.resolve,
  };
}

describe('two nodes', () => {
  it('take each due job once', async () => {
    const channelId = await site.channel(scripted('shared'));
    const [one, two] = [site.node(), site.node()];
    const jobs = await Promise.all(Array.from({ length: 30 }, () => site.running(channelId)));
    for (let steps = 0; steps < 4; steps += 1) await Promise.all([one.step(), two.step()]);
    const checks = await Promise.all(jobs.map(async ({ id }) => (await site.job(id)).checks));
    expect(new Set(checks)).toEqual(new Set([1]));
  });

  it('settle a job once: what the one that slept past its lease found out is not written', async () => {
    const vendor = sleeper<CheckResult>(FAILED);
    const channelId = await site.channel(scripted('slow', { check: vendor.call }));
    const before = await readAccount(site.db, site.accountId);
    const job = await site.running(channelId);
    const [asleep, awake] = [site.node(), site.node()];
    await asleep.due.turn();
    await vendor.called;
    // Its lease ends.
    await site.makeDue(job.id);
    await awake.step();
    const settled = await site.job(job.id);
    expect(settled).toMatchObject({ state: 'failed', chargeMicros: 0n });
    vendor.wake({
      kind: 'done',
      video: { from: 'url', url: 'https://x.invalid' },
      usage: { seconds: 5, tokens: null },
    });
    await asleep.due.settled();
    expect(await site.job(job.id)).toEqual(settled);
    expect(site.copies).toEqual([]);
    expect((await readAccount(site.db, site.accountId))?.heldMicros).toBe(before?.heldMicros ?? 0n);
  });

  it('refuse a late "still waiting" as well', async () => {
    const vendor = sleeper<CheckResult>(WAITING);
    const job = await site.running(await site.channel(scripted('slower', { check: vendor.call })));
    const [asleep, awake] = [site.node(), site.node()];
    await asleep.due.turn();
    await vendor.called;
    await site.makeDue(job.id);
    await awake.step();
    const seen = await site.job(job.id);
    vendor.wake({ kind: 'waiting', progress: 0.9, checkAfterMs: null });
    await asleep.due.settled();
    expect(await site.job(job.id)).toEqual(seen);
  });

  it('never submit the same job twice: the late answer of the sleeper tells the other which task it is', async () => {
    const vendor = sleeper<SubmitResult>({
      kind: 'refused',
      failure: { kind: 'internal', message: 'a second submit' },
    });
    const channelId = await site.channel(scripted('half-asleep', { submit: vendor.call }));
    const [asleep, awake] = [site.node(), site.node()];
    const [key] = await site.db.query<{ id: string }>('select id from api_key');
    const queued = await insertJob(site.db, jobOf(site.accountId, key?.id ?? '', { leaseOwner: asleep.context.node }));
    if (queued === null) throw new Error('no job');
    const submitting = submitJob(asleep.context, queued);
    await vendor.called;
    await site.makeDue(queued.id);
    await awake.step();
    expect(await site.job(queued.id)).toMatchObject({ state: 'submitting', channelId });
    vendor.wake({ kind: 'accepted', task: { id: 'the-task', data: {} }, checkAfterMs: null });
    expect(await submitting).toBeNull();
    await site.makeDue(queued.id);
    await awake.step();
    const job = await site.job(queued.id);
    expect(job).toMatchObject({ state: 'running', attempts: 1 });
    expect((await site.attempt(job)).task?.id).toBe('the-task');
  });
});

describe('a node that stood still between writing an attempt down and calling the vendor', () => {
  it('does not call any more: others may have found by then that there is no task', async () => {
    let submits = 0;
    await site.channel(
      scripted('never-called', {
        submit: () => {
          submits += 1;
          return Promise.reject(new Error('it was called'));
        },
      }),
    );
    const { context } = site.node();
    const [key] = await site.db.query<{ id: string }>('select id from api_key');
    const queued = await insertJob(site.db, jobOf(site.accountId, key?.id ?? '', { leaseOwner: context.node }));
    if (queued === null) throw new Error('no job');
    vi.useFakeTimers({ toFake: ['Date'] });
    try {
      const query: Database['query'] = async <Row>(text: string, values?: readonly unknown[], name?: string) => {
        const rows = await context.db.query<Row>(text, values, name);
        if (text.includes('insert into attempt')) vi.setSystemTime(Date.now() + context.limits.roundMs);
        return rows;
      };
      const left = await submitJob({ ...context, db: { ...context.db, query } }, queued);
      expect(left).toMatchObject({ state: 'failed', failure: { kind: 'upstream_unavailable' } });
    } finally {
      vi.useRealTimers();
    }
    expect(submits).toBe(0);
    expect(await site.events(queued.id)).toEqual(['created', 'submitting', 'refused', 'failed']);
  });
});

describe('a dead node', () => {
  it('loses its jobs to the first heartbeat after it was silent for long enough', async () => {
    const hang = Promise.withResolvers<CheckResult>();
    const job = await site.running(await site.channel(scripted('gone', { check: () => hang.promise })));
    const [dead, alive] = [site.node(), site.node()];
    await seeNode(site.db, dead.context.node);
    await dead.due.turn();
    let woken = 0;
    const beat = async (): Promise<void> =>
      (
        await startHeartbeat(alive.context, false, () => {
          woken += 1;
        })
      ).stop();
    await beat();
    expect(woken).toBe(0);
    await site.db.query(`update node set seen_at = now() - interval '13 seconds' where id = $1`, [dead.context.node]);
    await beat();
    expect(woken).toBe(1);
    const [row] = await site.db.query('select lease_owner, run_at <= now() as due from job where id = $1', [job.id]);
    expect(row).toEqual({ lease_owner: null, due: true });
    hang.resolve(WAITING);
    await dead.due.settled();
  });
});
