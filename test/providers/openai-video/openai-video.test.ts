/** OpenAI's `/v1/videos` as five kinds of servers speak it: golden requests, states, errors, and what only some of them do. */

import { describe, expect, it } from 'vitest';

import type { JsonObject } from '../../../src/model/json.ts';
import type { VideoSpec } from '../../../src/model/spec.ts';
import type { Flavour, VideosServer } from '../../fakes/videos-server.ts';
import { startVideosServer } from '../../fakes/videos-server.ts';
import { providerNamed } from '../../support/providers.ts';
import { SPEC } from '../../support/rows.ts';
import { describeProvider, inputOf } from '../suite.ts';
import type { ErrorRow, Example, Io, ProviderPage } from '../suite.ts';

const KEY = 'sk-video-server-0000';
const A = 'https://example.com/a.png';
const TEXT: VideoSpec = { ...SPEC, prompt: 'a red fox', seconds: 8, seed: 7 };
const FRAME: VideoSpec = { ...TEXT, mode: 'first_frame', inputs: [inputOf('first_frame', A)] };
const OURS: VideoSpec = { ...FRAME, inputs: [inputOf('first_frame', null)] };
const CLIP = inputOf('source_video', null, 'video/mp4');
const UPSTREAM = { model: 'sora-2' };

const example = (name: string, spec: VideoSpec, upstream: JsonObject = UPSTREAM): Example => ({ name, spec, upstream });

function refusal(status: number, error: JsonObject, kind: ErrorRow['kind']): ErrorRow {
  const name = `${status} ${String(error['code'] ?? error['detail'] ?? '')}`;
  return { name, answer: { status, body: JSON.stringify('detail' in error ? error : { error }) }, kind };
}

const REFUSALS: readonly ErrorRow[] = [
  refusal(400, { code: 'invalid_value', message: 'Invalid size' }, 'invalid_request'),
  refusal(400, { code: 'missing_required_parameter', message: 'prompt' }, 'invalid_request'),
  refusal(400, { code: 'moderation_blocked', message: 'blocked' }, 'content_rejected'),
  refusal(400, { code: '', message: 'Inpaint image must match the requested width and height' }, 'invalid_request'),
  refusal(401, { code: 'invalid_api_key', message: `wrong key ${KEY}` }, 'upstream_credential'),
  refusal(403, { code: null, message: 'not verified' }, 'upstream_credential'),
  refusal(404, { code: 'not_found', message: 'no such page' }, 'upstream_protocol'),
  refusal(422, { detail: 'field required' }, 'invalid_request'),
  refusal(429, { code: 'rate_limit_exceeded', message: 'slow down' }, 'rate_limited'),
  refusal(429, { code: 'insufficient_quota', message: 'no money' }, 'upstream_credential'),
];

const FLIPS: Readonly<Record<string, Partial<VideoSpec>>> = {
  prompt: { prompt: 'a blue fox' },
  seconds: { seconds: 12 },
  size: { width: 720, height: 1280 },
  'seed 0': { seed: 0 },
  'no seed': { seed: null },
  'what it should not show': { negativePrompt: 'blur' },
  'a picture': { mode: 'first_frame', inputs: [inputOf('first_frame', A)] },
};
const SELF_HOSTED = { ...FLIPS, fps: { fps: 16 } };

type Told = Pick<ProviderPage, 'examples' | 'flips'> & Partial<ProviderPage>;

function page(name: string, flavour: Flavour, told: Told): ProviderPage {
  return {
    provider: providerNamed(name),
    folder: `${import.meta.dirname}/${name}`,
    start: () => startVideosServer(KEY, flavour),
    credential: KEY,
    badCredentials: ['two words', `Bearer ${KEY}`, 'x'.repeat(600)],
    refusals: REFUSALS,
    states: { waiting: ['queued', 'in_progress', 'processing', 'pending'], done: 'completed', failed: 'failed' },
    failures: [
      { code: 'moderation_blocked', kind: 'content_rejected' },
      { code: 'sentinel_block', kind: 'content_rejected' },
      { code: 'server_error', kind: 'generation_failed' },
      { code: 'upstream_unavailable', kind: 'generation_failed' },
      { code: 'something_new', kind: 'generation_failed' },
    ],
    ...told,
  };
}

const submitted = async (provider: ProviderPage['provider'], spec: VideoSpec, io: Io) => {
  const result = await provider.submit(spec, UPSTREAM, io());
  if (result.kind !== 'accepted') throw new Error(`refused: ${JSON.stringify(result.failure)}`);
  return result.task;
};

const openai = providerNamed('openai-video');

describeProvider(
  page('openai-video', 'openai', {
    examples: [
      example('text', TEXT),
      example('first frame', FRAME),
      example('first frame that is only with us', OURS),
      example('edit of a file', { ...TEXT, mode: 'edit', scene: 'edit', inputs: [CLIP] }),
      example('extension of a file', { ...TEXT, mode: 'extend', scene: 'extend', inputs: [CLIP] }),
      example('another name', TEXT, { ...UPSTREAM, name: 'my-sora' }),
    ],
    flips: FLIPS,
  }),
  (fake, io) => {
    it('a video that says no address is fetched from the server with the key', async () => {
      const task = await submitted(openai, TEXT, io);
      fake().move(task.id, 'completed');
      const result = await openai.check(task, io());
      const url = `${fake().url}/v1/videos/${task.id}/content`;
      expect(result).toEqual({
        kind: 'done',
        video: { from: 'url', url, withCredential: true },
        usage: { seconds: 8, tokens: null },
      });
      expect(openai.videoHeaders?.(KEY)).toEqual({ authorization: `Bearer ${KEY}` });
    });

    it('a video that the same server made is edited by its id, and not sent', async () => {
      const first = await submitted(openai, TEXT, io);
      const inputs = [{ ...CLIP, jobId: '0197f0f0-0000-7000-8000-0000000000bb' }];
      const spec: VideoSpec = { ...TEXT, mode: 'edit', scene: 'edit', inputs };
      const result = await openai.submit(spec, UPSTREAM, io({ taskOf: async () => first }));
      expect(result.kind).toBe('accepted');
      expect(fake().seen.at(-1)).toMatchObject({ path: '/v1/videos/edits', body: { video: { id: first.id } } });
    });

    it('inputs that the API has no place for are refused, not dropped', async () => {
      const inputs = [inputOf('first_frame', A), inputOf('last_frame', A)];
      const result = await openai.submit({ ...TEXT, mode: 'first_last', inputs }, UPSTREAM, io());
      expect(result).toMatchObject({ kind: 'refused', failure: { kind: 'channel_unfit' } });
      expect(JSON.stringify(result)).toContain('last frame');
    });

    it('a finished video is not deleted by a cancel that comes too late', async () => {
      const task = await submitted(openai, TEXT, io);
      fake().move(task.id, 'completed');
      expect(await openai.cancel?.(task, io())).toBe(false);
      expect(fake().seen.every(({ method }) => method !== 'DELETE')).toBe(true);
    });

    it('a key is tested by listing the videos of it', async () => {
      expect(await openai.testCredential?.(io())).toMatchObject({ ok: true });
      expect(await openai.testCredential?.(io({ credential: 'sk-other' }))).toMatchObject({ ok: false });
    });

    it.each([
      ['another id', { id: 'video_other', status: 'failed' }],
      ['no status', { object: 'video' }],
    ])('a reply with %s judges no task', async (_name, body) => {
      const task = await submitted(openai, TEXT, io);
      fake().answerNext({ status: 200, body: JSON.stringify(body) });
      await expect(openai.check(task, io())).rejects.toThrow('the vendor');
    });

    it('an id that leads elsewhere is asked for by nobody', async () => {
      await expect(openai.check({ id: '../models', data: {} }, io())).rejects.toThrow('an id that is none');
    });

    it('a callback only names the task, wherever its body has it', async () => {
      const about = (body: JsonObject) =>
        openai.readCallback?.(
          { method: 'POST', query: {}, headers: {}, body: Buffer.from(JSON.stringify(body)) },
          io(),
        );
      const notice = { kind: 'notice', task: { id: 'video_1' } };
      expect(await about({ id: 'evt_1', type: 'video.completed', data: { id: 'video_1' } })).toMatchObject(notice);
      expect(await about({ id: 'video_1', object: 'video', status: 'completed' })).toMatchObject(notice);
      expect(await about({ hello: 'there' })).toMatchObject({ kind: 'notice', task: null });
    });
  },
);

describeProvider(
  page('openai-resale', 'resale', {
    examples: [example('text', TEXT), example('first frame', FRAME), example('first frame that is only with us', OURS)],
    flips: { ...FLIPS, watermark: { watermark: true }, style: { vendor: { style: 'anime' } } },
  }),
);

const VLLM = { num_inference_steps: 30, guidance_scale: 4.5 };
const PATHS = {
  output_path: '/etc/cron.d/x',
  frame_interpolation_model_path: '/models/x',
  diffusers_kwargs: { a: 1 },
  lora: '{"local_path":"/"}',
  generator_device: 'cuda:1',
  extra_params: '{"task":"t2va"}',
  input_reference: '/etc/passwd',
  num_frames: '/etc/passwd',
};

describeProvider(
  page('vllm-omni', 'vllm', {
    examples: [
      example('text', TEXT),
      example('first frame', FRAME),
      example('settings of the diffusion', { ...TEXT, vendor: VLLM }),
    ],
    flips: { ...SELF_HOSTED, sound: { audio: true }, steps: { vendor: { num_inference_steps: 30 } } },
  }),
  (fake, io) => withoutPaths('vllm-omni', fake, io),
);

describeProvider(
  page('sglang', 'sglang', {
    examples: [
      example('text', TEXT),
      example('first frame', FRAME),
      example('first frame with settings', { ...FRAME, negativePrompt: 'blur', vendor: VLLM }),
    ],
    flips: { ...SELF_HOSTED, steps: { vendor: { num_inference_steps: 30 } } },
  }),
  (fake, io) => {
    withoutPaths('sglang', fake, io);
    it('a task that was deleted on the server has failed', async () => {
      const sglang = providerNamed('sglang');
      const task = await submitted(sglang, TEXT, io);
      expect(await sglang.cancel?.(task, io())).toBe(true);
      expect(await sglang.check(task, io())).toMatchObject({ kind: 'failed' });
    });
  },
);

function withoutPaths(name: string, fake: () => { readonly seen: VideosServer['seen'] }, io: Io): void {
  it(`${name} is never given a path, a device or code of a client's`, async () => {
    const provider = providerNamed(name);
    await submitted(provider, TEXT, io);
    const plain = JSON.stringify(fake().seen.at(-1)?.body);
    await submitted(provider, { ...TEXT, vendor: PATHS }, io);
    expect(JSON.stringify(fake().seen.at(-1)?.body)).toBe(plain);
  });
}

const reelgate = providerNamed('reelgate');

describeProvider(
  page('reelgate', 'reelgate', {
    examples: [
      example('text', TEXT, {}),
      example('first frame', FRAME, {}),
      example(
        'references',
        { ...TEXT, mode: 'reference', inputs: [inputOf('reference_image', A), inputOf('reference_image', null)] },
        {},
      ),
      example('lip sync', { ...TEXT, mode: 'lip_sync', scene: 'lip_sync', inputs: [{ ...CLIP, url: A }] }, {}),
    ],
    flips: {
      ...SELF_HOSTED,
      size: { resolution: '1080p' },
      ratio: { ratio: '9:16' },
      sound: { audio: true },
      'background music': { bgm: true },
      'off-peak': { offPeak: true },
      watermark: { watermark: true },
      "a vendor's key": { vendor: { camera_fixed: false } },
    },
    refusals: [
      ...REFUSALS,
      refusal(503, { code: 'no_channel', message: 'no channel' }, 'upstream_unavailable'),
      refusal(503, { code: 'upstream_unavailable', message: 'resting' }, 'upstream_unavailable'),
      refusal(402, { code: 'insufficient_quota', message: 'no money' }, 'upstream_credential'),
    ],
  }),
  (fake, io) => {
    describe('another Reelgate', () => {
      it('says what it charged', async () => {
        const task = await submitted(reelgate, TEXT, io);
        fake().move(task.id, 'completed');
        expect(await reelgate.check(task, io())).toMatchObject({ kind: 'done', usage: { costMicros: 400_000n } });
      });

      it('makes one task of a submit that is sent again', async () => {
        const own = io();
        const task = await reelgate.submit(TEXT, {}, own);
        const before = fake().books.length;
        expect(await reelgate.replay?.resubmit(TEXT, {}, io({ attemptToken: own.attemptToken }))).toEqual(task);
        const other = { ...TEXT, prompt: 'a blue fox' };
        expect(await reelgate.replay?.resubmit(other, {}, io({ attemptToken: own.attemptToken }))).toEqual({
          kind: 'duplicate',
          task: null,
        });
        expect(fake().books).toHaveLength(before);
      });

      it('is told the address that it may call back', async () => {
        await submitted(reelgate, TEXT, io);
        expect(fake().seen.at(-1)?.body).toMatchObject({ callback_url: 'https://r.example/callbacks/c/t' });
      });
    });
  },
);

it.each(['openai-video', 'openai-resale', 'vllm-omni', 'sglang'])('%s serves what a channel names', (name) => {
  expect(providerNamed(name).openTo).toMatchObject({ models: 'named' });
});
