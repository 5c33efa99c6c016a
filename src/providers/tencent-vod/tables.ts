/** Tencent Cloud VOD's words and what they mean here. Sources: the API's documents and Node SDK 4.1.287; `observed`: public code. */

import type { FailureKind } from '../../model/failure.ts';
import type { JsonObject } from '../../model/json.ts';
import type { ModeName } from '../../model/spec.ts';

type TaskState = 'waiting' | 'ended' | 'aborted';

/** `Response.Status`; any other word keeps the job waiting. */
export const STATES: Readonly<Record<string, TaskState>> = {
  WAITING: 'waiting',
  PROCESSING: 'waiting',
  FINISH: 'ended',
  ABORTED: 'aborted',
};

/** The gateway's; any other word keeps the job waiting. */
export const GATEWAY_STATES: Readonly<Record<string, 'waiting' | 'done' | 'failed'>> = {
  queued: 'waiting',
  pending: 'waiting',
  processing: 'waiting',
  in_progress: 'waiting',
  completed: 'done',
  failed: 'failed',
  cancelled: 'failed',
};

/**
 * `Response.Error.Code` of a call and `ErrCodeExt` of a task. A code that is not here counts as the one before its last
 * point. `outcome_unknown`: nobody can tell whether the task was made.
 */
export const ERRORS: Readonly<Record<string, FailureKind>> = {
  AuthFailure: 'upstream_credential',
  'AuthFailure.SecretIdNotFound': 'upstream_credential',
  'AuthFailure.InvalidSecretId': 'upstream_credential',
  'AuthFailure.SignatureFailure': 'upstream_credential',
  'AuthFailure.TokenFailure': 'upstream_credential',
  'AuthFailure.SignatureExpire': 'upstream_credential',
  'AuthFailure.UnauthorizedOperation': 'upstream_credential',
  UnauthorizedOperation: 'upstream_credential',
  'FailedOperation.NoPrivileges': 'upstream_credential',
  'FailedOperation.InvalidAccount': 'upstream_credential',
  'FailedOperation.InvalidVodUser': 'upstream_credential',
  'ResourceNotFound.UserNotExist': 'upstream_credential',
  // The application and the region are the key's.
  'InvalidParameterValue.SubAppId': 'upstream_credential',
  UnsupportedRegion: 'upstream_credential',

  RequestLimitExceeded: 'rate_limited',
  LimitExceeded: 'rate_limited',
  ResourceInsufficient: 'upstream_unavailable',
  FailedOperation: 'upstream_unavailable',
  InternalError: 'outcome_unknown',
  'FailedOperation.NetWorkError': 'outcome_unknown',
  'FailedOperation.TaskDuplicate': 'outcome_unknown',
  'InvalidParameterValue.SessionId': 'outcome_unknown',

  InvalidParameter: 'invalid_request',
  'InvalidParameter.MediaFormat': 'invalid_request',
  InvalidParameterValue: 'invalid_request',
  'InvalidParameterValue.Resolution': 'invalid_request',
  'InvalidParameterValue.FileId': 'invalid_request',
  'InvalidParameterValue.Url': 'invalid_request',
  'InvalidParameterValue.TaskId': 'invalid_request',
  'InvalidParameterValue.SessionIdTooLong': 'invalid_request',
  'InvalidParameterValue.SessionContextTooLong': 'invalid_request',
  'InvalidParameterValue.ClassId': 'invalid_request',
  'InvalidParameterValue.ExpireTime': 'invalid_request',
  MissingParameter: 'invalid_request',
  UnknownParameter: 'invalid_request',
  ResourceNotFound: 'invalid_request',
  'ResourceNotFound.FileNotExist': 'invalid_request',
  UnsupportedOperation: 'invalid_request',

  // The vendor's spelling, and the one it may correct it to.
  'InvalidParameter.VoilationContent': 'content_rejected',
  'InvalidParameter.ViolationContent': 'content_rejected',
  ContentModerationFailed: 'content_rejected',
  'OutputVideoSensitiveContentDetected.PolicyViolation': 'content_rejected',
  ModelGenerateFailed: 'generation_failed',
  TaskTimeout: 'generation_failed',
  OperationCanceled: 'cancelled',
};

/** Codes that models of other vendors pass through: their own filters, by many names. */
export const MODERATION = /sensitive|moderation|vi?oi?lation/i;

/** The vendor has a task with this `SessionId` already. */
export const DUPLICATE: ReadonlySet<string> = new Set([
  'FailedOperation.TaskDuplicate',
  'InvalidParameterValue.SessionId',
]);

/** `ErrCode` of a task whose `ErrCodeExt` says nothing. */
export const TASK_ERRORS: Readonly<Record<number, FailureKind>> = {
  40000: 'invalid_request',
  60000: 'invalid_request',
  70000: 'generation_failed',
};

/** What a gateway's refusal means, by its HTTP status. */
export const GATEWAY_ERRORS: Readonly<Record<number, FailureKind>> = {
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

/** `timed`: `Duration` is sent; else the length is that of an input. `framed`: so is the size, as a label. */
type ModeWire = { readonly sceneType: string | null; readonly timed: boolean; readonly framed: boolean };

const PLAIN: ModeWire = { sceneType: null, timed: true, framed: true };

/** The ways of making a video that this vendor has. */
export const MODES: Readonly<Partial<Record<ModeName, ModeWire>>> = {
  text: PLAIN,
  first_frame: PLAIN,
  first_last: PLAIN,
  reference: PLAIN,
  edit: PLAIN,
  motion_control: { sceneType: 'motion_control', timed: false, framed: true },
  avatar_i2v: { sceneType: 'avatar_i2v', timed: false, framed: true },
  lip_sync: { sceneType: 'lip_sync', timed: false, framed: false },
  template_effect: { sceneType: 'template_effect', timed: true, framed: true },
};

export type ModelWire = {
  /** `label`: `OutputConfig.Resolution` and `AspectRatio`; else pixels among the model's own fields (observed). */
  readonly size: 'label' | 'sides' | 'pixels';
  readonly isLowerCase: boolean;
  /** Whether `AspectRatio` counts at all, and beside frames. */
  readonly ratio: 'never' | 'without_frames' | 'always';
  /** Whether the model knows `AudioGeneration`. */
  readonly hasSound: boolean;
  /** How its maker's own API asks for a watermark; null: `OutputConfig.LogoAdd`. */
  readonly watermark: JsonObject | null;
  /** `FileInfos[].ReferenceType` of a picture and of a video. */
  readonly imageReference: string | null;
  readonly videoReference: string | null;
  /** Reference pictures carry names (observed). */
  readonly namesPictures: boolean;
};

const USUAL: ModelWire = {
  size: 'label',
  isLowerCase: false,
  ratio: 'without_frames',
  hasSound: true,
  watermark: null,
  imageReference: null,
  videoReference: null,
  namesPictures: false,
};

const MODELS: Readonly<Record<string, ModelWire>> = {
  Kling: { ...USUAL, watermark: { watermark_info: { enabled: true } }, videoReference: 'feature' },
  Vidu: USUAL,
  Hailuo: { ...USUAL, ratio: 'never', hasSound: false, watermark: { aigc_watermark: true } },
  'Hailuo/H3': { ...USUAL, hasSound: false, watermark: { aigc_watermark: true } },
  GV: { ...USUAL, ratio: 'always', imageReference: 'asset' },
  OS: { ...USUAL, ratio: 'always' },
  PixVerse: { ...USUAL, isLowerCase: true, namesPictures: true },
  Seedance: { ...USUAL, watermark: { watermark: true } },
  Jimeng: { ...USUAL, size: 'sides' },
  Mingmou: { ...USUAL, size: 'sides', hasSound: false },
  Hunyuan: { ...USUAL, size: 'pixels', hasSound: false },
};

export function modelWire(model: string, version: string): ModelWire {
  return MODELS[`${model}/${version}`] ?? MODELS[model] ?? USUAL;
}

/** Vendor keys that are fields of `OutputConfig`. */
export const OUTPUT_KEYS: Readonly<Record<string, string>> = {
  storage_mode: 'StorageMode',
  media_name: 'MediaName',
  class_id: 'ClassId',
  expire_time: 'ExpireTime',
  person_generation: 'PersonGeneration',
  input_compliance_check: 'InputComplianceCheck',
  output_compliance_check: 'OutputComplianceCheck',
  enhance_switch: 'EnhanceSwitch',
  frame_interpolate: 'FrameInterpolate',
  logo_add: 'LogoAdd',
};

/** Vendor keys that are fields of the request itself. */
export const REQUEST_KEYS: Readonly<Record<string, string>> = {
  enhance_prompt: 'EnhancePrompt',
  input_region: 'InputRegion',
  procedure: 'Procedure',
  tasks_priority: 'TasksPriority',
};
