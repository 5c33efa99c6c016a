/** How a new job gets to its vendor: at once where nothing has to be counted first, and by what is true when it is written. */

import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';

import type { JobState } from '../../src/model/job.ts';
import type { Provider } from '../../src/providers/provider.ts';
import { listAttempts } from '../../src/store/attempts.ts';
import type { Channel } from '../../src/store/channels.ts';
import { accountWith, credentialOf } from '../support/rows.ts';
import { closeWithCleanBooks } from './support/clean-books.ts';
import { createAt, newKeyOf } from './support/creates.ts';
import { install, scripted } from './support/nodes.ts';
import type { Installation, TestNode } from './support/nodes.ts';

const MODEL = 'Kling-2.5';

let site: Installation;
beforeAll(async () => {
  site = await install();
});
afterAll(() => closeWithCleanBooks(site));
afterEach(async () => {
  vi.useRealTimers();
  await site.db.query(`update job set run_at = now() + interval '1 day'`);
  await site.db.query(`update channel set deleted_at = now()`);
});

/** Takes every job. */
function taker(name: string): Provider {
  let taken = 0;
  return scripted(name, {
    submit: () => {
      taken += 1;
      return Promise.resolve({ kind: 'accepted', task: { id: `${name} ${taken}`, data: {} }, checkAfterMs: null });
    },
  });
}

function channel(name: string, over: Partial<Channel> = {}): Promise<string> {
  return site.channel(taker(name), { name, ...over });
}

/** The job's state, the channels that were tried, and what its history says. */
async function create(node: TestNode): Promise<{ state: JobState; channels: string[]; events: string[] }> {
  const outcome = await createAt(node, await newKeyOf(site, 'live'), MODEL);
  if (!outcome.ok) throw new Error(outcome.failure.message);
  const { id } = outcome.job;
  const channels = (await listAttempts(site.db, id)).map(({ channelId }) => channelId);
  return { state: (await site.job(id)).state, channels, events: await site.events(id) };
}

const writes = (node: TestNode): readonly string[] =>
  node.statements().filter((text) => /insert into|update /.test(text));

describe('a create', () => {
  it('is two writes where the channel counts nothing: all before the call, and what the vendor said', async () => {
    const at = await channel('boundless');
    const node = site.node();
    expect(await create(node)).toEqual({
      state: 'running',
      channels: [at],
      events: ['created', 'submitting', 'accepted'],
    });
    const [first, second, ...more] = writes(node);
    expect(first).toContain('insert into attempt');
    expect([first, second]).toEqual([
      expect.stringContaining('insert into job'),
      expect.stringContaining('update job'),
    ]);
    expect(more).toEqual([]);
  });

  it.each([{ maxConcurrency: 1 }, { requestsPerMinute: 60 }])(
    'is on record before it is counted where the channel counts: %o',
    async (limits) => {
      const at = await channel('counted', limits);
      const node = site.node();
      expect(await create(node)).toEqual({
        state: 'running',
        channels: [at],
        events: ['created', 'submitting', 'accepted'],
      });
      expect(writes(node)[1]).not.toContain('insert into job');
      expect(writes(node)).toEqual([]);
    },
  );

  it('reads the channels at most once a second', async () => {
    await channel('known');
    const node = site.node();
    await create(node);
    node.statements();
    await create(node);
    expect(node.statements().filter((text) => text.includes('from channel left join'))).toEqual([]);
  });
});

describe('a channel that another node changed a moment ago', () => {
  const CHANGES: readonly (readonly [string, string])[] = [
    ['is disabled', `update channel set state = 'disabled' where id = $1`],
    ['is draining', `update channel set state = 'draining' where id = $1`],
    ['is deleted', `update channel set deleted_at = now() where id = $1`],
    ['lost its credential', `update channel_credential set state = 'disabled' where channel_id = $1`],
  ];

  it.each(CHANGES)('and that %s gets no new job', async (_, change) => {
    const first = await channel('first', { priority: 1 });
    const second = await channel('second');
    const node = site.node();
    expect((await create(node)).channels).toEqual([first]);
    await site.db.query(change, [first]);
    expect(await create(node)).toEqual({
      state: 'running',
      channels: [second],
      events: ['created', 'submitting', 'accepted'],
    });
  });

  it('keeps the limit that it has now', async () => {
    const at = await channel('narrow');
    const node = site.node();
    await create(node);
    await site.db.query('update channel set max_concurrency = 1 where id = $1', [at]);
    expect(await create(node)).toEqual({ state: 'queued', channels: [], events: ['created'] });
  });

  it('takes jobs at once if it is the only one that can', async () => {
    const node = site.node();
    await channel('other', { models: ['another model'] });
    const refused = await createAt(node, await newKeyOf(site, 'live'), MODEL);
    expect(refused).toMatchObject({ ok: false, failure: { kind: 'no_channel' } });
    const at = await channel('new');
    expect((await create(node)).channels).toEqual([at]);
  });
});

describe('a node that stood still while it wrote a job and its attempt', () => {
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
    const node = site.node();
    const { context } = node;
    const key = await newKeyOf(site, 'live');
    vi.useFakeTimers({ toFake: ['Date'] });
    const writeJob: typeof context.writeJob = async (job) => {
      const record = await context.writeJob(job);
      vi.setSystemTime(Date.now() + context.limits.roundMs);
      return record;
    };
    const outcome = await createAt({ ...node, context: { ...context, writeJob } }, key, MODEL);
    expect(outcome).toMatchObject({ ok: false, failure: { kind: 'upstream_unavailable' } });
    expect(submits).toBe(0);
  });
});

describe('a create that writes nothing', () => {
  it('leaves the probe of a channel that rests to the next one', async () => {
    const at = await channel('resting');
    vi.useFakeTimers({ toFake: ['Date'] });
    const node = site.node();
    const { health } = node.context;
    const credential = await credentialOf(site.db, at);
    health.report(at, credential, { kind: 'failed', cause: 'upstream_credential', retryAfterMs: null });
    vi.setSystemTime(Date.now() + 120_000);
    const poor = await newKeyOf(site, 'live', await accountWith(site.db, 0n));
    expect(await createAt(node, poor, MODEL)).toMatchObject({ ok: false, failure: { kind: 'insufficient_funds' } });
    const writeJob: TestNode['context']['writeJob'] = () => Promise.reject(new Error('the statement is wrong'));
    const broken = { ...node, context: { ...node.context, writeJob } };
    await expect(createAt(broken, await newKeyOf(site, 'live'), MODEL)).rejects.toThrow('the statement is wrong');
    expect(await create(node)).toMatchObject({ state: 'running', channels: [at] });
  });
});
