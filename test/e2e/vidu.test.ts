/** Vidu's API as its clients use it: `Token` keys, every kind of task to its file, signed callbacks, and what goes wrong. */

import { createHmac } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { isObject } from '../../src/model/json.ts';
import type { Json, JsonObject } from '../../src/model/json.ts';
import { smallClip } from '../support/clips.ts';
import { serveMedia } from '../support/media-server.ts';
import type { MediaServer } from '../support/media-server.ts';
import { picture } from '../support/pictures.ts';
import { startReceiver } from '../support/receiver.ts';
import type { Heard, Receiver } from '../support/receiver.ts';
import { objectOf, startTestReelgate } from '../support/reelgate.ts';
import type { Answer, TestReelgate } from '../support/reelgate.ts';

const SHORT = { model: 'viduq2', prompt: 'a paper boat', duration: 1, resolution: '540p' } as const;
const POLL_MS = 30;
const PATIENCE_MS = 150_000;
/** Of a test that waits for videos, on a machine that draws others beside. */
const TEST_MS = 180_000;

let reelgate: TestReelgate;
let media: MediaServer;
let receiver: Receiver;

beforeAll(async () => {
  media = await serveMedia({
    '/a.png': { type: 'image/png', bytes: picture(320, 180) },
    '/b.png': { type: 'image/png', bytes: picture(320, 180, 1) },
    '/clip.mp4': { type: 'video/mp4', bytes: await smallClip() },
  });
  reelgate = await startTestReelgate({ REELGATE_FETCH_ALLOW: '127.0.0.1' });
});
afterAll(async () => {
  await reelgate.stop();
  await media.close();
});
beforeEach(async () => {
  receiver = await startReceiver();
});
afterEach(() => receiver.close());

function ask(method: string, path: string, body?: Json, base = '/vidu/ent/v2'): Promise<Answer> {
  const headers = { authorization: `Token ${reelgate.testKey}` };
  return reelgate.ask(method, `${base}/${path}`, { key: null, headers, ...(body === undefined ? {} : { body }) });
}

async function made(path: string, body: JsonObject): Promise<string> {
  const answer = await ask('POST', path, body);
  expect(answer, JSON.stringify(answer.body)).toMatchObject({ status: 200 });
  return String(objectOf(answer.body)['task_id']);
}

async function ended(id: string): Promise<JsonObject> {
  const giveUpAt = performance.now() + PATIENCE_MS;
  while (performance.now() < giveUpAt) {
    const body = objectOf((await ask('GET', `tasks/${id}/creations`)).body);
    if (body['state'] === 'success' || body['state'] === 'failed') return body;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  throw new Error(`the task ${id} did not end`);
}

function creationOf(task: JsonObject): JsonObject {
  const [first] = Array.isArray(task['creations']) ? task['creations'] : [];
  return objectOf(first ?? null);
}

async function expectFile(url: Json | undefined): Promise<void> {
  const response = await fetch(String(url));
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'video/mp4']);
  expect(Buffer.from(await response.arrayBuffer()).toString('latin1', 4, 8)).toBe('ftyp');
}

describe('a task', () => {
  it(
    'goes from a text to a file, and what it made can be extended and made larger',
    async () => {
      const id = await made('text2video', { ...SHORT, payload: 'order 7', client_request_id: 'mine' });
      const task = await ended(id);
      expect(task).toMatchObject({ id, state: 'success', err_code: '', payload: 'order 7', progress: 100 });
      const creation = creationOf(task);
      expect(creation).toMatchObject({ watermarked_url: '', video: { resolution: { width: 960, height: 540 } } });
      await expectFile(creation['url']);
      expect((await fetch(String(creation['cover_url']))).status).toBe(200);

      const longer = {
        model: 'viduq2-turbo',
        video_creation_id: String(creation['id']),
        duration: 1,
        resolution: '540p',
      };
      const larger = { video_creation_id: String(creation['id']) };
      const [extended, upscaled] = await Promise.all([
        made('extend', longer).then(ended),
        made('upscale-new', larger).then(ended),
      ]);
      await expectFile(creationOf(extended)['url']);
      expect(creationOf(upscaled)).toMatchObject({
        video: { duration: expect.closeTo(1, 0), resolution: { width: 1920, height: 1080 } },
      });
    },
    TEST_MS,
  );

  it.each<[string, (base: string) => JsonObject]>([
    ['img2video', (base) => ({ ...SHORT, model: 'viduq2-pro', images: [`${base}/a.png`] })],
    ['start-end2video', (base) => ({ ...SHORT, model: 'viduq2-turbo', images: [`${base}/a.png`, `${base}/b.png`] })],
    ['reference2video', (base) => ({ ...SHORT, subjects: [{ name: 'boat', images: [`${base}/a.png`] }] })],
    ['lip-sync', (base) => ({ video_url: `${base}/clip.mp4`, text: 'good day' })],
    [
      'multiframe',
      (base) => ({
        model: 'viduq2-turbo',
        resolution: '540p',
        start_image: `${base}/a.png`,
        image_settings: [
          { key_image: `${base}/b.png`, duration: 2, prompt: 'up' },
          { key_image: `${base}/a.png`, duration: 2 },
        ],
      }),
    ],
  ])(
    'of the kind %s ends in a file',
    async (path, body) => {
      await expectFile(creationOf(await ended(await made(path, body(media.base))))['url']);
    },
    TEST_MS,
  );

  it('is listed, and cancelled while it is not done', async () => {
    const id = await made('text2video', { ...SHORT, prompt: '[stuck] a boat' });
    expect(await ask('POST', `tasks/${id}/cancel`, { id })).toMatchObject({ status: 200, body: {} });
    expect(await ended(id)).toMatchObject({ state: 'failed', err_code: 'UserCancelled', credits: 0, creations: [] });
    const listed = objectOf((await ask('GET', `tasks?task_ids=${id}&states=failed&states=success`)).body);
    expect(listed).toMatchObject({ tasks: [{ id, err_code: 'UserCancelled' }], pager: { total: 1 } });
    expect(await ask('POST', `tasks/${id}/cancel`)).toMatchObject({ status: 400, body: { reason: 'BadRequest' } });
  });
});

describe('what goes wrong is told as Vidu tells it', () => {
  it.each<[string, Json, number, string]>([
    ['text2video', { prompt: 'a boat' }, 400, 'FieldLacking'],
    ['text2video', { ...SHORT, model: 'viduq9' }, 400, 'ModelUnavailable'],
    ['text2video', { ...SHORT, duration: 11 }, 400, 'FieldInvalid'],
    ['text2video', { ...SHORT, prompt: '[refuse:content_rejected]' }, 400, 'AuditSubmitIllegal'],
    ['start-end2video', { ...SHORT, model: 'viduq2-pro', images: [] }, 400, 'FieldLacking'],
    ['img2video', { ...SHORT, model: 'viduq2-pro', images: ['http://127.0.0.1:9/x.png'] }, 400, 'ImageDownloadFailure'],
    ['extend', { model: 'viduq3-pro', video_url: 'http://127.0.0.1:9/x.mp4' }, 400, 'FieldInvalid'],
    ['text2audio', { model: 'audio1.0', prompt: 'rain' }, 404, 'TaskNotFound'],
  ])('%s %j: %i %s', async (path, body, status, reason) => {
    const answer = await ask('POST', path, body, '/ent/v2');
    expect(answer).toMatchObject({ status, body: { code: status, reason, message: expect.any(String) } });
    expect(objectOf(answer.body)['metadata']).toEqual({ trace_id: answer.headers.get('x-request-id') });
  });

  it('a key that is none, a task that is none, and a creation that is none', async () => {
    const strange = await reelgate.ask('GET', '/ent/v2/credits', { key: null, headers: { authorization: 'Token x' } });
    expect(strange).toMatchObject({ status: 401, body: { code: 401, reason: 'Unauthorized' } });
    expect(await ask('GET', 'tasks/916198342210367488/creations')).toMatchObject({
      status: 404,
      body: { reason: 'TaskNotFound' },
    });
    const body = { model: 'viduq2-pro', video_creation_id: '916198342210367488' };
    expect(await ask('POST', 'extend', body)).toMatchObject({ status: 400, body: { reason: 'FieldInvalid' } });
  });
});

describe('a callback', () => {
  async function secret(): Promise<string> {
    const { body } = await reelgate.ask('GET', '/v1/webhook_endpoints/callback_secret');
    return String(objectOf(body)['signing_secret']);
  }

  function expectSigned({ path, headers }: Heard, key: string): void {
    const [pathname = '', query = ''] = path.split('?');
    const names = String(headers['x-hmac-signed-headers']).split(';');
    const lines = ['POST', pathname, query, headers['x-hmac-access-key'], headers['date']];
    const signed = names.map((name) => `${name}:${String(headers[name.toLowerCase()])}`);
    const text = `${[...lines, ...signed].join('\n')}\n`;
    expect(headers['x-hmac-signature']).toBe(createHmac('sha256', key).update(text).digest('base64'));
    expect(headers).toMatchObject({ 'x-hmac-algorithm': 'hmac-sha256', 'content-type': 'application/json' });
  }

  async function deliveriesUntil(status: string): Promise<JsonObject> {
    const giveUpAt = performance.now() + PATIENCE_MS;
    while (performance.now() < giveUpAt) {
      const { body } = await reelgate.ask('GET', `/v1/webhook_endpoints/callbacks/deliveries?status=${status}&limit=1`);
      const { data } = objectOf(body);
      const [newest] = Array.isArray(data) ? data.filter(isObject) : [];
      if (newest !== undefined && newest['url'] === `${receiver.url}?order=7`) return newest;
    }
    throw new Error(`no delivery is ${status}`);
  }

  it(
    'says what a query says, signed with the secret of the account',
    async () => {
      const id = await made('text2video', { ...SHORT, callback_url: `${receiver.url}?order=7` });
      const [heard] = await receiver.hears(1);
      if (heard === undefined) throw new Error('nothing was heard');
      expectSigned(heard, await secret());
      const told = JSON.parse(heard.body) as JsonObject;
      expect(told).toEqual(await ended(id));
      await expectFile(creationOf(told)['url']);
    },
    TEST_MS,
  );

  it('says the same at every try, signed anew, and the log shows it', async () => {
    receiver.answer(500);
    const id = await made('text2video', {
      ...SHORT,
      prompt: '[fail:content_rejected] a boat',
      callback_url: `${receiver.url}?order=7`,
    });
    await receiver.hears(1);
    const pending = await deliveriesUntil('pending');
    receiver.answer(200);
    await reelgate.ask('POST', `/v1/webhook_endpoints/callbacks/deliveries/${String(pending['id'])}/resend`);
    const [first, second] = await receiver.hears(2);
    if (first === undefined || second === undefined) throw new Error('it was told twice');
    const key = await secret();
    for (const heard of [first, second]) expectSigned(heard, key);
    expect(second.headers['x-request-nonce']).not.toBe(first.headers['x-request-nonce']);
    expect(second.body).toBe(first.body);
    expect(JSON.parse(second.body)).toMatchObject({ id, state: 'failed', err_code: 'CreationPolicyViolation' });
    const delivered = await deliveriesUntil('delivered');
    expect([delivered['id'], delivered['request_body']]).toEqual([pending['id'], second.body]);
  });

  it('leaves webhook endpoints the words that they have for every video', async () => {
    const endpoint = await startReceiver();
    const body = { url: endpoint.url, event_types: ['video.failed'], name: 'all' };
    await reelgate.ask('POST', '/v1/webhook_endpoints', { body });
    const id = await made('text2video', {
      ...SHORT,
      prompt: '[fail:generation_failed] a boat',
      callback_url: receiver.url,
    });
    const [[told], [called]] = await Promise.all([endpoint.hears(1), receiver.hears(1)]);
    expect(JSON.parse(told?.body ?? '')).toMatchObject({ type: 'video.failed', data: { id: `video_${id}` } });
    expect(told?.headers['webhook-signature']).toMatch(/^v1,/);
    expect(JSON.parse(called?.body ?? '')).toMatchObject({ id, state: 'failed', err_code: 'InternalServiceFailure' });
    await endpoint.close();
  });
});
