/** Kling's API as its clients use it, in both generations: every kind of task to its file, ids of one's own, and callbacks. */

import { createHmac } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { Json, JsonObject } from '../../src/model/json.ts';
import { smallClip } from '../support/clips.ts';
import { serveMedia } from '../support/media-server.ts';
import type { MediaServer } from '../support/media-server.ts';
import { picture } from '../support/pictures.ts';
import { startReceiver } from '../support/receiver.ts';
import { objectOf, startTestReelgate } from '../support/reelgate.ts';
import type { Answer, TestReelgate } from '../support/reelgate.ts';

const POLL_MS = 30;
const PATIENCE_MS = 90_000;
/** Of a test that waits for a video to be drawn. */
const DRAWN_MS = 120_000;
/** A job of this kind ends without being drawn. */
const FAILING = { model_name: 'kling-v3', duration: '3', prompt: 'a fox [fail:content_rejected]' };

let reelgate: TestReelgate;
let media: MediaServer;

beforeAll(async () => {
  media = await serveMedia({
    '/a.png': { type: 'image/png', bytes: picture(320, 180) },
    '/clip.mp4': { type: 'video/mp4', bytes: await smallClip() },
  });
  reelgate = await startTestReelgate({ REELGATE_FETCH_ALLOW: '127.0.0.1' });
});
afterAll(async () => {
  await reelgate.stop();
  await media.close();
});

const ask = (method: string, path: string, body?: Json): Promise<Answer> =>
  reelgate.ask(method, path, body === undefined ? {} : { body });

const dataOf = ({ body }: Answer): JsonObject => objectOf(objectOf(body)['data'] ?? null);

async function made(path: string, body: JsonObject): Promise<JsonObject> {
  const answer = await ask('POST', path, body);
  expect(answer, JSON.stringify(answer.body)).toMatchObject({ status: 200, body: { code: 0, message: 'SUCCEED' } });
  return dataOf(answer);
}

async function ended(path: string): Promise<JsonObject> {
  const giveUpAt = performance.now() + PATIENCE_MS;
  while (performance.now() < giveUpAt) {
    const task = dataOf(await ask('GET', path));
    if (task['task_status'] === 'succeed' || task['task_status'] === 'failed') return task;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  throw new Error(`${path} did not end`);
}

function videoOf(task: JsonObject): JsonObject {
  const { videos } = objectOf(task['task_result'] ?? null);
  const [first] = Array.isArray(videos) ? videos : [];
  return objectOf(first ?? null);
}

async function expectFile(url: Json | undefined): Promise<void> {
  const response = await fetch(String(url));
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'video/mp4']);
  expect(Buffer.from(await response.arrayBuffer()).toString('latin1', 4, 8)).toBe('ftyp');
}

describe('a task under /v1/videos', () => {
  it('goes from a text to a file, by the client’s own id, and can be extended', { timeout: DRAWN_MS }, async () => {
    const task = await made('/v1/videos/text2video', {
      model_name: 'kling-v3',
      prompt: 'a paper boat',
      duration: '3',
      external_task_id: 'boat-1',
    });
    expect(task).toMatchObject({ task_info: { external_task_id: 'boat-1' }, task_id: expect.any(String) });
    const done = await ended('/v1/videos/text2video/boat-1');
    expect(done).toMatchObject({ task_id: task['task_id'], task_status: 'succeed', task_status_msg: '' });
    const video = videoOf(done);
    expect(video).toMatchObject({ duration: '3', watermark_url: '' });
    await expectFile(video['url']);
    const more = await made('/kling/v1/videos/video-extend', {
      video_id: String(video['id']),
      prompt: FAILING.prompt,
    });
    const extended = await ended(`/kling/v1/videos/video-extend/${String(more['task_id'])}`);
    expect(extended).toMatchObject({ task_info: { parent_video: { id: video['id'], duration: '3' } } });
  });

  it('takes a picture as base64 with nothing before it', async () => {
    const image = picture(320, 180).toString('base64');
    const task = await made('/v1/videos/image2video', { ...FAILING, image });
    expect(await ended(`/v1/videos/image2video/${String(task['task_id'])}`)).toMatchObject({ task_status: 'failed' });
  });

  it.each([
    ['multi-image2video', () => ({ image_list: [{ image: `${media.base}/a.png` }], prompt: 'a cat' })],
    ['omni-video', () => ({ prompt: 'in snow', mode: 'std', video_list: [{ video_url: `${media.base}/clip.mp4` }] })],
    ['motion-control', () => ({ image_url: `${media.base}/a.png`, video_url: `${media.base}/clip.mp4` })],
    ['effects', () => ({ effect_scene: 'hug', input: { images: [`${media.base}/a.png`, `${media.base}/a.png`] } })],
    [
      'lip-sync',
      () => ({ input: { mode: 'text2video', video_url: `${media.base}/clip.mp4`, text: 'hi', voice_id: 'v' } }),
    ],
    [
      'advanced-lip-sync',
      () => ({ video_url: `${media.base}/clip.mp4`, face_choose: [{ face_id: '0', audio_id: 'a' }] }),
    ],
    ['avatar/image2video', () => ({ image: `${media.base}/a.png`, audio_id: 'a' })],
  ])('is taken by %s, and ends as failed where it is cancelled', async (path, body) => {
    const id = String((await made(`/kling/v1/videos/${path}`, body()))['task_id']);
    expect((await ask('POST', `/api/v1/videos/${id}/cancel`)).status).toBe(200);
    const task = await ended(`/v1/videos/${path}/${id}`);
    expect(task).toMatchObject({ task_status: 'failed', task_status_msg: 'The job was cancelled.' });
  });

  it('that fails says why, in an answer that is none of an error', async () => {
    const task = await made('/v1/videos/text2video', FAILING);
    const failed = await ended(`/v1/videos/text2video/${String(task['task_id'])}`);
    expect(failed).toMatchObject({ task_status: 'failed', task_result: { videos: [] } });
    expect(failed['task_status_msg']).not.toBe('');
  });

  it('is listed with its kind, newest first and page by page', async () => {
    const first = await made('/v1/videos/text2video', { ...FAILING, external_task_id: 'listed-1' });
    const second = await made('/v1/videos/text2video', { ...FAILING, external_task_id: 'listed-2' });
    const page = async (query: string): Promise<Json> =>
      objectOf((await ask('GET', `/v1/videos/text2video?${query}`)).body)['data'] ?? null;
    expect(await page('pageSize=2')).toMatchObject([{ task_id: second['task_id'] }, { task_id: first['task_id'] }]);
    expect(await page('pageNum=2&pageSize=1')).toMatchObject([{ task_id: first['task_id'] }]);
    const others = objectOf((await ask('GET', '/v1/videos/video-extend')).body)['data'];
    expect(JSON.stringify(others)).not.toContain(String(first['task_id']));
  });
});

describe('a task of the task API', () => {
  it('goes from a picture to a file, and is found by both its ids and in the list', { timeout: DRAWN_MS }, async () => {
    const task = await made('/image-to-video/kling-3.0', {
      contents: [
        { type: 'prompt', text: 'it moves' },
        { type: 'first_frame', url: `${media.base}/a.png` },
      ],
      settings: { duration: 3 },
      options: { external_task_id: 'new-1' },
    });
    expect(task).toMatchObject({ id: expect.any(String), external_id: 'new-1' });
    const id = String(task['id']);
    await reelgate.ended(id);
    const answers = await Promise.all([
      ask('GET', `/tasks?task_ids=${id}`),
      ask('GET', '/kling/tasks?external_task_ids=new-1,nobody'),
    ]);
    for (const { body } of answers) {
      expect(body).toMatchObject({ code: 0, data: [{ id, status: 'succeeded', external_id: 'new-1' }] });
    }
    const { data } = objectOf(answers[0]?.body ?? null);
    const [shown] = Array.isArray(data) ? data : [];
    const { outputs } = objectOf(shown ?? null);
    const [output] = Array.isArray(outputs) ? outputs : [];
    await expectFile(objectOf(output ?? null)['url']);
    const filters = [
      { key: 'product_type', values: ['image-to-video'] },
      { key: 'status', values: ['succeeded'] },
    ];
    const listed = dataOf(await ask('POST', '/tasks', { filters }));
    expect(listed).toMatchObject({ count: 1, has_more: false, next_cursor: '', result: [{ id }] });
  });

  it('is listed newest first, page by page', async () => {
    const fox = async (): Promise<Json> =>
      (await made('/kling/text-to-video/kling-3.0', { prompt: FAILING.prompt }))['id'] ?? null;
    const older = await fox();
    const newer = await fox();
    const first = dataOf(await ask('POST', '/kling/tasks', { limit: 1 }));
    expect(first).toMatchObject({ count: 1, has_more: true, result: [{ id: newer }] });
    const second = dataOf(await ask('POST', '/tasks', { limit: 1, cursor: first['next_cursor'] ?? null }));
    expect(second).toMatchObject({ result: [{ id: older }] });
  });
});

describe('an id of the client’s own', () => {
  it('is taken once, by whichever generation', async () => {
    await made('/v1/videos/text2video', { ...FAILING, external_task_id: 'once' });
    const again = await ask('POST', '/v1/videos/text2video', { ...FAILING, external_task_id: 'once' });
    expect(again).toMatchObject({ status: 400, body: { code: 1201, message: expect.stringContaining('once') } });
    const other = await ask('POST', '/text-to-video/kling-3.0', {
      prompt: 'a fox',
      options: { external_task_id: 'once' },
    });
    expect(other).toMatchObject({ status: 400, body: { code: 1201 } });
  });

  it('may be any text, and one that is too long is refused', async () => {
    const own = 'Auftrag 7/№ 1?';
    const task = await made('/v1/videos/text2video', { ...FAILING, external_task_id: own });
    const found = await ask('GET', `/v1/videos/text2video/${encodeURIComponent(own)}`);
    expect(dataOf(found)).toMatchObject({ task_id: task['task_id'] });
    const long = await ask('POST', '/v1/videos/text2video', { ...FAILING, external_task_id: 'x'.repeat(256) });
    expect(long).toMatchObject({ status: 400, body: { code: 1201 } });
  });
});

describe('a key', () => {
  const part = (value: JsonObject): string => Buffer.from(JSON.stringify(value)).toString('base64url');

  it('may be the issuer of a token that the client signs', async () => {
    const now = Math.floor(Date.now() / 1000);
    const claims = { iss: reelgate.testKey, exp: now + 1800, nbf: now - 5 };
    const signed = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(claims)}`;
    const token = `${signed}.${createHmac('sha256', 'any secret').update(signed).digest('base64url')}`;
    const headers = { authorization: `Bearer ${token}` };
    for (const path of ['/v1/videos/text2video', '/tasks?task_ids=x']) {
      const answer = await reelgate.ask('GET', path, { key: null, headers });
      expect(answer.status).toBe(path.startsWith('/tasks') ? 404 : 200);
    }
    const stranger = await reelgate.ask('GET', '/v1/videos/text2video', { key: 'sk-rg-test-nobody' });
    expect(stranger).toMatchObject({ status: 401, body: { code: 1002, request_id: expect.any(String) } });
  });
});

describe('refuses', () => {
  it.each([
    ['POST', '/v1/videos/text2video', { ...FAILING, duration: '4000' }, 400, 1201],
    ['POST', '/v1/videos/text2video', {}, 400, 1200],
    ['POST', '/v1/videos/text2video', { prompt: 'a', model_name: 'kling-v99' }, 404, 1203],
    ['POST', '/v1/videos/text2video', { ...FAILING, prompt: 'a [refuse:content_rejected]' }, 400, 1301],
    ['POST', '/v1/videos/text2video', { ...FAILING, prompt: 'a [refuse:rate_limited]' }, 429, 1303],
    ['POST', '/v1/videos/video-extend', { video_id: 'v-1' }, 400, 1201],
    ['POST', '/v1/videos/motion-control', { model_name: 'kling-v1', image_url: 'x', video_url: 'y' }, 400, 1201],
    ['POST', '/v1/videos/identify-face', { video_id: 'v-1' }, 400, 1201],
    ['POST', '/image-to-video/kling-99', { contents: [{ type: 'image', url: 'x' }] }, 404, 1203],
    ['GET', '/v1/videos/text2video/830000000000000001', undefined, 404, 1203],
    ['GET', '/v1/videos/text2video/a%00b', undefined, 404, 1203],
    ['GET', '/v1/videos/text2video?pageNum=0', undefined, 400, 1201],
    ['GET', '/tasks?task_ids=9001', undefined, 404, 1203],
    ['GET', '/tasks?external_task_ids=a%00b', undefined, 400, 1201],
    ['GET', '/kling/v1/videos/text3video/1', undefined, 404, 1203],
    ['DELETE', '/kling/v1/videos/text2video', undefined, 404, 1202],
  ] as const)('%s %s %j: %i %i', async (method, path, body, status, code) => {
    const answer = await ask(method, path, body as JsonObject | undefined);
    expect(answer, JSON.stringify(answer.body)).toMatchObject({
      status,
      body: { code, message: expect.any(String), request_id: answer.headers.get('x-request-id') },
    });
  });
});

describe('an address that two APIs have', () => {
  it('is Kling’s where it is a word of Kling’s, and else OpenAI’s', async () => {
    const task = await made('/v1/videos/text2video', FAILING);
    const id = String(task['task_id']);
    await ended(`/v1/videos/text2video/${id}`);
    expect((await ask('GET', '/v1/videos/text2video')).body).toMatchObject({ code: 0 });
    expect((await ask('GET', `/v1/videos/${id}`)).body).toMatchObject({ object: 'video', id: `video_${id}` });
    expect((await ask('GET', `/v1/videos/text2video/video_${id}`)).body).toMatchObject({ data: { task_id: id } });
    expect((await ask('GET', '/v1/videos/text3video')).body).toMatchObject({ error: { type: expect.any(String) } });
  });
});

describe('a callback', () => {
  it.each([
    ['/v1/videos/text2video', { ...FAILING }, { task_status: 'failed', task_result: { videos: [] } }],
    ['/text-to-video/kling-3.0', { prompt: FAILING.prompt }, { status: 'failed', outputs: [], billing: [] }],
  ])('of %s says what a query says, signed with the secret of the account', async (path, body, said) => {
    const receiver = await startReceiver();
    try {
      const where = { callback_url: receiver.url };
      const task = await made(path, { ...body, ...(path.startsWith('/v1') ? where : { options: where }) });
      const [heard] = await receiver.hears(1);
      if (heard === undefined) throw new Error('nothing was heard');
      const secret = objectOf((await ask('GET', '/v1/webhook_endpoints/callback_secret')).body)['signing_secret'];
      const headers = heard.headers as Record<string, string>;
      expect(headers['webhook-id']).toBe(task['task_id'] ?? task['id']);
      expect(new Webhook(String(secret)).verify(heard.body, headers)).toMatchObject(said);
    } finally {
      await receiver.close();
    }
  });
});
