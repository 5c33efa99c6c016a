/** Vidu's words for what becomes of a job, and its money. */

import type { FailureKind } from '../../model/failure.ts';
import type { JobState } from '../../model/job.ts';
import type { Micros } from '../../model/money.ts';
import type { ModeName } from '../../model/spec.ts';
import type { ViolationCode } from '../../model/violation.ts';

export type ViduState = 'created' | 'queueing' | 'processing' | 'success' | 'failed';

export const STATES: Readonly<Record<JobState, ViduState>> = {
  queued: 'created',
  submitting: 'queueing',
  running: 'processing',
  collecting: 'processing',
  succeeded: 'success',
  failed: 'failed',
  cancelled: 'failed',
  expired: 'failed',
};

/** The `type` of a task. Vidu has no word for the last three. */
export const TYPES: Readonly<Record<ModeName, string>> = {
  text: 'text2video',
  first_frame: 'img2video',
  first_last: 'headtailimg2video',
  reference: 'character2video',
  multi_frame: 'headtailimg2video',
  template_effect: 'template2video',
  lip_sync: 'lip_sync',
  extend: 'extend',
  upscale: 'upscale',
  edit: 'edit',
  motion_control: 'motion_control',
  avatar_i2v: 'avatar',
};

/** How a request is refused; a status only where it is not the usual one. */
export const REFUSALS: Readonly<Record<FailureKind, { readonly reason: string; readonly status?: number }>> = {
  invalid_request: { reason: 'BadRequest' },
  content_rejected: { reason: 'AuditSubmitIllegal' },
  unauthorized: { reason: 'Unauthorized' },
  auth_rate_limited: { reason: 'TooManyRequests' },
  insufficient_funds: { reason: 'CreditInsufficient', status: 400 },
  forbidden: { reason: 'Forbidden' },
  account_frozen: { reason: 'Forbidden' },
  not_found: { reason: 'TaskNotFound' },
  loop_detected: { reason: 'InternalServiceFailure' },
  method_not_allowed: { reason: 'BadRequest' },
  // So it answers a cancel that comes too late.
  conflict: { reason: 'BadRequest', status: 400 },
  gone: { reason: 'CreationNotFound' },
  body_too_large: { reason: 'BadRequest' },
  unsupported_media: { reason: 'BadRequest' },
  range_not_satisfiable: { reason: 'BadRequest' },
  idempotency_mismatch: { reason: 'Conflict' },
  limit_exceeded: { reason: 'TooManyRequests' },
  concurrency_limit: { reason: 'QuotaExceeded' },
  rate_limited: { reason: 'SystemThrottling' },
  channel_unfit: { reason: 'BadRequest' },
  no_channel: { reason: 'ModelUnavailable' },
  upstream_credential: { reason: 'InternalServiceFailure' },
  upstream_unavailable: { reason: 'InternalServiceFailure' },
  upstream_protocol: { reason: 'InternalServiceFailure' },
  generation_failed: { reason: 'InternalServiceFailure' },
  outcome_unknown: { reason: 'InternalServiceFailure' },
  cancelled: { reason: 'UserCancelled', status: 400 },
  expired: { reason: 'InternalServiceFailure' },
  storage_low: { reason: 'InternalServiceFailure' },
  unavailable: { reason: 'InternalServiceFailure' },
  overloaded: { reason: 'InternalServiceFailure' },
  internal: { reason: 'InternalServiceFailure' },
};

/** The reason of a request with a faulty field. */
export const FIELD_REASONS: Readonly<Record<ViolationCode, string>> = {
  missing: 'FieldLacking',
  needs: 'FieldLacking',
  wrong_type: 'FieldInvalid',
  not_offered: 'FieldInvalid',
  out_of_range: 'FieldInvalid',
  too_long: 'FieldInvalid',
  too_many: 'FieldItemCountOutOfRange',
  too_few: 'FieldItemCountOutOfRange',
  unknown_model: 'ModelUnavailable',
  not_supported: 'FieldInvalid',
  contradiction: 'FieldInvalid',
  unreadable: 'FieldInvalid',
  not_allowed_url: 'FieldInvalid',
  unreachable: 'ImageDownloadFailure',
  too_large: 'PageSizeOutOfRange',
  wrong_media: 'ImageFormatInvalid',
  rule: 'FieldInvalid',
};

/** The `err_code` of a task that failed: what was made was rejected, not what was sent. */
export function errorCode(kind: FailureKind): string {
  return kind === 'content_rejected' ? 'CreationPolicyViolation' : REFUSALS[kind].reason;
}

/** Micro-USD of one credit: half a cent, as resellers sell them. */
const CREDIT_MICROS = 5_000n;

/** What something costs, in whole credits, rounded up. */
export function creditsFor(micros: Micros | null): number {
  return micros === null ? 0 : Number((micros + CREDIT_MICROS - 1n) / CREDIT_MICROS);
}

/** How many credits a balance is worth, rounded down. */
export function creditsIn(micros: Micros): number {
  return micros <= 0n ? 0 : Number(micros / CREDIT_MICROS);
}
