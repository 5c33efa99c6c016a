/** Kling's own API, in both its generations, against a vendor written from its reference page. */

import { beforeEach, describe, expect, it } from 'vitest';

import { isObject } from '../../../src/model/json.ts';
import type { Json, JsonObject } from '../../../src/model/json.ts';
import type { VideoSpec } from '../../../src/model/spec.ts';
import { readCredential } from '../../../src/providers/kling/credential.ts';
import { ERRORS } from '../../../src/providers/kling/tables.ts';
import { UpstreamBusy } from '../../../src/providers/provider.ts';
import type { CheckIo, UpstreamTask } from '../../../src/providers/provider.ts';
import { startKlingVendor } from '../../fakes/kling-vendor.ts';
import type { KlingVendor } from '../../fakes/kling-vendor.ts';
import { describeProvider, inputOf } from '../suite.ts';
import type { Example, FakeAnswer } from '../suite.ts';
import { FIRST_PAGE, KEYS, kling, PAIR, refused, ROWS, SECOND_PAGE, WEBHOOK_SECRET } from './pages.ts';
import { EXTENSION, spec, VIDEO_EXAMPLES } from './specs.ts';

let vendor: KlingVendor;
const start = async (): Promise<KlingVendor> => (vendor = await startKlingVendor(KEYS));

const TEXT = { model: 'kling-v2-6' };
const POLL = { task_id: 'x' };

describe('the first generation', () => {
  describeProvider({ ...FIRST_PAGE, start }, (_fake, io, submit) => {
    beforeEach(() => vendor.setClock(0));

    const plain: Example = { name: '', spec: spec(), upstream: TEXT };
    const refusalOf = async (wanted: Partial<VideoSpec>, model: string, over: Partial<CheckIo> = {}): Promise<Json> => {
      const before = vendor.seen.length;
      const result = await kling.submit(spec(wanted), { model }, io(over));
      if (result.kind !== 'refused') throw new Error('accepted');
      return { kind: result.failure.kind, message: result.failure.message, calls: vendor.seen.length - before };
    };

    it('says every error of the page', () => {
      const codes = [...ROWS.map(([code]) => String(code)), '5000', '5001', '5002'];
      expect(Object.keys(ERRORS)).toEqual(codes);
      expect(kling.errors).toBe(ERRORS);
    });

    it.each([5000, 5001, 5002])('does not know what became of a submit answered %i', async (code) => {
      for (const status of [200, 500, 503]) {
        vendor.answerNext(refused(status, code));
        await expect(kling.submit(plain.spec, TEXT, io())).rejects.toThrow(String(code));
      }
    });

    it.each([
      [-3_600_000, 'ahead of'],
      [3_600_000, 'behind'],
    ])('signs again with the vendor’s time (%i ms) where our clock is %s it', async (aheadMs) => {
      vendor.setClock(aheadMs);
      const before = vendor.seen.length;
      const task = await submit(plain.spec, TEXT);
      expect(vendor.seen.length - before).toBe(2);
      expect(await kling.check(task, io())).toMatchObject({ kind: 'waiting' });
    });

    it('signs again once only', async () => {
      const before = vendor.seen.length;
      for (const _ of [1, 2]) vendor.answerNext({ ...refused(401, 1004), headers: { date: new Date().toUTCString() } });
      expect(await kling.submit(plain.spec, TEXT, io())).toMatchObject({ failure: { kind: 'upstream_credential' } });
      expect(vendor.seen.length - before).toBe(2);
    });

    it('takes an API key as well, and a webhook secret after either', async () => {
      for (const credential of [KEYS.apiKey, `${KEYS.apiKey}|${WEBHOOK_SECRET}`, `${PAIR}|${WEBHOOK_SECRET}`]) {
        expect(kling.credentialFault(credential)).toBeNull();
        await submit(plain.spec, TEXT, { credential });
      }
    });

    it('says which part of a credential is missing', () => {
      expect(kling.credentialFault('')).toContain('it is empty');
      expect(kling.credentialFault('|x')).toContain('the AccessKey is missing');
      expect(kling.credentialFault('x|')).toContain('the SecretKey is missing');
      expect(kling.credentialFault('a b')).toContain('the API key has spaces');
      expect(kling.credentialFault(WEBHOOK_SECRET)).toContain('there is only a webhook secret');
      expect(kling.credentialFault('x|whsec_!')).toContain('the webhook secret is not');
      expect(readCredential(`x|${WEBHOOK_SECRET}`)).toEqual({
        ok: true,
        credential: { kind: 'api_key', apiKey: 'x', webhookSecret: WEBHOOK_SECRET },
      });
    });

    it('leaves the callback out where no public address is known', async () => {
      await submit(plain.spec, TEXT, { callbackUrl: null });
      expect(vendor.seen.at(-1)?.body).not.toHaveProperty('callback_url');
    });

    it('says where the model is named by mode, by the operator, or by the row', async () => {
      const models = { motion_control: 'kling-v3' };
      const names = async (upstream: JsonObject, wanted: Partial<VideoSpec> = {}): Promise<Json> => {
        await submit(spec({ audio: false, ...wanted }), upstream);
        const body = vendor.seen.at(-1)?.body;
        return isObject(body) ? (body['model_name'] ?? null) : null;
      };
      const motion = [inputOf('first_frame', null), inputOf('motion_video', null, 'video/mp4')];
      expect(await names({ model: 'kling-v3-omni', models })).toBe('kling-v3-omni');
      expect(await names({ model: 'kling-v3-omni', models }, { mode: 'motion_control', inputs: motion })).toBe(
        'kling-v3',
      );
      expect(await names({ model: 'kling-v1', name: 'kling-v1-6' })).toBe('kling-v1-6');
    });

    it('delivers the copy with a watermark where one was asked for', async () => {
      const task = await submit(spec({ watermark: true }), TEXT);
      vendor.move(task.id, 'succeed');
      const result = await kling.check(task, io());
      expect(result).toMatchObject({ video: { url: 'https://cdn.klingai.com/marked.mp4' }, usage: { seconds: 5 } });
    });

    it('extends a video by the id that the vendor gave it, if it made it for this account', async () => {
      const earlier = await submit(plain.spec, TEXT);
      vendor.move(earlier.id, 'succeed');
      const taskOf = async (): Promise<UpstreamTask> => earlier;
      await submit(EXTENSION.spec, EXTENSION.upstream, { taskOf });
      expect(vendor.seen.at(-1)).toMatchObject({
        path: '/v1/videos/video-extend',
        body: { video_id: `v-${earlier.id}`, prompt: 'it goes on', negative_prompt: 'blur', cfg_scale: 0.5 },
      });
      expect(await refusalOf(EXTENSION.spec, 'kling-v1-6')).toMatchObject({ kind: 'channel_unfit', calls: 0 });
    });

    it('is in no doubt about a submit that was not sent for want of an answer to an earlier question', async () => {
      const [face] = VIDEO_EXAMPLES.filter(({ name }) => name.includes('that is found'));
      const before = vendor.books.length;
      vendor.answerNext({ status: 500, body: '{}' });
      const lost = kling.submit(face?.spec ?? spec(), TEXT, io());
      await expect(lost).rejects.toMatchObject({ name: 'UpstreamSilence', sent: false });
      vendor.answerNext(refused(429, 1303));
      expect(await kling.submit(face?.spec ?? spec(), TEXT, io())).toMatchObject({ failure: { kind: 'rate_limited' } });
      const found = vendor.faces.splice(0);
      const none = await kling.submit(face?.spec ?? spec(), TEXT, io());
      vendor.faces.push(...found);
      expect(none).toMatchObject({
        failure: { kind: 'invalid_request', message: 'Kling found no face in the video.' },
      });
      expect(vendor.books).toHaveLength(before);
    });

    it.each<[string, Partial<VideoSpec>, string]>([
      [
        'what to avoid in a motion',
        { mode: 'motion_control', negativePrompt: 'blur', inputs: [inputOf('first_frame', null)] },
        'kling-v2-6',
      ],
      ['a motion of nobody', { mode: 'motion_control' }, 'kling-v2-6'],
      ['an avatar without a voice', { mode: 'avatar_i2v' }, 'kling-avatar'],
      ['an effect without its name', { mode: 'template_effect' }, 'kling-v1-6'],
      ['what to avoid in the second generation', { negativePrompt: 'blur' }, 'kling-2.6'],
      [
        'pro at 720p',
        { mode: 'motion_control', motionLevel: 'pro', resolution: '720p', inputs: [inputOf('first_frame', null)] },
        'kling-v2-6',
      ],
      ['lip sync without a word', { mode: 'lip_sync', prompt: null }, 'kling-lip-sync'],
      ['a mode it does not have', { mode: 'upscale' }, 'kling-v3'],
    ])('refuses %s without asking', async (_, wanted, model) => {
      const over = { credential: KEYS.apiKey };
      expect(await refusalOf(wanted, model, over)).toMatchObject({ kind: 'channel_unfit', calls: 0 });
    });

    it('refuses an uploaded video only where nobody could fetch it from here', async () => {
      const inputs = [inputOf('first_frame', null), inputOf('motion_video', null, 'video/mp4')];
      const { files } = io();
      const hidden = { files: { ...files, link: () => null } };
      expect(await refusalOf({ mode: 'motion_control', inputs }, 'kling-v2-6', hidden)).toMatchObject({
        kind: 'channel_unfit',
        message: expect.stringContaining('public http(s) URL'),
        calls: 0,
      });
    });

    it('blames nobody’s key where a model wants API keys and the channel has a pair', async () => {
      expect(await refusalOf({}, 'kling-3.0')).toMatchObject({ kind: 'no_channel', calls: 0 });
    });

    it('is put off by a check only for codes that mean it', async () => {
      const task = await submit(plain.spec, TEXT);
      for (const code of [1302, 1303]) {
        vendor.answerNext({ ...refused(429, code), headers: { 'retry-after': '9' } });
        await expect(kling.check(task, io())).rejects.toMatchObject({ name: 'UpstreamBusy', retryAfterMs: 9_000 });
      }
      for (const code of [1101, 1304, 1203]) {
        vendor.answerNext(refused(429, code));
        const error: unknown = await kling.check(task, io()).catch((thrown: unknown) => thrown);
        expect(error).toBeInstanceOf(Error);
        expect(error).not.toBeInstanceOf(UpstreamBusy);
      }
    });

    it('believes no check about another task, nor one that shows no video', async () => {
      const task = await submit(plain.spec, TEXT);
      const answer = (data: Json): FakeAnswer => ({ status: 200, body: JSON.stringify({ code: 0, data }) });
      for (const data of [POLL, { task_id: task.id, task_status: 'succeed', task_result: { videos: [] } }, null]) {
        vendor.answerNext(answer(data));
        await expect(kling.check(task, io())).rejects.toThrow('the vendor');
      }
      await expect(kling.check({ ...task, id: '../x' }, io())).rejects.toThrow('an id that is none');
      await expect(kling.check({ ...task, data: {} }, io())).rejects.toThrow('where it was made');
    });

    it('is not sure that there is no task where the search itself fails', async () => {
      for (const answer of [refused(500, 5000), refused(404, 1202), refused(401, 1002), { status: 404, body: '' }]) {
        vendor.answerNext(answer);
        await expect(kling.find?.(plain.spec, TEXT, io())).rejects.toThrow('the vendor');
      }
    });

    it('tells whether the vendor takes the key, and what is left', async () => {
      expect(await kling.testCredential?.(io())).toEqual({
        ok: true,
        message: 'Kling takes the key; its 1 resource packs have 61.50 units left.',
      });
      const wrong = await kling.testCredential?.(io({ credential: 'wrong-canary' }));
      expect(wrong).toEqual({ ok: false, message: 'Kling refuses the key: 401 1002 Authorization failed' });
      vendor.answerNext(refused(503, 5001));
      await expect(kling.testCredential?.(io())).rejects.toThrow('the vendor');
    });
  });
});

describe('the second generation', () => {
  describeProvider({ ...SECOND_PAGE, start }, (_fake, io) => {
    it('answers for the tasks that can be read and for no others', async () => {
      const task = (id: string, status: string): JsonObject => ({ id, status, outputs: [] });
      const data = [task('1', 'processing'), task('2', 'succeeded'), task('3', 'processing'), null, { id: 4 }];
      vendor.answerNext({ status: 200, body: JSON.stringify({ code: 0, data }) });
      const asked = ['1', '2', '5'].map((id) => ({ id, data: { home: 'tasks' } }));
      expect([...((await kling.checkMany?.ask(asked, io())) ?? [])].map(([id]) => id)).toEqual(['1']);
      vendor.answerNext({ status: 200, body: JSON.stringify({ code: 0, data: {} }) });
      await expect(kling.checkMany?.ask(asked, io())).rejects.toThrow('without a list');
    });

    it('asks about many tasks of its own only', () => {
      expect(kling.checkMany?.takes?.({ id: '1', data: { home: 'tasks' } })).toBe(true);
      expect(kling.checkMany?.takes?.({ id: '1', data: { home: 'text2video' } })).toBe(false);
    });
  });
});
