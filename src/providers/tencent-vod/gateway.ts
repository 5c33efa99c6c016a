/** The `aigc` gateway that some sell Tencent's models by: OpenAI's `/v1/videos`, with Tencent's fields in `metadata`. */

import type { Failure } from '../../model/failure.ts';
import { isObject, property } from '../../model/json.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import type { VideoSpec } from '../../model/spec.ts';
import { UpstreamBusy } from '../provider.ts';
import type { CheckResult, CredentialTest, HttpResponse, ProviderIo, SubmitResult, UpstreamTask } from '../provider.ts';
import { assertDecided, isTaskId, objectIn, retryAfterMs, vendorFailure } from '../replies.ts';
import { codeIn, kindOf } from './call.ts';
import { readCredential } from './credential.ts';
import { gatewayBody } from './gateway-body.ts';
import { made } from './inputs.ts';
import { gatewaySignature } from './sign.ts';
import { GATEWAY_ERRORS, GATEWAY_STATES } from './tables.ts';

const BUSY_MS = 5_000;
/** No gateway gives this id to a task. */
const NO_TASK = 'reelgate-credential-test';

export const gateway = { submit, check, testCredential } as const;

async function submit(spec: VideoSpec, upstream: JsonObject, io: ProviderIo): Promise<SubmitResult> {
  const body = await made(() => gatewayBody(spec, upstream, io));
  if (!body.ok) return { kind: 'refused', failure: body.failure };
  const response = await io.http({ method: 'POST', path: '/v1/videos', headers: auth(io), json: body.value });
  assertDecided(response, 'submit');
  if (response.status >= 400) return { kind: 'refused', failure: refusalOf(response) };
  const id = property(objectIn(response) ?? {}, 'id');
  if (!isTaskId(id)) throw new Error('the gateway accepted a submit without an id');
  return { kind: 'accepted', task: { id, data: {} }, checkAfterMs: null };
}

async function check(task: UpstreamTask, io: ProviderIo): Promise<CheckResult> {
  const response = await ask(task.id, io);
  if (response.status === 429) throw new UpstreamBusy('the gateway put a check off', retryAfterMs(response) ?? BUSY_MS);
  const body = objectIn(response);
  if (response.status !== 200 || body === null) throw new Error(`the gateway answered ${response.status} to a check`);
  if ((property(body, 'id') ?? task.id) !== task.id) throw new Error('the gateway answered for another task');
  switch (property(GATEWAY_STATES, String(property(body, 'status'))) ?? 'waiting') {
    case 'waiting':
      return { kind: 'waiting', progress: progressOf(property(body, 'progress')), checkAfterMs: null };
    case 'failed':
      return { kind: 'failed', failure: taskFailure(body) };
    case 'done':
      return {
        kind: 'done',
        video: { from: 'url', url: videoUrl(body, task.id, io) },
        usage: { seconds: null, tokens: null },
      };
  }
}

/** Asks for a task that nobody has: the answer shows whether the key is taken. */
async function testCredential(io: ProviderIo): Promise<CredentialTest> {
  const { status } = await ask(NO_TASK, io);
  if (status === 401 || status === 403) return { ok: false, message: `The gateway refused the key with ${status}.` };
  if (status !== 404 && status !== 400 && status !== 200) throw new Error(`the gateway answered ${status}`);
  return { ok: true, message: 'The gateway took the key.' };
}

function ask(id: string, io: ProviderIo): Promise<HttpResponse> {
  if (!isTaskId(id)) throw new Error('the gateway gave a task an id that is none');
  return io.http({ method: 'GET', path: `/v1/videos/${encodeURIComponent(id)}`, headers: auth(io) });
}

function auth(io: ProviderIo): Readonly<Record<string, string>> {
  const credential = readCredential(io.credential);
  if (credential.kind === 'token') return { authorization: `Bearer ${credential.token}` };
  const unixSeconds = Math.floor(io.now().getTime() / 1_000);
  return {
    'x-subappid': credential.subAppId,
    'x-secretid': credential.secretId,
    'x-timestamp': String(unixSeconds),
    'x-signature': gatewaySignature(unixSeconds, credential),
    ...(credential.region === null ? {} : { 'x-region': credential.region }),
  };
}

type Said = { readonly code: string; readonly message: string };

/** `{error: {code, message}}`, or the two at the top. */
function errorIn(body: JsonObject | null): Said {
  const error = property(body ?? {}, 'error');
  const from = isObject(error) ? error : (body ?? {});
  return { code: String(property(from, 'code') ?? ''), message: String(property(from, 'message') ?? '') };
}

function refusalOf(response: HttpResponse): Failure {
  const { code, message } = errorIn(objectIn(response));
  const named = kindOf(code) ?? kindOf(codeIn(message) ?? '');
  const byStatus = GATEWAY_ERRORS[response.status] ?? 'upstream_protocol';
  // A complete refusal leaves nothing unknown, whatever the code that the gateway passes on.
  const kind = named === null || named === 'outcome_unknown' ? byStatus : named;
  const said = `${response.status} ${code} ${message}`;
  return vendorFailure(kind, said, retryAfterMs(response));
}

function taskFailure(body: JsonObject): Failure {
  const { code, message } = errorIn(body);
  const named = kindOf(code) ?? kindOf(codeIn(message) ?? '') ?? 'generation_failed';
  const kind = named === 'outcome_unknown' || named === 'upstream_unavailable' ? 'generation_failed' : named;
  return vendorFailure(kind, `${code} ${message}`);
}

/** As the reply says; else where the gateway keeps files by the id of their task. */
function videoUrl(body: JsonObject, id: string, io: ProviderIo): string {
  const said = property(body, 'video_url');
  if (typeof said === 'string' && /^https?:\/\//.test(said)) return said;
  if (readCredential(io.credential).kind === 'keys')
    return `${io.baseUrl.replace(/\/+$/, '')}/v1/files/video?id=${encodeURIComponent(id)}`;
  throw new Error('the gateway says that the video is done, but not where it is');
}

function progressOf(percent: Json | undefined): number | null {
  return typeof percent === 'number' && percent >= 0 && percent <= 100 ? percent / 100 : null;
}
