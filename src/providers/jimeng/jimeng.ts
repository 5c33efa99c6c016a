/** Jimeng by ByteDance through Volcengine's visual API. It has no place for a token, no callbacks, no list and no cancel. */

import { FailureError } from '../../model/failure.ts';
import { property } from '../../model/json.ts';
import type { JsonObject } from '../../model/json.ts';
import type { VideoSpec } from '../../model/spec.ts';
import { UpstreamBusy } from '../provider.ts';
import type {
  CheckResult,
  CredentialTest,
  HttpResponse,
  Provider,
  ProviderIo,
  SubmitResult,
  UpstreamTask,
} from '../provider.ts';
import { assertDecided, isTaskId, retryAfterMs } from '../replies.ts';
import { credentialFault, parseCredential } from './credential.ts';
import { signedHeaders } from './sign.ts';
import { actionsOf, ERRORS, INPUT_LIMITS, UNDECIDED } from './tables.ts';
import { createBody, replyIn, reqKeyOf, resultOf, submitted } from './wire.ts';

const VERSION = '2022-08-31';
const RETENTION_HOURS = 12;
const DEFAULT_BUSY_MS = 5_000;
/** A question about a task that cannot be, to learn what the vendor says of the signature. */
const PROBE = { req_key: 'jimeng_t2v_v30', task_id: '1' };

export const jimeng: Provider = {
  name: 'jimeng',
  baseUrl: 'https://visual.volcengineapi.com',
  servesEveryModel: false,
  credentialForm: 'AccessKeyId|SecretAccessKey',
  credentialFault,
  errors: ERRORS,
  undecided: UNDECIDED,
  inputLimits: () => INPUT_LIMITS,
  submit,
  check,
  testCredential,
  taskRetentionHours: RETENTION_HOURS,
};

async function submit(spec: VideoSpec, upstream: JsonObject, io: ProviderIo): Promise<SubmitResult> {
  try {
    const reqKey = reqKeyOf(spec, upstream);
    const response = await call(io, actionsOf(reqKey).submit, await createBody(spec, reqKey, io));
    assertDecided(response, 'submit');
    const answer = submitted(response);
    if ('failure' in answer) return { kind: 'refused', failure: answer.failure };
    return { kind: 'accepted', task: { id: answer.id, data: { reqKey } }, checkAfterMs: null };
  } catch (error) {
    if (error instanceof FailureError) return { kind: 'refused', failure: error.failure };
    throw error;
  }
}

async function check(task: UpstreamTask, io: ProviderIo): Promise<CheckResult> {
  const { reqKey, id } = addressOf(task);
  const response = await call(io, actionsOf(reqKey).result, { req_key: reqKey, task_id: id });
  if (isBusy(response)) throw new UpstreamBusy('the vendor put a check off', retryAfterMs(response) ?? DEFAULT_BUSY_MS);
  const result = resultOf(response);
  if (result === null) throw new Error(`the vendor answered ${response.status} ${replyIn(response).code} to a check`);
  return result;
}

/** The vendor wants the product's key with every id; an operator who attaches a task writes `req_key:task_id`. */
function addressOf({ id, data }: UpstreamTask): { readonly reqKey: string; readonly id: string } {
  const own = property(data, 'reqKey');
  const [reqKey = '', rest = ''] = typeof own === 'string' ? [own, id] : id.split(':', 2);
  if (rest === '' || !isTaskId(rest)) throw new Error('a task is asked about as req_key:task_id');
  return { reqKey, id: rest };
}

function isBusy(response: HttpResponse): boolean {
  return response.status === 429 || ERRORS[replyIn(response).code] === 'rate_limited';
}

async function testCredential(io: ProviderIo): Promise<CredentialTest> {
  const response = await call(io, actionsOf(PROBE.req_key).result, PROBE);
  const { code, message } = replyIn(response);
  assertDecided(response, 'test');
  // Only who is let in hears a number, whatever is said of the task.
  if (/^\d+$/.test(code) && !isBusy(response))
    return { ok: true, message: 'Volcengine takes the signature of this key.' };
  if (property(ERRORS, code) !== 'upstream_credential' && response.status !== 401 && response.status !== 403)
    throw new Error(`Volcengine could not be asked: it answered ${response.status} ${code}`);
  return { ok: false, message: `Volcengine refused the key: ${code} ${message}`.trim() };
}

function call(io: ProviderIo, action: string, json: JsonObject): Promise<HttpResponse> {
  const credential = parseCredential(io.credential);
  const path = `/?Action=${action}&Version=${VERSION}`;
  const url = new URL(io.baseUrl.replace(/\/+$/, '') + path);
  const headers = signedHeaders({ method: 'POST', url, body: JSON.stringify(json), at: io.now() }, credential);
  return io.http({ method: 'POST', path, headers, json });
}
