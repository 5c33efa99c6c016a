/** Writes failures as Kling does: a number that says what it is, a sentence, and the id of the request. */

import type { Failure, FailureKind } from '../../model/failure.ts';
import type { Language, ViolationCode } from '../../model/violation.ts';
import type { HttpReply } from '../dialect.ts';
import { failureMessage } from '../job-words.ts';

type ErrorRow = { readonly status: number; readonly code: number };

const BAD_REQUEST: ErrorRow = { status: 400, code: 1200 };
const BAD_VALUE: ErrorRow = { status: 400, code: 1201 };
const NO_RESOURCE: ErrorRow = { status: 404, code: 1203 };
const INTERNAL: ErrorRow = { status: 500, code: 5000 };
const UNAVAILABLE: ErrorRow = { status: 503, code: 5001 };
const TOO_LATE: ErrorRow = { status: 504, code: 5002 };

const ERRORS: Readonly<Record<FailureKind, ErrorRow>> = {
  invalid_request: BAD_VALUE,
  content_rejected: { status: 400, code: 1301 },
  unauthorized: { status: 401, code: 1002 },
  auth_rate_limited: { status: 429, code: 1302 },
  // Three things are a 429 there: an account without money, too many requests, and too many tasks at once.
  insufficient_funds: { status: 429, code: 1101 },
  forbidden: { status: 403, code: 1103 },
  account_frozen: { status: 403, code: 1103 },
  not_found: NO_RESOURCE,
  loop_detected: { status: 508, code: 5000 },
  method_not_allowed: { status: 404, code: 1202 },
  conflict: { status: 409, code: 1200 },
  gone: { status: 410, code: 1203 },
  body_too_large: { status: 413, code: 1200 },
  unsupported_media: { status: 415, code: 1200 },
  range_not_satisfiable: { status: 416, code: 1200 },
  idempotency_mismatch: { status: 422, code: 1200 },
  limit_exceeded: { status: 429, code: 1302 },
  concurrency_limit: { status: 429, code: 1303 },
  rate_limited: { status: 429, code: 1303 },
  channel_unfit: BAD_VALUE,
  no_channel: UNAVAILABLE,
  upstream_credential: UNAVAILABLE,
  upstream_unavailable: UNAVAILABLE,
  upstream_protocol: INTERNAL,
  generation_failed: INTERNAL,
  outcome_unknown: TOO_LATE,
  cancelled: { status: 409, code: 1200 },
  expired: TOO_LATE,
  storage_low: UNAVAILABLE,
  unavailable: UNAVAILABLE,
  overloaded: UNAVAILABLE,
  internal: INTERNAL,
};

/** Faults of a request that have a number of their own. */
const FAULTS: Readonly<Partial<Record<ViolationCode, ErrorRow>>> = {
  unknown_model: NO_RESOURCE,
  missing: BAD_REQUEST,
  wrong_type: BAD_REQUEST,
};

export function writeFailure(failure: Failure, language: Language, requestId: string): HttpReply {
  const fault = failure.violations?.[0]?.code;
  const { status, code } = (fault === undefined ? undefined : FAULTS[fault]) ?? ERRORS[failure.kind];
  return { status, headers: {}, body: { code, message: failureMessage(failure, language), request_id: requestId } };
}
