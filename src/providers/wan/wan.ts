/** Wan on Alibaba's Model Studio (DashScope): one API in each region, with a request shape for each generation of models. */

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
import { assertDecided, isTaskId, keyFault, objectIn, retryAfterMs } from '../replies.ts';
import { ERRORS, INPUT_LIMITS } from './tables.ts';
import { createBody, createPath, madeTask, refusalOf, resultOf } from './wire.ts';

const TASKS = '/api/v1/tasks';
/** Of a task that cannot exist: the vendor says so to whoever it takes for a customer. */
const NO_TASK = '00000000-0000-0000-0000-000000000000';
const RETENTION_HOURS = 24;
const DEFAULT_BUSY_MS = 5_000;

/**
 * `baseUrl` is Beijing's. The vendor's list of tasks shows neither prompt nor settings, so that it cannot tell which task a
 * lost submit has made; it has no tokens, and calls nobody back.
 */
export const wan: Provider = {
  name: 'wan',
  baseUrl: 'https://dashscope.aliyuncs.com',
  servesEveryModel: false,
  credentialFault,
  errors: ERRORS,
  inputLimits: (_spec, upstream) => INPUT_LIMITS[String(property(upstream, 'protocol'))] ?? {},
  submit,
  check,
  cancel,
  testCredential,
  taskRetentionHours: RETENTION_HOURS,
};

function credentialFault(credential: string): string | null {
  if (credential.includes('|'))
    return 'write one API key (sk-...): Model Studio takes no access key with a secret (create the API key in its console)';
  if (credential.startsWith('LTAI')) return 'this is an access key id; write an API key of Model Studio (sk-...)';
  return keyFault(credential);
}

async function submit(spec: VideoSpec, upstream: JsonObject, io: ProviderIo): Promise<SubmitResult> {
  try {
    const json = await createBody(spec, upstream, io);
    const response = await call(io, {
      method: 'POST',
      path: createPath(upstream),
      headers: { 'x-dashscope-async': 'enable' },
      json,
    });
    assertDecided(response, 'submit');
    if (response.status >= 400) return { kind: 'refused', failure: refusalOf(response) };
    return { kind: 'accepted', task: { id: madeTask(response), data: {} }, checkAfterMs: null };
  } catch (error) {
    if (error instanceof FailureError) return { kind: 'refused', failure: error.failure };
    throw error;
  }
}

async function check(task: UpstreamTask, io: ProviderIo): Promise<CheckResult> {
  const response = await call(io, { method: 'GET', path: taskPath(task) });
  if (response.status === 429)
    throw new UpstreamBusy('the vendor put a check off', retryAfterMs(response) ?? DEFAULT_BUSY_MS);
  const body = objectIn(response);
  if (response.status !== 200 || body === null) throw new Error(`the vendor answered ${response.status} to a check`);
  return resultOf(body, task.id);
}

/** Only a task that waits for its turn can be cancelled. */
async function cancel(task: UpstreamTask, io: ProviderIo): Promise<boolean> {
  const response = await call(io, { method: 'POST', path: `${taskPath(task)}/cancel` });
  if (response.status < 300) return true;
  if (response.status === 400) return false;
  throw new Error(`the vendor answered ${response.status} to a cancel`);
}

async function testCredential(io: ProviderIo): Promise<CredentialTest> {
  const response = await call(io, { method: 'GET', path: `${TASKS}/${NO_TASK}` });
  if (response.status === 200 && property(objectIn(response) ?? {}, 'output') !== undefined)
    return { ok: true, message: 'Model Studio takes the key.' };
  assertDecided(response, 'test');
  const failure = refusalOf(response);
  if (failure.kind !== 'upstream_credential')
    throw new Error(`Model Studio could not be asked: ${failure.detail ?? ''}`);
  return { ok: false, message: `Model Studio refused the key: ${failure.detail ?? ''}` };
}

function taskPath({ id }: UpstreamTask): string {
  if (!isTaskId(id)) throw new Error('the vendor gave a task an id that is none');
  return `${TASKS}/${encodeURIComponent(id)}`;
}

function call(io: ProviderIo, request: HttpRequest): Promise<HttpResponse> {
  const headers = { authorization: `Bearer ${io.credential}`, ...request.headers };
  return io.http({ ...request, headers });
}
