/** A vendor that took a job and then failed it: where model and operator allow, another one makes it, and nobody pays twice. */

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { collectJob } from '../../src/engine/collect.ts';
import { checkLateTasks } from '../../src/engine/late-tasks.ts';
import type { FailureKind } from '../../src/model/failure.ts';
import type { VideoSpec } from '../../src/model/spec.ts';
import { newId } from '../../src/new-id.ts';
import type { CheckResult, Provider } from '../../src/providers/provider.ts';
import { readAccount } from '../../src/store/accounts.ts';
import { listAttempts } from '../../src/store/attempts.ts';
import type { Channel } from '../../src/store/channels.ts';
import { insertJob } from '../../src/store/new-jobs.ts';
import type { JobRecord } from '../../src/store/jobs.ts';
import { listMargins } from '../../src/store/losses.ts';
import { smallClip } from '../support/clips.ts';
import { jobOf, SPEC } from '../support/rows.ts';
import { savedAs } from '../support/saved-file.ts';
import { closeWithCleanBooks } from './support/clean-books.ts';
import { install, scripted, WAITING } from './support/nodes.ts';
import type { Installation, TestNode } from './support/nodes.ts';

/** A model whose row allows it, and one whose row does not. */
const SORA: VideoSpec = { ...SPEC, model: 'OS-2.0', requestedModel: 'sora-2', seconds: 4, billedSeconds: 4, fps: 30 };
const KLING: VideoSpec = SPEC;

let site: Installation;
let node: TestNode;
let keyId: string;
beforeAll(async () => {
  site = await install();
  node = site.node();
  const [key] = await site.db.query<{ id: string }>('select id from api_key');
  keyId = key?.id ?? '';
});
afterAll(() => closeWithCleanBooks(site));
beforeEach(async () => {
  await site.db.query(`update channel set state = 'disabled'`);
  await site.db.query(`update job set run_at = now() + interval '1 day'`);
});

const failing = (kind: FailureKind): CheckResult => ({ kind: 'failed', failure: { kind, message: `it was ${kind}` } });

let vendors = 0;
/** A vendor of its own that takes every job and then says `result` of it. */
async function channelOf(
  result: CheckResult,
  over: Partial<Channel> = {},
  more: Partial<Provider> = {},
): Promise<{ readonly id: string; submits(): number }> {
  let submits = 0;
  vendors += 1;
  const provider = scripted(`vendor-${vendors}`, {
    submit: async (_spec, _words, io) => {
      submits += 1;
      return { kind: 'accepted', task: { id: `task-${io.attemptToken}`, data: {} }, checkAfterMs: null };
    },
    check: async () => result,
    ...more,
  });
  const id = await site.channel(provider, { priority: -vendors, retryAfterFailure: true, ...over });
  return { id, submits: () => submits };
}

async function queued(spec: VideoSpec = SORA): Promise<JobRecord> {
  const job = await insertJob(site.db, jobOf(site.accountId, keyId, { spec, leaseMs: 0 }));
  if (job === null) throw new Error('the account is too poor');
  return job;
}

/** Submits the job and looks at it until it is no longer queued or running. */
async function workedOn(job: JobRecord): Promise<JobRecord> {
  for (let steps = 0; steps < 20; steps += 1) {
    await site.makeDue(job.id);
    await node.step();
    const now = await site.job(job.id);
    if (now.state !== 'queued' && now.state !== 'running') return now;
  }
  throw new Error('the job went on and on');
}

describe('a job that a vendor accepted and then failed', () => {
  it('is made by another channel under the same id: one hold, one charge, and both bills where failures are billed', async () => {
    const cost = { model: 'OS-2.0', unit: 'video', when: {} } as const;
    const before = await readAccount(site.db, site.accountId);
    await savedAs('made.mp4', await smallClip(), async (path) => {
      const first = await channelOf(
        failing('generation_failed'),
        { costs: [{ ...cost, micros: 300_000n }] },
        { billsFailures: ['generation_failed'] },
      );
      const done = { kind: 'done', video: { from: 'file', path }, usage: { seconds: 4, tokens: null } } as const;
      const second = await channelOf(done, { costs: [{ ...cost, micros: 500_000n }] });
      const job = await workedOn(await queued());
      expect(job).toMatchObject({ state: 'collecting', attempts: 2, channelId: second.id });
      await collectJob(node.context, { jobId: job.id, channelId: second.id });

      const ended = await site.job(job.id);
      expect(ended).toMatchObject({ id: job.id, state: 'succeeded', failure: null });
      expect([first.submits(), second.submits()]).toEqual([1, 1]);
      const after = await readAccount(site.db, site.accountId);
      const charged = (before?.availableMicros ?? 0n) - (after?.availableMicros ?? 0n);
      expect([charged, after?.heldMicros]).toEqual([ended.chargeMicros, before?.heldMicros]);
      expect((await listAttempts(site.db, job.id)).map(({ channelId, failure }) => [channelId, failure?.kind])).toEqual(
        [
          [first.id, 'generation_failed'],
          [second.id, undefined],
        ],
      );
      const margins = new Map((await listMargins(site.db, new Date(0))).map((margin) => [margin.channelId, margin]));
      expect(margins.get(first.id)).toMatchObject({ revenueMicros: 0n, expenseMicros: 300_000n });
      expect(margins.get(second.id)).toMatchObject({ revenueMicros: charged, expenseMicros: 500_000n });
      expect(await site.events(job.id)).toEqual([
        'created',
        'submitting',
        'accepted',
        'vendor_failed',
        'submitting',
        'accepted',
        'finished',
        'succeeded',
      ]);
    });
  });

  it('fails as the last vendor said once each channel has failed it, and none is asked twice', async () => {
    const channels = [await channelOf(failing('generation_failed')), await channelOf(failing('upstream_unavailable'))];
    const job = await workedOn(await queued());
    expect(job).toMatchObject({ state: 'failed', chargeMicros: 0n, failure: { kind: 'upstream_unavailable' } });
    expect(channels.map(({ submits }) => submits())).toEqual([1, 1]);
  });

  it('fails as its vendor said where the channel that was left does not take it', async () => {
    await channelOf(failing('generation_failed'));
    const other = await channelOf(WAITING);
    const job = await queued();
    for (let steps = 0; steps < 2; steps += 1) {
      await site.makeDue(job.id);
      await node.step();
    }
    expect(await site.job(job.id)).toMatchObject({ state: 'queued', failure: null });
    await site.db.query(`update channel set state = 'disabled' where id = $1`, [other.id]);
    expect(await workedOn(job)).toMatchObject({ state: 'failed', failure: { kind: 'generation_failed' } });
  });

  it('is submitted no more often than any other job', async () => {
    const channels: { submits(): number }[] = [];
    for (let count = 0; count < 6; count += 1) channels.push(await channelOf(failing('generation_failed')));
    expect(await workedOn(await queued())).toMatchObject({ state: 'failed', attempts: 4 });
    expect(channels.map(({ submits }) => submits())).toEqual([1, 1, 1, 1, 0, 0]);
  });

  it.each([
    ['the operator has not allowed it', SORA, 'generation_failed', { retryAfterFailure: false }, {}],
    ['its model does not allow it', KLING, 'generation_failed', {}, {}],
    ['what was asked for is to blame', SORA, 'content_rejected', {}, {}],
    ['failing was what was asked for', SORA, 'generation_failed', {}, { refusalsAreFinal: true }],
  ] as const)('just fails where %s', async (_, spec, kind, over, more) => {
    await channelOf(failing(kind), over, more);
    const other = await channelOf(WAITING);
    const job = await workedOn(await queued(spec));
    expect(job).toMatchObject({ state: 'failed', chargeMicros: 0n, attempts: 1, failure: { kind } });
    expect(other.submits()).toBe(0);
  });

  it('costs us what its vendor bills for failures also where nobody else makes it', async () => {
    const costs = [{ model: 'OS-2.0', unit: 'second', micros: 10_000n, when: {} }] as const;
    const { id } = await channelOf(failing('generation_failed'), { costs }, { billsFailures: ['generation_failed'] });
    const job = await workedOn(await queued());
    expect(job).toMatchObject({ state: 'failed', chargeMicros: 0n });
    const margin = (await listMargins(site.db, new Date(0))).find(({ channelId }) => channelId === id);
    expect(margin).toMatchObject({ revenueMicros: 0n, expenseMicros: 40_000n });
  });

  it('that ended late is billed all the same', async () => {
    const costs = [{ model: 'OS-2.0', unit: 'video', micros: 70_000n, when: {} }] as const;
    const channel = await channelOf(failing('generation_failed'), { costs }, { billsFailures: ['generation_failed'] });
    const job = await site.running(channel.id, newId(), { spec: SORA, deadlineMs: -1 });
    await node.step();
    expect(await site.job(job.id)).toMatchObject({ state: 'expired' });
    await checkLateTasks(node.context);
    const margin = (await listMargins(site.db, new Date(0))).find(({ channelId }) => channelId === channel.id);
    expect(margin).toMatchObject({ expenseMicros: 70_000n, lossMicros: 0n });
  });
});
