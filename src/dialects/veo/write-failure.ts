/** Writes failures in Google's envelope, by the codes of google.rpc. */

import { FAILURES } from '../../model/failure.ts';
import type { Failure, FailureKind } from '../../model/failure.ts';
import type { Language } from '../../model/violation.ts';
import type { HttpReply } from '../dialect.ts';
import { failureMessage } from '../job-words.ts';

type RpcCode = { readonly code: number; readonly status: string };

const INVALID: RpcCode = { code: 3, status: 'INVALID_ARGUMENT' };
const FAILED: RpcCode = { code: 9, status: 'FAILED_PRECONDITION' };
const EXHAUSTED: RpcCode = { code: 8, status: 'RESOURCE_EXHAUSTED' };
const INTERNAL: RpcCode = { code: 13, status: 'INTERNAL' };
const UNAVAILABLE: RpcCode = { code: 14, status: 'UNAVAILABLE' };
const LATE: RpcCode = { code: 4, status: 'DEADLINE_EXCEEDED' };
const CANCELLED: RpcCode = { code: 1, status: 'CANCELLED' };
const DENIED: RpcCode = { code: 7, status: 'PERMISSION_DENIED' };
const NOT_FOUND: RpcCode = { code: 5, status: 'NOT_FOUND' };
const STRANGER: RpcCode = { code: 16, status: 'UNAUTHENTICATED' };
const ABORTED: RpcCode = { code: 10, status: 'ABORTED' };

export const RPC_CODES: Readonly<Record<FailureKind, RpcCode>> = {
  invalid_request: INVALID,
  content_rejected: INVALID,
  unauthorized: STRANGER,
  auth_rate_limited: EXHAUSTED,
  insufficient_funds: FAILED,
  forbidden: DENIED,
  account_frozen: DENIED,
  not_found: NOT_FOUND,
  loop_detected: FAILED,
  method_not_allowed: INVALID,
  conflict: ABORTED,
  gone: NOT_FOUND,
  body_too_large: INVALID,
  unsupported_media: INVALID,
  range_not_satisfiable: { code: 11, status: 'OUT_OF_RANGE' },
  idempotency_mismatch: INVALID,
  limit_exceeded: EXHAUSTED,
  concurrency_limit: EXHAUSTED,
  rate_limited: EXHAUSTED,
  channel_unfit: INVALID,
  no_channel: UNAVAILABLE,
  upstream_credential: UNAVAILABLE,
  upstream_unavailable: UNAVAILABLE,
  upstream_protocol: INTERNAL,
  generation_failed: INTERNAL,
  outcome_unknown: { code: 2, status: 'UNKNOWN' },
  cancelled: CANCELLED,
  expired: LATE,
  storage_low: UNAVAILABLE,
  unavailable: UNAVAILABLE,
  overloaded: UNAVAILABLE,
  internal: INTERNAL,
};

export function writeFailure(failure: Failure, language: Language): HttpReply {
  const { status: code } = FAILURES[failure.kind];
  const violations = (failure.violations ?? []).map(({ param }) => ({ field: param }));
  const details =
    violations.length === 0
      ? []
      : [{ '@type': 'type.googleapis.com/google.rpc.BadRequest', fieldViolations: violations }];
  const error = { code, message: failureMessage(failure, language), status: RPC_CODES[failure.kind].status, details };
  return { status: code, headers: {}, body: { error } };
}
