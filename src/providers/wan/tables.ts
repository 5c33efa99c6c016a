/** The words of DashScope's video tasks and what they mean here. Source: https://help.aliyun.com/zh/model-studio and its error codes. */

import type { FailureKind } from '../../model/failure.ts';
import { MEGABYTE } from '../../model/input-limit.ts';
import type { InputLimit, InputLimits } from '../../model/input-limit.ts';
import type { InputRole } from '../../model/request.ts';

/** Any other word keeps the job waiting; `UNKNOWN` says that the vendor knows of no such task. */
export const STATES: Readonly<Record<string, 'waiting' | 'done' | 'failed' | 'absent'>> = {
  PENDING: 'waiting',
  RUNNING: 'waiting',
  SUSPENDED: 'waiting',
  SUCCEEDED: 'done',
  FAILED: 'failed',
  CANCELED: 'failed',
  UNKNOWN: 'absent',
};

/** By the code, or by its longest beginning that ends before a dot: what follows only says more. */
export const ERRORS: Readonly<Record<string, FailureKind>> = {
  InvalidParameter: 'invalid_request',
  InvalidURL: 'invalid_request',
  InvalidImage: 'invalid_request',
  InvalidVideo: 'invalid_request',
  UnsupportedOperation: 'invalid_request',
  DataInspectionFailed: 'content_rejected',
  IPInfringementSuspect: 'content_rejected',
  Arrearage: 'upstream_credential',
  InvalidApiKey: 'upstream_credential',
  AccessDenied: 'upstream_credential',
  'Workspace.AccessDenied': 'upstream_credential',
  'Model.AccessDenied': 'upstream_credential',
  ModelNotFound: 'upstream_credential',
  WorkSpaceNotFound: 'upstream_credential',
  Throttling: 'rate_limited',
  'Throttling.AllocationQuota': 'upstream_credential',
  LimitRequests: 'upstream_credential',
  ModelServingError: 'upstream_unavailable',
  ModelUnavailable: 'upstream_unavailable',
  InternalError: 'generation_failed',
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

/** Ratios that can be asked for by name. */
export const RATIOS: readonly string[] = ['16:9', '9:16', '1:1', '4:3', '3:4'];

/**
 * How a generation of models is asked: under which service, whether its inputs stand in a list (`media`) or in fields of their
 * own, and what the ratio is where the picture decides it (null: it is not asked for).
 */
export type Protocol = { readonly service: string; readonly media: boolean; readonly ratioOfPicture: string | null };

const USUAL = 'video-generation';

export const PROTOCOLS: Readonly<Record<string, Protocol>> = {
  legacy: { service: USUAL, media: false, ratioOfPicture: null },
  frames: { service: 'image2video', media: false, ratioOfPicture: null },
  wan27: { service: USUAL, media: true, ratioOfPicture: null },
  wan3: { service: USUAL, media: true, ratioOfPicture: 'adaptive' },
};

/** Of the older generations by their pages; a track that is too long is cut. */
const TRACK: InputLimit = { types: ['audio/wav', 'audio/mpeg'], maxBytes: 15 * MEGABYTE };
const LEGACY: InputLimits = {
  first_frame: {
    types: ['image/jpeg', 'image/png', 'image/bmp', 'image/webp'],
    maxBytes: 10 * MEGABYTE,
    sides: { min: 360, max: 2_000 },
  },
  audio: TRACK,
};
const TOGETHER: InputLimits = { reference_video: { maxSecondsTogether: 15 }, audio: { maxSecondsTogether: 15 } };

/** By protocol. */
export const INPUT_LIMITS: Readonly<Record<string, InputLimits>> = { legacy: LEGACY, wan3: TOGETHER };

/** Models that can be told to make no sound; the others have no word for it. */
export const SOUND_SWITCH = /^(?:wan2\.5-i2v|wan2\.6-i2v-flash|wan2\.6-r2v|wan3)/;

/** What pictures and videos are called among the `media`. */
export const MEDIA_TYPES: Readonly<Partial<Record<InputRole, string>>> = {
  first_frame: 'first_frame',
  last_frame: 'last_frame',
  reference_image: 'reference_image',
  reference_video: 'reference_video',
  source_video: 'video',
};

/** Keys of `parameters` that only the client can fill. */
export const PASSED_ON: readonly string[] = ['prompt_extend', 'shot_type'];
