/** The words of OpenAI-compatible video servers, and what they mean here. Sources: openai SDK 7.55, vLLM-Omni, SGLang, resale gateways. */

import type { FailureKind } from '../../model/failure.ts';

export type TaskState = 'waiting' | 'done' | 'failed';

/** Any other word keeps the job waiting. */
export const STATES: Readonly<Record<string, TaskState>> = {
  queued: 'waiting',
  pending: 'waiting',
  not_start: 'waiting',
  submitted: 'waiting',
  in_progress: 'waiting',
  processing: 'waiting',
  completed: 'done',
  succeeded: 'done',
  success: 'done',
  failed: 'failed',
  error: 'failed',
  cancelled: 'failed',
  canceled: 'failed',
  deleted: 'failed',
};

/** By the code of the error object, where there is one. */
export const ERRORS: Readonly<Record<string, FailureKind>> = {
  invalid_value: 'invalid_request',
  missing_required_parameter: 'invalid_request',
  invalid_request: 'invalid_request',
  moderation_blocked: 'content_rejected',
  sentinel_block: 'content_rejected',
  content_policy_violation: 'content_rejected',
  invalid_api_key: 'upstream_credential',
  insufficient_quota: 'upstream_credential',
  model_not_found: 'upstream_credential',
  rate_limit_exceeded: 'rate_limited',
  server_error: 'generation_failed',
};

/** By the HTTP status of a refusal without a known code. */
export const STATUS_ERRORS: Readonly<Record<number, FailureKind>> = {
  400: 'invalid_request',
  401: 'upstream_credential',
  402: 'upstream_credential',
  403: 'upstream_credential',
  404: 'upstream_credential',
  413: 'invalid_request',
  415: 'invalid_request',
  422: 'invalid_request',
  429: 'rate_limited',
};
