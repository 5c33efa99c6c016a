/** Ark's page: specs of every mode that it makes, what it refuses, and why its tasks fail. */

import type { FailureKind } from '../../../src/model/failure.ts';
import type { VideoSpec } from '../../../src/model/spec.ts';
import { ENDPOINT } from '../../fakes/ark-vendor.ts';
import { providerNamed } from '../../support/providers.ts';
import { SPEC } from '../../support/rows.ts';
import { example, inputOf } from '../suite.ts';
import type { ErrorRow, ProviderPage } from '../suite.ts';

export const ark = providerNamed('ark');
export const KEY = 'ark-test-0000';
export const PRO_1_5 = { model: 'doubao-seedance-1-5-pro-251215' };
const PRO_1_0 = { model: 'doubao-seedance-1-0-pro-250528' };
const LITE_I2V = 'doubao-seedance-1-0-lite-i2v-250428';
const LITE = {
  model: 'doubao-seedance-1-0-lite-t2v-250428',
  models: { first_frame: LITE_I2V, first_last: LITE_I2V, reference: LITE_I2V },
};
export const SEEDANCE_2 = { model: 'doubao-seedance-2-0-260128' };
const SEEDANCE_2_5 = { model: 'doubao-seedance-2-5-260628' };

export const A = 'https://example.com/a.png';
const B = 'https://example.com/b.png';
const CLIP = 'https://example.com/c.mp4';
const SONG = 'https://example.com/s.mp3';

export const TEXT: VideoSpec = {
  ...SPEC,
  model: 'SV-1.5-pro',
  requestedModel: 'SV-1.5-pro',
  prompt: 'a red fox runs in snow',
  audio: true,
};
export const FIRST: VideoSpec = { ...TEXT, mode: 'first_frame', inputs: [inputOf('first_frame', A)] };
export const REFERENCE: VideoSpec = {
  ...TEXT,
  mode: 'reference',
  inputs: [
    inputOf('reference_image', A),
    inputOf('reference_image', B),
    inputOf('reference_video', CLIP, 'video/mp4'),
    inputOf('audio', SONG, 'audio/mpeg'),
  ],
};
const SOURCE = inputOf('source_video', CLIP, 'video/mp4');

function refusal(status: number, code: string, kind: FailureKind): ErrorRow {
  const body = JSON.stringify({ error: { code, message: 'as the page says', param: '', type: 'x' } });
  return { name: `${status} ${code}`, answer: { status, body }, kind };
}

const REFUSALS: readonly ErrorRow[] = [
  refusal(400, 'MissingParameter', 'invalid_request'),
  refusal(400, 'InvalidParameter', 'invalid_request'),
  refusal(400, 'InvalidParameter.TaskTypeConstraint', 'invalid_request'),
  refusal(400, 'InputTextSensitiveContentDetected', 'content_rejected'),
  refusal(400, 'InputTextSensitiveContentDetected.PolicyViolation', 'content_rejected'),
  refusal(400, 'InputImageSensitiveContentDetected.PrivacyInformation', 'content_rejected'),
  refusal(400, 'InputImageSensitiveContentDetected.PolicyViolation', 'content_rejected'),
  refusal(400, 'InputVideoSensitiveContentDetected.PrivacyInformation', 'content_rejected'),
  refusal(400, 'InputAudioSensitiveContentDetected', 'content_rejected'),
  refusal(401, 'AuthenticationError', 'upstream_credential'),
  refusal(403, 'AccountOverdueError', 'upstream_credential'),
  refusal(403, 'AccessDenied', 'upstream_credential'),
  refusal(404, 'InvalidEndpointOrModel.NotFound', 'upstream_credential'),
  refusal(404, 'InvalidEndpoint.NotFound', 'upstream_credential'),
  refusal(404, 'InvalidEndpoint.ClosedEndpoint', 'upstream_credential'),
  refusal(404, 'ModelNotOpen', 'upstream_credential'),
  refusal(429, 'RateLimitExceeded.EndpointRPMExceeded', 'rate_limited'),
  refusal(429, 'RateLimitExceeded.EndpointTPMExceeded', 'rate_limited'),
  refusal(429, 'ModelAccountRpmRateLimitExceeded', 'rate_limited'),
  refusal(429, 'ModelAccountTpmRateLimitExceeded', 'rate_limited'),
  refusal(429, 'QuotaExceeded', 'upstream_credential'),
  refusal(429, 'SetLimitExceeded', 'upstream_credential'),
  refusal(429, 'ModelLoadingError', 'upstream_unavailable'),
  refusal(429, 'ServerOverloaded', 'upstream_unavailable'),
  refusal(400, 'SomethingNew', 'invalid_request'),
  refusal(418, 'SomethingNew', 'upstream_protocol'),
  {
    name: 'an error without its wrapper',
    answer: { status: 400, body: '{"code":"AuthenticationError","message":"no"}' },
    kind: 'upstream_credential',
  },
  { name: 'a bare 429', answer: { status: 429, body: '{}' }, kind: 'rate_limited' },
];

export const PAGE: Omit<ProviderPage, 'start'> = {
  provider: ark,
  folder: import.meta.dirname,
  credential: KEY,
  badCredentials: ['Bearer ark-test-0000', 'AKLTabcdef|secretsecret', 'two words', 'ark-1', 'k'.repeat(501)],
  examples: [
    example('first frame', { ...FIRST, seed: 11, ratio: '16:9' }, PRO_1_5),
    example('text', TEXT, PRO_1_5),
    example('text off-peak without sound', { ...TEXT, audio: false, offPeak: true, seed: 0 }, PRO_1_5),
    example('text of the first generation', { ...TEXT, audio: false, vendor: { camera_fixed: true } }, PRO_1_0),
    example('text on lite', { ...TEXT, audio: false }, LITE),
    example('reference images on lite', { ...REFERENCE, audio: false, inputs: REFERENCE.inputs.slice(0, 2) }, LITE),
    example('a picture that is only with us', { ...FIRST, inputs: [inputOf('first_frame', null)] }, PRO_1_5),
    example(
      'first and last frame in the shape of the picture',
      {
        ...FIRST,
        mode: 'first_last',
        ratio: '427:240',
        inputs: [inputOf('first_frame', A), inputOf('last_frame', B)],
      },
      PRO_1_5,
    ),
    example('references', { ...REFERENCE, resolution: '4k', vendor: { priority: 9 } }, SEEDANCE_2),
    example('draft', { ...TEXT, resolution: '480p', vendor: { draft: true } }, PRO_1_5),
    example('edit', { ...TEXT, mode: 'edit', scene: 'edit', seconds: 3, inputs: [SOURCE] }, SEEDANCE_2_5),
    example('extension', { ...TEXT, mode: 'extend', scene: 'extend', inputs: [SOURCE] }, SEEDANCE_2_5),
    example('own endpoint', TEXT, { ...PRO_1_5, name: ENDPOINT.id }),
  ],
  flips: {
    prompt: { prompt: 'a blue fox' },
    'no prompt': { prompt: null },
    seconds: { seconds: 12 },
    resolution: { resolution: '1080p' },
    ratio: { ratio: '9:16' },
    'no sound': { audio: false },
    'seed 0': { seed: 0 },
    'no seed': { seed: null },
    watermark: { watermark: true },
    'off-peak': { offPeak: true },
    'another picture': { inputs: [inputOf('first_frame', B)] },
    'a picture of ours': { inputs: [inputOf('first_frame', null)] },
    'a last frame': { mode: 'first_last', inputs: [inputOf('first_frame', A), inputOf('last_frame', B)] },
    camera_fixed: { vendor: { camera_fixed: false } },
    return_last_frame: { vendor: { return_last_frame: true } },
    draft: { resolution: '480p', vendor: { draft: true } },
  },
  refusals: REFUSALS,
  states: { waiting: ['queued', 'running'], done: 'succeeded', failed: 'failed' },
  failures: [
    { code: 'OutputVideoSensitiveContentDetected', kind: 'content_rejected' },
    { code: 'OutputVideoSensitiveContentDetected.PolicyViolation', kind: 'content_rejected' },
    { code: 'OutputAudioSensitiveContentDetected.PolicyViolation', kind: 'content_rejected' },
    { code: 'OutputTextSensitiveContentDetected', kind: 'content_rejected' },
    { code: 'InternalServiceError', kind: 'generation_failed' },
    { code: 'SomethingNew', kind: 'generation_failed' },
  ],
};
