/** Vidu's endpoints, states and error codes, and what they mean here. Source: https://platform.vidu.com/docs, the list of errors among it. */

import type { FailureKind } from '../../model/failure.ts';
import { limitsByKind, MEGABYTE } from '../../model/input-limit.ts';
import type { InputLimit, InputLimits } from '../../model/input-limit.ts';
import type { ModeName, VideoSpec } from '../../model/spec.ts';

/** Any other word keeps the job waiting. */
export const STATES: Readonly<Record<string, 'waiting' | 'done' | 'failed'>> = {
  created: 'waiting',
  queueing: 'waiting',
  processing: 'waiting',
  success: 'done',
  failed: 'failed',
};

/** The `reason` of a refusal and the `err_code` of a failed task are the same words. */
export const ERRORS: Readonly<Record<string, FailureKind>> = {
  BadRequest: 'invalid_request',
  FieldLacking: 'invalid_request',
  FieldUnwanted: 'invalid_request',
  FieldItemCountOutOfRange: 'invalid_request',
  FieldInvalid: 'invalid_request',
  PageSizeOutOfRange: 'invalid_request',
  ImageDownloadFailure: 'invalid_request',
  ImageFormatInvalid: 'invalid_request',
  ImageCheckBodyJointsFailed: 'invalid_request',
  ImageCheckFaceFailed: 'invalid_request',
  ImageObjectsUndetected: 'invalid_request',
  TaskPromptPolicyViolation: 'content_rejected',
  AuditSubmitIllegal: 'content_rejected',
  CreationPolicyViolation: 'content_rejected',
  OperationInProcess: 'rate_limited',
  CreditInsufficient: 'upstream_credential',
  ModelUnavailable: 'upstream_unavailable',
  UserCancelled: 'cancelled',
  Unauthorized: 'upstream_credential',
  Forbidden: 'upstream_credential',
  TaskNotFound: 'upstream_protocol',
  CreationNotFound: 'upstream_protocol',
  NotFound: 'upstream_protocol',
  Conflict: 'invalid_request',
  QuotaExceeded: 'rate_limited',
  TooManyRequests: 'rate_limited',
  SystemThrottling: 'rate_limited',
  Canceled: 'cancelled',
  InternalServiceFailure: 'generation_failed',
};

/** By the HTTP status of a refusal without a known reason. */
export const STATUS_ERRORS: Readonly<Record<number, FailureKind>> = {
  400: 'invalid_request',
  401: 'upstream_credential',
  402: 'upstream_credential',
  403: 'upstream_credential',
  404: 'upstream_protocol',
  413: 'invalid_request',
  422: 'invalid_request',
  429: 'rate_limited',
};

/** Statuses that say nothing of what became of a request: a proxy gave up waiting, or took us for gone. */
export const UNDECIDED: readonly number[] = [408, 499];

export type FieldName =
  | 'model'
  | 'prompt'
  | 'duration'
  | 'seed'
  | 'resolution'
  | 'upscale_resolution'
  | 'aspect_ratio'
  | 'bgm'
  | 'audio'
  | 'off_peak'
  | 'watermark';

export type Endpoint = {
  readonly path: string;
  readonly fields: readonly FieldName[];
  /** Keys that only the client can fill. The vendor refuses what an endpoint does not know. */
  readonly passedOn: readonly string[];
};

const SHOT = ['model', 'prompt', 'duration', 'seed', 'resolution', 'bgm', 'audio', 'off_peak', 'watermark'] as const;
const TASK_KEYS = ['meta_data', 'client_request_id'] as const;
const MARKED_KEYS = ['wm_position', 'wm_url', ...TASK_KEYS] as const;
const PICTURE_KEYS = ['movement_amplitude', 'is_rec', 'audio_type', 'voice_id', ...MARKED_KEYS] as const;
const REFERENCE_KEYS = ['movement_amplitude', 'audio_type', 'auto_subjects', 'voice_id', ...MARKED_KEYS] as const;
const SPEECH_KEYS = ['speed', 'volume', 'voice', 'voice_id', 'character_id', 'language', 'ref_photo_url'] as const;

const PICTURE: InputLimit = {
  types: ['image/png', 'image/jpeg', 'image/webp'],
  maxBytes: 50 * MEGABYTE,
  maxShape: 4,
};
const CLIPS = ['video/mp4', 'video/quicktime', 'video/x-msvideo'];
const PICTURES = limitsByKind({ image: PICTURE });

/** By mode; elsewhere `PICTURES`. */
const INPUT_LIMITS: Readonly<Partial<Record<ModeName, InputLimits>>> = {
  reference: {
    reference_image: { ...PICTURE, sides: { min: 128 } },
    reference_video: { types: CLIPS, maxBytes: 100 * MEGABYTE, seconds: { max: 8 } },
    audio: { types: ['audio/mpeg'], seconds: { max: 20 } },
  },
  extend: { ...PICTURES, source_video: { seconds: { min: 4, max: 60 } } },
  lip_sync: {
    source_video: { types: CLIPS, seconds: { min: 1, max: 600 }, sides: { min: 360, max: 4_096 } },
    audio: {
      types: ['audio/wav', 'audio/mpeg', 'audio/mp4', 'audio/aac', 'audio/ogg'],
      maxBytes: 100 * MEGABYTE,
      seconds: { min: 1, max: 600 },
    },
  },
  upscale: { source_video: { seconds: { max: 300 } } },
};

export function limitsOf({ mode }: VideoSpec): InputLimits {
  return INPUT_LIMITS[mode] ?? PICTURES;
}

export const STORY: Endpoint = { path: 'template-story', fields: ['watermark'], passedOn: ['story', ...MARKED_KEYS] };

/** By mode; a template that is a story has an endpoint of its own. */
export const ENDPOINTS: Readonly<Partial<Record<ModeName, Endpoint>>> = {
  text: {
    path: 'text2video',
    fields: [...SHOT, 'aspect_ratio'],
    passedOn: ['style', 'movement_amplitude', ...MARKED_KEYS],
  },
  first_frame: { path: 'img2video', fields: SHOT, passedOn: PICTURE_KEYS },
  first_last: { path: 'start-end2video', fields: SHOT, passedOn: PICTURE_KEYS },
  reference: { path: 'reference2video', fields: [...SHOT, 'aspect_ratio'], passedOn: REFERENCE_KEYS },
  multi_frame: { path: 'multiframe', fields: ['model', 'resolution', 'watermark'], passedOn: MARKED_KEYS },
  template_effect: {
    path: 'template',
    fields: ['prompt', 'seed', 'bgm', 'off_peak', 'watermark'],
    passedOn: ['template', ...MARKED_KEYS],
  },
  lip_sync: { path: 'lip-sync', fields: [], passedOn: [...SPEECH_KEYS, ...TASK_KEYS] },
  extend: {
    path: 'extend',
    fields: ['model', 'prompt', 'duration', 'resolution', 'watermark'],
    passedOn: MARKED_KEYS,
  },
  upscale: { path: 'upscale-new', fields: ['upscale_resolution'], passedOn: TASK_KEYS },
};
