/** Writes failures by MiniMax's numbers: in version 1 always with status 200, in version 2 with the status itself. */

import { FAILURES } from '../../model/failure.ts';
import type { Failure, FailureKind } from '../../model/failure.ts';
import type { Language } from '../../model/violation.ts';
import type { HttpReply } from '../dialect.ts';
import { failureMessage } from '../job-words.ts';

/** `base_resp.status_code` of MiniMax's page of error codes. */
export const BASE_CODES: Readonly<Record<FailureKind, number>> = {
  invalid_request: 2013,
  content_rejected: 1026,
  unauthorized: 2049,
  auth_rate_limited: 1002,
  insufficient_funds: 1008,
  forbidden: 1004,
  account_frozen: 1004,
  not_found: 2013,
  loop_detected: 1000,
  method_not_allowed: 2013,
  conflict: 2013,
  gone: 2013,
  body_too_large: 2013,
  unsupported_media: 2013,
  range_not_satisfiable: 2013,
  idempotency_mismatch: 2013,
  limit_exceeded: 1002,
  concurrency_limit: 1002,
  rate_limited: 1002,
  channel_unfit: 2013,
  no_channel: 1000,
  upstream_credential: 1000,
  upstream_unavailable: 1024,
  upstream_protocol: 1000,
  generation_failed: 1000,
  outcome_unknown: 1001,
  cancelled: 1000,
  expired: 1001,
  storage_low: 1033,
  unavailable: 1033,
  overloaded: 1033,
  internal: 1024,
};

const OK = 200;
const CLIENT_ERROR = 500;

export function writeFailure(failure: Failure, language: Language): HttpReply {
  const verdict = { status_code: BASE_CODES[failure.kind], status_msg: failureMessage(failure, language) };
  return { status: OK, headers: {}, body: { task_id: '', base_resp: verdict } };
}

export function writeFailureV2(failure: Failure, language: Language, requestId: string): HttpReply {
  const { status } = FAILURES[failure.kind];
  const error = {
    type: status < CLIENT_ERROR ? 'invalid_request_error' : 'server_error',
    message: failureMessage(failure, language),
    http_code: String(status),
  };
  return { status, headers: {}, body: { type: 'error', error, request_id: requestId } };
}
