/**
 * Google's video models. The key decides which of its APIs is asked: a service account, Vertex AI; an API key, the Gemini API,
 * where Veo's models take predictions and Omni's take interactions.
 */

import { FailureError } from '../../model/failure.ts';
import { property } from '../../model/json.ts';
import type { JsonObject } from '../../model/json.ts';
import type { VideoSpec } from '../../model/spec.ts';
import { UpstreamBusy } from '../provider.ts';
import type {
  CheckResult,
  CredentialTest,
  HttpRequest,
  HttpResponse,
  Provider,
  ProviderIo,
  SubmitResult,
  UpstreamTask,
} from '../provider.ts';
import { assertDecided, isTaskId, objectIn, retryAfterMs } from '../replies.ts';
import { call, GEMINI, locationOf } from './call.ts';
import { credentialFault, readCredential } from './credential.ts';
import type { Credential } from './credential.ts';
import { refusalOf } from './errors.ts';
import { CONTENT_BYTES, interactionBody, interactionResult } from './omni.ts';
import { createBody, operationResult, VIDEO_BYTES } from './operations.ts';
import { ERRORS, VEO_LIMITS } from './tables.ts';
import { createTokens } from './token.ts';

const INTERACTIONS = '/v1beta/interactions';
/** Of an interaction that cannot exist: Google says so to whoever's key it takes. */
const NO_INTERACTION = 'v1_none';
/** Segments that lead nowhere else in a path. */
const VERTEX_OPERATION =
  /^(projects\/\w[\w.:-]*\/locations\/\w[\w-]*\/publishers\/google\/models\/\w[\w.-]*)\/operations\/\w[\w.-]*$/;
const GEMINI_OPERATION = /^(?:models\/\w[\w.-]*\/)?operations\/\w[\w.-]*$/;
/** Google keeps the files of videos for two days. */
const RETENTION_HOURS = 48;
const DEFAULT_BUSY_MS = 5_000;
const TOKENS = createTokens();

export const veo: Provider = {
  name: 'veo',
  baseUrl: GEMINI,
  servesEveryModel: false,
  credentialForm: 'the JSON of a service account (Vertex AI), or an API key (Gemini API)',
  credentialFault,
  errors: ERRORS,
  inputLimits: (_spec, upstream) => (property(upstream, 'api') === 'interactions' ? {} : VEO_LIMITS),
  submit,
  check,
  cancel,
  testCredential,
  videoHeaders: (text) => {
    const credential = readCredential(text);
    return credential.kind === 'key' ? { 'x-goog-api-key': credential.key } : {};
  },
  taskRetentionHours: RETENTION_HOURS,
};

async function submit(spec: VideoSpec, upstream: JsonObject, io: ProviderIo): Promise<SubmitResult> {
  const credential = readCredential(io.credential);
  try {
    const isOmni = property(upstream, 'api') === 'interactions';
    const request = await (isOmni ? interactionRequest : predictionRequest)(spec, upstream, credential, io);
    const response = await call(credential, TOKENS, request, io);
    assertDecided(response, 'submit');
    if (response.status >= 400) return { kind: 'refused', failure: refusalOf(response) };
    const id = property(objectIn(response) ?? {}, isOmni ? 'id' : 'name');
    if (typeof id !== 'string' || apiOf(id, credential) === null)
      throw new Error('the vendor accepted a submit without an id');
    return { kind: 'accepted', task: { id, data: {} }, checkAfterMs: null };
  } catch (error) {
    if (error instanceof FailureError) return { kind: 'refused', failure: error.failure };
    throw error;
  }
}

async function predictionRequest(
  spec: VideoSpec,
  upstream: JsonObject,
  credential: Credential,
  io: ProviderIo,
): Promise<HttpRequest> {
  if (credential.kind === 'account') {
    const model = nameIn(upstream, ['name', 'model']) ?? spec.model;
    const place = `projects/${credential.project}/locations/${locationOf(io)}/publishers/google/models/${model}`;
    const json = await createBody(spec, 'vertex', io);
    return { method: 'POST', path: `/v1/${place}:predictLongRunning`, json };
  }
  if (!spec.audio)
    throw new FailureError({
      kind: 'channel_unfit',
      message: 'The provider of this model always makes sound: ask for a video with sound.',
    });
  const model = nameIn(upstream, ['name', 'gemini', 'model']) ?? spec.model;
  const json = await createBody(spec, 'gemini', io);
  return { method: 'POST', path: `/v1beta/models/${model}:predictLongRunning`, json };
}

async function interactionRequest(
  spec: VideoSpec,
  upstream: JsonObject,
  credential: Credential,
  io: ProviderIo,
): Promise<HttpRequest> {
  if (credential.kind === 'account')
    throw new FailureError({
      kind: 'no_channel',
      message:
        'The channel of this model cannot make it. The operator has to add one with an API key of the Gemini API.',
    });
  const model = nameIn(upstream, ['name', 'model']) ?? spec.model;
  return { method: 'POST', path: INTERACTIONS, json: await interactionBody(spec, model, io) };
}

function nameIn(upstream: JsonObject, keys: readonly string[]): string | null {
  const name = keys.map((key) => property(upstream, key)).find((value) => typeof value === 'string');
  return typeof name === 'string' ? encodeURIComponent(name) : null;
}

async function check({ id }: UpstreamTask, io: ProviderIo): Promise<CheckResult> {
  const credential = readCredential(io.credential);
  switch (apiOf(id, credential)) {
    case 'vertex': {
      const [, model] = VERTEX_OPERATION.exec(id) ?? [];
      const path = `/v1/${model}:fetchPredictOperation`;
      const request = { method: 'POST', path, json: { operationName: id }, filesIn: VIDEO_BYTES } as const;
      return operationResult(await look(credential, request, io), id);
    }
    case 'gemini':
      return operationResult(
        await look(credential, { method: 'GET', path: `/v1beta/${id}`, filesIn: VIDEO_BYTES }, io),
        id,
      );
    case 'interactions':
      return interactionResult(
        await look(credential, { method: 'GET', path: `${INTERACTIONS}/${id}`, filesIn: CONTENT_BYTES }, io),
        id,
      );
    case null:
      throw new Error('the vendor gave a task an id that is none');
  }
}

/** Only interactions can be cancelled. */
async function cancel({ id }: UpstreamTask, io: ProviderIo): Promise<boolean> {
  const credential = readCredential(io.credential);
  if (apiOf(id, credential) !== 'interactions') return false;
  const response = await call(credential, TOKENS, { method: 'POST', path: `${INTERACTIONS}/${id}/cancel` }, io);
  assertDecided(response, 'cancel');
  return response.status < 300;
}

async function testCredential(io: ProviderIo): Promise<CredentialTest> {
  const credential = readCredential(io.credential);
  if (credential.kind === 'account') return testAccount(credential, io);
  const path = `${INTERACTIONS}/${NO_INTERACTION}`;
  const response = await call(credential, TOKENS, { method: 'GET', path }, io);
  assertDecided(response, 'test');
  const failure = response.status < 400 ? null : refusalOf(response);
  if (failure?.kind === 'rate_limited') throw new Error(`Google could not be asked: ${failure.detail ?? ''}`);
  return failure?.kind === 'upstream_credential'
    ? { ok: false, message: `Google refused the key: ${failure.detail ?? ''}` }
    : { ok: true, message: 'Google takes the key.' };
}

async function testAccount(account: Extract<Credential, { kind: 'account' }>, io: ProviderIo): Promise<CredentialTest> {
  TOKENS.forget(account);
  try {
    await TOKENS.of(account, io);
    return { ok: true, message: `Google gave out an access token for the project ${account.project}.` };
  } catch (error) {
    if (!(error instanceof FailureError)) throw error;
    return { ok: false, message: `Google refused the service account: ${error.failure.detail ?? ''}` };
  }
}

/** Which API made a task, by the shape of its id; null for an id that is none, or that this key cannot have made. */
function apiOf(id: string, credential: Credential): 'vertex' | 'gemini' | 'interactions' | null {
  if (credential.kind === 'account') return VERTEX_OPERATION.test(id) ? 'vertex' : null;
  if (GEMINI_OPERATION.test(id)) return 'gemini';
  return isTaskId(id) ? 'interactions' : null;
}

/** A question without effect; throws for every answer that is none. */
async function look(credential: Credential, request: HttpRequest, io: ProviderIo): Promise<JsonObject> {
  const response = await call(credential, TOKENS, request, io);
  if (response.status === 429)
    throw new UpstreamBusy('the vendor put a check off', retryAfterMs(response) ?? DEFAULT_BUSY_MS);
  return exactObject(response);
}

function exactObject(response: HttpResponse): JsonObject {
  const body = objectIn(response);
  if (response.status !== 200 || body === null) throw new Error(`the vendor answered ${response.status} to a check`);
  return body;
}
