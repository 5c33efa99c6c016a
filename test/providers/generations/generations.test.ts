/** Servers of `/v1/video/generations`: the documented answers, new-api's own, and another Reelgate's. */

import { expect, it } from 'vitest';

import type { VideoSpec } from '../../../src/model/spec.ts';
import type { RelayKind } from '../../fakes/relay-vendor.ts';
import { startRelayVendor } from '../../fakes/relay-vendor.ts';
import { providerNamed } from '../../support/providers.ts';
import { SPEC } from '../../support/rows.ts';
import { describeProvider, inputOf } from '../suite.ts';
import type { ErrorRow, ProviderPage } from '../suite.ts';

const KEY = 'sk-generations-0000';
const A = 'https://example.com/a.png';
const B = 'https://example.com/b.png';
const TEXT: VideoSpec = { ...SPEC, prompt: 'a red fox', seed: 7 };
const FRAME: VideoSpec = { ...TEXT, mode: 'first_frame', inputs: [inputOf('first_frame', A)] };
const BOTH: VideoSpec = {
  ...TEXT,
  mode: 'first_last',
  inputs: [inputOf('first_frame', A), inputOf('last_frame', null)],
};
const REFERENCES: VideoSpec = {
  ...TEXT,
  mode: 'reference',
  inputs: [inputOf('reference_image', A), inputOf('reference_image', B)],
};
const UPSTREAM = { name: 'kling-v3-omni' };

const refusal = (status: number, body: string, kind: ErrorRow['kind']): ErrorRow => ({
  name: `${status} ${body}`,
  answer: { status, body },
  kind,
});

function page(name: string, kind: RelayKind, over: Partial<ProviderPage> = {}): ProviderPage {
  return {
    provider: providerNamed(name),
    folder: `${import.meta.dirname}/${name}`,
    start: () => startRelayVendor(KEY, kind),
    credential: KEY,
    badCredentials: ['two words'],
    examples: [
      { name: 'text', spec: TEXT, upstream: UPSTREAM },
      { name: 'first frame', spec: FRAME, upstream: UPSTREAM },
      { name: 'first and last frame', spec: BOTH, upstream: UPSTREAM },
      {
        name: "a vendor's own keys",
        spec: { ...TEXT, negativePrompt: 'blur', vendor: { cfg_scale: 0.5, output_path: '/etc/x', mode: 'pro' } },
        upstream: UPSTREAM,
      },
    ],
    flips: {
      prompt: { prompt: 'a blue fox' },
      seconds: { seconds: 10 },
      resolution: { resolution: '1080p' },
      shape: { ratio: '9:16' },
      fps: { fps: 30 },
      sound: { audio: true },
      'background music': { bgm: true },
      'off-peak': { offPeak: true },
      'seed 0': { seed: 0 },
      'no seed': { seed: null },
      watermark: { watermark: true },
      'what it should not show': { negativePrompt: 'blur' },
      'a picture': { mode: 'first_frame', inputs: [inputOf('first_frame', A)] },
      cfg_scale: { vendor: { cfg_scale: 0.5 } },
    },
    refusals: [
      refusal(400, '{"code":"invalid_request","message":"prompt is required"}', 'invalid_request'),
      refusal(400, '{"code":"bad_thing","message":"unsafe prompt"}', 'content_rejected'),
      refusal(401, '{"code":"","message":"invalid token"}', 'upstream_credential'),
      refusal(403, '{"code":"insufficient_user_quota","message":"no money"}', 'upstream_credential'),
      refusal(
        403,
        '{"error":{"message":"no money","type":"new_api_error","param":"","code":""}}',
        'upstream_credential',
      ),
      refusal(429, '{"code":"","message":"slow down"}', 'rate_limited'),
    ],
    states: { waiting: ['queued', 'processing', 'NOT_START', 'SUBMITTED'], done: 'succeeded', failed: 'failed' },
    failures: [
      { code: 'unsafe prompt', kind: 'content_rejected' },
      { code: 'the graphics card is on fire', kind: 'generation_failed' },
    ],
    ...over,
  };
}

const generations = providerNamed('generations');

describeProvider(page('generations', 'documented'), (fake, io) => {
  it('says how long the video is', async () => {
    const result = await generations.submit({ ...TEXT, seconds: 10 }, UPSTREAM, io());
    if (result.kind !== 'accepted') throw new Error('refused');
    fake().move(result.task.id, 'succeeded');
    expect(await generations.check(result.task, io())).toMatchObject({ kind: 'done', usage: { seconds: 10 } });
  });

  it('refuses pictures that it has no place for', async () => {
    const result = await generations.submit(REFERENCES, UPSTREAM, io());
    expect(result).toMatchObject({ kind: 'refused', failure: { kind: 'channel_unfit' } });
  });
});

describeProvider(page('generations', 'envelope'), (fake, io) => {
  it('is nothing to fail for that a task is unknown', async () => {
    await expect(generations.check({ id: 'task_999', data: {} }, io())).rejects.toThrow('400');
    fake().answerNext({ status: 200, body: '{"code":"task_not_exist","message":"no such task","data":null}' });
    await expect(generations.check({ id: 'task_999', data: {} }, io())).rejects.toThrow('how the task is');
  });
});

describeProvider(
  page('reelgate-generations', 'documented', {
    examples: [
      { name: 'text', spec: TEXT, upstream: {} },
      { name: 'first and last frame', spec: BOTH, upstream: {} },
      { name: 'references', spec: REFERENCES, upstream: {} },
    ],
    refusals: [
      refusal(503, '{"code":"no_channel","message":"no channel serves this model"}', 'upstream_unavailable'),
      refusal(403, '{"code":"insufficient_funds","message":"no money"}', 'upstream_credential'),
      refusal(400, '{"code":"content_rejected","message":"no"}', 'content_rejected'),
      refusal(429, '{"code":"limit_exceeded","message":"slow down"}', 'rate_limited'),
    ],
  }),
);
