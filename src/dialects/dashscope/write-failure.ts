/** Writes failures as DashScope does: a code, a sentence and the id of the request. */

import { FAILURES } from '../../model/failure.ts';
import type { Failure, FailureKind } from '../../model/failure.ts';
import type { Language } from '../../model/violation.ts';
import type { HttpReply } from '../dialect.ts';
import { failureMessage } from '../job-words.ts';

type ErrorRow = { readonly code: string; readonly status?: number };

const ERRORS: Readonly<Record<FailureKind, ErrorRow>> = {
  invalid_request: { code: 'InvalidParameter' },
  content_rejected: { code: 'DataInspectionFailed' },
  unauthorized: { code: 'InvalidApiKey' },
  auth_rate_limited: { code: 'Throttling.RateQuota' },
  // A client of DashScope knows an empty balance by its code, whose status is 400.
  insufficient_funds: { code: 'Arrearage', status: 400 },
  forbidden: { code: 'AccessDenied' },
  account_frozen: { code: 'AccessDenied' },
  not_found: { code: 'NotFound' },
  loop_detected: { code: 'LoopDetected' },
  method_not_allowed: { code: 'MethodNotAllowed' },
  conflict: { code: 'UnsupportedOperation', status: 400 },
  gone: { code: 'Gone' },
  body_too_large: { code: 'InvalidParameter.DataTooLarge' },
  unsupported_media: { code: 'InvalidParameter.ContentType' },
  range_not_satisfiable: { code: 'InvalidParameter.Range' },
  idempotency_mismatch: { code: 'IdempotencyMismatch' },
  limit_exceeded: { code: 'Throttling.RateQuota' },
  concurrency_limit: { code: 'Throttling.BurstRate' },
  rate_limited: { code: 'Throttling' },
  channel_unfit: { code: 'InvalidParameter' },
  no_channel: { code: 'ModelUnavailable' },
  upstream_credential: { code: 'ModelServingError' },
  upstream_unavailable: { code: 'ModelServingError' },
  upstream_protocol: { code: 'ModelServingError' },
  generation_failed: { code: 'InternalError.Algo' },
  outcome_unknown: { code: 'InternalError.Unknown' },
  cancelled: { code: 'Canceled' },
  expired: { code: 'InternalError.Timeout' },
  storage_low: { code: 'InternalError.Storage' },
  unavailable: { code: 'ServiceUnavailable' },
  overloaded: { code: 'ServiceUnavailable' },
  internal: { code: 'InternalError' },
};

export function codeOf(kind: FailureKind): string {
  return ERRORS[kind].code;
}

/** An id that is not a task of the account has the state that DashScope gives it, beside the error. */
export function writeFailure(failure: Failure, language: Language, requestId: string): HttpReply {
  const { code, status = FAILURES[failure.kind].status } = ERRORS[failure.kind];
  const unknown = failure.kind === 'not_found' ? { output: { task_status: 'UNKNOWN' } } : {};
  const body = { code, message: failureMessage(failure, language), request_id: requestId, ...unknown };
  return { status, headers: {}, body };
}
