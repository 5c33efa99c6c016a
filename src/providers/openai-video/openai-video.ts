/** Any server that speaks OpenAI's `/v1/videos`: self-hosted (vLLM-Omni, SGLang), a reseller, or another Reelgate. */

import { isObject, property } from '../../model/json.ts';
import type { JsonObject } from '../../model/json.ts';
import type { VideoSpec } from '../../model/spec.ts';
import { UpstreamBusy } from '../provider.ts';
import type {
  CheckIo,
  CheckResult,
  HttpResponse,
  ListedTask,
  Provider,
  ProviderIo,
  SubmitResult,
  TimeWindow,
  UpstreamTask,
} from '../provider.ts';
import { ERRORS, STATES } from './tables.ts';
import { isTaskId, objectIn, retryAfterMs } from '../replies.ts';
import { createBody, failureOf, modelName, taskPath, videoUrl } from './wire.ts';

const LIST_LIMIT = 100;
const DEFAULT_BUSY_MS = 5_000;
const MAX_CREDENTIAL_CHARS = 500;

export const openaiVideo: Provider = {
  name: 'openai-video',
  baseUrl: 'https://api.openai.com',
  servesEveryModel: false,
  credentialFault: (credential) =>
    /^[\x21-\x7e]+$/.test(credential) && credential.length <= MAX_CREDENTIAL_CHARS
      ? null
      : 'write the API key as one word of at most 500 printable characters',
  errors: ERRORS,
  submit,
  check,
  cancel,
  listRecent,
};

async function submit(spec: VideoSpec, upstream: JsonObject, io: ProviderIo): Promise<SubmitResult> {
  const response = await io.http({
    method: 'POST',
    path: '/v1/videos',
    // Servers that know the header make one task of it; the others ignore it.
    headers: { ...auth(io), 'idempotency-key': io.attemptToken },
    json: await createBody(spec, upstream, io),
  });
  const body = objectIn(response);
  if (response.status >= 500) throw new Error(`the vendor answered ${response.status} to a submit`);
  if (response.status >= 400)
    return { kind: 'refused', failure: failureOf(body, response.status, retryAfterMs(response)) };
  const id = body === null ? undefined : (property(body, 'id') ?? property(body, 'task_id'));
  if (!isTaskId(id)) throw new Error('the vendor accepted a submit without an id');
  return { kind: 'accepted', task: { id, data: {} }, checkAfterMs: pollHint(response) };
}

async function check(task: UpstreamTask, io: CheckIo): Promise<CheckResult> {
  const response = await io.http({ method: 'GET', path: taskPath(task.id), headers: auth(io) });
  if (response.status === 429)
    throw new UpstreamBusy('the vendor put a check off', retryAfterMs(response) ?? DEFAULT_BUSY_MS);
  const body = objectIn(response);
  if (response.status !== 200 || body === null) throw new Error(`the vendor answered ${response.status} to a check`);
  const id = property(body, 'id');
  if (id !== undefined && id !== task.id) throw new Error('the vendor answered for another task');
  switch (STATES[String(property(body, 'status'))] ?? 'waiting') {
    case 'done': {
      const url = videoUrl(body);
      if (url === null) throw new Error('the vendor says that the video is done, but not where it is');
      return { kind: 'done', video: { from: 'url', url }, usage: { seconds: seconds(body), tokens: null } };
    }
    case 'failed':
      return { kind: 'failed', failure: failureOf(body, null, null) };
    case 'waiting':
      return { kind: 'waiting', progress: progress(body), checkAfterMs: pollHint(response) };
  }
}

async function cancel(task: UpstreamTask, io: ProviderIo): Promise<boolean> {
  const response = await io.http({ method: 'DELETE', path: taskPath(task.id), headers: auth(io) });
  if (response.status >= 500) throw new Error(`the vendor answered ${response.status} to a cancel`);
  return response.status < 300;
}

async function listRecent(
  spec: VideoSpec,
  upstream: JsonObject,
  window: TimeWindow,
  io: ProviderIo,
): Promise<readonly ListedTask[]> {
  const response = await io.http({
    method: 'GET',
    path: `/v1/videos?limit=${LIST_LIMIT}&order=desc`,
    headers: auth(io),
  });
  const data = property(objectIn(response) ?? {}, 'data');
  if (response.status !== 200 || !Array.isArray(data))
    throw new Error(`the vendor answered ${response.status} to a list`);
  return data.flatMap((video) => {
    const id = isObject(video) ? property(video, 'id') : undefined;
    if (!isObject(video) || !isTaskId(id) || !isWithin(video, window)) return [];
    const samePrompt = property(video, 'prompt') === (spec.prompt ?? '');
    return [{ task: { id, data: {} }, token: null, fits: fits(video, spec, upstream), samePrompt }];
  });
}

function auth(io: ProviderIo): Readonly<Record<string, string>> {
  return { authorization: `Bearer ${io.credential}`, accept: 'application/json' };
}

function isWithin(video: JsonObject, window: TimeWindow): boolean {
  const created = property(video, 'created_at');
  // Whole seconds: a task may seem made up to one second before it was asked for.
  return (
    typeof created === 'number' &&
    created * 1_000 >= window.from.getTime() - 1_000 &&
    created * 1_000 <= window.to.getTime()
  );
}

/** All that the list shows must be as it was asked for. */
function fits(video: JsonObject, spec: VideoSpec, upstream: JsonObject): boolean {
  const asked: Readonly<Record<string, string>> = {
    model: modelName(spec, upstream),
    prompt: spec.prompt ?? '',
    seconds: String(spec.seconds),
    size: `${spec.width}x${spec.height}`,
  };
  return Object.entries(asked).every(([key, value]) => {
    const shown = property(video, key);
    return shown === undefined || shown === null || String(shown) === value;
  });
}

function progress(body: JsonObject): number | null {
  const percent = property(body, 'progress');
  return typeof percent === 'number' && percent >= 0 && percent <= 100 ? percent / 100 : null;
}

function seconds(body: JsonObject): number | null {
  const text = property(body, 'seconds');
  const value =
    typeof text === 'number' ? text : typeof text === 'string' && /^\d{1,5}$/.test(text) ? Number(text) : null;
  return value !== null && value > 0 ? value : null;
}

function pollHint(response: HttpResponse): number | null {
  const text = response.headers['openai-poll-after-ms'] ?? '';
  return /^\d{1,7}$/.test(text) ? Number(text) : null;
}
