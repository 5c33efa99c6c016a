/** The calls of `/v1/videos` as a client sees them, from create to delete. */

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { listJobs } from '../../src/store/jobs.ts';
import { accountWith } from '../support/rows.ts';
import { startTestServer } from '../support/test-server.ts';
import type { TestServer } from '../support/test-server.ts';
import { call, errorOf } from './support/http.ts';
import { finishJob, moveJob, queuedJob, rowEngine } from './support/row-engine.ts';

type Video = { id: string; status: string; video_url: string | null; prompt: string; warnings: unknown[] };
type List = { data: Video[]; has_more: boolean; last_id: string };

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ makeEngine: rowEngine });
});
afterAll(() => server.close());

async function createVideo(prompt: string): Promise<Video> {
  const response = await call(server, '/v1/videos', { method: 'POST', json: { model: 'sora-2', prompt } });
  expect(response.status).toBe(200);
  return (await response.json()) as Video;
}

describe('a video', () => {
  it('is created and read back in the same shape', async () => {
    const created = await createVideo('a cat');
    const response = await call(server, `/v1/videos/${created.id}`);
    const read = (await response.json()) as Video;
    expect(read).toEqual(created);
    expect(response.headers.get('openai-poll-after-ms')).toBe('1000');
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
  });

  it('is found under every spelling of its id', async () => {
    const { id } = await createVideo('ids');
    const core = id.replace('video_', '');
    for (const spelling of [core, `task_${core}`, id]) {
      expect((await call(server, `/v1/videos/${spelling}`)).status).toBe(200);
    }
  });

  it('carries its notes in an ASCII header on create and get', async () => {
    const response = await call(server, '/v1/videos', {
      method: 'POST',
      json: { model: 'sora-2', prompt: 'p', wörd: 1 },
      headers: { 'accept-language': 'zh-CN,zh;q=0.9' },
    });
    const header = response.headers.get('x-reelgate-notes') ?? '';
    expect(header).toMatch(/^[\x20-\x7e]+$/);
    expect(JSON.parse(header)).toContainEqual({ code: 'unknown_field', param: 'wörd', message: '本接口没有该字段' });
    const { id } = (await response.json()) as Video;
    expect((await call(server, `/v1/videos/${id}`)).headers.get('x-reelgate-notes')).not.toBeNull();
  });

  it('answers HEAD like GET without a body', async () => {
    const { id } = await createVideo('head');
    const response = await call(server, `/v1/videos/${id}`, { method: 'HEAD' });
    expect([response.status, await response.text()]).toEqual([200, '']);
  });

  it('leads a create that accepts only video to the finished file', async () => {
    const creating = call(server, '/v1/videos', {
      method: 'POST',
      json: { model: 'sora-2', prompt: 'straight to the file' },
      headers: { accept: 'video/mp4' },
    });
    const job = await vi.waitFor(async () => {
      const { accountId } = server.test;
      const [latest] = await listJobs(server.db, { accountId, mode: 'test', after: null, limit: 1, order: 'desc' });
      if (latest?.spec.prompt !== 'straight to the file') throw new Error('not there yet');
      return latest;
    });
    await finishJob(server, job, Buffer.from('the bytes of a video'));
    const response = await creating;
    expect(response.redirected).toBe(true);
    expect(await response.text()).toBe('the bytes of a video');
  });
});

describe('the list', () => {
  it('pages newest first without gaps, also past a cursor that was deleted meanwhile', async () => {
    const key = await server.issueKey({ accountId: (await freshAccount()).accountId });
    const made: string[] = [];
    for (let index = 0; index < 5; index += 1) made.unshift((await queuedJob(server, key)).id);
    const first = await page(key.key, 'limit=2');
    expect(first.data.map((video) => video.id)).toEqual(made.slice(0, 2).map((id) => `video_${id}`));
    expect(first.has_more).toBe(true);
    expect((await call(server, `/v1/videos/${first.last_id}`, { method: 'DELETE', key: key.key })).status).toBe(200);
    const second = await page(key.key, `limit=3&after=${first.last_id}`);
    expect(second.data.map((video) => video.id)).toEqual(made.slice(2).map((id) => `video_${id}`));
    expect(second.has_more).toBe(false);
    const oldestFirst = await page(key.key, 'order=asc');
    expect(oldestFirst.data.map((video) => video.id)).toEqual([4, 3, 2, 0].map((at) => `video_${made[at]}`));
  });

  it.each(['limit=0', 'limit=101', 'limit=-1', 'limit=1e9', 'order=up', 'after=nonsense'])(
    'refuses %s',
    async (query) => {
      const response = await call(server, `/v1/videos?${query}`);
      expect(response.status).toBe(400);
      expect((await errorOf(response)).param).toBe(query.split('=')[0]);
    },
  );

  it('refuses the cursor of another account and one that never was', async () => {
    const stranger = await queuedJob(server, await freshAccount());
    for (const cursor of [stranger.id, '01900000-0000-7000-8000-000000000000']) {
      const response = await call(server, `/v1/videos?after=video_${cursor}`);
      expect(response.status).toBe(400);
      expect((await errorOf(response)).param).toBe('after');
    }
  });
});

describe('a delete', () => {
  it('cancels an unfinished job first, and afterwards nothing is there', async () => {
    const { id } = await createVideo('to be deleted');
    const response = await call(server, `/v1/videos/${id}`, { method: 'DELETE' });
    expect(await response.json()).toEqual({ id, object: 'video.deleted', deleted: true });
    expect((await call(server, `/v1/videos/${id}`)).status).toBe(404);
    expect((await call(server, `/v1/videos/${id}`, { method: 'DELETE' })).status).toBe(404);
  });

  it('is refused with a reason while the job cannot be cancelled, and the job stays', async () => {
    const job = await queuedJob(server);
    await moveJob(server, job, { state: 'collecting', dueInMs: 60_000, event: null });
    const response = await call(server, `/v1/videos/video_${job.id}`, { method: 'DELETE' });
    expect(response.status).toBe(409);
    expect(response.headers.get('retry-after')).toBe('2');
    expect((await call(server, `/v1/videos/video_${job.id}`)).status).toBe(200);
  });

  it('ignores a JSON content type without a body', async () => {
    const { id } = await createVideo('delete me');
    const headers = { 'content-type': 'application/json' };
    expect((await call(server, `/v1/videos/${id}`, { method: 'DELETE', headers })).status).toBe(200);
    expect((await call(server, '/v1/videos', { headers })).status).toBe(200);
  });
});

async function page(key: string, query: string): Promise<List> {
  return (await (await call(server, `/v1/videos?${query}`, { key })).json()) as List;
}

async function freshAccount() {
  return server.issueKey({ accountId: await accountWith(server.db, 0n) });
}
