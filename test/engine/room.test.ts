/** A disk that is almost full takes no new videos, ends those under way, and recovers by itself. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { USUAL_ROOM, watchRoom } from '../../src/media/storage/room.ts';
import type { Space } from '../../src/media/storage/room.ts';
import { startFakeVendor } from '../fakes/openai-video-vendor.ts';
import type { FakeVendor } from '../fakes/openai-video-vendor.ts';
import { openShop, until } from '../process/shop.ts';
import { smallClip } from '../support/clips.ts';
import { objectOf, startTestReelgate } from '../support/reelgate.ts';
import type { Answer, TestReelgate } from '../support/reelgate.ts';

const GB = 1024 ** 3;

describe('a disk', () => {
  it.each([
    ['a large one with two gigabytes left', { freeBytes: 2 * GB, totalBytes: 1_000 * GB }, false],
    ['a large one with less than one left', { freeBytes: GB - 1, totalBytes: 1_000 * GB }, true],
    ['a small one with a tenth left', { freeBytes: GB, totalBytes: 10 * GB }, false],
    ['a small one that is full to 95 %', { freeBytes: 0.49 * GB, totalBytes: 10 * GB }, true],
  ])('%s: %j', async (_, space, isLow) => {
    const room = watchRoom('/', USUAL_ROOM, () => Promise.resolve(space));
    expect(await room.storageHealth()).toMatchObject({ isLow, space });
  });

  it('that does not tell is used as if it had room', async () => {
    const room = watchRoom('/', USUAL_ROOM, () => Promise.reject(new Error('not supported')));
    expect(await room.storageHealth()).toEqual({ isLow: false, space: null, lowBytes: 0 });
  });

  it('is asked by itself, and not for each request', async () => {
    const { isLow, space } = await watchRoom(import.meta.dirname, { bytes: 1, percent: null }).storageHealth();
    expect(isLow).toBe(false);
    expect(space?.totalBytes).toBeGreaterThan(space?.freeBytes ?? 0);
    let asked = 0;
    const room = watchRoom('/', USUAL_ROOM, () => {
      asked += 1;
      return Promise.resolve({ freeBytes: GB, totalBytes: GB });
    });
    await Promise.all(Array.from({ length: 100 }, () => room.storageHealth()));
    expect(asked).toBe(1);
  });
});

describe('while the disk is almost full', () => {
  let space: Space = { freeBytes: 100 * GB, totalBytes: 100 * GB };
  let vendor: FakeVendor;
  let reelgate: TestReelgate;
  let key = '';
  beforeAll(async () => {
    vendor = await startFakeVendor({ video: await smallClip(), key: 'sk-vendor', workMs: 2_500, pollAfterMs: 200 });
    reelgate = await startTestReelgate({}, { readSpace: () => Promise.resolve(space) });
    const channel = { name: 'Vendor', provider: 'openai-video', base_url: vendor.url, credentials: 'sk-vendor' };
    key = (await openShop(reelgate.url, reelgate.adminKey, channel)).key;
  });
  afterAll(async () => {
    await reelgate.stop();
    await vendor.close();
  });

  const create = (prompt: string, headers: Record<string, string> = {}): Promise<Answer> =>
    reelgate.ask('POST', '/v1/videos', { key, headers, body: { model: 'sora-2', prompt, seconds: '4' } });

  const stateOf = async (id: string): Promise<string> =>
    String((await reelgate.admin('GET', `/jobs/${id.replace('video_', '')}`))['state']);

  it('creates are refused without a trace, jobs go on and are settled, and all is well again later', async () => {
    const first = await create('before', { 'idempotency-key': 'before' });
    expect(first.status).toBe(200);
    const id = String(objectOf(first.body)['id']);
    space = { freeBytes: GB / 2, totalBytes: 100 * GB };
    const refused = await until('creates are refused', async () => {
      const answer = await create('too late');
      return answer.status === 503 ? answer : null;
    });
    expect(refused.body).toMatchObject({ error: { code: 'storage_low' } });
    expect(refused.headers.get('retry-after')).toBe('60');
    const held = await reelgate.admin('GET', '/jobs?limit=100');
    const submits = vendor.submits();
    expect((await create('too late')).status).toBe(503);
    expect(vendor.submits()).toBe(submits);
    expect(await reelgate.admin('GET', '/jobs?limit=100')).toMatchObject({
      data: { length: (held['data'] as []).length },
    });

    // What was made before is told again, what fails is settled, and a finished video waits, but can be had from the vendor.
    expect((await create('before', { 'idempotency-key': 'before' })).status).toBe(200);
    await until('the video is finished', async () => ((await stateOf(id)) === 'collecting' ? true : null));
    await until('its copy was put off', async () => {
      const { events } = await reelgate.admin('GET', `/jobs/${id.replace('video_', '')}`);
      return JSON.stringify(events).includes('low on storage') ? true : null;
    });
    const video = await fetch(`${reelgate.url}/v1/videos/${id}/content`, {
      headers: { authorization: `Bearer ${key}` },
    });
    expect([video.status, video.headers.get('content-type')]).toEqual([200, 'video/mp4']);
    expect((await video.arrayBuffer()).byteLength).toBeGreaterThan(1_000);
    expect(await stateOf(id)).toBe('collecting');

    space = { freeBytes: 50 * GB, totalBytes: 100 * GB };
    expect((await reelgate.ended(id, key))['status']).toBe('completed');
    expect((await create('after')).status).toBe(200);
  });

  it('uploads are refused before they fill it', async () => {
    space = { freeBytes: 0, totalBytes: 100 * GB };
    const upload = async (): Promise<Response> => {
      const form = new FormData();
      form.set('model', 'sora-2');
      form.set('prompt', 'with a picture');
      form.set('input_reference', new Blob([Buffer.alloc(1_000)], { type: 'image/png' }), 'picture.png');
      return fetch(`${reelgate.url}/v1/videos`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}` },
        body: form,
      });
    };
    const refused = await until('uploads are refused', async () => {
      const answer = await upload();
      return answer.status === 503 ? answer : null;
    });
    expect(refused.headers.get('retry-after')).toBe('60');
    space = { freeBytes: 50 * GB, totalBytes: 100 * GB };
  });
});
