/** What Kling's two generations of endpoints take, and what their words mean. Source: https://kling.ai/document-api */

import type { FailureKind } from '../../model/failure.ts';
import type { ModeName } from '../../model/spec.ts';

export type TaskState = 'waiting' | 'done' | 'failed';

/** Any other word keeps the job waiting. The first generation says `succeed`, the second `succeeded`. */
export const STATES: Readonly<Record<string, TaskState>> = {
  submitted: 'waiting',
  processing: 'waiting',
  succeed: 'done',
  succeeded: 'done',
  failed: 'failed',
};

/**
 * By the `code` of the body: HTTP 429 alone says nothing, because an empty account, too many requests and a wrong address all
 * come with it.
 */
export const ERRORS: Readonly<Record<string, FailureKind>> = {
  1000: 'upstream_credential',
  1001: 'upstream_credential',
  1002: 'upstream_credential',
  1003: 'upstream_credential',
  1004: 'upstream_credential',
  1100: 'upstream_credential',
  1101: 'upstream_credential',
  1102: 'upstream_credential',
  1103: 'upstream_credential',
  1200: 'invalid_request',
  1201: 'invalid_request',
  1202: 'upstream_protocol',
  1203: 'upstream_protocol',
  1300: 'content_rejected',
  1301: 'content_rejected',
  1302: 'rate_limited',
  1303: 'rate_limited',
  1304: 'upstream_credential',
  5000: 'outcome_unknown',
  5001: 'outcome_unknown',
  5002: 'outcome_unknown',
};

/** Only for answers without a code that is known. */
export const STATUS_ERRORS: Readonly<Record<number, FailureKind>> = {
  400: 'invalid_request',
  401: 'upstream_credential',
  403: 'upstream_credential',
  413: 'invalid_request',
  429: 'rate_limited',
};

/** The token is not valid yet, or no more: our clock and the vendor's differ. */
export const CLOCK_CODES: ReadonlySet<string> = new Set(['1003', '1004']);
/** With HTTP 404: what was asked for is not there. */
export const ABSENT_CODE = '1203';

/** Why a task failed is said in words only; all others are the model's own failure. */
export const REJECTED_CONTENT = /risk control|content security|platform policy/i;

/** How the first generation calls resolutions. */
export const MODES: Readonly<Record<string, string>> = { '720p': 'std', '1080p': 'pro', '4k': '4k' };

const SHOT_KEYS = ['multi_shot', 'shot_type', 'multi_prompt', 'element_list', 'voice_list'];
const GUIDANCE_KEYS = ['cfg_scale', 'camera_control'];

type Field = 'model_name' | 'prompt' | 'negative_prompt' | 'mode' | 'duration' | 'aspect_ratio' | 'sound';

/** A kind of video under `/v1/videos`: which common fields it takes, and which keys of its own a client may give. */
type KindRow = { readonly fields: readonly Field[]; readonly keys: readonly string[] };

export const KINDS = {
  text2video: {
    fields: ['model_name', 'prompt', 'negative_prompt', 'mode', 'duration', 'aspect_ratio', 'sound'],
    keys: [...GUIDANCE_KEYS, ...SHOT_KEYS],
  },
  image2video: {
    fields: ['model_name', 'prompt', 'negative_prompt', 'mode', 'duration', 'sound'],
    keys: [...GUIDANCE_KEYS, ...SHOT_KEYS, 'static_mask', 'dynamic_masks'],
  },
  'multi-image2video': {
    fields: ['model_name', 'prompt', 'negative_prompt', 'mode', 'duration', 'aspect_ratio'],
    keys: [],
  },
  'omni-video': {
    fields: ['model_name', 'prompt', 'mode', 'duration', 'aspect_ratio', 'sound'],
    keys: SHOT_KEYS,
  },
  'video-extend': { fields: ['prompt', 'negative_prompt'], keys: ['cfg_scale'] },
  'motion-control': {
    fields: ['model_name', 'prompt', 'mode'],
    keys: ['character_orientation', 'keep_original_sound', 'element_list'],
  },
  effects: { fields: [], keys: ['effect_scene'] },
  'lip-sync': { fields: [], keys: [] },
  'advanced-lip-sync': { fields: [], keys: [] },
  'avatar/image2video': { fields: ['prompt', 'mode'], keys: ['audio_id', 'sound_file'] },
} as const satisfies Readonly<Record<string, KindRow>>;

export type Kind = keyof typeof KINDS;

export const KIND_OF_MODE: Readonly<Partial<Record<ModeName, Kind>>> = {
  text: 'text2video',
  first_frame: 'image2video',
  first_last: 'image2video',
  reference: 'multi-image2video',
  edit: 'omni-video',
  extend: 'video-extend',
  motion_control: 'motion-control',
  avatar_i2v: 'avatar/image2video',
  lip_sync: 'lip-sync',
  template_effect: 'effects',
};

/** Modes that these models make through `omni-video`. */
export const OMNI_MODES: ReadonlySet<ModeName> = new Set(['text', 'first_frame', 'first_last', 'reference', 'edit']);
export const OMNI_MODELS: ReadonlySet<string> = new Set(['kling-video-o1', 'kling-v3-omni']);

/** These know no field `sound`. */
export const SILENT_MODELS: ReadonlySet<string> = new Set([
  'kling-v1',
  'kling-v1-5',
  'kling-v1-6',
  'kling-v2-master',
  'kling-v2-1',
  'kling-v2-1-master',
  'kling-v2-5-turbo',
  'kling-video-o1',
]);

/** Effects of these are asked for in an older form, which names the model. */
export const OLD_EFFECT_MODELS: ReadonlySet<string> = new Set(['kling-v1-5', 'kling-v1-6']);

export type Sound = 'native' | 'original' | 'off';
export type TaskPath = 'text-to-video' | 'image-to-video' | 'omni-video' | 'motion-control';

/** The models of the second generation, where the address ends in the model; `sounds` is what their field `audio` takes. */
type TaskModel = {
  readonly paths: Readonly<Partial<Record<ModeName, TaskPath>>>;
  readonly sounds: readonly Sound[];
};

const FRAME_PATHS = { text: 'text-to-video', first_frame: 'image-to-video', first_last: 'image-to-video' } as const;
const MOTION_PATHS = { ...FRAME_PATHS, motion_control: 'motion-control' } as const;
const OMNI_PATHS = {
  text: 'omni-video',
  first_frame: 'omni-video',
  first_last: 'omni-video',
  reference: 'omni-video',
  edit: 'omni-video',
} as const;

export const TASK_MODELS: Readonly<Record<string, TaskModel>> = {
  'kling-3.0-turbo': { paths: FRAME_PATHS, sounds: [] },
  'kling-3.0': { paths: MOTION_PATHS, sounds: ['native', 'off'] },
  'kling-3.0-omni': { paths: OMNI_PATHS, sounds: ['native', 'original', 'off'] },
  'kling-o1': { paths: OMNI_PATHS, sounds: ['original', 'off'] },
  'kling-2.6': { paths: MOTION_PATHS, sounds: ['native', 'off'] },
  'kling-2.5-turbo': { paths: FRAME_PATHS, sounds: [] },
};
/** Of a motion, whatever the model. */
export const MOTION_SOUNDS: readonly Sound[] = ['original', 'off'];
/** Of the two the one that fits motions of any length, for clients that do not say. */
export const USUAL_ORIENTATION = 'video';
