/** Tencent Cloud VOD's own API: CreateAigcVideoTask, DescribeTaskDetail and DescribeTasks. */

import type { Failure } from '../../model/failure.ts';
import { isObject, property } from '../../model/json.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import type { VideoSpec } from '../../model/spec.ts';
import { UpstreamBusy } from '../provider.ts';
import type {
  CheckResult,
  CredentialTest,
  ListedTask,
  ProviderIo,
  ReplayResult,
  SubmitResult,
  TimeWindow,
  UpstreamTask,
} from '../provider.ts';
import { isTaskId, vendorFailure } from '../replies.ts';
import { call, codeIn, kindOf } from './call.ts';
import type { CallError } from './call.ts';
import { readCredential } from './credential.ts';
import type { SecretKeys } from './credential.ts';
import { made } from './inputs.ts';
import { speechFor } from './lip-sync.ts';
import { DUPLICATE, STATES, TASK_ERRORS } from './tables.ts';
import { createBody, vendorKeys } from './wire.ts';

const BUSY_MS = 5_000;
const LIST_LIMIT = 100;
/** The vendor takes 20 creates a second, and a window is two and a half minutes. */
const MAX_LIST_PAGES = 30;
const TASK_TYPE = 'AigcVideoTask';

export const native = { submit, resubmit, check, listRecent, testCredential } as const;

async function submit(spec: VideoSpec, upstream: JsonObject, io: ProviderIo): Promise<SubmitResult> {
  const result = await resubmit(spec, upstream, io);
  switch (result.kind) {
    case 'accepted':
      return { ...result, checkAfterMs: null };
    case 'refused':
      return result;
    case 'duplicate':
      throw new Error('the vendor has a task of this attempt already');
  }
}

/** The vendor refuses a `SessionId` that it was given within three days. Throws where the outcome is unknown. */
async function resubmit(spec: VideoSpec, upstream: JsonObject, io: ProviderIo): Promise<ReplayResult> {
  const keys = secretKeys(io);
  if (keys === null) return { kind: 'refused', failure: NEEDS_KEYS };
  const body = await made(() => bodyOf(spec, upstream, keys, io));
  if (!body.ok) return { kind: 'refused', failure: body.failure };
  const answer = await call('CreateAigcVideoTask', body.value, keys, io);
  if (answer.kind === 'error') return refusal(answer);
  const id = property(answer.response, 'TaskId');
  if (!isTaskId(id)) throw new Error('the vendor accepted a submit without a TaskId');
  return { kind: 'accepted', task: { id, data: {} } };
}

async function check(task: UpstreamTask, io: ProviderIo): Promise<CheckResult> {
  const keys = requiredKeys(io);
  const answer = await call('DescribeTaskDetail', { TaskId: task.id, SubAppId: Number(keys.subAppId) }, keys, io);
  if (answer.kind === 'error') throw notAsked(answer, 'check');
  const { response } = answer;
  const detail = property(response, TASK_TYPE);
  const video = isObject(detail) ? detail : {};
  const id = property(video, 'TaskId');
  if (id !== undefined && id !== task.id) throw new Error('the vendor answered for another task');
  switch (property(STATES, String(property(response, 'Status'))) ?? 'waiting') {
    case 'waiting':
      return { kind: 'waiting', progress: progressOf(video), checkAfterMs: null };
    case 'aborted':
      return { kind: 'failed', failure: vendorFailure('cancelled', 'ABORTED') };
    case 'ended':
      if (id === undefined) throw new Error('the vendor says that a task ended, but not how');
      return ending(video);
  }
}

/** Every task of the application in the window, unless the one with our token is seen before. */
async function listRecent(window: TimeWindow, io: ProviderIo): Promise<readonly ListedTask[]> {
  const keys = requiredKeys(io);
  const listed: ListedTask[] = [];
  let scroll: Json = null;
  for (let page = 0; page < MAX_LIST_PAGES; page += 1) {
    const body = {
      SubAppId: Number(keys.subAppId),
      CreateTime: { After: seconds(window.from, Math.floor), Before: seconds(window.to, Math.ceil) },
      Sort: { Field: 'CreateTime', Order: 'Asc' },
      Limit: LIST_LIMIT,
      ...(scroll === null ? {} : { ScrollToken: scroll }),
    };
    const answer = await call('DescribeTasks', body, keys, io);
    if (answer.kind === 'error') throw notAsked(answer, 'list');
    const tasks = property(answer.response, 'TaskSet');
    if (!Array.isArray(tasks)) throw new Error('the vendor answered a list without tasks');
    listed.push(...tasks.flatMap(listedTask));
    scroll = property(answer.response, 'ScrollToken') ?? null;
    const isFound = listed.some(({ token }) => token === io.attemptToken);
    if (isFound || scroll === null || scroll === '') return listed;
  }
  throw new Error('the vendor lists more tasks of that time than are looked through');
}

async function testCredential(io: ProviderIo): Promise<CredentialTest> {
  const keys = secretKeys(io);
  if (keys === null) return { ok: false, message: NEEDS_KEYS.detail ?? '' };
  const answer = await call('DescribeTasks', { SubAppId: Number(keys.subAppId), Limit: 1 }, keys, io);
  if (answer.kind === 'response') return { ok: true, message: 'Tencent Cloud listed the tasks of the application.' };
  if (kindOf(answer.code) !== 'upstream_credential') throw notAsked(answer, 'list');
  return { ok: false, message: `Tencent Cloud refused the key: ${answer.said}` };
}

const NEEDS_KEYS = vendorFailure(
  'upstream_credential',
  'the address is of the Tencent Cloud API: it needs SubAppId|SecretId|SecretKey',
);

function secretKeys(io: ProviderIo): SecretKeys | null {
  const credential = readCredential(io.credential);
  return credential.kind === 'keys' ? credential : null;
}

function requiredKeys(io: ProviderIo): SecretKeys {
  const keys = secretKeys(io);
  if (keys === null) throw new Error(NEEDS_KEYS.detail);
  return keys;
}

async function bodyOf(spec: VideoSpec, upstream: JsonObject, keys: SecretKeys, io: ProviderIo): Promise<JsonObject> {
  const speech = await speechFor(spec, vendorKeys(spec, upstream), keys, io);
  return { SubAppId: Number(keys.subAppId), ...(await createBody(spec, upstream, speech, io)) };
}

function refusal(error: CallError): ReplayResult {
  if (DUPLICATE.has(error.code)) return { kind: 'duplicate', task: null };
  const kind = kindOf(error.code) ?? 'upstream_protocol';
  if (kind === 'outcome_unknown') throw new Error(`nobody can tell what became of the submit: ${error.said}`);
  return { kind: 'refused', failure: vendorFailure(kind, error.said, error.retryAfterMs) };
}

function notAsked(error: CallError, what: string): Error {
  const message = `the vendor refused a ${what}: ${error.said}`;
  if (kindOf(error.code) !== 'rate_limited') return new Error(message);
  return new UpstreamBusy(message, error.retryAfterMs ?? BUSY_MS);
}

function ending(video: JsonObject): CheckResult {
  const code = Number(property(video, 'ErrCode') ?? 0);
  const word = String(property(video, 'ErrCodeExt') ?? '');
  if (code !== 0 || (word !== '' && word !== '0')) return { kind: 'failed', failure: failureOf(video, code, word) };
  const output = property(video, 'Output');
  const files = isObject(output) ? property(output, 'FileInfos') : null;
  const urls = (Array.isArray(files) ? files : []).map((file) => (isObject(file) ? property(file, 'FileUrl') : null));
  const url = urls.find((each) => typeof each === 'string' && /^https?:\/\//.test(each));
  if (typeof url !== 'string') throw new Error('the vendor says that the video is done, but not where it is');
  const usage = { seconds: outputSeconds(output), tokens: null };
  return { kind: 'done', video: { from: 'url', url }, usage };
}

function failureOf(video: JsonObject, code: number, word: string): Failure {
  const message = String(property(video, 'Message') ?? '');
  const named = kindOf(word) ?? kindOf(codeIn(message) ?? '') ?? TASK_ERRORS[code] ?? 'generation_failed';
  // The vendor took the task and gave it up: there is nothing unknown about it.
  const kind = named === 'outcome_unknown' || named === 'upstream_unavailable' ? 'generation_failed' : named;
  return vendorFailure(kind, `${code} ${word} ${message}`);
}

/** What is charged for, beside the seconds of a video that was given. */
function outputSeconds(output: Json | undefined): number | null {
  const usage = isObject(output) ? property(output, 'Usage') : null;
  const value = isObject(usage) ? property(usage, 'OutputSeconds') : null;
  return typeof value === 'number' && value > 0 ? value : null;
}

function progressOf(video: JsonObject): number | null {
  const percent = property(video, 'Progress');
  return typeof percent === 'number' && percent >= 0 && percent <= 100 ? percent / 100 : null;
}

/** All our tasks have a `SessionId`: one that is shown without it is none of ours. */
function listedTask(task: Json): readonly ListedTask[] {
  const id = isObject(task) ? property(task, 'TaskId') : undefined;
  if (!isObject(task) || !isTaskId(id)) return [];
  const session = property(task, 'SessionId') ?? null;
  const token = typeof session === 'string' && session !== '' ? session : null;
  const fits = property(task, 'TaskType') === TASK_TYPE && session !== '';
  return [{ task: { id, data: {} }, token, fits, samePrompt: false }];
}

/** ISO 8601 in whole seconds, as this API writes times. */
function seconds(time: Date, round: (value: number) => number): string {
  return new Date(round(time.getTime() / 1_000) * 1_000).toISOString().replace('.000Z', 'Z');
}
