/** The words of Volcengine Ark and what they mean here. Source: https://www.volcengine.com/docs/82379/1299023 and its neighbours. */

import type { FailureKind } from '../../model/failure.ts';
import { limitsByKind, MEGABYTE } from '../../model/input-limit.ts';
import type { InputLimit, InputLimits } from '../../model/input-limit.ts';
import type { InputRole } from '../../model/request.ts';

/** Any other word keeps the job waiting. */
export const STATES: Readonly<Record<string, 'waiting' | 'done' | 'failed'>> = {
  queued: 'waiting',
  running: 'waiting',
  succeeded: 'done',
  failed: 'failed',
  cancelled: 'failed',
  expired: 'failed',
};

/** By the part of the code before its first dot: what follows only says more. */
export const ERRORS: Readonly<Record<string, FailureKind>> = {
  MissingParameter: 'invalid_request',
  InvalidParameter: 'invalid_request',
  InputTextSensitiveContentDetected: 'content_rejected',
  InputImageSensitiveContentDetected: 'content_rejected',
  InputVideoSensitiveContentDetected: 'content_rejected',
  InputAudioSensitiveContentDetected: 'content_rejected',
  OutputTextSensitiveContentDetected: 'content_rejected',
  OutputVideoSensitiveContentDetected: 'content_rejected',
  OutputAudioSensitiveContentDetected: 'content_rejected',
  AuthenticationError: 'upstream_credential',
  AccountOverdueError: 'upstream_credential',
  AccessDenied: 'upstream_credential',
  InvalidEndpointOrModel: 'upstream_credential',
  InvalidEndpoint: 'upstream_credential',
  ModelNotOpen: 'upstream_credential',
  RateLimitExceeded: 'rate_limited',
  ModelAccountRpmRateLimitExceeded: 'rate_limited',
  ModelAccountTpmRateLimitExceeded: 'rate_limited',
  QuotaExceeded: 'upstream_credential',
  SetLimitExceeded: 'upstream_credential',
  ModelLoadingError: 'upstream_unavailable',
  ServerOverloaded: 'upstream_unavailable',
  InternalServiceError: 'generation_failed',
};

/** By the HTTP status of a refusal without a known code. */
export const STATUS_ERRORS: Readonly<Record<number, FailureKind>> = {
  400: 'invalid_request',
  401: 'upstream_credential',
  403: 'upstream_credential',
  404: 'upstream_credential',
  413: 'invalid_request',
  429: 'rate_limited',
};

type MediaPlace = { readonly type: 'image_url' | 'video_url' | 'audio_url'; readonly role: string };

/** Where each input stands among the contents. */
export const PLACES: Readonly<Record<InputRole, MediaPlace>> = {
  first_frame: { type: 'image_url', role: 'first_frame' },
  last_frame: { type: 'image_url', role: 'last_frame' },
  reference_image: { type: 'image_url', role: 'reference_image' },
  reference_video: { type: 'video_url', role: 'reference_video' },
  motion_video: { type: 'video_url', role: 'reference_video' },
  source_video: { type: 'video_url', role: 'reference_video' },
  audio: { type: 'audio_url', role: 'reference_audio' },
};

const PICTURE: InputLimit = {
  types: ['image/jpeg', 'image/png', 'image/webp', 'image/bmp', 'image/tiff', 'image/gif'],
  maxBytes: 30 * MEGABYTE,
  sides: { min: 300, max: 6_000 },
  maxShape: 2.5,
};
/** Of references: what is edited or extended may be as long as the model's videos. */
const VIDEO: InputLimit = { types: ['video/mp4', 'video/quicktime'], maxBytes: 50 * MEGABYTE };
const REFERENCE_SECONDS = { seconds: { min: 2, max: 15 }, maxSecondsTogether: 15 } as const;
const FIRST_GENERATION: InputLimits = {
  ...limitsByKind({
    image: PICTURE,
    video: VIDEO,
    audio: { types: ['audio/wav', 'audio/mpeg'], maxBytes: 15 * MEGABYTE, ...REFERENCE_SECONDS },
  }),
  reference_video: { ...VIDEO, ...REFERENCE_SECONDS },
};
const HEIC_PICTURE: InputLimit = { ...PICTURE, types: [...(PICTURE.types ?? []), 'image/heic'] };

export const INPUT_LIMITS = {
  first: FIRST_GENERATION,
  later: { ...FIRST_GENERATION, ...limitsByKind({ image: HEIC_PICTURE }) },
} as const;

/** Ratios that can be asked for by name; the shape of a picture that has none of them is `adaptive`. */
export const RATIOS: readonly string[] = ['16:9', '4:3', '1:1', '3:4', '9:16', '21:9'];

/** Keys of the body that only the client can fill. */
export const PASSED_ON: readonly string[] = [
  'camera_fixed',
  'draft',
  'omni_reference_task_type',
  'output_format',
  'priority',
  'return_last_frame',
  'safety_identifier',
  'tools',
];
