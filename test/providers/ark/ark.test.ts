/** The provider for Volcengine Ark, against a vendor written from Ark's pages. */

import { createByteDance } from '@ai-sdk/bytedance';
import { experimental_generateVideo as generateVideo } from 'ai';
import { describe, expect, it } from 'vitest';

import { isObject } from '../../../src/model/json.ts';
import type { JsonObject } from '../../../src/model/json.ts';
import type { VideoSpec } from '../../../src/model/spec.ts';
import { ENDPOINT, startArkVendor } from '../../fakes/ark-vendor.ts';
import { walkTasks } from '../../fakes/walk-tasks.ts';
import { describeProvider, inputOf } from '../suite.ts';
import type { Fake } from '../suite.ts';
import { A, ark, FIRST, KEY, PAGE, PRO_1_5, REFERENCE, SEEDANCE_2, TEXT } from './page.ts';

describeProvider({ ...PAGE, start: () => startArkVendor(KEY) }, (fake, io, submit) => {
  describe('Ark tasks', () => {
    it('say how many tokens and seconds were used', async () => {
      const task = await submit(TEXT, PRO_1_5);
      fake().move(task.id, 'succeeded');
      expect(await ark.check(task, io())).toMatchObject({ usage: { seconds: 5, tokens: 108_900n } });
    });

    it('cost what the request says, whatever flags the prompt holds', async () => {
      const task = await submit({ ...TEXT, prompt: 'a fox --dur 12 --rs 1080p --wm true at --dawn' }, PRO_1_5);
      expect(bodyOf(fake())).toMatchObject({ content: [{ type: 'text', text: 'a fox at --dawn' }] });
      fake().move(task.id, 'succeeded');
      expect(await ark.check(task, io())).toMatchObject({ usage: { seconds: 5 } });
    });

    it.each(['expired', 'cancelled'])('that are %s have failed', async (state) => {
      const task = await submit(TEXT, PRO_1_5);
      fake().move(task.id, state);
      expect(await ark.check(task, io())).toMatchObject({ kind: 'failed', failure: { kind: 'generation_failed' } });
    });

    it.each([
      ['another id', { id: 'cgt-other', status: 'failed' }],
      ['no status', { id: '' }],
      ['no address', { id: '', status: 'succeeded', content: null }],
    ])('are not judged by a record with %s', async (_name, record) => {
      const task = await submit(TEXT, PRO_1_5);
      const body = JSON.stringify({ ...record, id: record.id === '' ? task.id : record.id });
      fake().answerNext({ status: 200, body });
      await expect(ark.check(task, io())).rejects.toThrow('the vendor');
    });

    it('that Ark does not know are asked for again', async () => {
      await expect(ark.check({ id: 'cgt-never-made', data: {} }, io())).rejects.toThrow('404');
      await expect(ark.check({ id: '../models', data: {} }, io())).rejects.toThrow('an id that is none');
    });

    it('of both tiers are checked together, also where the tier is not known', async () => {
      const usual = await submit(TEXT, PRO_1_5);
      const flex = await submit({ ...TEXT, offPeak: true }, PRO_1_5);
      const attached = { ...(await submit({ ...TEXT, offPeak: true }, PRO_1_5)), data: {} };
      fake().move(flex.id, 'succeeded');
      fake().move(attached.id, 'failed', 'InternalServiceError');
      const found = await ark.checkMany?.ask([usual, flex, attached], io());
      expect([usual, flex, attached].map(({ id }) => found?.get(id)?.kind)).toEqual(['waiting', 'done', 'failed']);
    });

    it('that the list does not show are not answered for', async () => {
      const task = await submit(TEXT, PRO_1_5);
      const found = await ark.checkMany?.ask([task, { id: 'cgt-never-made', data: { tier: 'default' } }], io());
      expect([...(found?.keys() ?? [])]).toEqual([task.id]);
    });
  });

  describe('an Ark submit', () => {
    it('asks for a callback where there is an address for it', async () => {
      await submit(TEXT, PRO_1_5);
      expect(bodyOf(fake())).toMatchObject({ callback_url: 'https://r.example/callbacks/c/t' });
      await submit(TEXT, PRO_1_5, { callbackUrl: null });
      expect(bodyOf(fake())).not.toHaveProperty('callback_url');
    });

    it('gives videos and what would be too much for a request by links of ours', async () => {
      const clip = inputOf('reference_video', null, 'video/mp4');
      const large = { ...inputOf('reference_image', null), bytes: 30_000_000 };
      const url = expect.stringMatching(/^https:\/\/r\.example\/files\//);
      const data = expect.stringMatching(/^data:image\/png;base64,/);
      const text = { type: 'text' };
      await submit({ ...REFERENCE, inputs: [large, clip] }, SEEDANCE_2);
      expect(bodyOf(fake())).toMatchObject({ content: [text, { image_url: { url: data } }, { video_url: { url } }] });
      await submit({ ...REFERENCE, inputs: [large, large] }, SEEDANCE_2);
      expect(bodyOf(fake())).toMatchObject({ content: [text, { image_url: { url } }, { image_url: { url } }] });
    });

    it('says of a video that nobody could fetch that Ark takes none, before Ark is asked', async () => {
      const before = fake().seen.length;
      const inputs = [inputOf('reference_video', null, 'video/mp4')];
      const unknown = { path: () => Promise.reject(new Error('no file is needed')), link: () => null };
      const refused = await ark.submit({ ...REFERENCE, inputs }, SEEDANCE_2, io({ files: unknown }));
      expect(refused).toMatchObject({ kind: 'refused', failure: { kind: 'channel_unfit' } });
      expect(fake().seen).toHaveLength(before);
    });

    it('names the model as BytePlus does where the channel is one of BytePlus', async () => {
      const baseUrl = 'https://ark.ap-southeast.bytepluses.com/api/v3';
      const window = { from: new Date(Date.now() - 30_000), to: new Date(Date.now() + 120_000) };
      const old = await submit(TEXT, PRO_1_5, { baseUrl });
      expect(bodyOf(fake())).toMatchObject({ model: 'seedance-1-5-pro-251215' });
      const listed = await ark.listRecent?.(TEXT, PRO_1_5, window, io({ baseUrl }));
      expect(listed?.find(({ task }) => task.id === old.id)).toMatchObject({ fits: true });
      await submit(REFERENCE, SEEDANCE_2, { baseUrl });
      expect(bodyOf(fake())).toMatchObject({ model: 'dreamina-seedance-2-0-260128' });
      await submit(TEXT, { ...PRO_1_5, name: ENDPOINT.id }, { baseUrl });
      expect(bodyOf(fake())).toMatchObject({ model: ENDPOINT.id });
    });

    it('keeps keys for other vendors to itself', async () => {
      await submit({ ...TEXT, vendor: { logo_add: 'x', return_last_frame: true } }, PRO_1_5);
      expect(bodyOf(fake())).toMatchObject({ return_last_frame: true });
      expect(bodyOf(fake())).not.toHaveProperty('logo_add');
    });

    it('cannot tell what a 4xx without any word of Ark means', async () => {
      fake().answerNext({ status: 418, body: '<html>' });
      await expect(ark.submit(TEXT, PRO_1_5, io())).rejects.toThrow('418');
    });

    it('waits for as long as Ark asks', async () => {
      fake().answerNext({ status: 429, body: '{}', headers: { 'retry-after': '7' } });
      const refused = await ark.submit(TEXT, PRO_1_5, io());
      expect(refused).toMatchObject({ failure: { kind: 'rate_limited', retryAfterMs: 7_000 } });
    });
  });

  describe('a lost Ark submit', () => {
    const window = { from: new Date(Date.now() - 30_000), to: new Date(Date.now() + 120_000) };

    it('is not mistaken for one that asked for something else', async () => {
      const task = await submit({ ...TEXT, seconds: 8, seed: 7 }, PRO_1_5);
      const fitting = async (spec: VideoSpec, upstream: JsonObject): Promise<boolean | undefined> =>
        (await ark.listRecent?.(spec, upstream, window, io()))?.find((one) => one.task.id === task.id)?.fits;
      fake().move(task.id, 'succeeded');
      const asked = { ...TEXT, seconds: 8, seed: 7 };
      expect(await fitting(asked, PRO_1_5)).toBe(true);
      expect(await fitting(asked, { ...PRO_1_5, name: ENDPOINT.id })).toBe(true);
      expect(await fitting(asked, SEEDANCE_2)).toBe(false);
      expect(await fitting({ ...asked, seconds: 5 }, PRO_1_5)).toBe(false);
      expect(await fitting({ ...asked, seed: 0 }, PRO_1_5)).toBe(false);
      expect(await fitting({ ...asked, audio: false }, PRO_1_5)).toBe(false);
      expect(await fitting({ ...asked, resolution: '1080p' }, PRO_1_5)).toBe(false);
      expect(await fitting({ ...asked, ratio: '9:16' }, PRO_1_5)).toBe(false);
      expect(await fitting({ ...asked, ratio: '427:240' }, PRO_1_5)).toBe(true);
    });

    it('is found among the off-peak tasks if it was one', async () => {
      const task = await submit({ ...TEXT, offPeak: true }, PRO_1_5);
      const listed = await ark.listRecent?.({ ...TEXT, offPeak: true }, PRO_1_5, window, io());
      expect(listed?.at(0)).toMatchObject({ task: { id: task.id, data: { tier: 'flex' } }, fits: true });
      const usual = await ark.listRecent?.(TEXT, PRO_1_5, window, io());
      expect(usual?.map((one) => one.task.id)).not.toContain(task.id);
    });

    it('is looked for on as many pages as were made since', async () => {
      const page = (secondsAgo: number): string => {
        const made = Math.floor(Date.now() / 1_000);
        const items = Array.from({ length: 500 }, (_, index) => ({
          id: `x-${index}`,
          created_at: index === 499 ? made - secondsAgo : made,
        }));
        return JSON.stringify({ items, total: 9_999 });
      };
      const pages = async (secondsAgo: number, times: number): Promise<number> => {
        const before = fake().seen.length;
        for (let time = 0; time < times; time += 1) fake().answerNext({ status: 200, body: page(secondsAgo) });
        await ark.listRecent?.(TEXT, PRO_1_5, window, io());
        return fake().seen.length - before;
      };
      expect(await pages(600, 1)).toBe(1);
      expect(await pages(0, 2)).toBe(3);
      await expect(pages(0, 10)).rejects.toThrow('more tasks than can be read');
    });

    it('is not looked for among tasks of other times', async () => {
      await submit(TEXT, PRO_1_5);
      const past = { from: new Date(Date.now() - 600_000), to: new Date(Date.now() - 300_000) };
      expect(await ark.listRecent?.(TEXT, PRO_1_5, past, io())).toEqual([]);
    });
  });

  describe('a cancel at Ark', () => {
    it('ends a task that waits', async () => {
      const task = await submit(TEXT, PRO_1_5);
      expect(await ark.cancel?.(task, io())).toBe(true);
      expect(await ark.check(task, io())).toMatchObject({ kind: 'failed' });
      expect(await ark.cancel?.(task, io())).toBe(true);
    });

    it('is too late for a task that runs, also if it began only now', async () => {
      const task = await submit(TEXT, PRO_1_5);
      fake().move(task.id, 'running');
      expect(await ark.cancel?.(task, io())).toBe(false);
      fake().answerNext({ status: 200, body: JSON.stringify({ id: task.id, status: 'queued' }) });
      expect(await ark.cancel?.(task, io())).toBe(false);
    });

    it('never deletes the record of a finished video', async () => {
      const task = await submit(TEXT, PRO_1_5);
      fake().move(task.id, 'succeeded');
      expect(await ark.cancel?.(task, io())).toBe(false);
      expect(await ark.check(task, io())).toMatchObject({ kind: 'done' });
    });
  });

  describe('a callback of Ark', () => {
    const heard = (body: string) =>
      ark.readCallback?.({ method: 'POST', query: {}, headers: {}, body: Buffer.from(body) }, io());

    it('names the task', async () => {
      const body = JSON.stringify({ id: 'cgt-1', status: 'succeeded', service_tier: 'flex' });
      expect(await heard(body)).toEqual({
        kind: 'notice',
        task: { id: 'cgt-1', data: { tier: 'flex' } },
        reply: null,
      });
    });

    it.each(['', '[]', '{"id":"../x"}'])('that says nothing (%s) is still a reason to ask', async (body) => {
      expect(await heard(body)).toEqual({ kind: 'notice', task: null, reply: null });
    });
  });

  it('asks as the client of the vendor’s own SDK does, which takes the fake for Ark', async () => {
    const vendor = await startArkVendor(KEY);
    const stop = walkTasks(vendor, 20, () => ['running', 'succeeded']);
    try {
      const model = createByteDance({ apiKey: KEY, baseURL: vendor.url }).video(PRO_1_5.model);
      await generateVideo({
        model,
        prompt: { text: 'a red fox runs in snow', image: A },
        aspectRatio: '16:9',
        resolution: '1280x720',
        duration: 5,
        seed: 11,
        providerOptions: {
          bytedance: { watermark: false, generateAudio: true, serviceTier: 'flex', pollIntervalMs: 10 },
        },
        download: async () => ({ data: new Uint8Array([1]), mediaType: 'video/mp4' }),
      });
      await submit({ ...FIRST, seed: 11, offPeak: true }, PRO_1_5, { callbackUrl: null });
      const sent = vendor.seen[0]?.body;
      if (!isObject(sent) || !Array.isArray(sent['content'])) throw new Error('the SDK sends contents');
      // A single picture needs no role, and the SDK gives it none.
      const content = sent['content']
        .filter(isObject)
        .map((item) => ('text' in item ? item : { ...item, role: 'first_frame' }));
      expect(bodyOf(fake())).toEqual({ ...sent, content });
    } finally {
      stop();
      await vendor.close();
    }
  });

  describe('an Ark key', () => {
    it('is tested by a list that costs nothing', async () => {
      expect(await ark.testCredential?.(io())).toMatchObject({ ok: true });
      const wrong = await ark.testCredential?.(io({ credential: 'ark-wrong-canary' }));
      expect(wrong).toMatchObject({ ok: false, message: expect.stringContaining('AuthenticationError') });
      fake().answerNext({ status: 503, body: '' });
      await expect(ark.testCredential?.(io())).rejects.toThrow('503');
      fake().answerNext({ status: 429, body: '{}' });
      await expect(ark.testCredential?.(io())).rejects.toThrow('could not be asked');
    });

    it('is explained where it is not one', () => {
      expect(ark.credentialFault('Bearer ark-test-0000')).toContain("without 'Bearer'");
      expect(ark.credentialFault('AKLT1|secret')).toContain('one API key');
      expect(ark.credentialFault('ark')).toContain('is cut');
    });
  });
});

function bodyOf(fake: Fake): unknown {
  return fake.seen.at(-1)?.body;
}
