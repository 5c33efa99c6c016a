/** Relays of `/v1/video/create`: golden requests, Veo's many states, errors that are only texts. */

import { expect, it } from 'vitest';

import type { VideoSpec } from '../../../src/model/spec.ts';
import { startRelayVendor } from '../../fakes/relay-vendor.ts';
import { providerNamed } from '../../support/providers.ts';
import { SPEC } from '../../support/rows.ts';
import { describeProvider, inputOf } from '../suite.ts';
import type { ErrorRow } from '../suite.ts';

const KEY = 'sk-relay-0000';
const A = 'https://example.com/a.png';
const B = 'https://example.com/b.png';
const TEXT: VideoSpec = { ...SPEC, prompt: 'a red fox', seconds: 8 };
const BOTH: VideoSpec = {
  ...TEXT,
  mode: 'first_last',
  inputs: [inputOf('first_frame', A), inputOf('last_frame', B)],
};
const UPSTREAM = { name: 'veo3.1-fast' };

const provider = providerNamed('unified-video');

const refusal = (status: number, message: string, kind: ErrorRow['kind']): ErrorRow => ({
  name: `${status} ${message}`,
  answer: { status, body: JSON.stringify({ error: { message, type: 'new_api_error', param: '', code: '' } }) },
  kind,
});

describeProvider(
  {
    provider,
    folder: import.meta.dirname,
    start: () => startRelayVendor(KEY, 'unified'),
    credential: KEY,
    badCredentials: ['two words', `Bearer ${KEY}`],
    examples: [
      { name: 'text', spec: TEXT, upstream: UPSTREAM },
      {
        name: 'first frame',
        spec: { ...TEXT, mode: 'first_frame', inputs: [inputOf('first_frame', A)] },
        upstream: UPSTREAM,
      },
      { name: 'first and last frame', spec: BOTH, upstream: UPSTREAM },
      {
        name: 'upright picture that is only with us',
        spec: {
          ...TEXT,
          mode: 'first_frame',
          inputs: [inputOf('first_frame', null)],
          ratio: '9:16',
          width: 720,
          height: 1280,
          vendor: { enhance_prompt: true, enable_upsample: false },
        },
        upstream: UPSTREAM,
      },
    ],
    flips: {
      prompt: { prompt: 'a blue fox' },
      seconds: { seconds: 10 },
      resolution: { resolution: '1080p' },
      size: { width: 1920, height: 1080 },
      shape: { ratio: '9:16' },
      orientation: { width: 720, height: 1280 },
      'seed 0': { seed: 0 },
      watermark: { watermark: true },
      'what it should not show': { negativePrompt: 'blur' },
      'a picture': { mode: 'first_frame', inputs: [inputOf('first_frame', A)] },
      enhance_prompt: { vendor: { enhance_prompt: false } },
      veo_fl_close: { vendor: { veo_fl_close: true } },
    },
    refusals: [
      refusal(400, 'invalid field images', 'invalid_request'),
      refusal(400, 'unsafe prompt or images', 'content_rejected'),
      refusal(401, 'invalid token', 'upstream_credential'),
      refusal(403, 'insufficient balance', 'upstream_credential'),
      refusal(404, 'Invalid URL (POST /v1/video/create)', 'upstream_protocol'),
      refusal(429, 'too many requests', 'rate_limited'),
    ],
    states: {
      waiting: [
        'pending',
        'queued',
        'processing',
        'image_downloading',
        'video_generating',
        'video_generation_running',
        'video_generation_completed',
        'video_upsampling',
        'NOT_START',
        'SUBMITTED',
        'unknown',
      ],
      done: 'completed',
      failed: 'failed',
    },
    failures: [
      { code: 'unsafe prompt or images', kind: 'content_rejected' },
      { code: 'the picture shows minors', kind: 'content_rejected' },
      { code: 'reCAPTCHA evaluation failed', kind: 'generation_failed' },
      { code: 'PERMISSION_DENIED', kind: 'generation_failed' },
    ],
  },
  (fake, io) => {
    const submitted = async () => {
      const result = await provider.submit(TEXT, UPSTREAM, io());
      if (result.kind !== 'accepted') throw new Error('refused');
      return result.task;
    };

    it.each(['video_generation_failed', 'video_upsampling_failed', 'error', 'FAILURE', 'cancelled'])(
      'a task has failed that is %s',
      async (state) => {
        const task = await submitted();
        fake().move(task.id, state);
        expect(await provider.check(task, io())).toMatchObject({
          kind: 'failed',
          failure: { kind: 'generation_failed' },
        });
      },
    );

    it('a video made larger is done where it has an address, and waited for where it has none', async () => {
      const task = await submitted();
      fake().move(task.id, 'video_upsampling_completed');
      expect(await provider.check(task, io())).toMatchObject({ kind: 'done' });
      fake().answerNext({ status: 200, body: '{"status":"video_upsampling_completed","video_url":null}' });
      expect(await provider.check(task, io())).toMatchObject({ kind: 'waiting' });
    });

    it('a finished task is no failure for what went wrong in a try before', async () => {
      const task = await submitted();
      fake().move(task.id, 'completed');
      expect(await provider.check(task, io())).toMatchObject({ kind: 'done' });
    });

    it('a finished task without an address is asked about again', async () => {
      const task = await submitted();
      fake().answerNext({ status: 200, body: '{"status":"completed","video_url":null}' });
      await expect(provider.check(task, io())).rejects.toThrow('not where it is');
    });

    it('an answer about another task judges none', async () => {
      const task = await submitted();
      fake().answerNext({ status: 200, body: '{"id":"other","status":"failed"}' });
      await expect(provider.check(task, io())).rejects.toThrow('another task');
    });
  },
);

it.each([
  ['deepwl', 'https://zx1.deepwl.net'],
  ['duoyuanx', 'https://duoyuanx.com'],
  ['octopusx', 'https://octopusx.ai'],
])('%s is the same wire at another address', (name, baseUrl) => {
  expect(providerNamed(name)).toMatchObject({ name, baseUrl, openTo: provider.openTo });
});
