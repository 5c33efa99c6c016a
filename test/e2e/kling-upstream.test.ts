/** Jobs of live keys on Kling itself: from a client's request to the vendor, its signed callbacks, the file and the charge. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { JsonObject } from '../../src/model/json.ts';
import { startKlingVendor } from '../fakes/kling-vendor.ts';
import type { KlingVendor } from '../fakes/kling-vendor.ts';
import type { FakeTask } from '../providers/suite.ts';
import { smallClip } from '../support/clips.ts';
import { liveCustomer } from '../support/live-customer.ts';
import type { LiveCustomer } from '../support/live-customer.ts';
import { serveMedia } from '../support/media-server.ts';
import type { MediaServer } from '../support/media-server.ts';
import { objectOf, startTestReelgate } from '../support/reelgate.ts';
import type { TestReelgate } from '../support/reelgate.ts';

const KEYS = { apiKey: 'api-key-canary', accessKey: 'ak-canary', secretKey: 'sk-canary' };
const WEBHOOK_SECRET = 'whsec_dGVzdHNlY3JldHRlc3RzZWNyZXR0ZXN0c2VjcmV0MTI=';
const PUBLIC_URL = 'https://reelgate.example';
const PATIENCE_MS = 120_000;

let media: MediaServer;
let vendor: KlingVendor;
let reelgate: TestReelgate;
let customer: LiveCustomer;

beforeAll(async () => {
  media = await serveMedia({ '/v.mp4': { type: 'video/mp4', bytes: await smallClip() } });
  const reach = (url: string): string => url.replace(PUBLIC_URL, reelgate.url);
  vendor = await startKlingVendor(KEYS, { videoUrl: `${media.base}/v.mp4`, reach, webhookSecret: WEBHOOK_SECRET });
  reelgate = await startTestReelgate({ REELGATE_FETCH_ALLOW: '127.0.0.1', REELGATE_PUBLIC_URL: PUBLIC_URL });
  await reelgate.admin('POST', '/channels', {
    name: 'kling',
    provider: 'kling',
    mode: 'live',
    base_url: vendor.url,
    credentials: `${KEYS.apiKey}|${WEBHOOK_SECRET}`,
    priority: 9,
  });
  customer = await liveCustomer(reelgate, '100');
}, PATIENCE_MS);
afterAll(async () => {
  await reelgate.stop();
  await Promise.all([vendor.close(), media.close()]);
});

/** The job that a body makes, and the task that the vendor then has of it. */
async function made(path: string, body: JsonObject): Promise<{ readonly id: string; readonly task: FakeTask }> {
  const before = vendor.books.length;
  const answer = await reelgate.ask('POST', path, { key: customer.key, body });
  expect(answer, JSON.stringify(answer.body)).toMatchObject({ status: 200 });
  const [task, ...others] = vendor.books.slice(before);
  if (task === undefined) throw new Error('the vendor has no task');
  expect(others).toEqual([]);
  const data = objectOf(answer.body)['data'];
  return { id: String(data === undefined ? objectOf(answer.body)['id'] : objectOf(data)['task_id']), task };
}

async function finished(id: string, task: FakeTask, state: string): Promise<JsonObject> {
  vendor.move(task.id, state);
  expect((await vendor.settled()).at(-1)).toBe(200);
  return reelgate.ended(id.startsWith('video_') ? id : `video_${id}`, customer.key);
}

describe('a job of a live key on Kling', () => {
  it.each([
    ['Kling-2.6', 'succeed'],
    ['Kling-3.0-turbo', 'succeeded'],
  ])('is made once (%s), and a signed callback brings it home', { timeout: PATIENCE_MS }, async (model, state) => {
    const { id, task } = await made('/v1/videos', { model, prompt: 'a red fox runs in snow', seconds: '5' });
    expect(await finished(id, task, state)).toMatchObject({ status: 'completed' });
    const headers = { authorization: `Bearer ${customer.key}` };
    const file = await fetch(`${reelgate.url}/v1/videos/${id}/content`, { headers });
    expect(Buffer.from(await file.arrayBuffer()).toString('latin1', 4, 8)).toBe('ftyp');
  });

  it('is extended by the vendor’s own id of the earlier video', { timeout: PATIENCE_MS }, async () => {
    const text = { model_name: 'kling-v1', prompt: 'a paper boat', duration: '5' };
    const { id, task } = await made('/kling/v1/videos/text2video', text);
    await finished(id, task, 'succeed');
    await made('/kling/v1/videos/video-extend', { model_name: 'kling-v1', video_id: id, prompt: 'on and on' });
    const asked = vendor.seen.filter(({ method }) => method === 'POST').at(-1);
    expect(asked).toMatchObject({ path: '/v1/videos/video-extend', body: { video_id: `v-${task.id}` } });
  });

  it('hands the vendor an address where it can fetch an earlier video from', { timeout: PATIENCE_MS }, async () => {
    const { id, task } = await made('/v1/videos', { model: 'Kling-2.6', prompt: 'a face', seconds: '5' });
    await finished(id, task, 'succeed');
    const input = { mode: 'text2video', video_id: id, text: 'hello', voice_id: 'v' };
    await made('/kling/v1/videos/lip-sync', { input });
    const asked = vendor.seen.filter(({ method }) => method === 'POST').at(-1);
    const { video_url: url } = objectOf(objectOf(asked?.body ?? null)['input'] ?? null);
    const file = await fetch(String(url).replace(PUBLIC_URL, reelgate.url));
    expect([file.status, file.headers.get('content-type')]).toEqual([200, 'video/mp4']);
  });

  it('that the vendor fails for its content costs nothing', { timeout: PATIENCE_MS }, async () => {
    const balance = (): Promise<JsonObject> => reelgate.admin('GET', `/accounts/${customer.accountId}`);
    const before = await balance();
    const { id, task } = await made('/v1/videos', { model: 'Kling-2.6', prompt: 'a red fox', seconds: '5' });
    expect(await balance()).not.toEqual(before);
    vendor.move(task.id, 'failed', 'Failure to pass the risk control system');
    expect(await reelgate.ended(id, customer.key)).toMatchObject({ status: 'failed' });
    expect(await balance()).toEqual(before);
  });
});

it('a channel of Kling can be tested', async () => {
  const { data } = await reelgate.admin('GET', '/channels');
  const channel = Array.isArray(data) ? data.map(objectOf).find((one) => one['name'] === 'kling') : undefined;
  const result = await reelgate.admin('POST', `/channels/${String(channel?.['id'])}/test`);
  expect(JSON.stringify(result)).toContain('61.50 units left');
});
