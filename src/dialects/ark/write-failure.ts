/** Writes failures in Ark's envelope, by its own codes. */

import { FAILURES } from '../../model/failure.ts';
import type { Failure, FailureKind } from '../../model/failure.ts';
import type { Language, ViolationCode } from '../../model/violation.ts';
import type { HttpReply } from '../dialect.ts';
import { failureMessage } from '../job-words.ts';

/** `status` where it is not that of the kind; `task` where a failed task is told of in other words than a refused request. */
type ErrorRow = { readonly code: string; readonly status?: number; readonly task?: string };

const ERRORS: Readonly<Record<FailureKind, ErrorRow>> = {
  invalid_request: { code: 'InvalidParameter' },
  content_rejected: { code: 'InputTextSensitiveContentDetected', task: 'OutputVideoSensitiveContentDetected' },
  unauthorized: { code: 'AuthenticationError' },
  auth_rate_limited: { code: 'ModelAccountRpmRateLimitExceeded' },
  insufficient_funds: { code: 'AccountOverdueError', status: 403 },
  forbidden: { code: 'AccessDenied' },
  account_frozen: { code: 'AccessDenied' },
  not_found: { code: 'ResourceNotFound' },
  loop_detected: { code: 'InternalServiceError' },
  method_not_allowed: { code: 'InvalidAction.MethodNotAllowed' },
  // What conflicts here is a delete.
  conflict: { code: 'InvalidAction.RunningTaskDeletion' },
  gone: { code: 'ResourceNotFound' },
  body_too_large: { code: 'InvalidParameter.BodyTooLarge' },
  unsupported_media: { code: 'InvalidParameter.ContentType' },
  range_not_satisfiable: { code: 'InvalidParameter.Range' },
  idempotency_mismatch: { code: 'InvalidParameter.IdempotencyKey' },
  limit_exceeded: { code: 'ModelAccountRpmRateLimitExceeded' },
  concurrency_limit: { code: 'RateLimitExceeded.EndpointRPMExceeded' },
  rate_limited: { code: 'RateLimitExceeded.EndpointRPMExceeded' },
  channel_unfit: { code: 'InvalidParameter' },
  no_channel: { code: 'ServerOverloaded', status: 429 },
  upstream_credential: { code: 'InternalServiceError' },
  upstream_unavailable: { code: 'ServerOverloaded', status: 429 },
  upstream_protocol: { code: 'InternalServiceError' },
  generation_failed: { code: 'InternalServiceError' },
  outcome_unknown: { code: 'InternalServiceError' },
  cancelled: { code: 'InvalidAction.Cancelled' },
  expired: { code: 'InternalServiceError' },
  storage_low: { code: 'InternalServiceError' },
  unavailable: { code: 'InternalServiceError' },
  overloaded: { code: 'ServerOverloaded', status: 429 },
  internal: { code: 'InternalServiceError' },
};

/** Violations that are not simply an invalid parameter. */
const VIOLATIONS: Readonly<Partial<Record<ViolationCode, ErrorRow>>> = {
  missing: { code: 'MissingParameter' },
  needs: { code: 'MissingParameter' },
  unknown_model: { code: 'InvalidEndpointOrModel.NotFound', status: 404 },
};

const TYPES: Readonly<Record<number, string>> = {
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  409: 'Conflict',
  429: 'TooManyRequests',
};
const SERVER_ERROR = 500;

export function writeFailure(failure: Failure, language: Language, requestId: string): HttpReply {
  const first = failure.violations?.[0] ?? null;
  const row = (first === null ? undefined : VIOLATIONS[first.code]) ?? ERRORS[failure.kind];
  const status = row.status ?? FAILURES[failure.kind].status;
  const error = {
    code: row.code,
    message: `${failureMessage(failure, language)} Request id: ${requestId}`,
    param: first?.param ?? '',
    type: TYPES[status] ?? (status >= SERVER_ERROR ? 'InternalServerError' : 'BadRequest'),
  };
  return { status, headers: {}, body: { error } };
}

/** What a failed task says. */
export function taskCodeOf(kind: FailureKind): string {
  return ERRORS[kind].task ?? ERRORS[kind].code;
}
