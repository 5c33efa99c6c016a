/** What the tests of Google's three video APIs share: requests, and what Google says where it refuses or fails. */

import type { FailureKind } from '../../../src/model/failure.ts';
import type { JsonObject } from '../../../src/model/json.ts';
import type { VideoSpec } from '../../../src/model/spec.ts';
import type { CheckIo, UpstreamTask } from '../../../src/providers/provider.ts';
import { veo } from '../../../src/providers/veo/veo.ts';
import { SPEC } from '../../support/rows.ts';
import { inputOf } from '../suite.ts';
import type { ErrorRow, Example, Fake, Io, ProviderPage } from '../suite.ts';

export const KEY = 'AIzaSy-test-0000';
export const VEO = { model: 'veo-3.1-generate-001', gemini: 'veo-3.1-generate-preview' };
export const OMNI = { api: 'interactions', model: 'gemini-omni-1.1-flash' };

export const TEXT: VideoSpec = {
  ...SPEC,
  model: 'GV-3.1',
  requestedModel: 'GV-3.1',
  prompt: 'a red fox runs in snow',
  seconds: 8,
  audio: true,
};
export const FIRST: VideoSpec = { ...TEXT, mode: 'first_frame', inputs: [inputOf('first_frame', null)] };
export const FIRST_LAST: VideoSpec = {
  ...TEXT,
  mode: 'first_last',
  inputs: [inputOf('first_frame', null), inputOf('last_frame', null)],
};
export const REFERENCE: VideoSpec = {
  ...TEXT,
  mode: 'reference',
  inputs: [inputOf('reference_image', 'https://example.com/a.png'), inputOf('reference_image', null, 'image/webp')],
};
export const SOURCE = inputOf('source_video', null, 'video/mp4');
export const EXTEND: VideoSpec = { ...TEXT, mode: 'extend', scene: 'extend', ratio: '427:240', inputs: [SOURCE] };
export const EDIT: VideoSpec = { ...TEXT, mode: 'edit', scene: 'edit', inputs: [SOURCE] };

export const PREDICTION_FLIPS: Readonly<Record<string, Partial<VideoSpec>>> = {
  prompt: { prompt: 'a blue fox' },
  'a negative prompt': { negativePrompt: 'rain' },
  seconds: { seconds: 4 },
  resolution: { resolution: '4k' },
  ratio: { ratio: '9:16' },
  'seed 0': { seed: 0 },
  'a first frame': { mode: 'first_frame', inputs: [inputOf('first_frame', null)] },
  'a last frame': { mode: 'first_last', inputs: FIRST_LAST.inputs },
  references: { mode: 'reference', inputs: REFERENCE.inputs },
  'a source video': { mode: 'extend', inputs: [SOURCE] },
  'keys for the vendor': { vendor: { person_generation: 'allow_adult' } },
};

export function refusal(status: number, word: string, kind: FailureKind, message = 'as the page says'): ErrorRow {
  const body = JSON.stringify({ error: { code: status, message, status: word, details: [] } });
  return { name: `${status} ${word} ${message}`, answer: { status, body }, kind };
}

function bare(name: string, status: number, body: unknown, kind: FailureKind): ErrorRow {
  return { name, answer: { status, body: JSON.stringify(body) }, kind };
}

export const REFUSALS: readonly ErrorRow[] = [
  refusal(400, 'INVALID_ARGUMENT', 'invalid_request'),
  refusal(400, 'INVALID_ARGUMENT', 'content_rejected', 'blocked: PROHIBITED_CONTENT'),
  refusal(400, 'INVALID_ARGUMENT', 'content_rejected', 'SAFETY'),
  refusal(400, 'INVALID_ARGUMENT', 'content_rejected', 'BLOCKLIST'),
  refusal(400, 'INVALID_ARGUMENT', 'content_rejected', 'SPII'),
  refusal(400, 'FAILED_PRECONDITION', 'upstream_credential'),
  refusal(403, 'PERMISSION_DENIED', 'upstream_credential'),
  refusal(404, 'NOT_FOUND', 'upstream_unavailable', 'the model is no longer available'),
  refusal(429, 'RESOURCE_EXHAUSTED', 'rate_limited'),
  refusal(418, 'SOMETHING_NEW', 'upstream_protocol'),
  bare('an error in a list', 400, [{ error: { code: 400, status: 'INVALID_ARGUMENT' } }], 'invalid_request'),
  bare('an error with a word for a code', 400, { error: { code: 'invalid_request' } }, 'invalid_request'),
  bare(
    'a key that is none',
    400,
    { error: { code: 400, status: 'INVALID_ARGUMENT', details: [{ reason: 'API_KEY_INVALID' }] } },
    'upstream_credential',
  ),
  bare('a bare 429', 429, {}, 'rate_limited'),
];

export const OPERATION_FAILURES: ProviderPage['failures'] = [
  { code: '3', kind: 'invalid_request' },
  { code: '3 PROHIBITED_CONTENT', kind: 'content_rejected' },
  { code: '8', kind: 'rate_limited' },
  { code: '13', kind: 'generation_failed' },
  { code: '14', kind: 'upstream_unavailable' },
  { code: '99', kind: 'generation_failed' },
  { code: 'filtered', kind: 'content_rejected' },
];

export function example(name: string, spec: VideoSpec, upstream: JsonObject): Example {
  return { name, spec, upstream };
}

export const BAD_CREDENTIALS: readonly string[] = ['ya29.abcdefgh', 'account.json', 'Bearer AIza'];

export async function submit(
  io: Io,
  spec: VideoSpec,
  upstream: JsonObject,
  over?: Partial<CheckIo>,
): Promise<UpstreamTask> {
  const result = await veo.submit(spec, upstream, io(over));
  if (result.kind !== 'accepted') throw new Error(`refused: ${JSON.stringify(result.failure)}`);
  return result.task;
}

export function bodyOf(fake: Fake): unknown {
  return fake.seen.at(-1)?.body;
}
