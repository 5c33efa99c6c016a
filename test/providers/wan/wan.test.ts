/** The provider for Wan on Model Studio, against a vendor written from DashScope's pages. */

import { createAlibaba } from '@ai-sdk/alibaba';
import { experimental_generateVideo as generateVideo } from 'ai';
import { describe, expect, it } from 'vitest';

import type { FailureKind } from '../../../src/model/failure.ts';
import type { VideoSpec } from '../../../src/model/spec.ts';
import { startWanVendor } from '../../fakes/wan-vendor.ts';
import { POLL } from '../../support/ai-sdk.ts';
import { SPEC } from '../../support/rows.ts';
import { providerNamed } from '../../support/providers.ts';
import { describeProvider, example, inputOf } from '../suite.ts';
import type { ErrorRow, Fake } from '../suite.ts';

const wan = providerNamed('wan');
const KEY = 'sk-wan-test-0000';
const WAN_2_5 = {
  protocol: 'legacy',
  model: 'wan2.5-t2v-preview',
  models: { first_frame: 'wan2.5-i2v-preview' },
};
const WAN_2_6 = {
  protocol: 'legacy',
  model: 'wan2.6-t2v',
  models: { first_frame: 'wan2.6-i2v', reference: 'wan2.6-r2v' },
};
const WAN_2_7 = {
  protocol: 'wan27',
  model: 'wan2.7-t2v',
  models: { first_frame: 'wan2.7-i2v', first_last: 'wan2.7-i2v', reference: 'wan2.7-r2v' },
};
const WAN_3 = { protocol: 'wan3', model: 'wan3.0-video' };

const A = 'https://example.com/a.png';
const B = 'https://example.com/b.png';
const CLIP = inputOf('reference_video', 'https://example.com/c.mp4', 'video/mp4');
const SONG = inputOf('audio', 'https://example.com/s.mp3', 'audio/mpeg');

const TEXT: VideoSpec = {
  ...SPEC,
  model: 'wan3.0',
  requestedModel: 'wan3.0',
  prompt: 'a kitten runs',
  negativePrompt: 'rain',
  audio: true,
};
const FIRST: VideoSpec = { ...TEXT, mode: 'first_frame', inputs: [inputOf('first_frame', A)] };
const FIRST_LAST: VideoSpec = {
  ...FIRST,
  mode: 'first_last',
  inputs: [inputOf('first_frame', A), inputOf('last_frame', B)],
};
const REFERENCE: VideoSpec = {
  ...TEXT,
  mode: 'reference',
  prompt: 'Image 1 dances as in Video 1',
  inputs: [inputOf('reference_image', A), inputOf('reference_image', B), CLIP],
};

function refusal(status: number, code: string, kind: FailureKind): ErrorRow {
  const body = JSON.stringify({ code, message: 'as the page says', request_id: 'r' });
  return { name: `${status} ${code}`, answer: { status, body }, kind };
}

const REFUSALS: readonly ErrorRow[] = [
  refusal(400, 'InvalidParameter', 'invalid_request'),
  refusal(400, 'InvalidParameter.DataInspection', 'invalid_request'),
  refusal(400, 'InvalidURL', 'invalid_request'),
  refusal(400, 'InvalidImage.FileFormat', 'invalid_request'),
  refusal(400, 'InvalidImage.FullFace', 'invalid_request'),
  refusal(400, 'InvalidVideo', 'invalid_request'),
  refusal(400, 'UnsupportedOperation', 'invalid_request'),
  refusal(400, 'DataInspectionFailed', 'content_rejected'),
  refusal(400, 'IPInfringementSuspect', 'content_rejected'),
  refusal(400, 'Arrearage', 'upstream_credential'),
  refusal(401, 'InvalidApiKey', 'upstream_credential'),
  refusal(403, 'AccessDenied', 'upstream_credential'),
  refusal(403, 'AccessDenied.Unpurchased', 'upstream_credential'),
  refusal(403, 'Workspace.AccessDenied', 'upstream_credential'),
  refusal(403, 'Model.AccessDenied', 'upstream_credential'),
  refusal(404, 'ModelNotFound', 'upstream_credential'),
  refusal(404, 'WorkSpaceNotFound', 'upstream_credential'),
  refusal(429, 'Throttling', 'rate_limited'),
  refusal(429, 'Throttling.RateQuota', 'rate_limited'),
  refusal(429, 'Throttling.BurstRate', 'rate_limited'),
  refusal(429, 'Throttling.AllocationQuota', 'upstream_credential'),
  refusal(429, 'LimitRequests', 'upstream_credential'),
  refusal(400, 'SomethingNew', 'invalid_request'),
  refusal(418, 'SomethingNew', 'upstream_protocol'),
  {
    name: 'the words of the host for OpenAI clients',
    answer: { status: 401, body: '{"error":{"message":"no","code":"InvalidApiKey","type":"x"}}' },
    kind: 'upstream_credential',
  },
  { name: 'a bare 429', answer: { status: 429, body: '{}' }, kind: 'rate_limited' },
];

describeProvider(
  {
    provider: wan,
    folder: import.meta.dirname,
    start: () => startWanVendor(KEY),
    credential: KEY,
    badCredentials: [
      'Bearer sk-0000',
      'LTAI5tabcdefghij',
      'LTAI5tabc|secretsecret',
      'two words',
      'sk-1',
      'k'.repeat(501),
    ],
    examples: [
      example('wan 3 text', { ...TEXT, seed: 11 }, WAN_3),
      example('wan 3 first and last frame without sound', { ...FIRST_LAST, audio: false, ratio: '427:240' }, WAN_3),
      example('wan 3 references with a track', { ...REFERENCE, inputs: [...REFERENCE.inputs, SONG] }, WAN_3),
      example('wan 2.7 text', { ...TEXT, ratio: '4:3', resolution: '1080p', seconds: 15 }, WAN_2_7),
      example('wan 2.7 first frame with a track', { ...FIRST, inputs: [...FIRST.inputs, SONG] }, WAN_2_7),
      example('wan 2.7 first and last frame', FIRST_LAST, WAN_2_7),
      example('wan 2.7 references', REFERENCE, WAN_2_7),
      example(
        'wan 2.6 text in several shots',
        { ...TEXT, seconds: 10, seed: 0, vendor: { prompt_extend: true, shot_type: 'multi', logo_add: 'x' } },
        WAN_2_6,
      ),
      example('wan 2.6 first frame with a track', { ...FIRST, prompt: null, inputs: [...FIRST.inputs, SONG] }, WAN_2_6),
      example('wan 2.6 references', REFERENCE, WAN_2_6),
      example('wan 2.5 text', { ...TEXT, resolution: '480p', width: 832, height: 480 }, WAN_2_5),
      example('wan 2.5 first frame without sound', { ...FIRST, audio: false }, WAN_2_5),
      example('a picture that is only with us', { ...FIRST, inputs: [inputOf('first_frame', null)] }, WAN_3),
    ],
    flips: {
      prompt: { prompt: 'a puppy runs' },
      'no negative prompt': { negativePrompt: null },
      seconds: { seconds: 10 },
      resolution: { resolution: '1080p' },
      ratio: { ratio: '9:16' },
      'no sound': { audio: false },
      'seed 0': { seed: 0 },
      'no seed': { seed: null },
      watermark: { watermark: true },
      'a first frame': { mode: 'first_frame', inputs: [inputOf('first_frame', A)] },
      'a key for the vendor': { vendor: { prompt_extend: false } },
    },
    refusals: REFUSALS,
    states: { waiting: ['PENDING', 'RUNNING', 'SUSPENDED'], done: 'SUCCEEDED', failed: 'FAILED' },
    failures: [
      { code: 'DataInspectionFailed', kind: 'content_rejected' },
      { code: 'IPInfringementSuspect', kind: 'content_rejected' },
      { code: 'InvalidParameter.DataInspection', kind: 'invalid_request' },
      { code: 'InternalError.Algo', kind: 'generation_failed' },
      { code: 'InternalError.Timeout', kind: 'generation_failed' },
      { code: 'InternalError.FileUpload', kind: 'generation_failed' },
      { code: 'ModelServingError', kind: 'upstream_unavailable' },
      { code: 'SomethingNew', kind: 'generation_failed' },
    ],
  },
  (fake, io, submit) => {
    describe('a Wan submit', () => {
      it('names the model as the operator does', async () => {
        await wan.submit(TEXT, { ...WAN_2_6, name: 'wan2.6-t2v-us' }, io());
        expect(bodyOf(fake())).toMatchObject({ model: 'wan2.6-t2v-us', parameters: { size: '1280*720' } });
      });

      it('gives what is no picture, and a picture too large for a request, by links of ours', async () => {
        const url = expect.stringMatching(/^https:\/\/r\.example\/files\//);
        const clip = inputOf('reference_video', null, 'video/mp4');
        const large = { ...inputOf('reference_image', null), bytes: 30_000_000 };
        await submit({ ...REFERENCE, inputs: [large, clip] }, WAN_3);
        expect(bodyOf(fake())).toMatchObject({ input: { media: [{ url }, { url }] } });
        await submit({ ...REFERENCE, inputs: [inputOf('reference_image', null)] }, WAN_2_6);
        expect(bodyOf(fake())).toMatchObject({ input: { reference_urls: [url] } });
      });

      it('says of a video that nobody could fetch that it is not taken, before the vendor is asked', async () => {
        const before = fake().seen.length;
        const inputs = [inputOf('reference_video', null, 'video/mp4')];
        const unknown = { ...io().files, link: () => null };
        const refused = await wan.submit({ ...REFERENCE, inputs }, WAN_3, io({ files: unknown }));
        expect(refused).toMatchObject({ kind: 'refused', failure: { kind: 'channel_unfit' } });
        expect(fake().seen).toHaveLength(before);
      });

      it('waits for as long as the vendor asks', async () => {
        fake().answerNext({ status: 429, body: '{}', headers: { 'retry-after': '7' } });
        const refused = await wan.submit(TEXT, WAN_3, io());
        expect(refused).toMatchObject({ failure: { kind: 'rate_limited', retryAfterMs: 7_000 } });
      });

      it('cannot tell what a 4xx without any word of the vendor means', async () => {
        fake().answerNext({ status: 418, body: '<html>' });
        await expect(wan.submit(TEXT, WAN_3, io())).rejects.toThrow('418');
      });
    });

    describe('a Wan task', () => {
      it.each([
        ['numbers', WAN_2_6],
        ['text', WAN_3],
      ])('says how many seconds were used in %s', async (_name, upstream) => {
        const task = await submit({ ...TEXT, seconds: 10 }, upstream);
        fake().move(task.id, 'SUCCEEDED');
        expect(await wan.check(task, io())).toMatchObject({ usage: { seconds: 10, tokens: null } });
      });

      it('that was cancelled has failed', async () => {
        const task = await submit(TEXT, WAN_3);
        fake().move(task.id, 'CANCELED');
        expect(await wan.check(task, io())).toMatchObject({ kind: 'failed', failure: { kind: 'generation_failed' } });
      });

      it.each([
        ['another id', { task_id: 'other', task_status: 'FAILED' }],
        ['no status', { task_id: '' }],
        ['no address', { task_id: '', task_status: 'SUCCEEDED' }],
      ])('is not judged by a record with %s', async (_name, record) => {
        const task = await submit(TEXT, WAN_3);
        const output = { ...record, task_id: record.task_id === '' ? task.id : record.task_id };
        fake().answerNext({ status: 200, body: JSON.stringify({ output }) });
        await expect(wan.check(task, io())).rejects.toThrow('the vendor');
      });

      it('that the vendor does not know is asked for again', async () => {
        await expect(wan.check({ id: 'never-made', data: {} }, io())).rejects.toThrow('no such task');
        await expect(wan.check({ id: '../models', data: {} }, io())).rejects.toThrow('an id that is none');
      });

      it('can be cancelled while it waits, and no later', async () => {
        const task = await submit(TEXT, WAN_3);
        expect(await wan.cancel?.(task, io())).toBe(true);
        const running = await submit(TEXT, WAN_3);
        fake().move(running.id, 'RUNNING');
        expect(await wan.cancel?.(running, io())).toBe(false);
        fake().answerNext({ status: 500, body: '' });
        await expect(wan.cancel?.(running, io())).rejects.toThrow('500');
      });
    });

    it('asks as the client of the AI SDK does', async () => {
      const vendor = await startWanVendor(KEY);
      try {
        const model = createAlibaba({ apiKey: KEY, videoBaseURL: vendor.url }).video('wan2.6-t2v');
        const made = generateVideo({
          model,
          prompt: 'a kitten runs',
          resolution: '1280x720',
          duration: 10,
          seed: 0,
          poll: POLL,
          providerOptions: { alibaba: { negativePrompt: 'rain', watermark: false } },
          download: async () => ({ data: new Uint8Array([1]), mediaType: 'video/mp4' }),
        });
        await expect.poll(() => vendor.books.length, { timeout: 20_000 }).toBe(1);
        vendor.move(vendor.books[0]?.id ?? '', 'SUCCEEDED');
        await made;
        await submit({ ...TEXT, seconds: 10, seed: 0 }, WAN_2_6);
        expect(bodyOf(fake())).toEqual(vendor.seen[0]?.body);
      } finally {
        await vendor.close();
      }
    });

    describe('a key of Model Studio', () => {
      it('is tested by a question that costs nothing', async () => {
        expect(await wan.testCredential?.(io())).toMatchObject({ ok: true });
        const wrong = await wan.testCredential?.(io({ credential: 'sk-wrong-canary' }));
        expect(wrong).toMatchObject({ ok: false, message: expect.stringContaining('InvalidApiKey') });
        fake().answerNext({ status: 503, body: '' });
        await expect(wan.testCredential?.(io())).rejects.toThrow('503');
        fake().answerNext({ status: 429, body: '{}' });
        await expect(wan.testCredential?.(io())).rejects.toThrow('could not be asked');
      });

      it('is explained where it is not one', () => {
        expect(wan.credentialFault('Bearer sk-0000')).toContain("without 'Bearer'");
        expect(wan.credentialFault('LTAI5tabc|secretsecret')).toContain('one API key');
        expect(wan.credentialFault('LTAI5tabcdefghij')).toContain('access key id');
        expect(wan.credentialFault('sk-1')).toContain('is cut');
      });
    });
  },
);

function bodyOf(fake: Fake): unknown {
  return fake.seen.at(-1)?.body;
}
