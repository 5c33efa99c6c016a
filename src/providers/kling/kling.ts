/**
 * Kling's own API. Its first generation (`/v1/videos/…`) takes API keys and signed tokens, its second (`/tasks`) API keys
 * only; the name by which a channel knows a model tells which of them makes the video.
 */

import { FailureError } from '../../model/failure.ts';
import type { Failure } from '../../model/failure.ts';
import { isObject, property } from '../../model/json.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import type { VideoSpec } from '../../model/spec.ts';
import { UpstreamBusy, UpstreamSilence } from '../provider.ts';
import type {
  CallbackReading,
  CheckIo,
  CheckResult,
  CredentialTest,
  IncomingCallback,
  Provider,
  ProviderIo,
  SubmitResult,
  UpstreamTask,
} from '../provider.ts';
import { objectIn } from '../replies.ts';
import { call, dataOf, kindOf, refusalIn, saidIn } from './call.ts';
import { credentialOf, readCredential } from './credential.ts';
import { checkNeeds, limitsOf } from './limits.ts';
import { homeFor, isHome, planOf, TASKS } from './plan.ts';
import type { Home, Plan } from './plan.ts';
import { askTask, resultIn, taskIdIn, tokenIn } from './read-task.ts';
import { isSigned } from './sign.ts';
import { ABSENT_CODE, ERRORS } from './tables.ts';
import { taskBody } from './task-body.ts';
import { videoBody } from './video-body.ts';

/** Results are cleared after thirty days. */
const RETENTION_HOURS = 720;
/** So that the address of the query stays short. */
const MAX_TASKS_PER_QUERY = 100;
const COSTS_PERIOD_MS = 86_400_000;

export const kling: Provider = {
  name: 'kling',
  baseUrl: 'https://api-singapore.klingai.com',
  servesEveryModel: false,
  credentialForm: 'APIKey or AccessKey|SecretKey, and |whsec_… after it where webhooks are signed',
  credentialFault: (text) => {
    const reading = readCredential(text);
    return reading.ok ? null : reading.fault;
  },
  errors: ERRORS,
  inputLimits: (spec, upstream) => limitsOf(homeFor(spec, upstream)),
  submit,
  check,
  find,
  checkMany: { max: MAX_TASKS_PER_QUERY, takes: (task) => homeOf(task) === TASKS, ask: checkMany },
  testCredential,
  taskRetentionHours: RETENTION_HOURS,
  readCallback,
};

async function submit(spec: VideoSpec, upstream: JsonObject, io: ProviderIo): Promise<SubmitResult> {
  try {
    const plan = planOf(spec, upstream);
    checkKey(plan, io);
    checkNeeds(spec);
    const { path, json } = await unsent(() => requestOf(plan, spec, io));
    const answer = await call({ method: 'POST', path, json }, io);
    const failure = refusalIn(answer);
    if (failure !== null) return { kind: 'refused', failure };
    const id = taskIdIn(property(answer.body ?? {}, 'data') ?? null, plan.home);
    if (id === null) throw new Error('the vendor accepted a submit without an id');
    return { kind: 'accepted', task: taskAt(id, plan.home), checkAfterMs: null };
  } catch (error) {
    if (error instanceof FailureError) return { kind: 'refused', failure: error.failure };
    throw error;
  }
}

async function check(task: UpstreamTask, io: CheckIo): Promise<CheckResult> {
  const home = homeOf(task);
  return resultIn(await askTask({ id: task.id, home }, io), home);
}

async function checkMany(tasks: readonly UpstreamTask[], io: ProviderIo): Promise<ReadonlyMap<string, CheckResult>> {
  const asked = new Set(tasks.map(({ id }) => id));
  const ids = encodeURIComponent([...asked].join(','));
  const data = dataOf(await call({ method: 'GET', path: `/tasks?task_ids=${ids}` }, io), 'check of many');
  if (!Array.isArray(data)) throw new Error('the vendor answered a check of many without a list');
  const results = new Map<string, CheckResult>();
  for (const task of data.filter(isObject)) {
    const id = taskIdIn(task, TASKS);
    const result = id !== null && asked.has(id) ? readable(task) : null;
    if (id !== null && result !== null) results.set(id, result);
  }
  return results;
}

/** One task that cannot be read says nothing of the others. */
function readable(task: JsonObject): CheckResult | null {
  try {
    return resultIn(task, TASKS);
  } catch {
    return null;
  }
}

async function find(spec: VideoSpec, upstream: JsonObject, io: ProviderIo): Promise<UpstreamTask | null> {
  const { home } = planOf(spec, upstream);
  const token = encodeURIComponent(io.attemptToken);
  const path = home === TASKS ? `/tasks?external_task_ids=${token}` : `/v1/videos/${home}/${token}`;
  const answer = await call({ method: 'GET', path }, io);
  if (answer.response.status === 404 && answer.code === ABSENT_CODE) return null;
  const data = dataOf(answer, 'search');
  if (home === TASKS && Array.isArray(data) && data.length === 0) return null;
  const tasks: readonly Json[] = Array.isArray(data) ? data : [data];
  const own = tasks.find((task) => tokenIn(task, home) === io.attemptToken) ?? null;
  const id = taskIdIn(own, home);
  if (id === null) throw new Error('the vendor answered a search with another task');
  return taskAt(id, home);
}

async function readCallback(incoming: IncomingCallback, io: ProviderIo): Promise<CallbackReading> {
  const { webhookSecret } = credentialOf(io.credential);
  if (webhookSecret !== null && !isSigned(webhookSecret, incoming, io.now().getTime())) return { kind: 'forged' };
  const home = incoming.query['kind'];
  const body = objectIn({ text: incoming.body.toString('utf8') });
  const id = body !== null && isHome(home) ? taskIdIn(body, home) : null;
  if (body === null || !isHome(home) || id === null) return { kind: 'notice', task: null, reply: null };
  const token = tokenIn(body, home);
  const isOurs = token === null || token === io.attemptToken;
  return { kind: 'notice', task: isOurs ? taskAt(id, home) : null, reply: null };
}

/** Asks for the account's resource packs. */
async function testCredential(io: ProviderIo): Promise<CredentialTest> {
  const nowMs = io.now().getTime();
  const path = `/account/costs?start_time=${nowMs - COSTS_PERIOD_MS}&end_time=${nowMs}`;
  const answer = await call({ method: 'GET', path }, io);
  if (kindOf(answer) === 'upstream_credential')
    return { ok: false, message: `Kling refuses the key: ${saidIn(answer)}` };
  const data = dataOf(answer, 'question for the resource packs');
  const infos = isObject(data) ? property(data, 'resource_pack_subscribe_infos') : undefined;
  const packs = Array.isArray(infos) ? infos.filter(isObject) : [];
  const left = packs.map((pack) => Number(property(pack, 'remaining_quantity') ?? 0)).filter(Number.isFinite);
  const units = left.reduce((sum, quantity) => sum + quantity, 0).toFixed(2);
  return { ok: true, message: `Kling takes the key; its ${packs.length} resource packs have ${units} units left.` };
}

async function requestOf(
  plan: Plan,
  spec: VideoSpec,
  io: ProviderIo,
): Promise<{ readonly path: string; readonly json: JsonObject }> {
  return plan.home === TASKS
    ? { path: `/${plan.path}/${plan.model}`, json: taskBody(spec, plan, io) }
    : { path: `/v1/videos/${plan.home}`, json: await videoBody(spec, plan, io) };
}

/** The request is in order and so is the key, only not for each other: neither rests for it. */
function checkKey(plan: Plan, io: ProviderIo): void {
  if (plan.home !== TASKS || credentialOf(io.credential).kind === 'api_key') return;
  const failure: Failure = {
    kind: 'no_channel',
    message: 'No channel is set up for this model at the moment.',
    detail: `Kling makes ${plan.model} for API keys only, and this channel has AccessKey|SecretKey`,
  };
  throw new FailureError(failure);
}

/** Nothing was asked for yet, so that whatever goes wrong leaves nothing in doubt. */
async function unsent<T>(prepare: () => Promise<T>): Promise<T> {
  try {
    return await prepare();
  } catch (error) {
    if (error instanceof FailureError || error instanceof UpstreamBusy) throw error;
    throw new UpstreamSilence(error instanceof Error ? error.message : String(error), false);
  }
}

function taskAt(id: string, home: Home): UpstreamTask {
  return { id, data: { home } };
}

/** Throws for a task that is none of Kling's. */
function homeOf({ data }: UpstreamTask): Home {
  const home = property(data, 'home');
  if (!isHome(home)) throw new Error('the task does not say where it was made');
  return home;
}
