/** The words of relays and of servers like them. Sources: openai SDK 7.55, vLLM-Omni, SGLang, pages of resale gateways, new-api. */

import type { FailureKind } from '../model/failure.ts';

/** `upsampled`: done where the answer says where the video is. */
export type TaskState = 'waiting' | 'done' | 'upsampled' | 'failed';

/** In lower case. Any other word keeps the job waiting. */
export const STATES: Readonly<Record<string, TaskState>> = {
  queued: 'waiting',
  pending: 'waiting',
  not_start: 'waiting',
  submitted: 'waiting',
  in_progress: 'waiting',
  processing: 'waiting',
  generating: 'waiting',
  image_downloading: 'waiting',
  video_generating: 'waiting',
  video_generation_running: 'waiting',
  // Veo's base clip: a larger one may follow.
  video_generation_completed: 'waiting',
  video_upsampling: 'waiting',
  upsampling: 'waiting',
  video_upsampling_completed: 'upsampled',
  completed: 'done',
  succeeded: 'done',
  success: 'done',
  ready: 'done',
  failed: 'failed',
  failure: 'failed',
  error: 'failed',
  video_generation_failed: 'failed',
  video_upsampling_failed: 'failed',
  cancelled: 'failed',
  canceled: 'failed',
  deleted: 'failed',
};

/** By the code of the error, where there is one. */
export const ERRORS: Readonly<Record<string, FailureKind>> = {
  invalid_value: 'invalid_request',
  invalid_type: 'invalid_request',
  invalid_url: 'invalid_request',
  invalid_request: 'invalid_request',
  invalid_request_error: 'invalid_request',
  missing_required_parameter: 'invalid_request',
  unsupported_parameter: 'invalid_request',
  unsupported_media: 'invalid_request',
  body_too_large: 'invalid_request',
  moderation_blocked: 'content_rejected',
  sentinel_block: 'content_rejected',
  content_policy_violation: 'content_rejected',
  content_rejected: 'content_rejected',
  invalid_api_key: 'upstream_credential',
  unauthorized: 'upstream_credential',
  forbidden: 'upstream_credential',
  insufficient_quota: 'upstream_credential',
  insufficient_user_quota: 'upstream_credential',
  insufficient_funds: 'upstream_credential',
  rate_limit_exceeded: 'rate_limited',
  rate_limited: 'rate_limited',
  limit_exceeded: 'rate_limited',
  concurrency_limit: 'rate_limited',
  model_not_found: 'upstream_unavailable',
  no_channel: 'upstream_unavailable',
  loop_detected: 'upstream_unavailable',
  upstream_credential: 'upstream_unavailable',
  upstream_unavailable: 'upstream_unavailable',
  storage_low: 'upstream_unavailable',
  overloaded: 'upstream_unavailable',
  upstream_error: 'upstream_unavailable',
  upstream_protocol: 'upstream_unavailable',
  generation_failed: 'generation_failed',
  server_error: 'generation_failed',
};

/** By what the error says, where its code is none of these. Texts of the pages and of clients that read them. */
export const TEXTS: readonly (readonly [RegExp, FailureKind])[] = [
  [/unsafe|\bminors\b|violence|moderation/i, 'content_rejected'],
  [/inpaint image must match/i, 'invalid_request'],
];

/** By the HTTP status of a refusal that says nothing that is known. */
export const STATUS_ERRORS: Readonly<Record<number, FailureKind>> = {
  400: 'invalid_request',
  401: 'upstream_credential',
  402: 'upstream_credential',
  403: 'upstream_credential',
  // Nothing is made where there is no such page.
  404: 'upstream_protocol',
  405: 'upstream_protocol',
  413: 'invalid_request',
  415: 'invalid_request',
  422: 'invalid_request',
  429: 'rate_limited',
};

/** What a task may have failed of that its client can change; a failure of any other kind is the relay's. */
export const CLIENT_FAULTS: readonly FailureKind[] = ['content_rejected', 'invalid_request'];

/** Keys by which a server could be made to open, write or run something of its own. */
export const DANGEROUS_KEYS = /(?:^|_)(?:paths?|dir|directory|files?|kwargs|device|lora|module|plugin|rollout)(?:_|$)/i;
/** Texts that a server may take for a place on its own disk. */
export const DANGEROUS_TEXTS = /^\s*(?:file:|\/|~|\.{1,2}[\\/]|[a-z]:\\|\\\\)/i;
