/** Writes failures by the types that the AI SDK's gateway client makes errors of. */

import { FAILURES } from '../../model/failure.ts';
import type { Failure, FailureKind } from '../../model/failure.ts';
import type { Language } from '../../model/violation.ts';
import type { HttpReply } from '../dialect.ts';
import { failureMessage } from '../job-words.ts';

export const TYPES: Readonly<Record<FailureKind, string>> = {
  invalid_request: 'invalid_request_error',
  content_rejected: 'invalid_request_error',
  unauthorized: 'authentication_error',
  auth_rate_limited: 'rate_limit_exceeded',
  insufficient_funds: 'invalid_request_error',
  forbidden: 'forbidden',
  account_frozen: 'forbidden',
  not_found: 'not_found',
  loop_detected: 'failed_dependency',
  method_not_allowed: 'invalid_request_error',
  conflict: 'invalid_request_error',
  gone: 'not_found',
  body_too_large: 'invalid_request_error',
  unsupported_media: 'invalid_request_error',
  range_not_satisfiable: 'invalid_request_error',
  idempotency_mismatch: 'invalid_request_error',
  limit_exceeded: 'rate_limit_exceeded',
  concurrency_limit: 'rate_limit_exceeded',
  rate_limited: 'rate_limit_exceeded',
  channel_unfit: 'invalid_request_error',
  no_channel: 'failed_dependency',
  upstream_credential: 'failed_dependency',
  upstream_unavailable: 'failed_dependency',
  upstream_protocol: 'failed_dependency',
  generation_failed: 'internal_server_error',
  outcome_unknown: 'internal_server_error',
  cancelled: 'invalid_request_error',
  expired: 'internal_server_error',
  storage_low: 'internal_server_error',
  unavailable: 'internal_server_error',
  overloaded: 'internal_server_error',
  internal: 'internal_server_error',
};

const MODEL_UNKNOWN = 'model_not_found';
const NOT_FOUND = 404;

export function statusOf(kind: FailureKind): number {
  return FAILURES[kind].status;
}

/** An unknown model has a type, and by that a status, of its own. */
export function writeFailure(failure: Failure, language: Language, requestId: string): HttpReply {
  const first = failure.violations?.[0];
  const isModel = first?.code === 'unknown_model';
  const error = {
    message: failureMessage(failure, language),
    type: isModel ? MODEL_UNKNOWN : TYPES[failure.kind],
    param: isModel ? { modelId: String(first.value) } : (first?.param ?? null),
    code: failure.kind,
  };
  return { status: isModel ? NOT_FOUND : statusOf(failure.kind), headers: {}, body: { error, requestId } };
}
