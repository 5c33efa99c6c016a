/** The provider for Vidu, against a vendor written from Vidu's pages. */

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';

import type { JsonObject } from '../../../src/model/json.ts';
import type { VideoSpec } from '../../../src/model/spec.ts';
import { createHttp } from '../../../src/providers/http.ts';
import { UpstreamBusy, UpstreamSilence } from '../../../src/providers/provider.ts';
import type { CheckIo, IncomingCallback } from '../../../src/providers/provider.ts';
import { signatureHeaders, startViduVendor } from '../../fakes/vidu-vendor.ts';
import type { ViduVendor } from '../../fakes/vidu-vendor.ts';
import { describeProvider, inputOf } from '../suite.ts';
import type { Fake } from '../suite.ts';
import {
  A,
  EFFECT,
  EXTEND,
  FIRST,
  KEY,
  KEY_FRAMES,
  LARGER,
  PAGE,
  Q2_PRO,
  Q3_PRO,
  REFERENCE,
  SOURCE,
  SYNC,
  TEXT,
  UPSCALE,
  vidu,
} from './page.ts';

let vendor: ViduVendor;
const start = async (): Promise<ViduVendor> => (vendor = await startViduVendor(KEY));

describeProvider({ ...PAGE, start }, (fake, io, submit) => {
  describe('a Vidu submit', () => {
    it('carries its token as the payload, and asks for callbacks where there is an address for them', async () => {
      await submit(TEXT, Q3_PRO, { attemptToken: 'mine' });
      expect(bodyOf(fake())).toMatchObject({ payload: 'mine', callback_url: 'https://r.example/callbacks/c/t' });
      await submit(TEXT, Q3_PRO, { callbackUrl: null });
      expect(bodyOf(fake())).not.toHaveProperty('callback_url');
    });

    it('keeps keys for other vendors, and for other endpoints, to itself', async () => {
      await submit({ ...FIRST, vendor: { logo_add: 'x', style: 'anime', is_rec: false } }, Q3_PRO);
      expect(bodyOf(fake())).toMatchObject({ is_rec: false });
      expect(bodyOf(fake())).not.toHaveProperty('logo_add');
      expect(bodyOf(fake())).not.toHaveProperty('style');
    });

    it.each([
      ['a lip sync without words', { ...SYNC, inputs: [SOURCE] }, 'audio track'],
      ['an effect without a name', { ...EFFECT, vendor: {} }, "'template'"],
      ['too many key frames for the length', { ...KEY_FRAMES, seconds: 3 }, '4 to 14 seconds'],
      ['lengths that are no list', { ...KEY_FRAMES, vendor: { image_settings: 'x' } }, 'each of the 2 key frames'],
      ['lengths that make another sum than is paid for', withLengths(7, 7), '14 seconds together, but 5'],
      ['a length that no key frame has', withLengths(1, 4), '2 to 7 seconds'],
      ['subjects that are none', { ...REFERENCE, vendor: { subjects: ['fox'] } }, 'a list of objects'],
      ['subjects with more pictures than there are', withSubject(3), 'how many of the references'],
      ['subjects with pictures of their own', withSubject([A]), 'how many of the references'],
    ] satisfies [string, VideoSpec, string][])('of %s is refused before Vidu is asked', async (_name, spec, why) => {
      const before = fake().seen.length;
      const refused = await vidu.submit(spec, Q2_PRO, io());
      expect(refused).toMatchObject({ kind: 'refused', failure: { kind: 'channel_unfit' } });
      expect(refused.kind === 'refused' && refused.failure.message).toContain(why);
      expect(fake().seen).toHaveLength(before);
    });

    it('gives a link to a file that Vidu has to fetch, or says that it needs one', async () => {
      const ours = { ...LARGER, inputs: [inputOf('source_video', null, 'video/mp4')] };
      await submit(ours, UPSCALE);
      expect(bodyOf(fake())).toMatchObject({ video_url: expect.stringContaining('https://r.example/files/') });
      const files = { ...io().files, link: () => null };
      const refused = await vidu.submit(ours, UPSCALE, io({ files }));
      expect(refused).toMatchObject({ failure: { message: expect.stringContaining('give a public URL') } });
    });

    it('gives links to pictures that make the body too large', async () => {
      const large = { ...inputOf('first_frame', null), bytes: 14_000_001 };
      await submit({ ...FIRST, inputs: [large] }, Q3_PRO);
      expect(bodyOf(fake())).toMatchObject({ images: [expect.stringContaining('https://r.example/files/')] });
    });

    it.each([408, 499])('answered %d may have been taken', async (status) => {
      fake().answerNext({ status, body: JSON.stringify({ code: status, reason: 'Canceled', message: 'x' }) });
      await expect(vidu.submit(TEXT, Q3_PRO, io())).rejects.toThrow(String(status));
    });

    it('cannot tell what a 4xx without any word of Vidu means', async () => {
      fake().answerNext({ status: 418, body: '<html>' });
      await expect(vidu.submit(TEXT, Q3_PRO, io())).rejects.toThrow('418');
    });

    it('waits for as long as Vidu asks', async () => {
      fake().answerNext({ status: 429, body: '{}', headers: { 'retry-after': '7' } });
      const refused = await vidu.submit(TEXT, Q3_PRO, io());
      expect(refused).toMatchObject({ failure: { kind: 'rate_limited', retryAfterMs: 7_000 } });
    });

    it.each([
      ['{{policy}}', 'content_rejected'],
      ['{{nocredit}}', 'upstream_credential'],
    ])('with %s fails for the reason that the vendor has', async (prompt, kind) => {
      expect(await vidu.submit({ ...TEXT, prompt }, Q3_PRO, io())).toMatchObject({ failure: { kind } });
    });
  });

  describe('a video that Vidu made', () => {
    const OWN = { ...EXTEND, inputs: [{ ...inputOf('source_video', null, 'video/mp4'), jobId: 'job-1' }] };

    it('is extended and enlarged without being fetched again', async () => {
      const made = await submit(TEXT, Q3_PRO);
      fake().move(made.id, 'success');
      const taskOf = async () => made;
      await submit(OWN, Q2_PRO, { taskOf });
      expect(bodyOf(fake())).toMatchObject({ video_creation_id: `c-${made.id}` });
      expect(bodyOf(fake())).not.toHaveProperty('video_url');
      await submit({ ...LARGER, inputs: OWN.inputs }, UPSCALE, { taskOf });
      expect(bodyOf(fake())).toMatchObject({ video_creation_id: `c-${made.id}` });
    });

    it('is fetched where Vidu does not tell of it any more', async () => {
      const taskOf = async () => ({ id: '916000000000000000', data: {} });
      await submit(OWN, Q2_PRO, { taskOf });
      expect(bodyOf(fake())).toMatchObject({ video_url: expect.stringContaining('https://r.example/files/') });
    });

    it('that could not be asked about leaves no doubt that nothing was submitted', async () => {
      const taskOf = async () => ({ id: '916000000000000000', data: {} });
      const before = fake().books.length;
      const http = async () => Promise.reject(new UpstreamSilence('no answer', false));
      const error: unknown = await vidu.submit(OWN, Q2_PRO, io({ taskOf, http })).catch((e: unknown) => e);
      expect(error).toMatchObject({ sent: false });
      expect(fake().books).toHaveLength(before);
    });
  });

  describe('Vidu tasks', () => {
    it('walk from created to success', async () => {
      const walking = await startViduVendor(KEY, { walks: true });
      const over = { http: createHttp(walking.url, AbortSignal.timeout(2_000)) };
      const task = await submit(TEXT, Q3_PRO, over);
      const kinds: string[] = [];
      for (let look = 0; look < 4; look += 1) kinds.push((await vidu.check(task, io(over))).kind);
      expect(kinds).toEqual(['waiting', 'waiting', 'waiting', 'done']);
      await walking.close();
    });

    it('with a watermark are collected with it, and others without', async () => {
      const marked = await submit({ ...TEXT, watermark: true }, Q3_PRO);
      const plain = await submit(TEXT, Q3_PRO);
      for (const { id } of [marked, plain]) fake().move(id, 'success');
      expect(await vidu.check(marked, io())).toMatchObject({ video: { url: 'https://cdn.example/v-marked.mp4' } });
      expect(await vidu.check(plain, io())).toMatchObject({ video: { url: 'https://cdn.example/v.mp4' } });
    });

    it('say how long the video is where Vidu does', async () => {
      const task = await submit(TEXT, Q3_PRO);
      const creations = [{ id: 'c', url: 'https://cdn.example/v.mp4', video: { duration: 4.8, fps: 24 } }];
      fake().answerNext({ status: 200, body: JSON.stringify({ state: 'success', creations }) });
      expect(await vidu.check(task, io())).toMatchObject({ usage: { seconds: 4.8, tokens: null } });
    });

    it.each([
      ['another id', { id: '1', state: 'failed' }],
      ['another task_id', { task_id: '1', state: 'failed' }],
      ['no state', { err_code: 'InternalServiceFailure' }],
      ['no address', { state: 'success', creations: [] }],
      ['no creations', { state: 'success' }],
    ])('are not judged by a record with %s', async (_name, body) => {
      const task = await submit(TEXT, Q3_PRO);
      fake().answerNext({ status: 200, body: JSON.stringify(body) });
      await expect(vidu.check(task, io())).rejects.toThrow('the vendor');
    });

    it('that Vidu does not know are asked for again', async () => {
      await expect(vidu.check({ id: '916000000000000000', data: {} }, io())).rejects.toThrow('404');
      await expect(vidu.check({ id: '../credits', data: {} }, io())).rejects.toThrow('an id that is none');
    });

    it('are left alone for as long as Vidu asks', async () => {
      const task = await submit(TEXT, Q3_PRO);
      fake().answerNext({ status: 429, body: '{}', headers: { 'retry-after': '9' } });
      const busy: unknown = await vidu.check(task, io()).catch((error: unknown) => error);
      expect(busy).toBeInstanceOf(UpstreamBusy);
      expect(busy).toMatchObject({ retryAfterMs: 9_000 });
    });
  });

  describe('a lost Vidu submit', () => {
    const window = { from: new Date(Date.now() - 30_000), to: new Date(Date.now() + 120_000) };
    const listed = async (spec: VideoSpec, upstream: JsonObject, id: string) =>
      (await vidu.listRecent?.(spec, upstream, window, io()))?.find((one) => one.task.id === id);

    it('is found by its token, with what its checks need to know', async () => {
      const spec = { ...TEXT, watermark: true };
      const task = await submit(spec, Q3_PRO, { attemptToken: 'lost' });
      expect(await listed(spec, Q3_PRO, task.id)).toEqual({ task, token: 'lost', fits: true, samePrompt: true });
    });

    it('is told from others by what is shown, where the list shows no token', async () => {
      vendor.listsPayload = false;
      const asked = { ...TEXT, seconds: 8, ratio: '9:16' };
      const task = await submit(asked, Q3_PRO);
      const fits = async (spec: VideoSpec, upstream: JsonObject) => (await listed(spec, upstream, task.id))?.fits;
      expect(await listed(asked, Q3_PRO, task.id)).toMatchObject({ token: null, fits: true, samePrompt: true });
      expect(await fits({ ...asked, seconds: 5 }, Q3_PRO)).toBe(false);
      expect(await fits({ ...asked, prompt: 'a cat' }, Q3_PRO)).toBe(false);
      expect(await fits({ ...asked, resolution: '1080p' }, Q3_PRO)).toBe(false);
      expect(await fits({ ...asked, ratio: '1:1' }, Q3_PRO)).toBe(false);
      expect(await fits(asked, Q2_PRO)).toBe(false);
      expect(await fits(LARGER, UPSCALE)).toBe(false);
      vendor.listsPayload = true;
    });

    it('is looked for on every page, and only in its time', async () => {
      const task = await submit(TEXT, Q3_PRO, { attemptToken: 'deep' });
      for (let more = 0; more < 101; more += 1) await submit(TEXT, Q3_PRO);
      expect(await listed(TEXT, Q3_PRO, task.id)).toMatchObject({ token: 'deep' });
      const past = { from: new Date(Date.now() - 600_000), to: new Date(Date.now() - 300_000) };
      expect(await vidu.listRecent?.(TEXT, Q3_PRO, past, io())).toEqual([]);
    });

    it('is believed only by its token where the list has no end', async () => {
      const item = (id: number, more: JsonObject) => ({ id: String(id), model: 'viduq3-pro', ...more });
      for (let page = 0; page < 10; page += 1) {
        const tasks = Array.from({ length: 100 }, (_, at) => item(page * 100 + at, at === 7 ? { payload: 'x' } : {}));
        fake().answerNext({ status: 200, body: JSON.stringify({ tasks }) });
      }
      const found = await vidu.listRecent?.(TEXT, Q3_PRO, window, io());
      expect(found?.map(({ token }) => token)).toEqual(Array.from({ length: 10 }, () => 'x'));
    });

    it('stays unknown where the list cannot be read', async () => {
      fake().answerNext({ status: 200, body: '{}' });
      await expect(vidu.listRecent?.(TEXT, Q3_PRO, window, io())).rejects.toThrow('a list that is none');
    });
  });

  describe('a cancel at Vidu', () => {
    it('ends a task that waits, such as an off-peak one', async () => {
      const task = await submit({ ...TEXT, offPeak: true }, Q3_PRO);
      expect(await vidu.cancel?.(task, io())).toBe(true);
      expect(await vidu.check(task, io())).toMatchObject({ kind: 'failed', failure: { kind: 'cancelled' } });
    });

    it('is too late for a task that was scheduled', async () => {
      const task = await submit(TEXT, Q3_PRO);
      fake().move(task.id, 'processing');
      expect(await vidu.cancel?.(task, io())).toBe(false);
    });

    it.each([404, 429, 500])('answered %d is no answer', async (status) => {
      const task = await submit(TEXT, Q3_PRO);
      fake().answerNext({ status, body: '{}' });
      await expect(vidu.cancel?.(task, io())).rejects.toThrow(String(status));
    });
  });

  describe('a callback of Vidu', () => {
    const AT = 'Tue, 06 May 2025 12:09:42 GMT';
    const URL_OF_PAGE = 'http://127.0.0.1:8080/vidu/callback?name=james&age=36';
    const PAGE: IncomingCallback = {
      method: 'POST',
      query: { name: 'james', age: '36' },
      headers: {
        date: AT,
        'x-request-nonce': '123e4567-e89b-12d3-a456-426614174000',
        'x-hmac-signed-headers': 'Date;x-request-nonce',
        'x-hmac-signature': 'uDl3Wvgx6utIjKWRnCyt4OhsefE06Qj8cCg41RV4aeE=',
        'x-hmac-algorithm': 'hmac-sha256',
        'x-hmac-access-key': 'vidu',
      },
      body: Buffer.from('{"id":"916","state":"success"}'),
    };
    const read = (incoming: IncomingCallback, over: Partial<CheckIo> = {}) =>
      vidu.readCallback?.(incoming, io({ callbackUrl: URL_OF_PAGE, now: () => new Date(AT), ...over }));
    const without = (name: string, value = ''): IncomingCallback => ({
      ...PAGE,
      headers: { ...PAGE.headers, [name]: value },
    });

    it('signed as on the page names its task', async () => {
      expect(await read(PAGE)).toEqual({ kind: 'notice', task: { id: '916', data: {} }, reply: null });
    });

    it.each(['', '[]', '{"id":"../x"}'])('that says nothing (%s) is still a reason to ask', async (body) => {
      expect(await read({ ...PAGE, body: Buffer.from(body) })).toEqual({ kind: 'notice', task: null, reply: null });
    });

    it('that is not so signed is a forgery', async () => {
      const forged = { kind: 'forged' };
      for (const name of Object.keys(PAGE.headers)) {
        if (name !== 'x-hmac-algorithm') expect(await read(without(name)), name).toEqual(forged);
      }
      expect(await read(without('x-hmac-access-key', 'other'))).toEqual(forged);
      expect(await read({ ...PAGE, method: 'GET' })).toEqual(forged);
      expect(await read(PAGE, { credential: 'vda_other_key' })).toEqual(forged);
      expect(await read(PAGE, { callbackUrl: 'http://127.0.0.1:8080/vidu/callback?name=james' })).toEqual(forged);
      expect(await read(PAGE, { callbackUrl: null })).toEqual(forged);
    });

    it('from long ago is not listened to', async () => {
      expect(await read(PAGE, { now: () => new Date(Date.parse(AT) + 3_600_001) })).toEqual({ kind: 'forged' });
    });

    it('comes with every change of a task, over HTTP', async () => {
      const heard: IncomingCallback[] = [];
      const receiver = createServer(async (request, response) => {
        const chunks: Buffer[] = [];
        for await (const chunk of request) chunks.push(chunk as Buffer);
        const headers = Object.fromEntries(Object.entries(request.headers).map(([k, v]) => [k, String(v)]));
        heard.push({ method: 'POST', query: {}, headers, body: Buffer.concat(chunks) });
        response.end();
      });
      await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
      const callbackUrl = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/callbacks/c/t.mac`;
      const task = await submit(TEXT, Q3_PRO, { callbackUrl });
      for (const state of ['processing', 'success']) fake().move(task.id, state);
      await vendor.settled();
      expect(heard).toHaveLength(2);
      for (const incoming of heard)
        expect(await vidu.readCallback?.(incoming, io({ callbackUrl }))).toMatchObject({ task: { id: task.id } });
      await new Promise((resolve) => receiver.close(resolve));
    });

    it('with more signed headers than anyone needs is a forgery', async () => {
      const names = Array.from({ length: 11 }, () => 'Date').join(';');
      const headers = signatureHeaders(URL_OF_PAGE, KEY, new Date(AT));
      const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
      expect(await read({ ...PAGE, headers: lower })).toMatchObject({ kind: 'notice' });
      expect(await read({ ...PAGE, headers: { ...lower, 'x-hmac-signed-headers': names } })).toEqual({
        kind: 'forged',
      });
    });
  });

  describe('a Vidu key', () => {
    it('is tested by asking for the credits, which costs none', async () => {
      expect(await vidu.testCredential?.(io())).toMatchObject({
        ok: true,
        message: expect.stringMatching(/credits left: \d+/),
      });
      const wrong = await vidu.testCredential?.(io({ credential: 'vda_wrong_canary' }));
      expect(wrong).toMatchObject({ ok: false, message: expect.stringContaining('Unauthorized') });
      fake().answerNext({ status: 503, body: '' });
      await expect(vidu.testCredential?.(io())).rejects.toThrow('could not be asked');
    });

    it('is explained where it is not one', () => {
      expect(vidu.credentialFault('Token vda_test_key')).toContain("without 'Token'");
      expect(vidu.credentialFault('vda')).toContain('is cut');
    });
  });
});

function withLengths(...seconds: readonly number[]): VideoSpec {
  return { ...KEY_FRAMES, vendor: { image_settings: seconds.map((duration) => ({ duration })) } };
}

function withSubject(images: JsonObject[string]): VideoSpec {
  return { ...REFERENCE, vendor: { subjects: [{ name: 'fox', images }] } };
}

function bodyOf(fake: Fake): unknown {
  return fake.seen.at(-1)?.body;
}
