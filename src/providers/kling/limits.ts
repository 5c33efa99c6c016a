/** What Kling takes as inputs, and what it cannot do without. Source: https://kling.ai/document-api */

import { MEGABYTE } from '../../model/input-limit.ts';
import type { InputLimit, InputLimits } from '../../model/input-limit.ts';
import type { InputRole } from '../../model/request.ts';
import type { ModeName, VideoSpec } from '../../model/spec.ts';
import type { Home } from './plan.ts';
import { refusal } from './refuse.ts';

const PICTURES = ['image/jpeg', 'image/png'];
const VIDEOS = ['video/mp4', 'video/quicktime'];
const SOUNDS = ['audio/mpeg', 'audio/wav', 'audio/mp4', 'audio/aac'];

const FRAME: InputLimit = { types: PICTURES, maxBytes: 10 * MEGABYTE, sides: { min: 300 }, maxShape: 2.5 };
const OMNI_VIDEO: InputLimit = {
  types: VIDEOS,
  maxBytes: 200 * MEGABYTE,
  sides: { min: 720, max: 2160 },
  seconds: { min: 3 },
};
const MOTION_VIDEO: InputLimit = {
  types: VIDEOS,
  maxBytes: 100 * MEGABYTE,
  sides: { min: 340, max: 3850 },
  seconds: { min: 3, max: 30 },
};
const FACE_VIDEO: InputLimit = {
  types: VIDEOS,
  maxBytes: 100 * MEGABYTE,
  sides: { min: 512, max: 2160 },
  seconds: { min: 2, max: 60 },
};
const SPEECH_SOUND: InputLimit = { types: SOUNDS, maxBytes: 5 * MEGABYTE };
const TASK_PICTURE: InputLimit = { types: PICTURES, maxBytes: 50 * MEGABYTE };
const TASK_VIDEO: InputLimit = {
  types: VIDEOS,
  maxBytes: 200 * MEGABYTE,
  sides: { min: 700, max: 4553 },
  seconds: { min: 3, max: 15.5 },
};

/** By where the task is made; a role that is not here has no limit that the page knows. */
const LIMITS: Readonly<Partial<Record<Home, InputLimits>>> = {
  image2video: { first_frame: FRAME, last_frame: FRAME },
  'omni-video': { source_video: OMNI_VIDEO, reference_video: OMNI_VIDEO },
  'motion-control': { motion_video: MOTION_VIDEO },
  'advanced-lip-sync': {
    source_video: FACE_VIDEO,
    audio: { ...SPEECH_SOUND, seconds: { min: 2, max: 60 } },
  },
  'avatar/image2video': { audio: { ...SPEECH_SOUND, seconds: { min: 2, max: 300 } } },
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

export function limitsOf(home: Home | null): InputLimits {
  return (home === null ? undefined : LIMITS[home]) ?? {};
}

/** Throws a refusal for what Kling misses. */
export function checkNeeds(spec: VideoSpec): void {
  const need = NEEDS[spec.mode];
  if (need !== undefined && !need.isMet(spec)) throw refusal('channel_unfit', `Kling needs ${need.what}.`);
}

function hasRole({ inputs }: VideoSpec, role: InputRole): boolean {
  return inputs.some((input) => input.role === role);
}
