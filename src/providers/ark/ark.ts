/** Seedance on Volcengine Ark, and on BytePlus ModelArk where the channel's address is one of BytePlus. */

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
import { assertDecided, isMadeSince, isMadeWithin, isTaskId, keyFault, objectIn, retryAfterMs } from '../replies.ts';
import { ERRORS } from './tables.ts';
import { createBody, fits, inputFault, limitsOf, refusalOf, resultOf, taskOf, tierOf } from './wire.ts';
import type { Tier } from './wire.ts';

const TASKS = '/contents/generations/tasks';
const TIERS: readonly Tier[] = ['default', 'flex'];
/** As many ids as keep the address of a request short enough for any proxy. */
const MAX_TASKS_PER_CHECK = 100;
const LIST_PAGE = 500;
const MAX_LIST_PAGES = 10;
const RETENTION_HOURS = 7 * 24;
const DEFAULT_BUSY_MS = 5_000;

export const ark: Provider = {
  name: 'ark',
  baseUrl: 'https://ark.cn-beijing.volces.com/api/v3',
  servesEveryModel: false,
  credentialFault,
  errors: ERRORS,
  inputLimits: limitsOf,
  submit,
  check,
  checkMany: { max: MAX_TASKS_PER_CHECK, ask: checkMany },
  cancel,
  listRecent,
  readCallback,
  testCredential,
  taskRetentionHours: RETENTION_HOURS,
};

function credentialFault(credential: string): string | null {
  return credential.includes('|')
    ? 'write one API key: making videos takes no access key with a secret (create the API key in the Ark console)'
    : keyFault(credential);
}

async function submit(spec: VideoSpec, upstream: JsonObject, io: ProviderIo): Promise<SubmitResult> {
  const fault = inputFault(spec, io);
  if (fault !== null) return { kind: 'refused', failure: fault };
  const response = await call(io, { method: 'POST', path: TASKS, json: await createBody(spec, upstream, io) });
  assertDecided(response, 'submit');
  if (response.status >= 400) return { kind: 'refused', failure: refusalOf(response) };
  const id = property(objectIn(response) ?? {}, 'id');
  if (!isTaskId(id)) throw new Error('the vendor accepted a submit without an id');
  return { kind: 'accepted', task: { id, data: { tier: tierOf(spec) } }, checkAfterMs: null };
}

async function check(task: UpstreamTask, io: ProviderIo): Promise<CheckResult> {
  const result = resultOf(await record(task, io));
  if (result === null) throw new Error('the vendor did not say how the task is, or where its video lies');
  return result;
}

async function record(task: UpstreamTask, io: ProviderIo): Promise<JsonObject> {
  const body = await look(io, taskPath(task));
  if (property(body, 'id') !== task.id) throw new Error('the vendor answered for another task');
  return body;
}

/** A task whose tier is not known is looked for in both. */
async function checkMany(tasks: readonly UpstreamTask[], io: ProviderIo): Promise<ReadonlyMap<string, CheckResult>> {
  const results = new Map<string, CheckResult>();
  for (const tier of TIERS) {
    const ids = tasks.filter(({ data }) => (property(data, 'tier') ?? tier) === tier).map(({ id }) => id);
    if (ids.length === 0) continue;
    for (const item of await list(io, { tier, page: 1, size: MAX_TASKS_PER_CHECK, ids })) {
      const id = taskOf(item)?.id ?? '';
      const result = resultOf(item);
      if (ids.includes(id) && result !== null) results.set(id, result);
    }
  }
  return results;
}

/** Only a task that still waits: to delete one that has ended would take its video away. */
async function cancel(task: UpstreamTask, io: ProviderIo): Promise<boolean> {
  const state = property(await record(task, io), 'status');
  if (state !== 'queued') return state === 'cancelled';
  const response = await call(io, { method: 'DELETE', path: taskPath(task) });
  assertDecided(response, 'cancel');
  return response.status < 300;
}

async function listRecent(
  spec: VideoSpec,
  upstream: JsonObject,
  window: TimeWindow,
  io: ProviderIo,
): Promise<readonly ListedTask[]> {
  const found: ListedTask[] = [];
  for (let page = 1; page <= MAX_LIST_PAGES; page += 1) {
    const items = await list(io, { tier: tierOf(spec), page, size: LIST_PAGE, ids: [] });
    for (const item of items) {
      const task = taskOf(item);
      if (task !== null && isMadeWithin(property(item, 'created_at'), window))
        found.push({ task, token: null, fits: fits(item, spec, upstream, io), samePrompt: false });
    }
    // The newest come first.
    const goesOn = items.length === LIST_PAGE && isMadeSince(property(items.at(-1) ?? {}, 'created_at'), window.from);
    if (!goesOn) return found;
  }
  throw new Error('the vendor lists more tasks than can be read');
}

/** The body is the task's record. It is not signed, so that all it can do is to hasten the next check. */
async function readCallback(incoming: IncomingCallback): Promise<CallbackReading> {
  const body = objectIn({ text: incoming.body.toString('utf8') });
  return { kind: 'notice', task: body === null ? null : taskOf(body), reply: null };
}

async function testCredential(io: ProviderIo): Promise<CredentialTest> {
  const response = await call(io, { method: 'GET', path: `${TASKS}?page_num=1&page_size=1` });
  if (response.status === 200) return { ok: true, message: 'Ark listed the tasks of this key.' };
  assertDecided(response, 'test');
  const failure = refusalOf(response);
  if (failure.kind !== 'upstream_credential') throw new Error(`Ark could not be asked: ${failure.detail ?? ''}`);
  return { ok: false, message: `Ark refused the key: ${failure.detail ?? ''}` };
}

type ListQuery = {
  readonly tier: Tier;
  readonly page: number;
  readonly size: number;
  readonly ids: readonly string[];
};

async function list(io: ProviderIo, { tier, page, size, ids }: ListQuery): Promise<readonly JsonObject[]> {
  const query = new URLSearchParams({
    page_num: String(page),
    page_size: String(size),
    'filter.service_tier': tier,
  });
  for (const id of ids) query.append('filter.task_ids', id);
  const items = property(await look(io, `${TASKS}?${query.toString()}`), 'items');
  if (!Array.isArray(items)) throw new Error('the vendor answered a list that is none');
  return items.filter(isObject);
}

function taskPath({ id }: UpstreamTask): string {
  if (!isTaskId(id)) throw new Error('the vendor gave a task an id that is none');
  return `${TASKS}/${encodeURIComponent(id)}`;
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
  return io.http({ ...request, headers: { authorization: `Bearer ${io.credential}` } });
}
