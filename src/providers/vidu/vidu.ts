/** Vidu by Shengshu, in China (`https://api.vidu.cn`) and elsewhere: the same API on both. */

import { FailureError } from '../../model/failure.ts';
import { isObject, property } from '../../model/json.ts';
import type { JsonObject } from '../../model/json.ts';
import type { VideoSpec } from '../../model/spec.ts';
import { UpstreamBusy } from '../provider.ts';
import type {
  CallbackReading,
  CheckResult,
  CredentialTest,
  HttpRequest,
  HttpResponse,
  IncomingCallback,
  ListedTask,
  Provider,
  ProviderIo,
  SubmitResult,
  TimeWindow,
  UpstreamTask,
} from '../provider.ts';
import { assertDecided, isTaskId, keyFault, objectIn, retryAfterMs } from '../replies.ts';
import { isSigned } from './sign.ts';
import { ERRORS, limitsOf } from './tables.ts';
import { createRequest, creationIn, dataOf, idIn, listedTask, refusalOf, resultOf, taskPath } from './wire.ts';

const LIST_PAGE = 100;
const MAX_LIST_PAGES = 10;
/** As far back as the vendor lists. */
const RETENTION_HOURS = 7 * 24;
const DEFAULT_BUSY_MS = 5_000;

export const vidu: Provider = {
  name: 'vidu',
  baseUrl: 'https://api.vidu.com',
  servesEveryModel: false,
  credentialFault: (credential) => keyFault(credential, 'Token'),
  errors: ERRORS,
  inputLimits: limitsOf,
  submit,
  check,
  cancel,
  listRecent,
  readCallback,
  testCredential,
  taskRetentionHours: RETENTION_HOURS,
};

async function submit(spec: VideoSpec, upstream: JsonObject, io: ProviderIo): Promise<SubmitResult> {
  try {
    const creationOf = (task: UpstreamTask) => creationIdOf(task, io);
    const response = await call(io, {
      method: 'POST',
      ...(await createRequest(spec, upstream, { ...io, creationOf })),
    });
    assertDecided(response, 'submit');
    if (response.status >= 400) return { kind: 'refused', failure: refusalOf(response) };
    const id = idIn(objectIn(response) ?? {});
    if (!isTaskId(id)) throw new Error('the vendor accepted a submit without an id');
    return { kind: 'accepted', task: { id, data: dataOf(spec) }, checkAfterMs: null };
  } catch (error) {
    if (error instanceof FailureError) return { kind: 'refused', failure: error.failure };
    throw error;
  }
}

/** Null where the vendor has none to tell of, or could not be asked: the video has other addresses. */
async function creationIdOf(task: UpstreamTask, io: ProviderIo): Promise<string | null> {
  const body = await record(task, io).catch(() => null);
  const id = body === null ? undefined : property(creationIn(body) ?? {}, 'id');
  return isTaskId(id) ? id : null;
}

async function check(task: UpstreamTask, io: ProviderIo): Promise<CheckResult> {
  const result = resultOf(await record(task, io), task);
  if (result === null) throw new Error('the vendor did not say how the task is, or where its video lies');
  return result;
}

async function record(task: UpstreamTask, io: ProviderIo): Promise<JsonObject> {
  const body = await look(io, taskPath(task, 'creations'));
  if ((idIn(body) ?? task.id) !== task.id) throw new Error('the vendor answered for another task');
  return body;
}

/** Only tasks that wait for their turn can be cancelled, such as off-peak ones. */
async function cancel(task: UpstreamTask, io: ProviderIo): Promise<boolean> {
  const response = await call(io, { method: 'POST', path: taskPath(task, 'cancel'), json: { id: task.id } });
  if (response.status < 300) return true;
  if (response.status === 400) return false;
  throw new Error(`the vendor answered ${response.status} to a cancel`);
}

async function listRecent(
  spec: VideoSpec,
  upstream: JsonObject,
  window: TimeWindow,
  io: ProviderIo,
): Promise<readonly ListedTask[]> {
  const found: ListedTask[] = [];
  for (let page = 0; page < MAX_LIST_PAGES; page += 1) {
    const query = new URLSearchParams({
      'created_at.from': window.from.toISOString(),
      'created_at.to': window.to.toISOString(),
      'pager.page': String(page),
      'pager.pagesz': String(LIST_PAGE),
    });
    const tasks = property(await look(io, `/ent/v2/tasks?${query.toString()}`), 'tasks');
    if (!Array.isArray(tasks)) throw new Error('the vendor answered a list that is none');
    found.push(...tasks.filter(isObject).flatMap((item) => listedTask(item, spec, upstream, window) ?? []));
    if (tasks.length < LIST_PAGE) return found;
  }
  // Of a list without its end, only the token tells which task is ours.
  return found.filter(({ token }) => token !== null);
}

async function readCallback(incoming: IncomingCallback, io: ProviderIo): Promise<CallbackReading> {
  if (io.callbackUrl === null || !isSigned(incoming, io.callbackUrl, io.credential, io.now()))
    return { kind: 'forged' };
  const id = idIn(objectIn({ text: incoming.body.toString('utf8') }) ?? {});
  return { kind: 'notice', task: isTaskId(id) ? { id, data: {} } : null, reply: null };
}

async function testCredential(io: ProviderIo): Promise<CredentialTest> {
  const response = await call(io, { method: 'GET', path: '/ent/v2/credits?show_detail=false' });
  const remains = property(objectIn(response) ?? {}, 'remains');
  if (response.status === 200 && Array.isArray(remains))
    return { ok: true, message: `Vidu takes the key; credits left: ${creditsIn(remains.filter(isObject))}.` };
  if (response.status !== 401 && response.status !== 403)
    throw new Error(`Vidu could not be asked: it answered ${response.status}`);
  return { ok: false, message: `Vidu refused the key: ${refusalOf(response).detail ?? ''}` };
}

function creditsIn(packages: readonly JsonObject[]): number {
  return packages.reduce((sum, one) => {
    const left = property(one, 'credit_remain');
    return typeof left === 'number' ? sum + left : sum;
  }, 0);
}

/** A question without effect; throws for every answer that is none. */
async function look(io: ProviderIo, path: string): Promise<JsonObject> {
  const response = await call(io, { method: 'GET', path });
  if (response.status === 429)
    throw new UpstreamBusy('the vendor put a check off', retryAfterMs(response) ?? DEFAULT_BUSY_MS);
  const body = objectIn(response);
  if (response.status !== 200 || body === null) throw new Error(`the vendor answered ${response.status} to a check`);
  return body;
}

function call(io: ProviderIo, request: HttpRequest): Promise<HttpResponse> {
  const headers = { authorization: `Token ${io.credential}`, accept: 'application/json' };
  return io.http({ ...request, headers });
}
