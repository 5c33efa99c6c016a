/** Answers that wait for a job, hints when to ask again, and many jobs read at once. */

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { pollHintMs, steadyPollHintMs } from '../../src/server/poll-hint.ts';
import { preferredWait } from '../../src/server/video-wait.ts';
import { liveCustomer } from '../support/live-customer.ts';
import { objectOf, startTestReelgate } from '../support/reelgate.ts';
import type { Answer, TestReelgate } from '../support/reelgate.ts';
import { startTestServer } from '../support/test-server.ts';
import { call } from './support/http.ts';
import { queuedJob, rowEngine } from './support/row-engine.ts';

const ROUNDS = 3;

let node: TestReelgate;
let other: TestReelgate;
beforeAll(async () => {
  node = await startTestReelgate();
  other = await startTestReelgate({}, {}, node);
});
afterAll(async () => {
  await other.stop();
  await node.stop();
});

function create(prompt: string, headers: Record<string, string> = {}, key: string = node.testKey): Promise<Answer> {
  const body = { model: 'Kling-3.0-Omni', prompt, seconds: '3', size: '1280x720' };
  return node.ask('POST', '/v1/videos', { body, headers, key });
}

function idOf(answer: Answer): string {
  return String(objectOf(answer.body)['id']);
}

function read(id: string, prefer: string, at: TestReelgate = node): Promise<Answer> {
  return at.ask('GET', `/v1/videos/${id}`, { headers: { prefer } });
}

const cancel = (id: string): Promise<unknown> => node.admin('POST', `/jobs/${id.replace('video_', '')}/cancel`);

describe('Prefer: wait', () => {
  it('on a create answers with the finished video', async () => {
    const answer = await create('wait for me [delay:300ms]', { prefer: 'wait=50' });
    expect(objectOf(answer.body)).toMatchObject({ status: 'completed', progress: 100 });
    expect(answer.headers.get('preference-applied')).toBe('wait=50');
  });

  it('answers when its time is over with the job as it is', async () => {
    const startedMs = performance.now();
    const created = await create('too slow [stuck]', { prefer: 'respond-async, wait=1' });
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(990);
    expect(objectOf(created.body)['status']).toBe('in_progress');
    const now = await read(idOf(created), 'wait=0');
    expect([objectOf(now.body)['status'], now.headers.get('preference-applied')]).toEqual(['in_progress', 'wait=0']);
  });

  it('on a read at another node answers within half a second of the end', async () => {
    const lags: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const id = idOf(await create('far away [stuck]'));
      let isAnswered = false;
      const waiting = read(id, 'wait=30', other).finally(() => {
        isAnswered = true;
      });
      await other.ask('GET', `/v1/videos/${id}`);
      expect(isAnswered).toBe(false);
      await cancel(id);
      const endedMs = performance.now();
      expect(objectOf((await waiting).body)).toMatchObject({ status: 'failed', error: { code: 'cancelled' } });
      lags.push(performance.now() - endedMs);
    }
    // A machine that is busy with other tests may be late now and then.
    expect(Math.min(...lags)).toBeLessThan(500);
  });

  it('of a thousand clients at two nodes is over for all of them at once', async () => {
    const id = idOf(await create('a crowd waits [stuck]'));
    const waiting = Array.from({ length: 1_000 }, (_, at) => read(id, 'wait=30', at % 2 === 0 ? node : other));
    await create('meanwhile');
    await cancel(id);
    const statuses = (await Promise.all(waiting)).map((answer) => objectOf(answer.body)['status']);
    expect(new Set(statuses)).toEqual(new Set(['failed']));
  });

  it('is given up when the client goes or the server stops', async () => {
    const server = await startTestServer({ makeEngine: rowEngine });
    const job = await queuedJob(server);
    const leaving = new AbortController();
    const headers = { prefer: 'wait=60' };
    const gone = call(server, `/v1/videos/${job.id}`, { headers, signal: leaving.signal }).catch(() => null);
    const stays = call(server, `/v1/videos/${job.id}`, { headers });
    await vi.waitFor(() => expect(server.events.watchers).toBe(2));
    leaving.abort();
    await gone;
    await vi.waitFor(() => expect(server.events.watchers).toBe(1));
    const [answer] = await Promise.all([stays, server.close()]);
    expect([answer.status, answer.headers.get('preference-applied')]).toEqual([200, 'wait=60']);
  });

  it.each([
    [undefined, null],
    ['wait=10', 10],
    ['respond-async, wait=7', 7],
    ['Wait = "5"; foo', 5],
    ['wait=3600', 60],
    ['wait=0', 0],
    ['wait=-1', null],
    ['wait=1.5', null],
    ['wait', null],
    ['await=5', null],
    ['respond-async', null],
  ])('read from %j is %j', (header, seconds) => {
    expect(preferredWait(header)).toBe(seconds);
  });
});

describe('a batch read', () => {
  it('answers the account’s jobs in the order asked and names the others', async () => {
    const [first, second] = [idOf(await create('batch one [stuck]')), idOf(await create('batch two [stuck]'))];
    const stranger = idOf(await create('foreign [stuck]', {}, (await liveCustomer(node, '10')).key));
    const unknown = 'video_01900000-0000-7000-8000-000000000000';
    const core = first.replace('video_', '');
    const ids = [second, stranger, core, 'nonsense', unknown, first];
    const { body, status } = await other.ask('GET', `/v1/videos?ids=${ids.join(',')}`);
    expect(status).toBe(200);
    const list = objectOf(body);
    expect((list['data'] as { id: string }[]).map((video) => video.id)).toEqual([second, first]);
    expect(list).toMatchObject({ object: 'list', has_more: false, missing: [stranger, 'nonsense', unknown] });
  });

  it('takes a hundred ids and no more', async () => {
    const ids = Array.from({ length: 101 }, (_, at) => `video_01900000-0000-7000-8000-${String(at).padStart(12, '0')}`);
    const most = await node.ask('GET', `/v1/videos?ids=${ids.slice(1).join(',')}`);
    expect([most.status, (objectOf(most.body)['missing'] as unknown[]).length]).toEqual([200, 100]);
    expect((await node.ask('GET', `/v1/videos?ids=${ids.join(',')}`)).status).toBe(400);
  });
});

describe('the hint when to ask again', () => {
  it('is sparse early, dense around the expected end and bounded ever after', () => {
    const at = (ageSeconds: number): number => pollHintMs(ageSeconds * 1_000, 60_000);
    expect([0, 30, 48, 56, 60, 61].map(at)).toEqual([10_000, 7_500, 3_000, 1_000, 1_000, 1_000]);
    expect([120, 240, 3_600].map(at)).toEqual([3_000, 9_000, 10_000]);
  });

  it('stays within its bounds for any age and model', () => {
    for (const typicalMs of [0, 1_000, 20_000, 300_000, 3_600_000]) {
      expect(steadyPollHintMs(typicalMs)).toBeGreaterThanOrEqual(1_000);
      expect(steadyPollHintMs(typicalMs)).toBeLessThanOrEqual(5_000);
      for (const ageMs of [-5_000, 0, 1, typicalMs / 2, typicalMs, typicalMs * 3, 1e12]) {
        expect(pollHintMs(ageMs, typicalMs)).toBeGreaterThanOrEqual(1_000);
        expect(pollHintMs(ageMs, typicalMs)).toBeLessThanOrEqual(10_000);
      }
    }
  });

  it('comes with every unfinished job as both headers, and with no finished one', async () => {
    const { key } = await liveCustomer(node, '100');
    const created = await create('hints [stuck]', {}, key);
    const hint = Number(created.headers.get('openai-poll-after-ms'));
    expect(hint).toBeGreaterThan(5_000);
    expect(created.headers.get('retry-after')).toBe(String(Math.ceil(hint / 1_000)));
    // A library that never changes the pace it began with gets one that is good for the whole job.
    const steady = await node.ask('GET', `/v1/videos/${idOf(created)}`, {
      key,
      headers: { 'x-stainless-poll-helper': 'true' },
    });
    expect(Number(steady.headers.get('openai-poll-after-ms'))).toBeLessThanOrEqual(5_000);
    await cancel(idOf(created));
    const ended = await node.ask('GET', `/v1/videos/${idOf(created)}`, { key });
    expect([ended.headers.get('openai-poll-after-ms'), ended.headers.get('retry-after')]).toEqual([null, null]);
  });
});

describe('an error of ours', () => {
  it('forbids repeating a create, and not a read', async () => {
    const server = await startTestServer({ makeEngine: rowEngine });
    const post = await call(server, '/v1/videos', { method: 'POST', json: { model: 'sora-2', prompt: 'boom' } });
    expect([post.status, post.headers.get('x-should-retry')]).toEqual([500, 'false']);
    await server.db.close();
    const get = await call(server, '/v1/videos/video_01900000-0000-7000-8000-000000000000');
    expect([get.status, get.headers.get('x-should-retry')]).toEqual([503, null]);
    await server.close();
  });
});
