/** The pages of Kling's two generations: their keys, what they refuse, and why their tasks fail. */

import type { FailureKind } from '../../../src/model/failure.ts';
import { providerNamed } from '../../support/providers.ts';
import { inputOf } from '../suite.ts';
import type { ErrorRow, FakeAnswer, ProviderPage } from '../suite.ts';
import { TASK_EXAMPLES, VIDEO_EXAMPLES } from './specs.ts';

export const kling = providerNamed('kling');
export const KEYS = { apiKey: 'api-key-canary', accessKey: 'ak-canary-123', secretKey: 'sk/with+canary=' };
export const PAIR = `${KEYS.accessKey}|${KEYS.secretKey}`;
export const WEBHOOK_SECRET = 'whsec_dGVzdHNlY3JldHRlc3RzZWNyZXR0ZXN0c2VjcmV0MTI=';

/** Code, HTTP status, meaning here: the rows of the page. */
export const ROWS: readonly (readonly [code: number, status: number, kind: FailureKind])[] = [
  [1000, 401, 'upstream_credential'],
  [1001, 401, 'upstream_credential'],
  [1002, 401, 'upstream_credential'],
  [1003, 401, 'upstream_credential'],
  [1004, 401, 'upstream_credential'],
  [1100, 429, 'upstream_credential'],
  [1101, 429, 'upstream_credential'],
  [1102, 429, 'upstream_credential'],
  [1103, 403, 'upstream_credential'],
  [1200, 400, 'invalid_request'],
  [1201, 400, 'invalid_request'],
  [1202, 404, 'upstream_protocol'],
  [1203, 404, 'upstream_protocol'],
  [1300, 400, 'content_rejected'],
  [1301, 400, 'content_rejected'],
  [1302, 429, 'rate_limited'],
  [1303, 429, 'rate_limited'],
  [1304, 429, 'upstream_credential'],
];

export function refused(status: number, code: number, message = 'no'): FakeAnswer {
  return { status, body: JSON.stringify({ code, message, request_id: 'r' }) };
}

const REFUSALS: readonly ErrorRow[] = [
  // Without the vendor's time there is nothing to sign again with.
  ...ROWS.map(([code, status, kind]) => ({
    name: `${status} ${code}`,
    answer: { ...refused(status, code), headers: { date: '' } },
    kind,
  })),
  { name: 'a refusal that came as HTTP 200', answer: refused(200, 1301), kind: 'content_rejected' },
  { name: 'a refusal that repeats the key', answer: refused(401, 1002, `bad ${PAIR}`), kind: 'upstream_credential' },
  { name: '429 and nothing else', answer: { status: 429, body: '{}' }, kind: 'rate_limited' },
  { name: '418 of a proxy', answer: { status: 418, body: 'tea' }, kind: 'upstream_protocol' },
];

const FAILURES: ProviderPage['failures'] = [
  { code: 'Failure to pass the risk control system', kind: 'content_rejected' },
  { code: 'Content security check failed', kind: 'content_rejected' },
  { code: 'The model is out of memory', kind: 'generation_failed' },
];

type StillPage = Omit<ProviderPage, 'start'>;

export const FIRST_PAGE: StillPage = {
  provider: kling,
  folder: import.meta.dirname,
  credential: PAIR,
  badCredentials: [
    '|sk-canary-only',
    'ak-canary-only|',
    'two words',
    'Bearer some-api-key',
    'ak|sk-canary|third-part',
    'ak-canary|sk-canary|whsec_***',
    'ak-canary|whsec_dGVzdHNlY3JldA|sk-canary',
    'k'.repeat(501),
  ],
  examples: VIDEO_EXAMPLES,
  flips: {
    prompt: { prompt: 'another' },
    'what to avoid': { negativePrompt: 'blur' },
    seconds: { seconds: 10 },
    resolution: { resolution: '720p', audio: false },
    ratio: { ratio: '1:1' },
    sound: { audio: false },
    watermark: { watermark: true },
    inputs: { mode: 'first_frame', ratio: 'adaptive', inputs: [inputOf('first_frame', null)] },
    'keys of the vendor': { vendor: { voice_list: [{ voice_id: 'v' }] } },
    'a guidance of zero': { vendor: { cfg_scale: 0 } },
  },
  refusals: REFUSALS,
  states: { waiting: ['submitted', 'processing', 'cancelled'], done: 'succeed', failed: 'failed' },
  failures: FAILURES,
  skip: [
    {
      test: 'asks about many tasks at once',
      because: 'the first generation has no query of many tasks; the second is tested below',
    },
  ],
};

export const SECOND_PAGE: StillPage = {
  ...FIRST_PAGE,
  credential: KEYS.apiKey,
  badCredentials: [],
  examples: TASK_EXAMPLES,
  flips: {
    prompt: { prompt: 'another' },
    seconds: { seconds: 10 },
    resolution: { resolution: '4k' },
    ratio: { ratio: '1:1' },
    sound: { audio: false },
    watermark: { watermark: true },
    inputs: { mode: 'first_frame', ratio: 'adaptive', inputs: [inputOf('first_frame', null)] },
    'shots refused': { vendor: { multi_shot: false } },
  },
  refusals: REFUSALS.filter(({ name }) => !name.includes('repeats the key')),
  states: { waiting: ['submitted', 'processing', 'cancelled'], done: 'succeeded', failed: 'failed' },
  skip: [],
};
