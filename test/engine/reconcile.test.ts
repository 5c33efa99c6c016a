/** What becomes of a submit without an answer: it is found, or settled by someone who knows, and never made twice. */

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';

import { checkLateTasks } from '../../src/engine/late-tasks.ts';
import { submitJob } from '../../src/engine/submit.ts';
import { createTaskDesk } from '../../src/engine/task-desk.ts';
import type { OperatorAction } from '../../src/engine/task-desk.ts';
import { newId } from '../../src/new-id.ts';
import { UpstreamSilence } from '../../src/providers/provider.ts';
import type { ListedTask, Provider, ReplayResult, UpstreamTask } from '../../src/providers/provider.ts';
import { readAccount } from '../../src/store/accounts.ts';
import { insertJob } from '../../src/store/new-jobs.ts';
import type { JobRecord } from '../../src/store/jobs.ts';
import { listLooseEnds, noteCallback } from '../../src/store/late-tasks.ts';
import { listLosses } from '../../src/store/losses.ts';
import { jobOf, SPEC } from '../support/rows.ts';
import { closeWithCleanBooks } from './support/clean-books.ts';
import { install, scripted, WAITING } from './support/nodes.ts';
import type { Installation, TestNode } from './support/nodes.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

let site: Installation;
let node: TestNode;
beforeAll(async () => {
  site = await install();
  node = site.node();
});
afterAll(() => closeWithCleanBooks(site));
afterEach(async () => {
  vi.useRealTimers();
  await site.db.query(`update job set run_at = now() + interval '1 day'`);
  await site.db.query(`update attempt set late_check_at = null`);
});

let vendors = 0;
/** A channel at a vendor of its own. */
function channelAt(over: Partial<Provider>): Promise<string> {
  vendors += 1;
  return site.channel(scripted(`vendor-${vendors}`, over));
}

async function look(job: JobRecord): Promise<JobRecord> {
  await site.makeDue(job.id);
  await node.step();
  return site.job(job.id);
}

const task = (id: string): UpstreamTask => ({ id, data: {} });

describe('a submit without an answer', () => {
  it('is never sent twice, however often it is looked at', async () => {
    let submits = 0;
    const channelId = await channelAt({
      submit: () => {
        submits += 1;
        return Promise.reject(new UpstreamSilence('cut', true));
      },
    });
    await site.db.query(`update channel set state = 'disabled' where id <> $1`, [channelId]);
    const [key] = await site.db.query<{ id: string }>('select id from api_key');
    const queued = await insertJob(site.db, jobOf(site.accountId, key?.id ?? '', { leaseOwner: node.context.node }));
    if (queued === null) throw new Error('no job');
    const lost = await submitJob(node.context, queued);
    expect(lost).toMatchObject({ state: 'submitting' });
    for (let looks = 0; looks < 10; looks += 1) await look(queued);
    expect(submits).toBe(1);
    expect(await site.job(queued.id)).toMatchObject({ state: 'submitting', attempts: 1, chargeMicros: null });
    await site.db.query(`update channel set state = 'enabled'`);
  });

  it('is found by its own token', async () => {
    const channelId = await channelAt({ find: (_spec, _words, io) => Promise.resolve(task(`of-${io.attemptToken}`)) });
    const job = await site.lost(channelId);
    expect(await look(job)).toMatchObject({ state: 'running' });
    expect((await site.attempt(job)).task?.id).toBe(`of-${job.attemptId}`);
  });

  it('is queued again once the vendor is sure not to have it, but not while it may still be on its way', async () => {
    const channelId = await channelAt({ find: () => Promise.resolve(null) });
    const job = await site.lost(channelId);
    expect(await look(job)).toMatchObject({ state: 'submitting' });
    await site.age(job, MINUTE_MS);
    expect(await look(job)).toMatchObject({ state: 'queued' });
    expect((await site.attempt(job)).state).toBe('refused');
  });

  it('is not given up on the word of a vendor that may have forgotten it by now', async () => {
    const channelId = await channelAt({ find: () => Promise.resolve(null), taskRetentionHours: 2 });
    const job = await site.lost(channelId);
    await site.age(job, 1.5 * HOUR_MS);
    expect(await look(job)).toMatchObject({ state: 'submitting' });
  });

  it('is not given up on the word of a vendor that has called back about it', async () => {
    const channelId = await channelAt({ find: () => Promise.resolve(null) });
    const job = await site.lost(channelId);
    await noteCallback(site.db, channelId, job.attemptId ?? '', null);
    await site.age(job, HOUR_MS);
    expect(await look(job)).toMatchObject({ state: 'submitting' });
  });

  it('is sent again with the same token only where the vendor refuses what it has, and that proves that it does', async () => {
    const results: ReplayResult[] = [{ kind: 'duplicate', task: null }];
    const tokens: string[] = [];
    const resubmit = async (_spec: unknown, _words: unknown, io: { attemptToken: string }): Promise<ReplayResult> => {
      tokens.push(io.attemptToken);
      return results.shift() ?? { kind: 'duplicate', task: task('again') };
    };
    const channelId = await channelAt({ replay: { duplicatesRefused: true, rememberedHours: 72, resubmit } });
    const job = await site.lost(channelId);
    await look(job);
    await look(job);
    expect(tokens).toEqual([job.attemptId]);
    expect((await site.attempt(job)).provenAt).not.toBeNull();

    const other = await site.lost(channelId);
    expect(await look(other)).toMatchObject({ state: 'running' });
    expect((await site.attempt(other)).task?.id).toBe('again');

    const forgotten = await site.lost(channelId);
    await site.age(forgotten, 73 * HOUR_MS);
    await site.db.query(`update attempt set created_at = now() - interval '71 hours' where id = $1`, [other.attemptId]);
    await look(forgotten);
    expect(tokens).not.toContain(forgotten.attemptId);
  });

  it.each<[string, (stands: () => void, called: () => void) => Partial<Provider>]>([
    [
      'sent again',
      (stands, called) => ({
        inputLimits: () => {
          stands();
          return {};
        },
        replay: {
          duplicatesRefused: true,
          rememberedHours: 72,
          resubmit: () => {
            called();
            return Promise.resolve({ kind: 'accepted', task: task('a second one') });
          },
        },
      }),
    ],
    [
      'given up',
      (stands) => ({
        find: () => {
          stands();
          return Promise.resolve(null);
        },
      }),
    ],
  ])('is not %s by a node that stood still until the vendor may have forgotten it', async (_, vendor) => {
    let calls = 0;
    const stands = (): unknown => vi.setSystemTime(Date.now() + 40 * HOUR_MS);
    const channelId = await channelAt(vendor(stands, () => (calls += 1)));
    const job = await site.lost(channelId);
    await site.age(job, 2 * MINUTE_MS);
    vi.useFakeTimers({ toFake: ['Date'] });
    expect(await look(job)).toMatchObject({ state: 'submitting', attempts: 1 });
    expect(calls).toBe(0);
  });

  it('is found in the list of tasks by its token', async () => {
    const listRecent = async (
      _s: unknown,
      _w: unknown,
      _t: unknown,
      io: { attemptToken: string },
    ): Promise<ListedTask[]> => [
      { task: task('other'), token: newId(), fits: true, samePrompt: false },
      { task: task('mine'), token: io.attemptToken, fits: false, samePrompt: false },
    ];
    const job = await site.lost(await channelAt({ listRecent }));
    expect(await look(job)).toMatchObject({ state: 'running' });
    expect((await site.attempt(job)).task?.id).toBe('mine');
  });

  it('is looked for where the vendor has no list but a page for everybody, and that is no reason to rest', async () => {
    const vendor = createServer((_, response) => response.end('<h1>welcome</h1>'));
    await once(vendor.listen(0, '127.0.0.1'), 'listening');
    const { port } = vendor.address() as AddressInfo;
    const listRecent: Provider['listRecent'] = async (_spec, _words, _window, { http }) => {
      await http({ method: 'GET', path: '/tasks' });
      throw new Error('the vendor answered a list that is none');
    };
    const channelId = await channelAt({ listRecent, baseUrl: `http://127.0.0.1:${port}` });
    const job = await site.lost(channelId);
    for (let looks = 0; looks < 6; looks += 1) await look(job);
    vendor.close();
    expect(await site.job(job.id)).toMatchObject({ state: 'submitting' });
    expect(node.context.health.standing('channel', channelId)).toMatchObject({ state: 'closed', goodShare: 1 });
  });

  it('is found in a list without tokens only if one task alone can be it', async () => {
    let listed = ['a', 'b'];
    const channelId = await channelAt({
      listRecent: async () => listed.map((id) => ({ task: task(id), token: null, fits: true, samePrompt: false })),
    });
    const job = await site.lost(channelId);
    expect(await look(job)).toMatchObject({ state: 'submitting' });
    // 'a' turns out to be another job's.
    await site.running(channelId, 'a');
    const alike = await site.lost(channelId);
    expect(await look(job)).toMatchObject({ state: 'submitting' });
    await site.db.query(`update attempt set state = 'refused' where id = $1`, [alike.attemptId]);
    expect(await look(job)).toMatchObject({ state: 'running' });
    expect((await site.attempt(job)).task?.id).toBe('b');
    listed = [];
  });

  it('is not taken for a task that another one without an answer may have made, whatever that asked for', async () => {
    const listed: ListedTask[] = [{ task: task('cat'), token: null, fits: true, samePrompt: false }];
    const channelId = await channelAt({ listRecent: async () => listed });
    const [cat, dog] = [await site.lost(channelId), await site.lost(channelId, { spec: { ...SPEC, prompt: 'a dog' } })];
    expect([await look(cat), await look(dog)]).toMatchObject([{ state: 'submitting' }, { state: 'submitting' }]);
    await site.age(dog, HOUR_MS);
    expect(await look(cat)).toMatchObject({ state: 'running' });
  });

  it('is found beside others without an answer where the vendor shows that the prompt is its own', async () => {
    const shown = new Map([['this cat', SPEC.prompt]]);
    const channelId = await channelAt({
      listRecent: async ({ prompt }) =>
        [...shown].map(([id, text]) => ({
          task: task(id),
          token: null,
          fits: text === prompt,
          samePrompt: text === prompt,
        })),
    });
    const [cat, dog] = [await site.lost(channelId), await site.lost(channelId, { spec: { ...SPEC, prompt: 'a dog' } })];
    expect([await look(cat), await look(dog)]).toMatchObject([{ state: 'running' }, { state: 'submitting' }]);
    const twin = { spec: { ...SPEC, prompt: 'a twin' } };
    const twins = [await site.lost(channelId, twin), await site.lost(channelId, twin)];
    shown.set('which twin', 'a twin');
    for (const one of twins) expect(await look(one)).toMatchObject({ state: 'submitting' });
    shown.clear();
  });

  it('is found by the task that a callback names, if the vendor answers for that task', async () => {
    const channelId = await channelAt({
      check: ({ id }) => (id === 'true' ? Promise.resolve(WAITING) : Promise.reject(new Error('404'))),
    });
    const job = await site.lost(channelId);
    await noteCallback(site.db, channelId, job.attemptId ?? '', task('forged'));
    expect(await look(job)).toMatchObject({ state: 'submitting' });
    await noteCallback(site.db, channelId, job.attemptId ?? '', task('true'));
    expect(await look(job)).toMatchObject({ state: 'running' });
  });

  it('is asked about at once when a callback comes', async () => {
    const channelId = await channelAt({});
    const job = await site.lost(channelId);
    await look(job);
    const due = 'select run_at <= now() as due from job where id = $1';
    expect(await site.db.query(due, [job.id])).toEqual([{ due: false }]);
    await noteCallback(site.db, channelId, job.attemptId ?? '', null);
    expect(await site.db.query(due, [job.id])).toEqual([{ due: true }]);
  });

  it('ends when the vendor has forgotten whatever it had: the hold is released and the operator told', async () => {
    const before = await readAccount(site.db, site.accountId);
    const channelId = await channelAt({ taskRetentionHours: 24 });
    const job = await site.lost(channelId);
    await site.age(job, 25 * HOUR_MS);
    expect(await look(job)).toMatchObject({ state: 'expired', chargeMicros: 0n });
    expect((await readAccount(site.db, site.accountId))?.heldMicros).toBe(before?.heldMicros);
    const ends = await listLooseEnds(site.db, null, 10);
    expect(ends.map((end) => [end.jobId, end.attempt.orphanSuspectedAt !== null])).toContainEqual([job.id, true]);
  });

  it('that turns out to have made a video after its job expired is booked as our loss', async () => {
    let known: UpstreamTask | null = null;
    let sends = 0;
    const channelId = await channelAt({
      taskRetentionHours: 48,
      listRecent: async () => (known === null ? [] : [{ task: known, token: null, fits: true, samePrompt: false }]),
      replay: {
        duplicatesRefused: true,
        rememberedHours: 72,
        resubmit: async () => {
          sends += 1;
          return { kind: 'accepted', task: task('too-late') };
        },
      },
      check: async () => ({
        kind: 'done',
        video: { from: 'url', url: 'https://x.invalid' },
        usage: { seconds: 5, tokens: null },
      }),
    });
    const job = await site.lost(channelId, { deadlineMs: -1 });
    expect(await look(job)).toMatchObject({ state: 'expired' });
    await checkLateTasks(node.context);
    known = task('found');
    await site.db.query('update attempt set late_check_at = now() where id = $1', [job.attemptId]);
    await checkLateTasks(node.context);
    // Nobody waits for the video any more, so nothing may be sent that could make it.
    expect(sends).toBe(0);
    const loss = (await listLosses(site.db, null, 10)).find((one) => one.jobId === job.id);
    expect(loss).toMatchObject({ taskId: 'found', amountMicros: 1_000_000n });
    expect((await site.attempt(job)).lateSuccessAt).not.toBeNull();
  });
});

describe('an operator', () => {
  const act = (job: JobRecord, action: OperatorAction) =>
    createTaskDesk(node.context, () => undefined).act(job.id, action, 'admin');

  async function lastEvent(job: JobRecord): Promise<unknown> {
    const [row] = await site.db.query('select type, data from event where job_id = $1 order by seq desc limit 1', [
      job.id,
    ]);
    return row;
  }

  it('can say that the vendor never had it: the job is tried again, or fails with nothing charged', async () => {
    const channelId = await channelAt({});
    const [again, over] = [await site.lost(channelId), await site.lost(channelId)];
    for (const job of [again, over]) await site.age(job, 60_000);
    expect(await act(again, { kind: 'mark_not_created', next: 'retry' })).toBeNull();
    expect(await site.job(again.id)).toMatchObject({ state: 'queued' });
    expect(await lastEvent(again)).toMatchObject({ type: 'refused', data: { actor: 'admin' } });
    expect(await act(over, { kind: 'mark_not_created', next: 'fail' })).toBeNull();
    expect(await site.job(over.id)).toMatchObject({ state: 'failed', chargeMicros: 0n });
  });

  it('cannot say so while the answer may still come, nor against what the vendor has shown', async () => {
    const channelId = await channelAt({});
    const running = await site.running(channelId);
    expect(await act(running, { kind: 'mark_not_created', next: 'fail' })).toMatchObject({ kind: 'conflict' });
    const fresh = await site.lost(channelId);
    expect(await act(fresh, { kind: 'mark_not_created', next: 'fail' })).toMatchObject({ kind: 'conflict' });
    const shown = await site.lost(channelId);
    await site.age(shown, 60_000);
    await noteCallback(site.db, channelId, shown.attemptId ?? '', null);
    expect(await act(shown, { kind: 'mark_not_created', next: 'retry' })).toMatchObject({ kind: 'conflict' });
    expect(await site.job(shown.id)).toMatchObject({ state: 'submitting' });
  });

  it('can name the task, if the vendor knows it and no other attempt has it', async () => {
    const channelId = await channelAt({
      check: ({ id }) => (id.startsWith('real') ? Promise.resolve(WAITING) : Promise.reject(new Error('404'))),
    });
    const taken = await site.running(channelId, 'real-1');
    const job = await site.lost(channelId);
    const attach = (taskId: string) => act(job, { kind: 'attach_task', taskId });
    expect(await attach('real-1')).toMatchObject({ kind: 'conflict' });
    expect(await attach('unheard-of')).toMatchObject({ kind: 'conflict' });
    expect(await attach('real-2')).toBeNull();
    expect(await site.job(job.id)).toMatchObject({ state: 'running' });
    expect(await lastEvent(job)).toMatchObject({ type: 'accepted', data: { actor: 'admin', reconciled: 'operator' } });
    expect((await site.attempt(taken)).task?.id).toBe('real-1');
  });

  it('can have the vendor asked at once', async () => {
    const job = await site.running(await channelAt({}));
    await look(job);
    expect(await act(job, { kind: 'recheck' })).toBeNull();
    expect(await lastEvent(job)).toMatchObject({ type: 'recheck', data: { actor: 'admin' } });
    await node.step();
    expect(await site.job(job.id)).toMatchObject({ checks: 2 });
  });
});
