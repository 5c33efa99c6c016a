/** Vidu's page: specs of every mode that it makes, what it refuses, and why its tasks fail. */

import type { FailureKind } from '../../../src/model/failure.ts';
import type { Scene } from '../../../src/model/request.ts';
import type { VideoSpec } from '../../../src/model/spec.ts';
import { providerNamed } from '../../support/providers.ts';
import { SPEC } from '../../support/rows.ts';
import { example, inputOf } from '../suite.ts';
import type { ErrorRow, ProviderPage } from '../suite.ts';

export const vidu = providerNamed('vidu');
export const KEY = 'vda_test_key';
export const Q3_PRO = { model: 'viduq3-pro' };
export const Q2_PRO = { model: 'viduq2-pro' };
const Q3 = { model: 'viduq3' };
export const LIP_SYNC = { model: 'lip-sync' };
export const UPSCALE = { model: 'upscale-new' };
const TEMPLATE = { model: 'viduq2-turbo' };

export const A = 'https://example.com/a.png';
const B = 'https://example.com/b.png';
const C = 'https://example.com/c.png';
const CLIP = 'https://example.com/c.mp4';
const SONG = 'https://example.com/s.mp3';

export const TEXT: VideoSpec = {
  ...SPEC,
  model: 'Vidu-q3-pro',
  requestedModel: 'Vidu-q3-pro',
  prompt: 'a red fox runs in snow',
  audio: true,
};
export const FIRST: VideoSpec = { ...TEXT, mode: 'first_frame', inputs: [inputOf('first_frame', A)] };
export const REFERENCE: VideoSpec = {
  ...TEXT,
  mode: 'reference',
  inputs: [inputOf('reference_image', A), inputOf('reference_image', B)],
};
export const SOURCE = inputOf('source_video', CLIP, 'video/mp4');
export const KEY_FRAMES = scene('multi_frame', {
  inputs: [inputOf('first_frame', A), inputOf('reference_image', B), inputOf('reference_image', C)],
});
export const EXTEND = scene('extend', { inputs: [SOURCE] });
export const EFFECT = scene('template_effect', {
  inputs: [inputOf('reference_image', A)],
  vendor: { template: 'hugging' },
});
export const SYNC = scene('lip_sync', { inputs: [SOURCE, inputOf('audio', SONG, 'audio/mpeg')], prompt: null });
export const LARGER = scene('upscale', { inputs: [SOURCE], prompt: null, resolution: '4k' });

function scene(mode: Scene, over: Partial<VideoSpec>): VideoSpec {
  return { ...TEXT, mode, scene: mode, audio: false, ...over };
}

function refusal(status: number, reason: string, kind: FailureKind): ErrorRow {
  const body = JSON.stringify({ code: status, reason, message: 'as the page says', metadata: { trace_id: 't' } });
  return { name: `${status} ${reason}`, answer: { status, body }, kind };
}

const REFUSALS: readonly ErrorRow[] = [
  refusal(400, 'BadRequest', 'invalid_request'),
  refusal(400, 'FieldLacking', 'invalid_request'),
  refusal(400, 'FieldUnwanted', 'invalid_request'),
  refusal(400, 'FieldItemCountOutOfRange', 'invalid_request'),
  refusal(400, 'FieldInvalid', 'invalid_request'),
  refusal(400, 'PageSizeOutOfRange', 'invalid_request'),
  refusal(400, 'ImageDownloadFailure', 'invalid_request'),
  refusal(400, 'ImageFormatInvalid', 'invalid_request'),
  refusal(400, 'ImageCheckBodyJointsFailed', 'invalid_request'),
  refusal(400, 'ImageCheckFaceFailed', 'invalid_request'),
  refusal(400, 'ImageObjectsUndetected', 'invalid_request'),
  refusal(400, 'OperationInProcess', 'rate_limited'),
  refusal(400, 'TaskPromptPolicyViolation', 'content_rejected'),
  refusal(400, 'AuditSubmitIllegal', 'content_rejected'),
  refusal(400, 'CreationPolicyViolation', 'content_rejected'),
  refusal(400, 'CreditInsufficient', 'upstream_credential'),
  refusal(400, 'ModelUnavailable', 'upstream_unavailable'),
  refusal(400, 'UserCancelled', 'cancelled'),
  refusal(401, 'Unauthorized', 'upstream_credential'),
  refusal(403, 'Forbidden', 'upstream_credential'),
  refusal(404, 'TaskNotFound', 'upstream_protocol'),
  refusal(404, 'CreationNotFound', 'upstream_protocol'),
  refusal(404, 'NotFound', 'upstream_protocol'),
  refusal(409, 'Conflict', 'invalid_request'),
  refusal(429, 'QuotaExceeded', 'rate_limited'),
  refusal(429, 'TooManyRequests', 'rate_limited'),
  refusal(429, 'SystemThrottling', 'rate_limited'),
  refusal(400, 'SomethingNew', 'invalid_request'),
  refusal(418, 'SomethingNew', 'upstream_protocol'),
  { name: 'a bare 429', answer: { status: 429, body: '{}' }, kind: 'rate_limited' },
];

const FAILURES: readonly { readonly code: string; readonly kind: FailureKind }[] = [
  { code: 'CreationPolicyViolation', kind: 'content_rejected' },
  { code: 'AuditSubmitIllegal', kind: 'content_rejected' },
  { code: 'TaskPromptPolicyViolation', kind: 'content_rejected' },
  { code: 'ImageDownloadFailure', kind: 'invalid_request' },
  { code: 'ModelUnavailable', kind: 'upstream_unavailable' },
  { code: 'UserCancelled', kind: 'cancelled' },
  { code: 'Canceled', kind: 'cancelled' },
  { code: 'InternalServiceFailure', kind: 'generation_failed' },
  { code: 'SomethingNew', kind: 'generation_failed' },
  { code: '', kind: 'generation_failed' },
];

export const PAGE: Omit<ProviderPage, 'start'> = {
  provider: vidu,
  folder: import.meta.dirname,
  credential: KEY,
  badCredentials: ['Token vda_test_key', 'bearer vda_test_key', 'two words', 'vda_1', 'k'.repeat(501)],
  examples: [
    example('text', TEXT, Q3_PRO),
    example('text off-peak without sound', { ...TEXT, audio: false, offPeak: true, seed: 0 }, Q3_PRO),
    example(
      'text in a style',
      {
        ...TEXT,
        audio: false,
        bgm: true,
        resolution: '1080p',
        ratio: '1:1',
        vendor: { style: 'anime', movement_amplitude: 'small' },
      },
      { model: 'viduq1' },
    ),
    example('first frame', { ...FIRST, seed: 11 }, Q3_PRO),
    example('a picture that is only with us', { ...FIRST, inputs: [inputOf('first_frame', null)] }, Q3_PRO),
    example(
      'first frame without a prompt',
      { ...FIRST, prompt: null, vendor: { is_rec: true, audio_type: 'speech_only', voice_id: 'v-1' } },
      Q2_PRO,
    ),
    example(
      'first and last frame',
      { ...FIRST, mode: 'first_last', inputs: [inputOf('first_frame', A), inputOf('last_frame', B)] },
      Q3_PRO,
    ),
    example('reference', { ...REFERENCE, ratio: '3:4' }, Q3),
    example('reference in the shape of the picture', { ...REFERENCE, ratio: '427:240' }, Q3),
    example(
      'reference with a video',
      { ...REFERENCE, inputs: [inputOf('reference_image', A), inputOf('reference_video', CLIP, 'video/mp4')] },
      Q2_PRO,
    ),
    example(
      'subjects',
      {
        ...REFERENCE,
        prompt: '@fox and @cat play',
        inputs: [...REFERENCE.inputs, inputOf('reference_image', C)],
        vendor: {
          subjects: [
            { name: 'fox', images: 2, voice_id: 'v-1' },
            { name: 'cat', images: 1, videos: 0 },
          ],
          auto_subjects: false,
        },
      },
      Q3,
    ),
    example(
      'key frames',
      {
        ...KEY_FRAMES,
        prompt: null,
        seconds: 9,
        vendor: {
          image_settings: [
            { prompt: 'it jumps', duration: 2 },
            { prompt: '', duration: 7 },
          ],
        },
      },
      Q2_PRO,
    ),
    example('key frames of any other API', { ...KEY_FRAMES, seconds: 5 }, Q2_PRO),
    example('effect', { ...EFFECT, seed: 0, bgm: true }, TEMPLATE),
    example('story', { ...EFFECT, vendor: { story: 'monkey_king' } }, TEMPLATE),
    example('extension', { ...EXTEND, watermark: true, vendor: { wm_position: 1 } }, Q2_PRO),
    example('extension to a last frame', { ...EXTEND, inputs: [SOURCE, inputOf('last_frame', B)] }, Q2_PRO),
    example('lip sync to a track', SYNC, LIP_SYNC),
    example(
      'lip sync to words',
      { ...SYNC, inputs: [SOURCE], prompt: 'good morning', vendor: { speed: 1.5, character_id: 'c-1' } },
      LIP_SYNC,
    ),
    example('upscale', LARGER, UPSCALE),
    example('a model under another name', TEXT, { ...Q3_PRO, name: 'viduq3-turbo' }),
  ],
  flips: {
    prompt: { prompt: 'a blue fox' },
    seconds: { seconds: 12 },
    resolution: { resolution: '1080p' },
    ratio: { ratio: '9:16' },
    'no sound': { audio: false },
    music: { bgm: true },
    'seed 0': { seed: 0 },
    'a seed': { seed: 7 },
    watermark: { watermark: true },
    'off-peak': { offPeak: true },
    'a first frame': { mode: 'first_frame', inputs: [inputOf('first_frame', A)] },
    'a picture of ours': { mode: 'first_frame', inputs: [inputOf('first_frame', null)] },
    style: { vendor: { style: 'general' } },
    movement_amplitude: { vendor: { movement_amplitude: 'large' } },
    wm_position: { vendor: { wm_position: 2 } },
    wm_url: { vendor: { wm_url: A } },
    meta_data: { vendor: { meta_data: '{}' } },
    client_request_id: { vendor: { client_request_id: 'r-1' } },
  },
  refusals: REFUSALS,
  states: { waiting: ['created', 'queueing', 'processing'], done: 'success', failed: 'failed' },
  failures: FAILURES,
};
