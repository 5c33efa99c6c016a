/** Writes failures as OpenAI's error envelope, with the headers by which its SDKs decide to try again. */

import { FAILURES } from '../../model/failure.ts';
import type { Failure, FailureKind } from '../../model/failure.ts';
import type { Language, ViolationCode } from '../../model/violation.ts';
import type { HttpReply } from '../dialect.ts';
import { failureMessage } from '../job-words.ts';

type ErrorType =
  | 'invalid_request_error'
  | 'permission_error'
  | 'insufficient_quota'
  | 'rate_limit_error'
  | 'server_error';

/** A wrong key and an unknown id are invalid requests to OpenAI; the code tells them apart. */
const ERRORS: Readonly<Record<FailureKind, { readonly type: ErrorType; readonly code: string }>> = {
  invalid_request: { type: 'invalid_request_error', code: 'invalid_value' },
  content_rejected: { type: 'invalid_request_error', code: 'moderation_blocked' },
  unauthorized: { type: 'invalid_request_error', code: 'invalid_api_key' },
  auth_rate_limited: { type: 'rate_limit_error', code: 'rate_limit_exceeded' },
  insufficient_funds: { type: 'insufficient_quota', code: 'insufficient_quota' },
  forbidden: { type: 'permission_error', code: 'forbidden' },
  account_frozen: { type: 'permission_error', code: 'account_frozen' },
  not_found: { type: 'invalid_request_error', code: 'not_found' },
  loop_detected: { type: 'invalid_request_error', code: 'loop_detected' },
  method_not_allowed: { type: 'invalid_request_error', code: 'method_not_allowed' },
  conflict: { type: 'invalid_request_error', code: 'conflict' },
  gone: { type: 'invalid_request_error', code: 'expired' },
  body_too_large: { type: 'invalid_request_error', code: 'body_too_large' },
  unsupported_media: { type: 'invalid_request_error', code: 'unsupported_media_type' },
  range_not_satisfiable: { type: 'invalid_request_error', code: 'range_not_satisfiable' },
  idempotency_mismatch: { type: 'invalid_request_error', code: 'idempotency_mismatch' },
  limit_exceeded: { type: 'rate_limit_error', code: 'rate_limit_exceeded' },
  concurrency_limit: { type: 'rate_limit_error', code: 'concurrency_limit' },
  rate_limited: { type: 'rate_limit_error', code: 'rate_limit_exceeded' },
  channel_unfit: { type: 'invalid_request_error', code: 'unsupported_parameter' },
  no_channel: { type: 'server_error', code: 'no_channel' },
  upstream_credential: { type: 'server_error', code: 'upstream_unavailable' },
  upstream_unavailable: { type: 'server_error', code: 'upstream_unavailable' },
  upstream_protocol: { type: 'server_error', code: 'upstream_error' },
  generation_failed: { type: 'server_error', code: 'generation_failed' },
  outcome_unknown: { type: 'server_error', code: 'outcome_unknown' },
  cancelled: { type: 'invalid_request_error', code: 'cancelled' },
  expired: { type: 'server_error', code: 'expired' },
  storage_low: { type: 'server_error', code: 'storage_low' },
  unavailable: { type: 'server_error', code: 'unavailable' },
  overloaded: { type: 'server_error', code: 'overloaded' },
  internal: { type: 'server_error', code: 'server_error' },
};

const VIOLATION_CODES: Readonly<Record<ViolationCode, string>> = {
  missing: 'missing_required_parameter',
  needs: 'missing_required_parameter',
  wrong_type: 'invalid_type',
  not_offered: 'invalid_value',
  out_of_range: 'invalid_value',
  contradiction: 'invalid_value',
  rule: 'invalid_value',
  unreadable: 'invalid_value',
  too_long: 'string_above_max_length',
  too_many: 'array_above_max_length',
  too_few: 'array_below_min_length',
  unknown_model: 'model_not_found',
  not_supported: 'unsupported_parameter',
  not_allowed_url: 'invalid_url',
  unreachable: 'invalid_url',
  too_large: 'file_too_large',
  wrong_media: 'unsupported_file_type',
};

const CONFLICT = 409;
const TOO_MANY_REQUESTS = 429;
const SERVER_ERROR = 500;

export function writeFailure(failure: Failure, language: Language, requestId: string): HttpReply {
  const { status } = FAILURES[failure.kind];
  const { type, code } = ERRORS[failure.kind];
  const first = failure.violations?.[0];
  const error = {
    message: failureMessage(failure, language),
    type,
    param: first?.param ?? null,
    code: first === undefined ? code : VIOLATION_CODES[first.code],
    request_id: requestId,
  };
  return { status, headers: retryHeaders(failure, status), body: { error } };
}

/** The SDKs repeat a failed create twice and without any idempotency key: up to three paid jobs, unless told not to. */
function retryHeaders(failure: Failure, status: number): Record<string, string> {
  const headers: Record<string, string> = {};
  // What was refused at the door has made nothing, and may be sent again.
  if ((status >= SERVER_ERROR && failure.kind !== 'overloaded') || status === CONFLICT)
    headers['x-should-retry'] = 'false';
  if (status === TOO_MANY_REQUESTS || failure.retryAfterMs !== undefined) {
    headers['retry-after'] = String(Math.max(1, Math.ceil((failure.retryAfterMs ?? 0) / 1000)));
  }
  return headers;
}
