/** Writes failures by the visual API's numbers, and those of the door before it in the envelope of Volcengine's OpenAPI. */

import { FAILURES } from '../../model/failure.ts';
import type { Failure, FailureKind } from '../../model/failure.ts';
import type { Language } from '../../model/violation.ts';
import type { HttpReply } from '../dialect.ts';
import { failureMessage } from '../job-words.ts';
import { VERSION } from './schema.ts';

/** A number is the visual API's, a word the OpenAPI's. `status` where it is not that of the kind, `task` of a failed task. */
type ErrorRow = { readonly code: number | string; readonly status?: number; readonly task?: number };

const BAD_INPUT = 50_215;
const ACCESS_DENIED = 50_400;
const TOO_FAST = 50_429;
const TOO_MANY_AT_ONCE = 50_430;
const INTERNAL = 50_500;

const ERRORS: Readonly<Record<FailureKind, ErrorRow>> = {
  invalid_request: { code: BAD_INPUT },
  content_rejected: { code: 50_412, task: 50_516 },
  unauthorized: { code: 'InvalidAccessKey' },
  auth_rate_limited: { code: TOO_FAST },
  insufficient_funds: { code: ACCESS_DENIED, status: 400 },
  forbidden: { code: ACCESS_DENIED, status: 400 },
  account_frozen: { code: ACCESS_DENIED, status: 400 },
  not_found: { code: 'ServiceNotFound' },
  loop_detected: { code: INTERNAL },
  method_not_allowed: { code: 'MethodNotAllowed' },
  conflict: { code: TOO_MANY_AT_ONCE },
  gone: { code: BAD_INPUT },
  body_too_large: { code: BAD_INPUT },
  unsupported_media: { code: BAD_INPUT },
  range_not_satisfiable: { code: BAD_INPUT },
  idempotency_mismatch: { code: BAD_INPUT },
  limit_exceeded: { code: TOO_FAST },
  concurrency_limit: { code: TOO_MANY_AT_ONCE },
  rate_limited: { code: TOO_MANY_AT_ONCE },
  channel_unfit: { code: BAD_INPUT },
  no_channel: { code: INTERNAL },
  upstream_credential: { code: INTERNAL },
  upstream_unavailable: { code: INTERNAL },
  upstream_protocol: { code: INTERNAL },
  generation_failed: { code: INTERNAL },
  outcome_unknown: { code: INTERNAL },
  cancelled: { code: INTERNAL },
  expired: { code: INTERNAL },
  storage_low: { code: INTERNAL },
  unavailable: { code: INTERNAL },
  overloaded: { code: INTERNAL },
  internal: { code: INTERNAL },
};

/** Fields whose faults have a code of their own. */
const FIELDS: ReadonlyMap<string, ErrorRow> = new Map([
  ['Action', { code: 'InvalidActionOrVersion', status: 404 }],
  ['Version', { code: 'InvalidActionOrVersion', status: 404 }],
  ['req_key', { code: 50_200 }],
]);

export function writeFailure(failure: Failure, language: Language, requestId: string): HttpReply {
  const row = FIELDS.get(failure.violations?.[0]?.param ?? '') ?? ERRORS[failure.kind];
  const status = row.status ?? FAILURES[failure.kind].status;
  const message = failureMessage(failure, language);
  if (typeof row.code === 'number') {
    const body = { code: row.code, data: null, message, request_id: requestId, status: row.code };
    return { status, headers: {}, body };
  }
  const metadata = {
    RequestId: requestId,
    Version: VERSION,
    Service: 'cv',
    Region: 'cn-north-1',
    Error: { Code: row.code, Message: message },
  };
  return { status, headers: {}, body: { ResponseMetadata: metadata } };
}

/** The number of a failed task. */
export function taskCodeOf(kind: FailureKind): number {
  const { code, task } = ERRORS[kind];
  if (task !== undefined) return task;
  return typeof code === 'number' ? code : INTERNAL;
}
