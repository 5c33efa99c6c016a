/** The words of Volcengine's visual API and what they mean here. Source: https://www.volcengine.com/docs/85621 */

import type { FailureKind } from '../../model/failure.ts';
import { MEGABYTE } from '../../model/input-limit.ts';
import type { InputLimit, InputLimits } from '../../model/input-limit.ts';
import type { ModeName } from '../../model/spec.ts';

export const SUCCESS = 10_000;

/** Of a task whose reply has the code of success; any other word keeps the job waiting. */
export const STATES: Readonly<Record<string, 'waiting' | 'done' | 'expired' | 'unknown'>> = {
  in_queue: 'waiting',
  generating: 'waiting',
  processing: 'waiting',
  done: 'done',
  expired: 'expired',
  // So it also calls a task that is asked for under the key of another product.
  not_found: 'unknown',
};

/** The codes of replies, and the words of those that the API in front of the products refuses. */
export const ERRORS: Readonly<Record<string, FailureKind>> = {
  50200: 'upstream_protocol',
  50215: 'invalid_request',
  50400: 'upstream_credential',
  50411: 'content_rejected',
  50412: 'content_rejected',
  50413: 'content_rejected',
  50429: 'rate_limited',
  50430: 'rate_limited',
  50500: 'generation_failed',
  50501: 'generation_failed',
  50511: 'content_rejected',
  50512: 'content_rejected',
  50516: 'content_rejected',
  50517: 'content_rejected',
  50518: 'content_rejected',
  50519: 'content_rejected',
  50520: 'upstream_unavailable',
  50521: 'upstream_unavailable',
  50522: 'upstream_unavailable',
  SignatureDoesNotMatch: 'upstream_credential',
  InvalidSignature: 'upstream_credential',
  InvalidAccessKey: 'upstream_credential',
  InvalidTimestamp: 'upstream_credential',
};

const FRAME: InputLimit = {
  types: ['image/jpeg', 'image/png'],
  maxBytes: Math.floor(4.7 * MEGABYTE),
  sides: { min: 320, max: 4_096 },
  maxShape: 3,
};
export const INPUT_LIMITS: InputLimits = { first_frame: FRAME, last_frame: FRAME, audio: { seconds: { max: 35 } } };

/** An internal error says nothing of what became of a submit. */
export const UNDECIDED: readonly string[] = ['50500', '50501'];

/** What the review of a task found, or why it could not be reviewed, ends the task, whatever its state is called. */
export const FINAL: readonly string[] = [
  ...['50411', '50412', '50413', '50511', '50512', '50516', '50517', '50518', '50519'],
  ...['50520', '50521', '50522'],
];

/** By the HTTP status of a refusal without a known code. */
export const STATUS_ERRORS: Readonly<Record<number, FailureKind>> = {
  400: 'invalid_request',
  401: 'upstream_credential',
  403: 'upstream_credential',
  404: 'upstream_credential',
  413: 'invalid_request',
  429: 'rate_limited',
};

export type Actions = { readonly submit: string; readonly result: string };

const USUAL_ACTIONS: Actions = { submit: 'CVSync2AsyncSubmitTask', result: 'CVSync2AsyncGetResult' };
const DIGITAL_HUMAN_ACTIONS: Actions = { submit: 'CVSubmitTask', result: 'CVGetResult' };

export function actionsOf(reqKey: string): Actions {
  return reqKey.startsWith('jimeng_realman_avatar_') ? DIGITAL_HUMAN_ACTIONS : USUAL_ACTIONS;
}

export type FieldName = 'prompt' | 'seed' | 'frames' | 'aspect_ratio' | 'output_resolution';
export type MediaField = 'images' | 'image_url' | 'video_url' | 'audio_url';

export type Shape = {
  readonly fields: readonly FieldName[];
  readonly media: readonly MediaField[];
  /** Keys that only the client can fill. */
  readonly passedOn: readonly string[];
};

/** What a product takes, by the mode it serves. A video from a picture has the shape of the picture. */
export const SHAPES: Readonly<Partial<Record<ModeName, Shape>>> = {
  text: { fields: ['prompt', 'seed', 'frames', 'aspect_ratio'], media: [], passedOn: [] },
  first_frame: {
    fields: ['prompt', 'seed', 'frames'],
    media: ['images'],
    passedOn: ['template_id', 'camera_strength'],
  },
  first_last: { fields: ['prompt', 'seed', 'frames'], media: ['images'], passedOn: [] },
  // The driving video or track decides the length.
  motion_control: { fields: ['prompt', 'seed'], media: ['images', 'video_url'], passedOn: [] },
  avatar_i2v: {
    fields: ['prompt', 'seed', 'output_resolution'],
    media: ['image_url', 'audio_url'],
    passedOn: ['pe_fast_mode', 'mask_url'],
  },
};
