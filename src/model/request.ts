/** What a client asked for, in canonical words; `null` means "you decide". */

import type { JsonObject } from './json.ts';
import type { Note } from './violation.ts';

export const INPUT_ROLES = [
  'first_frame',
  'last_frame',
  'reference_image',
  'reference_video',
  'motion_video',
  'source_video',
  'audio',
] as const;
export type InputRole = (typeof INPUT_ROLES)[number];

export type MediaKind = 'image' | 'video' | 'audio';

export const ROLE_KINDS: Readonly<Record<InputRole, MediaKind>> = {
  first_frame: 'image',
  last_frame: 'image',
  reference_image: 'image',
  reference_video: 'video',
  motion_video: 'video',
  source_video: 'video',
  audio: 'audio',
};

export const SCENES = [
  'motion_control',
  'avatar_i2v',
  'lip_sync',
  'template_effect',
  'edit',
  'extend',
  'upscale',
  'multi_frame',
] as const;
export type Scene = (typeof SCENES)[number];

export const MOTION_LEVELS = ['std', 'pro'] as const;
export type MotionLevel = (typeof MOTION_LEVELS)[number];

/** A file that arrived with the request and already lies in storage. */
export type Upload = { readonly sha256: string; readonly bytes: number; readonly fileName: string | null };

export type MediaSource =
  | { readonly from: 'url'; readonly url: string }
  | { readonly from: 'inline'; readonly text: string }
  | { readonly from: 'upload'; readonly upload: Upload }
  /** The video that an own job has made, by its id as the client spelled it. */
  | { readonly from: 'job'; readonly id: string };

/**
 * One input. `image` and `video` are roles still to be decided: the model's row knows whether a lone picture is a
 * first frame or a reference. `param` is the field as the client spelled it, for error messages.
 */
export type RequestInput = {
  readonly role: InputRole | 'image' | 'video';
  readonly source: MediaSource;
  readonly param: string;
};

export type Size = { readonly width: number; readonly height: number };

export type VideoRequest = {
  readonly model: string;
  readonly prompt: string | null;
  readonly negativePrompt: string | null;
  readonly inputs: readonly RequestInput[];
  readonly scene: Scene | null;
  readonly seconds: number | null;
  readonly resolution: string | null;
  readonly ratio: string | null;
  readonly size: Size | null;
  readonly fps: number | null;
  readonly audio: boolean | null;
  readonly bgm: boolean | null;
  readonly seed: number | null;
  readonly count: number | null;
  readonly offPeak: boolean | null;
  readonly motionLevel: MotionLevel | null;
  readonly watermark: boolean | null;
  readonly callbackUrl: string | null;
  readonly payload: string | null;
  readonly user: string | null;
  /** The client's own id of the job, unique within its account, by which it may ask for it. */
  readonly externalId: string | null;
  /** Keys meant for the vendor; the model's row says which may pass. */
  readonly vendor: JsonObject;
};

export type RequestField = keyof VideoRequest;

/** A request as read from a dialect: where each field was found, and what was not understood. */
export type ReadRequest = {
  readonly request: VideoRequest;
  /** The client's spelling of each field that was given, such as `metadata.output_config.resolution`. */
  readonly params: Readonly<Partial<Record<RequestField, string>>>;
  /** How a client of this dialect would send each kind of input, for the message that one is missing. */
  readonly roleParams: Readonly<Partial<Record<InputRole, string>>>;
  readonly notes: readonly Note[];
};

export const EMPTY_REQUEST: VideoRequest = {
  model: '',
  prompt: null,
  negativePrompt: null,
  inputs: [],
  scene: null,
  seconds: null,
  resolution: null,
  ratio: null,
  size: null,
  fps: null,
  audio: null,
  bgm: null,
  seed: null,
  count: null,
  offPeak: null,
  motionLevel: null,
  watermark: null,
  callbackUrl: null,
  payload: null,
  user: null,
  externalId: null,
  vendor: {},
};
