/** `/v1/webhook_endpoints` as the `openai` package and its user see it, on the whole server. */

import OpenAI from 'openai';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { isObject } from '../../src/model/json.ts';
import type { Json, JsonObject } from '../../src/model/json.ts';
import { startReceiver } from '../support/receiver.ts';
import type { Receiver } from '../support/receiver.ts';
import { objectOf, startTestReelgate } from '../support/reelgate.ts';
import type { TestReelgate } from '../support/reelgate.ts';

const BASE = '/v1/webhook_endpoints';
const BOTH = ['video.completed', 'video.failed'] as const;
const SHORT = { model: 'Kling-3.0-Omni', seconds: '3', size: '1280x720' } as const;

let reelgate: TestReelgate;
let openai: OpenAI;
let receiver: Receiver;
/** Keys of the account under test; each test has an account of its own. */
let keys: { accountId: string; test: string; live: string };

beforeAll(async () => {
  reelgate = await startTestReelgate({ REELGATE_FETCH_ALLOW: '127.0.0.1' });
});
afterAll(() => reelgate.stop());
beforeEach(async () => {
  receiver = await startReceiver();
  keys = await account();
  openai = clientOf(keys.test);
});
afterEach(() => receiver.close());

function clientOf(apiKey: string): OpenAI {
  return new OpenAI({ baseURL: `${reelgate.url}/v1`, apiKey, maxRetries: 0 });
}

async function account(): Promise<typeof keys> {
  const accountId = String((await reelgate.admin('POST', '/accounts', { name: 'A tenant' }))['id']);
  const key = async (mode: string): Promise<string> =>
    String((await reelgate.admin('POST', '/keys', { account_id: accountId, name: 'key', mode }))['key']);
  return { accountId, test: await key('test'), live: await key('live') };
}

function ask(method: string, path: string, body?: Json, key = keys.test) {
  return reelgate.ask(method, `${BASE}${path}`, body === undefined ? { key } : { key, body });
}

function create(over: JsonObject = {}) {
  return ask('POST', '', { url: receiver.url, event_types: [...BOTH], ...over });
}

function itemsOf(body: Json): JsonObject[] {
  const data = objectOf(body)['data'];
  return Array.isArray(data) ? data.filter(isObject) : [];
}

function errorOf(body: Json): JsonObject {
  return objectOf(objectOf(body)['error'] ?? null);
}

/** A video that ends at once, without being made. */
async function failedVideo(callbackUrl?: string): Promise<string> {
  const callback = callbackUrl === undefined ? {} : { callback_url: callbackUrl };
  const body = { ...SHORT, prompt: '[fail:generation_failed] a cat', ...callback };
  const { body: made } = await reelgate.ask('POST', '/v1/videos', { key: keys.test, body });
  return String(objectOf(made)['id']);
}

const PATIENCE_MS = 15_000;

/** The newest delivery once it has ended with a try. */
async function delivered(id: string, status = 'delivered'): Promise<JsonObject> {
  const giveUpAt = performance.now() + PATIENCE_MS;
  while (performance.now() < giveUpAt) {
    const [newest] = itemsOf((await ask('GET', `/${id}/deliveries?status=${status}`)).body);
    if (newest !== undefined) return newest;
  }
  throw new Error(`no delivery is ${status}`);
}

describe('the openai package', () => {
  it('makes, reads, lists, changes and deletes endpoints', async () => {
    const made = await openai.webhooks.create({ url: receiver.url, event_types: ['video.failed'], name: 'Mine' });
    expect(made).toMatchObject({ object: 'webhook_endpoint', name: 'Mine', event_types: ['video.failed'] });
    expect(made.signing_secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    const read = await openai.webhooks.retrieve(made.id);
    expect(read).not.toHaveProperty('signing_secret');
    expect(read.signing_secret_hint).toBe(`whsec_…${made.signing_secret.slice(-4)}`);
    const second = await openai.webhooks.create({ url: receiver.url, event_types: [...BOTH], name: 'Other' });
    const listed: string[] = [];
    for await (const one of openai.webhooks.list({ limit: 1 })) listed.push(one.id);
    expect(listed).toEqual([second.id, made.id]);
    expect(await openai.webhooks.update(made.id, { name: 'New', event_types: [...BOTH] })).toMatchObject({
      name: 'New',
      event_types: BOTH,
      url: receiver.url,
    });
    expect(await openai.webhooks.delete(made.id)).toEqual({
      id: made.id,
      object: 'webhook_endpoint.deleted',
      deleted: true,
    });
    await expect(openai.webhooks.retrieve(made.id)).rejects.toMatchObject({ status: 404 });
    expect((await openai.webhooks.eventTypes.list()).data).toEqual(BOTH);
  });

  it('verifies what a finished video tells its endpoint and its callback URL', async () => {
    const callback = await startReceiver();
    const { signing_secret: secret } = await openai.webhooks.create({
      url: receiver.url,
      event_types: [...BOTH],
      name: 'x',
    });
    const video = await openai.videos.create({
      ...SHORT,
      prompt: 'a paper boat',
      callback_url: callback.url,
    } as unknown as OpenAI.VideoCreateParams);
    expect(video).toMatchObject({ warnings: [] });
    const [[told], [called]] = await Promise.all([receiver.hears(1), callback.hears(1)]);
    const event = await openai.webhooks.unwrap(told?.body ?? '', told?.headers as Record<string, string>, secret);
    expect(event).toMatchObject({ type: 'video.completed', data: { id: video.id, status: 'completed' } });
    expect((await openai.videos.retrieve(video.id)).status).toBe('completed');
    const shown = objectOf((await ask('GET', '/callback_secret')).body)['signing_secret'];
    expect(
      await openai.webhooks.unwrap(called?.body ?? '', called?.headers as Record<string, string>, String(shown)),
    ).toEqual(event);
    await callback.close();
  });

  it('is told of a failure in the words that the video itself has', async () => {
    const { signing_secret: secret } = await openai.webhooks.create({
      url: receiver.url,
      event_types: ['video.failed'],
      name: 'x',
    });
    const video = await openai.videos.retrieve(await failedVideo());
    const [told] = await receiver.hears(1);
    const event = await openai.webhooks.unwrap(told?.body ?? '', told?.headers as Record<string, string>, secret);
    const ended = await openai.videos.retrieve(video.id);
    expect(event).toMatchObject({
      type: 'video.failed',
      data: { id: video.id, status: 'failed', error: ended.error },
    });
  });

  it('tests an endpoint, and learns what kind of answer came and no more', async () => {
    const { id, signing_secret: secret } = await openai.webhooks.create({
      url: receiver.url,
      event_types: [...BOTH],
      name: 'x',
    });
    receiver.answer((response) => response.writeHead(418).end('a secret of the inside'));
    const result = await openai.webhooks.test(id, { event_type: 'video.completed' });
    expect(result).toEqual({
      object: 'webhook_endpoint.test',
      webhook_endpoint_id: id,
      event_type: 'video.completed',
      success: true,
      status_code: 400,
      status_class: '4xx',
    });
    const [heard] = receiver.heard;
    const event = await openai.webhooks.unwrap(heard?.body ?? '', heard?.headers as Record<string, string>, secret);
    expect(event).toMatchObject({ type: 'video.completed', object: 'event', data: { status: 'completed' } });
    expect(itemsOf((await ask('GET', `/${id}/deliveries`)).body)).toEqual([]);
    await receiver.close();
    await expect(openai.webhooks.test(id, { event_type: 'video.failed' })).rejects.toMatchObject({
      status: 400,
      param: 'url',
    });
  });

  it('changes a secret, with and without a day in which the old one still signs', async () => {
    const made = await openai.webhooks.create({ url: receiver.url, event_types: [...BOTH], name: 'x' });
    const next = await openai.webhooks.rotateSecret(made.id);
    expect(next.signing_secret).not.toBe(made.signing_secret);
    const ends = Number((next as unknown as JsonObject)['previous_secret_expires_at']);
    expect(ends).toBeCloseTo(Date.now() / 1000 + 86_400, -2);
    await openai.webhooks.test(made.id, { event_type: 'video.completed' });
    const [both] = receiver.heard;
    for (const secret of [made.signing_secret, next.signing_secret])
      await openai.webhooks.verifySignature(both?.body ?? '', both?.headers as Record<string, string>, secret);
    const last = await openai.webhooks.rotateSecret(made.id, { keep_old_secret_active_for_24_hours: false });
    await openai.webhooks.test(made.id, { event_type: 'video.completed' });
    const [, one] = receiver.heard;
    const headers = one?.headers as Record<string, string>;
    await openai.webhooks.verifySignature(one?.body ?? '', headers, last.signing_secret);
    await expect(openai.webhooks.verifySignature(one?.body ?? '', headers, next.signing_secret)).rejects.toThrow(
      'signature',
    );
  });
});

describe('an endpoint', () => {
  it.each([
    [{ url: 'http://10.0.0.1/hook' }, 'url', 'public internet'],
    [{ url: 'http://169.254.169.254/latest' }, 'url', 'public internet'],
    [{ url: 'https://me:secret@example.com/' }, 'url', 'user name'],
    [{ url: 'ftp://example.com/' }, 'url', 'https'],
    [{ url: 5 }, 'url', 'URL'],
    [{ event_types: [] }, 'event_types', 'video.completed'],
    [{ event_types: ['batch.completed'] }, 'event_types', 'video.completed'],
    [{ colour: 'red' }, 'colour', 'colour'],
  ])('is refused with %j', async (over, param, word) => {
    const answer = await create(over);
    expect(answer.status).toBe(400);
    expect(String(errorOf(answer.body)['param'])).toContain(param);
    expect(String(errorOf(answer.body)['message'])).toContain(word);
  });

  it('cannot be moved to a private place either', async () => {
    const { id } = objectOf((await create()).body);
    expect((await ask('POST', `/${String(id)}`, { url: 'http://192.168.0.1/' })).status).toBe(400);
  });

  it('is one of twenty at most, however many are made at once', async () => {
    const answers = await Promise.all(Array.from({ length: 24 }, () => create()));
    expect(answers.filter((answer) => answer.status === 200)).toHaveLength(20);
    expect(answers.filter((answer) => answer.status === 409)).toHaveLength(4);
    expect(itemsOf((await ask('GET', '?limit=100')).body)).toHaveLength(20);
  });

  it('is nobody else’s: another account, the other mode, or no key at all', async () => {
    const id = String(objectOf((await create()).body)['id']);
    const stranger = await account();
    const routes = [
      ['GET', ''],
      ['POST', ''],
      ['DELETE', ''],
      ['POST', '/rotate_secret'],
      ['POST', '/test'],
      ['GET', '/deliveries'],
      ['POST', '/resend_failed'],
    ] as const;
    for (const [method, path] of routes) {
      const body = method === 'POST' ? (path === '/resend_failed' ? { since: 0 } : {}) : undefined;
      for (const key of [stranger.test, keys.live]) {
        const answer = await ask(method, `/${id}${path}`, body, key);
        expect([path, answer.status]).toEqual([path, 404]);
        expect(errorOf(answer.body)['message']).toBe('No webhook endpoint with this id exists.');
      }
      const nobody = await reelgate.ask(method, `${BASE}/${id}${path}`, { key: null });
      expect(nobody.status).toBe(401);
    }
    expect(itemsOf((await ask('GET', '', undefined, keys.live)).body)).toEqual([]);
    const secretOf = async (key: string): Promise<Json> => (await ask('GET', '/callback_secret', undefined, key)).body;
    expect(await secretOf(keys.live)).not.toEqual(await secretOf(keys.test));
    expect(await secretOf(keys.test)).toEqual(await secretOf(keys.test));
    expect((await ask('GET', `/${id}`)).status).toBe(200);
  });

  it('that is disabled hears nothing until it is enabled again', async () => {
    const id = String(objectOf((await create()).body)['id']);
    const off = objectOf((await ask('POST', `/${id}`, { status: 'disabled' })).body);
    expect(off).toMatchObject({ status: 'disabled', disabled_reason: 'owner' });
    const heard = await create();
    await failedVideo();
    await delivered(String(objectOf(heard.body)['id']));
    expect(itemsOf((await ask('GET', `/${id}/deliveries`)).body)).toEqual([]);
    expect((await ask('POST', `/${id}/resend_failed`, { since: 0 })).status).toBe(409);
    const on = objectOf((await ask('POST', `/${id}`, { status: 'enabled' })).body);
    expect(on).toMatchObject({ status: 'enabled', disabled_reason: null });
  });
});

describe('the log of an endpoint', () => {
  it('shows each delivery with what was sent and what came back, and sends one again', async () => {
    const id = String(objectOf((await create()).body)['id']);
    const videoId = await failedVideo();
    const first = await delivered(id);
    expect(first).toMatchObject({
      object: 'webhook_endpoint.delivery',
      event_type: 'video.failed',
      video_id: videoId,
      url: receiver.url,
      attempts: 1,
      last_status: 200,
      last_error: null,
      next_attempt_at: null,
      tries: [{ status: 200, error: null, response: 'noted', ms: expect.any(Number) }],
    });
    expect(first['request_body']).toBe(receiver.heard[0]?.body);
    const path = `/${id}/deliveries/${String(first['id'])}`;
    expect((await ask('POST', `${path}/resend`)).body).toMatchObject({ status: 'pending' });
    const [before, after] = await receiver.hears(2);
    expect(after?.headers['webhook-id']).toBe(before?.headers['webhook-id']);
    expect(after?.body).toBe(before?.body);
    await delivered(id);
    expect(objectOf((await ask('GET', path)).body)['tries']).toHaveLength(2);
    expect((await ask('GET', `/${id}/deliveries/whd_none`)).status).toBe(404);
  });

  it('sends again all that failed since a time, and only that', async () => {
    const id = String(objectOf((await create()).body)['id']);
    receiver.answer(410);
    await failedVideo();
    await delivered(id, 'failed');
    expect((await ask('GET', `/${id}`)).body).toMatchObject({ status: 'disabled', disabled_reason: 'gone' });
    receiver.answer(200);
    await ask('POST', `/${id}`, { status: 'enabled' });
    const future = Math.floor(Date.now() / 1000) + 60;
    expect((await ask('POST', `/${id}/resend_failed`, { since: future })).body).toMatchObject({ resent: 0 });
    expect((await ask('POST', `/${id}/resend_failed`, { since: future - 120 })).body).toEqual({
      object: 'webhook_endpoint.resend',
      resent: 1,
      has_more: false,
    });
    await delivered(id);
    expect((await ask('POST', `/${id}/resend_failed`, { since: 0 })).body).toMatchObject({ resent: 0 });
    expect((await ask('POST', `/${id}/resend_failed`, {})).status).toBe(400);
  });

  it('is kept for callback URLs too, page by page', async () => {
    const videos: string[] = [];
    for (const count of [1, 2]) {
      videos.push(await failedVideo(receiver.url));
      await receiver.hears(count);
    }
    const first = objectOf((await ask('GET', '/callbacks/deliveries?limit=1')).body);
    expect(first).toMatchObject({ has_more: true, data: [{ video_id: videos[1] }] });
    const second = await ask('GET', `/callbacks/deliveries?limit=1&after=${String(first['last_id'])}`);
    expect(second.body).toMatchObject({ has_more: false, data: [{ video_id: videos[0] }] });
  });
});

describe('a callback URL', () => {
  it.each(['http://10.0.0.1/', 'http://[::1]:80/', 'https://metadata.google.internal/', 'nowhere'])(
    'that may not be told is refused when the video is asked for: %s',
    async (callbackUrl) => {
      const body = { ...SHORT, prompt: 'a cat', callback_url: callbackUrl };
      const answer = await reelgate.ask('POST', '/v1/videos', { key: keys.test, body });
      expect(answer.status).toBe(400);
      expect(errorOf(answer.body)['param']).toBe('callback_url');
    },
  );

  it('is signed with a secret that can be changed', async () => {
    const before = objectOf((await ask('GET', '/callback_secret')).body)['signing_secret'];
    const changed = await ask('POST', '/callback_secret/rotate_secret');
    const after = objectOf(changed.body)['signing_secret'];
    expect(after).not.toBe(before);
    await failedVideo(receiver.url);
    const [told] = await receiver.hears(1);
    for (const secret of [before, after])
      await openai.webhooks.unwrap(told?.body ?? '', told?.headers as Record<string, string>, String(secret));
  });
});
