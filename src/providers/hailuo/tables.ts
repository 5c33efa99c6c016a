/** The words of MiniMax and what they mean here. Source: https://platform.minimax.io/docs/api-reference/errorcode and its neighbours. */

import type { FailureKind } from '../../model/failure.ts';
import { MEGABYTE } from '../../model/input-limit.ts';
import type { InputLimit, InputLimits } from '../../model/input-limit.ts';
import type { InputRole } from '../../model/request.ts';

/** Of both versions; any other word keeps the job waiting. */
export const STATES: Readonly<Record<string, 'waiting' | 'done' | 'failed'>> = {
  Preparing: 'waiting',
  Queueing: 'waiting',
  Processing: 'waiting',
  Success: 'done',
  Fail: 'failed',
  queued: 'waiting',
  running: 'waiting',
  succeeded: 'done',
  failed: 'failed',
  cancelled: 'failed',
  expired: 'failed',
};

export const ERRORS: Readonly<Record<string, FailureKind>> = {
  1000: 'generation_failed',
  1001: 'generation_failed',
  1002: 'rate_limited',
  1004: 'upstream_credential',
  1008: 'upstream_credential',
  1013: 'generation_failed',
  1024: 'generation_failed',
  1026: 'content_rejected',
  1027: 'content_rejected',
  1033: 'generation_failed',
  1039: 'rate_limited',
  1041: 'rate_limited',
  1042: 'invalid_request',
  2013: 'invalid_request',
  2045: 'rate_limited',
  2049: 'upstream_credential',
  2056: 'upstream_credential',
};

const FRAME: InputLimit = {
  types: ['image/jpeg', 'image/png', 'image/webp'],
  maxBytes: 20 * MEGABYTE - 1,
  sides: { min: 301 },
  maxShape: 2.5,
};
/** By version of the API. */
export const INPUT_LIMITS = {
  v1: { first_frame: FRAME, last_frame: FRAME },
  v2: { reference_video: { maxSecondsTogether: 15 } },
} as const satisfies Readonly<Record<string, InputLimits>>;

/** Unknown, timed out, internal, in the database: as the answer to a submit they do not say that there is no task. */
export const UNDECIDED: readonly string[] = ['1000', '1001', '1013', '1024', '1033'];

/** By the HTTP status of a refusal without a known code. */
export const STATUS_ERRORS: Readonly<Record<number, FailureKind>> = {
  400: 'invalid_request',
  401: 'upstream_credential',
  402: 'upstream_credential',
  403: 'upstream_credential',
  404: 'upstream_credential',
  413: 'invalid_request',
  422: 'content_rejected',
  429: 'rate_limited',
};

/** Keys of version 1 that only the client can fill. */
export const PASSED_ON: readonly string[] = ['prompt_optimizer', 'fast_pretreatment'];

type MediaPlace = { readonly type: 'image_url' | 'video_url' | 'audio_url'; readonly role: string };

/** Where each input stands among the contents of version 2. */
export const PLACES: Readonly<Record<InputRole, MediaPlace>> = {
  first_frame: { type: 'image_url', role: 'first_frame' },
  last_frame: { type: 'image_url', role: 'last_frame' },
  reference_image: { type: 'image_url', role: 'reference_image' },
  reference_video: { type: 'video_url', role: 'reference_video' },
  motion_video: { type: 'video_url', role: 'reference_video' },
  source_video: { type: 'video_url', role: 'base_video' },
  audio: { type: 'audio_url', role: 'reference_audio' },
};

/** Ratios of version 2; a picture without one of them decides by itself. */
export const RATIOS: readonly string[] = ['21:9', '16:9', '4:3', '1:1', '3:4', '9:16'];
