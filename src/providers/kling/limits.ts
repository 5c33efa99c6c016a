/** What Kling takes as inputs, so that a client learns at once what is wrong with a file. Source: https://kling.ai/document-api */

import type { InputRole } from '../../model/request.ts';
import type { ModeName, SpecInput, VideoSpec } from '../../model/spec.ts';
import type { Plan } from './plan.ts';
import { refusal } from './refuse.ts';

type Limit = {
  readonly types: Readonly<Record<string, string>>;
  readonly megabytes: number;
  /** Pixels of each side. */
  readonly sides?: { readonly min: number; readonly max: number };
  /** The longer side by the shorter, at most. */
  readonly shape?: number;
  readonly seconds?: { readonly min: number; readonly max: number };
};

const PICTURES = { 'image/jpeg': 'JPEG', 'image/png': 'PNG' };
const VIDEOS = { 'video/mp4': 'MP4', 'video/quicktime': 'MOV' };
const SOUNDS = { 'audio/mpeg': 'MP3', 'audio/wav': 'WAV', 'audio/mp4': 'M4A', 'audio/aac': 'AAC' };
const MEGABYTE = 1024 * 1024;

const FRAME: Limit = { types: PICTURES, megabytes: 10, sides: { min: 300, max: Infinity }, shape: 2.5 };
const OMNI_VIDEO: Limit = {
  types: VIDEOS,
  megabytes: 200,
  sides: { min: 720, max: 2160 },
  seconds: { min: 3, max: Infinity },
};
const MOTION_VIDEO: Limit = {
  types: VIDEOS,
  megabytes: 100,
  sides: { min: 340, max: 3850 },
  seconds: { min: 3, max: 30 },
};
const FACE_VIDEO: Limit = {
  types: VIDEOS,
  megabytes: 100,
  sides: { min: 512, max: 2160 },
  seconds: { min: 2, max: 60 },
};
const TASK_PICTURE: Limit = { types: PICTURES, megabytes: 50 };
const TASK_VIDEO: Limit = {
  types: VIDEOS,
  megabytes: 200,
  sides: { min: 700, max: 4553 },
  seconds: { min: 3, max: 15.5 },
};

/** By where the task is made; a role that is not here has no limit that the page knows. */
const LIMITS: Readonly<Partial<Record<Plan['home'], Readonly<Partial<Record<InputRole, Limit>>>>>> = {
  image2video: { first_frame: FRAME, last_frame: FRAME },
  'omni-video': { source_video: OMNI_VIDEO, reference_video: OMNI_VIDEO },
  'motion-control': { motion_video: MOTION_VIDEO },
  'advanced-lip-sync': {
    source_video: FACE_VIDEO,
    audio: { types: SOUNDS, megabytes: 5, seconds: { min: 2, max: 60 } },
  },
  'avatar/image2video': { audio: { types: SOUNDS, megabytes: 5, seconds: { min: 2, max: 300 } } },
  tasks: {
    first_frame: TASK_PICTURE,
    last_frame: TASK_PICTURE,
    reference_image: TASK_PICTURE,
    source_video: TASK_VIDEO,
    reference_video: TASK_VIDEO,
    motion_video: MOTION_VIDEO,
  },
};

/** Keys by which a client says what a face is to speak. */
const SPEECH = ['text', 'audio_id', 'face_choose'];

/** What must be there although the catalogue's modes, which are of all vendors, can do without. */
const NEEDS: Readonly<
  Partial<Record<ModeName, { readonly isMet: (spec: VideoSpec) => boolean; readonly what: string }>>
> = {
  motion_control: { isMet: (spec) => hasRole(spec, 'first_frame'), what: 'a picture of whoever is to move' },
  avatar_i2v: {
    isMet: (spec) => hasRole(spec, 'audio') || 'audio_id' in spec.vendor || 'sound_file' in spec.vendor,
    what: 'an audio track, or the audio_id of a voice',
  },
  template_effect: { isMet: ({ vendor }) => 'effect_scene' in vendor, what: 'an effect_scene' },
  lip_sync: {
    isMet: (spec) => hasRole(spec, 'audio') || spec.prompt !== null || SPEECH.some((key) => key in spec.vendor),
    what: 'an audio track, or a text and the voice_id that speaks it',
  },
};

/** Throws a refusal for what Kling misses, or the first file that it would not take. */
export function checkInputs(spec: VideoSpec, { home }: Plan): void {
  const { mode, inputs } = spec;
  const need = NEEDS[mode];
  if (need !== undefined && !need.isMet(spec)) throw refusal('channel_unfit', `Kling needs ${need.what}.`);
  for (const input of inputs) {
    const limit = LIMITS[home]?.[input.role];
    const fault = limit === undefined ? null : faultOf(input, limit);
    if (fault !== null) throw refusal('channel_unfit', `Kling takes ${input.role} files ${fault}.`);
  }
}

function hasRole({ inputs }: VideoSpec, role: InputRole): boolean {
  return inputs.some((input) => input.role === role);
}

/** How a file would have to be; null if it is so. What was not measured is in order. */
function faultOf(input: SpecInput, { types, megabytes, sides, shape, seconds }: Limit): string | null {
  const { width, height } = input;
  if (!Object.hasOwn(types, input.mime)) return `as ${Object.values(types).join(' or ')}, and this is ${input.mime}`;
  if (input.bytes > megabytes * MEGABYTE) return `of up to ${megabytes} MB`;
  if (seconds !== undefined && input.durationMs !== null && !isWithin(input.durationMs / 1_000, seconds))
    return `of ${spanOf(seconds)} seconds, and this has ${input.durationMs / 1_000}`;
  if (width === null || height === null) return null;
  if (sides !== undefined && !(isWithin(width, sides) && isWithin(height, sides)))
    return `with sides of ${spanOf(sides)} pixels, and this has ${width}x${height}`;
  if (shape !== undefined && Math.max(width, height) > shape * Math.min(width, height))
    return `whose one side is at most ${shape} times the other, and this has ${width}x${height}`;
  return null;
}

function isWithin(value: number, { min, max }: { readonly min: number; readonly max: number }): boolean {
  return value >= min && value <= max;
}

function spanOf({ min, max }: { readonly min: number; readonly max: number }): string {
  return max === Infinity ? `${min} or more` : `${min} to ${max}`;
}
