/** Hailuo by MiniMax, whose older models speak version 1 of the API and whose newer ones version 2. */

import { isObject, property } from '../../model/json.ts';
import type { JsonObject } from '../../model/json.ts';
import type { VideoSpec } from '../../model/spec.ts';
import type {
  CallbackReading,
  CheckResult,
  CredentialTest,
  IncomingCallback,
  ListedTask,
  Provider,
  ProviderIo,
  SubmitResult,
  TimeWindow,
  UpstreamTask,
} from '../provider.ts';
import { isTaskId, keyFault } from '../replies.ts';
import { ERRORS, INPUT_LIMITS, UNDECIDED } from './tables.ts';
import { check1, createRequest1 } from './version-1.ts';
import { cancel2, check2, createRequest2, listPath, listRecent2, task2 } from './version-2.ts';
import { call, exactObject, idOf, refusalOf } from './wire.ts';

/** Of version 2; version 1 does not say. */
const RETENTION_HOURS = 7 * 24;
/** They are signed tokens. */
const MAX_KEY_CHARS = 2_000;

/** `baseUrl` is the international platform; keys of the mainland's work only at https://api.minimaxi.com. */
export const hailuo: Provider = {
  name: 'hailuo',
  baseUrl: 'https://api.minimax.io',
  servesEveryModel: false,
  credentialFault,
  errors: ERRORS,
  undecided: UNDECIDED,
  inputLimits: (_spec, upstream) => INPUT_LIMITS[property(upstream, 'api') === 'v2' ? 'v2' : 'v1'],
  submit,
  check,
  cancel,
  listRecent,
  readCallback,
  testCredential,
  taskRetentionHours: RETENTION_HOURS,
};

function credentialFault(credential: string): string | null {
  if (credential.includes('|')) return 'write the API key alone: a group id is not needed';
  return keyFault(credential, 'Bearer', MAX_KEY_CHARS);
}

async function submit(spec: VideoSpec, upstream: JsonObject, io: ProviderIo): Promise<SubmitResult> {
  const isSecond = property(upstream, 'api') === 'v2';
  const response = await call(io, await (isSecond ? createRequest2 : createRequest1)(spec, upstream, io));
  const failure = refusalOf(response, 'submit');
  if (failure !== null) return { kind: 'refused', failure };
  const id = idOf(property(exactObject(response) ?? {}, 'task_id'));
  if (id === null) throw new Error('the vendor accepted a submit without an id');
  return { kind: 'accepted', task: isSecond ? task2(id) : task1(id), checkAfterMs: null };
}

/** A task that an operator named may be of either version. */
async function check(task: UpstreamTask, io: ProviderIo): Promise<CheckResult> {
  if (!isTaskId(task.id)) throw new Error('the vendor gave a task an id that is none');
  switch (property(task.data, 'api')) {
    case 'v1':
      return check1(task, io);
    case 'v2':
      return check2(task, io);
    default:
      return check2(task, io).catch(() => check1(task, io));
  }
}

async function cancel(task: UpstreamTask, io: ProviderIo): Promise<boolean> {
  return property(task.data, 'api') === 'v2' && cancel2(task, io);
}

async function listRecent(
  spec: VideoSpec,
  upstream: JsonObject,
  window: TimeWindow,
  io: ProviderIo,
): Promise<readonly ListedTask[]> {
  if (property(upstream, 'api') !== 'v2') throw new Error('version 1 of the API lists no tasks');
  return listRecent2(spec, upstream, window, io);
}

/** Before the first notice the vendor sends a challenge, to be answered with itself within three seconds. Nothing is signed. */
async function readCallback(incoming: IncomingCallback): Promise<CallbackReading> {
  const body = exactObject({ text: incoming.body.toString('utf8') }) ?? {};
  const challenge = property(body, 'challenge') ?? incoming.query['challenge'];
  if (typeof challenge === 'string') {
    const reply = { status: 200, contentType: 'application/json', body: JSON.stringify({ challenge }) };
    return { kind: 'handshake', reply };
  }
  const record = property(body, 'task');
  const [first, second] = [idOf(property(body, 'task_id')), isObject(record) ? idOf(property(record, 'id')) : null];
  const task = second === null ? (first === null ? null : task1(first)) : task2(second);
  return { kind: 'notice', task, reply: null };
}

async function testCredential(io: ProviderIo): Promise<CredentialTest> {
  const response = await call(io, { method: 'GET', path: listPath(1, 1) });
  const failure = refusalOf(response, 'test');
  if (failure === null && Array.isArray(property(exactObject(response) ?? {}, 'items')))
    return { ok: true, message: 'MiniMax listed the tasks of this key.' };
  if (failure?.kind !== 'upstream_credential')
    throw new Error(`MiniMax could not be asked: ${failure?.detail ?? response.status}`);
  return { ok: false, message: `MiniMax refused the key: ${failure.detail ?? ''}` };
}

function task1(id: string): UpstreamTask {
  return { id, data: { api: 'v1' } };
}
