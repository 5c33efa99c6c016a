/** The pages of Hailuo's two versions: specs of every mode, what they refuse, and why their tasks fail. */

import type { FailureKind } from '../../../src/model/failure.ts';
import type { VideoSpec } from '../../../src/model/spec.ts';
import { providerNamed } from '../../support/providers.ts';
import { SPEC } from '../../support/rows.ts';
import { example, inputOf } from '../suite.ts';
import type { ErrorRow, Example, ProviderPage } from '../suite.ts';

export const hailuo = providerNamed('hailuo');
export const KEY = 'eyJ-minimax-0000';
export const V1 = { model: 'MiniMax-Hailuo-2.3', api: 'v1' };
const V1_02 = { model: 'MiniMax-Hailuo-02', api: 'v1' };
const V1_FAST = { model: 'MiniMax-Hailuo-2.3-Fast', api: 'v1' };
const SUBJECT = { model: 'S2V-01', api: 'v1' };
export const V2 = { model: 'MiniMax-H3', api: 'v2' };

const A = 'https://example.com/a.png';
const B = 'https://example.com/b.png';
const CLIP = 'https://example.com/c.mp4';

export const TEXT: VideoSpec = {
  ...SPEC,
  model: 'Hailuo-2.3',
  requestedModel: 'Hailuo-2.3',
  prompt: 'A man picks up a book [Pedestal up]',
  seconds: 6,
  billedSeconds: 6,
  resolution: '768p',
};
const FIRST: VideoSpec = { ...TEXT, mode: 'first_frame', inputs: [inputOf('first_frame', A)] };
const FIRST_LAST: VideoSpec = {
  ...TEXT,
  mode: 'first_last',
  inputs: [inputOf('first_frame', A), inputOf('last_frame', B)],
};
export const TEXT_2: VideoSpec = {
  ...TEXT,
  model: 'Hailuo-H3',
  requestedModel: 'Hailuo-H3',
  prompt: 'a cat',
  seconds: 5,
};
export const REFERENCE_2: VideoSpec = {
  ...TEXT_2,
  mode: 'reference',
  inputs: [
    inputOf('reference_image', A),
    inputOf('reference_video', CLIP, 'video/mp4'),
    inputOf('audio', 'https://example.com/s.mp3', 'audio/mpeg'),
  ],
};

/** As version 1 refuses: with status 200. */
export function coded(code: number, kind: FailureKind): ErrorRow {
  const body = JSON.stringify({ task_id: '', base_resp: { status_code: code, status_msg: 'as the page says' } });
  return { name: `code ${code}`, answer: { status: 200, body }, kind };
}

/** As version 2 refuses: the code in brackets at the end of the message. */
export function worded(status: number, type: string, code: number | null, kind: FailureKind): ErrorRow {
  const message = code === null ? 'as the page says' : `as the page says (${code})`;
  const body = JSON.stringify({ type: 'error', error: { type, message, http_code: String(status) } });
  return { name: `${status} ${type} ${code ?? ''}`, answer: { status, body }, kind };
}

const CODES: readonly (readonly [number, FailureKind])[] = [
  [1002, 'rate_limited'],
  [1004, 'upstream_credential'],
  [1008, 'upstream_credential'],
  [1026, 'content_rejected'],
  [1027, 'content_rejected'],
  [1039, 'rate_limited'],
  [1041, 'rate_limited'],
  [1042, 'invalid_request'],
  [2013, 'invalid_request'],
  [2045, 'rate_limited'],
  [2049, 'upstream_credential'],
  [2056, 'upstream_credential'],
  [9999, 'upstream_protocol'],
];
export const UNDECIDED = [1000, 1001, 1013, 1024, 1033];
const FAILURES: readonly { readonly code: string; readonly kind: FailureKind }[] = [
  { code: '1026', kind: 'content_rejected' },
  { code: '1027', kind: 'content_rejected' },
  { code: '1042', kind: 'invalid_request' },
  { code: '2013', kind: 'invalid_request' },
  { code: '9999', kind: 'generation_failed' },
  ...UNDECIDED.map((code) => ({ code: String(code), kind: 'generation_failed' as const })),
];

const BAD_KEYS = ['Bearer eyJ-minimax-0000', '1893-group|eyJ-minimax', 'two words', 'eyJ', 'k'.repeat(2_001)];

type StillPage = Omit<ProviderPage, 'start'>;

export const FIRST_PAGE: StillPage = {
  provider: hailuo,
  folder: import.meta.dirname,
  credential: KEY,
  badCredentials: BAD_KEYS,
  examples: [
    example('first frame', FIRST, V1_02),
    example('text', { ...TEXT, resolution: '1080p', vendor: { prompt_optimizer: false } }, V1),
    example('first frame on fast', { ...FIRST, vendor: { fast_pretreatment: true } }, V1_FAST),
    example('a picture that is only with us', { ...FIRST, inputs: [inputOf('first_frame', null)] }, V1),
    example('first and last frame', FIRST_LAST, V1_02),
    example('a subject', { ...TEXT, mode: 'reference', inputs: [inputOf('reference_image', A)] }, SUBJECT),
    example('own name', TEXT, { ...V1_02, name: 'MiniMax-Hailuo-2.3' }),
  ],
  flips: {
    prompt: { prompt: 'another' },
    'no prompt': { prompt: null },
    seconds: { seconds: 10 },
    resolution: { resolution: '512p' },
    watermark: { watermark: true },
    'another picture': { inputs: [inputOf('first_frame', B)] },
    'a picture of ours': { inputs: [inputOf('first_frame', null)] },
    'a last frame': { mode: 'first_last', inputs: FIRST_LAST.inputs },
    prompt_optimizer: { vendor: { prompt_optimizer: false } },
    fast_pretreatment: { vendor: { fast_pretreatment: true } },
  },
  refusals: [
    ...CODES.map(([code, kind]) => coded(code, kind)),
    { ...coded(1004, 'upstream_credential'), answer: { status: 401, body: coded(1004, 'internal').answer.body } },
    { name: 'a bare 401', answer: { status: 401, body: '' }, kind: 'upstream_credential' },
    { name: 'a bare 429', answer: { status: 429, body: '{}' }, kind: 'rate_limited' },
  ],
  states: { waiting: ['Preparing', 'Queueing', 'Processing'], done: 'Success', failed: 'Fail' },
  failures: FAILURES,
  skip: [{ test: 'lists what was submitted lately', because: 'version 1 has no list' }],
};

const second = (name: string, spec: VideoSpec): Example => ({ name: `version 2 ${name}`, spec, upstream: V2 });
const SOURCE = inputOf('source_video', CLIP, 'video/mp4');

export const SECOND_PAGE: StillPage = {
  provider: hailuo,
  folder: import.meta.dirname,
  credential: KEY,
  badCredentials: BAD_KEYS,
  examples: [
    second('text', TEXT_2),
    second('first frame', { ...TEXT_2, mode: 'first_frame', inputs: FIRST.inputs }),
    second('first and last frame', { ...TEXT_2, mode: 'first_last', inputs: FIRST_LAST.inputs }),
    second('references', { ...REFERENCE_2, resolution: '2k', ratio: '21:9' }),
    second('references in the shape of the picture', { ...REFERENCE_2, ratio: '427:240' }),
    second('a video that is only with us', {
      ...REFERENCE_2,
      inputs: [inputOf('reference_video', null, 'video/mp4')],
    }),
    second('regeneration', { ...TEXT_2, mode: 'upscale', scene: 'upscale', resolution: '2k', inputs: [SOURCE] }),
  ],
  flips: {
    prompt: { prompt: 'a dog' },
    seconds: { seconds: 15 },
    resolution: { resolution: '2k' },
    ratio: { ratio: '9:16' },
    watermark: { watermark: true },
    'a picture': { mode: 'first_frame', inputs: FIRST.inputs },
    references: { mode: 'reference', inputs: REFERENCE_2.inputs },
  },
  refusals: [
    worded(400, 'bad_request_error', 2013, 'invalid_request'),
    worded(400, 'bad_request_error', null, 'invalid_request'),
    worded(400, 'bad_request_error', 1026, 'content_rejected'),
    worded(401, 'authorized_error', 1004, 'upstream_credential'),
    worded(402, 'insufficient_balance_error', 1008, 'upstream_credential'),
    worded(403, 'permission_error', null, 'upstream_credential'),
    worded(422, 'unprocessable_entity_error', 1026, 'content_rejected'),
    worded(422, 'unprocessable_entity_error', null, 'content_rejected'),
    worded(429, 'rate_limit_error', 1002, 'rate_limited'),
    worded(429, 'rate_limit_error', null, 'rate_limited'),
    worded(418, 'something_new', null, 'upstream_protocol'),
  ],
  states: { waiting: ['queued', 'running'], done: 'succeeded', failed: 'failed' },
  failures: FAILURES,
};
