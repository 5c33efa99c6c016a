/** Specs of every mode that Kling makes, as the catalogue's rows resolve them. */

import type { VideoSpec } from '../../../src/model/spec.ts';
import type { Example } from '../suite.ts';
import { inputOf } from '../suite.ts';

const PICTURE = 'https://example.com/a.png';
const CLIP = 'https://example.com/clip.mp4';
const VOICE = 'https://example.com/voice.mp3';

const BASE: VideoSpec = {
  model: 'Kling-2.6',
  requestedModel: 'kling-v2-6',
  mode: 'text',
  scene: null,
  prompt: 'a red fox runs in snow',
  negativePrompt: null,
  inputs: [],
  seconds: 5,
  resolution: '1080p',
  ratio: '16:9',
  fps: 24,
  audio: true,
  bgm: false,
  seed: null,
  count: 1,
  offPeak: false,
  motionLevel: null,
  watermark: false,
  callbackUrl: null,
  payload: null,
  user: null,
  vendor: {},
  width: 1920,
  height: 1080,
  billedSeconds: 5,
};

export function spec(over: Partial<VideoSpec> = {}): VideoSpec {
  return { ...BASE, ...over };
}

const picture = inputOf('first_frame', PICTURE);
const tail = inputOf('last_frame', 'https://example.com/b.png');
const references = [inputOf('reference_image', PICTURE), inputOf('reference_image', null)];
const clip = inputOf('source_video', CLIP, 'video/mp4');
const motion = inputOf('motion_video', CLIP, 'video/mp4');
const voice = inputOf('audio', VOICE, 'audio/mpeg');
const silent = { audio: false, ratio: 'adaptive' } as const;

function example(name: string, model: string, over: Partial<VideoSpec>): Example {
  return { name, spec: spec(over), upstream: { model } };
}

export const VIDEO_EXAMPLES: readonly Example[] = [
  example('text', 'kling-v2-6', {}),
  example('text with everything a client may say', 'kling-v3', {
    negativePrompt: 'blur',
    seconds: 15,
    resolution: '4k',
    ratio: '9:16',
    watermark: true,
    vendor: {
      multi_shot: true,
      shot_type: 'customize',
      multi_prompt: [{ index: 1, prompt: 'a fox', duration: '15' }],
      element_list: [{ element_id: 160 }],
      logo_add: true,
    },
  }),
  example('first frame', 'kling-v1', {
    ...silent,
    mode: 'first_frame',
    inputs: [inputOf('first_frame', null)],
    resolution: '720p',
    vendor: { cfg_scale: 0, static_mask: 'https://example.com/mask.png' },
  }),
  example('first and last frame', 'kling-v2-1', {
    ...silent,
    mode: 'first_last',
    prompt: null,
    seconds: 10,
    inputs: [picture, tail],
  }),
  example('camera', 'kling-v1-6', {
    ...silent,
    mode: 'first_frame',
    inputs: [picture],
    vendor: { camera_control: { type: 'simple', config: { zoom: -5 } } },
  }),
  example('pictures', 'kling-v1-6', { audio: false, mode: 'reference', inputs: references }),
  example('omni text', 'kling-video-o1', { audio: false }),
  example('omni frames', 'kling-v3-omni', { ...silent, mode: 'first_last', prompt: null, inputs: [picture, tail] }),
  example('omni references', 'kling-v3-omni', {
    audio: false,
    mode: 'reference',
    prompt: '<<<image_1>>> walks as in <<<video_1>>>',
    inputs: [...references, inputOf('reference_video', CLIP, 'video/mp4')],
  }),
  example('omni edit', 'kling-video-o1', {
    ...silent,
    mode: 'edit',
    scene: 'edit',
    prompt: 'make it snow',
    inputs: [clip, inputOf('reference_image', PICTURE)],
    vendor: { keep_original_sound: 'no' },
  }),
  example('motion', 'kling-v2-6', {
    ...silent,
    mode: 'motion_control',
    scene: 'motion_control',
    motionLevel: 'pro',
    inputs: [picture, motion],
  }),
  example('motion of an uploaded video', 'kling-v3', {
    ...silent,
    mode: 'motion_control',
    scene: 'motion_control',
    prompt: null,
    inputs: [inputOf('first_frame', null), inputOf('motion_video', null, 'video/mp4')],
    vendor: { character_orientation: 'image', keep_original_sound: 'no' },
  }),
  example('effect', 'kling-v3-omni', {
    ...silent,
    mode: 'template_effect',
    scene: 'template_effect',
    prompt: null,
    inputs: [inputOf('reference_image', PICTURE)],
    vendor: { effect_scene: 'pet_lion_pro' },
  }),
  example('effect of two pictures in the old form', 'kling-v1-6', {
    ...silent,
    mode: 'template_effect',
    scene: 'template_effect',
    prompt: null,
    inputs: references,
    vendor: { effect_scene: 'hug' },
  }),
  example('lip sync with a track', 'kling-lip-sync', {
    ...silent,
    mode: 'lip_sync',
    scene: 'lip_sync',
    prompt: null,
    inputs: [clip, voice],
  }),
  example('lip sync with an uploaded track', 'kling-lip-sync', {
    ...silent,
    mode: 'lip_sync',
    scene: 'lip_sync',
    prompt: null,
    inputs: [clip, inputOf('audio', null, 'audio/mpeg')],
  }),
  example('lip sync with a text', 'kling-lip-sync', {
    ...silent,
    mode: 'lip_sync',
    scene: 'lip_sync',
    prompt: null,
    inputs: [clip],
    vendor: { text: 'hello', voice_id: 'genshin_vindi2', voice_language: 'en', voice_speed: 1.2 },
  }),
  example('lip sync of a face that the client chose', 'kling-v3-omni', {
    ...silent,
    mode: 'lip_sync',
    scene: 'lip_sync',
    prompt: null,
    inputs: [clip],
    vendor: {
      session_id: 's-9',
      face_choose: [{ face_id: 'f-9', audio_id: 'a-1', sound_end_time: 3000, sound_insert_time: 500, sound_volume: 0 }],
    },
  }),
  example('lip sync of the face that is found', 'kling-v3-omni', {
    ...silent,
    mode: 'lip_sync',
    scene: 'lip_sync',
    prompt: null,
    inputs: [clip, voice],
    vendor: { face_choose: [{ sound_start_time: 1000 }] },
  }),
  example('avatar', 'kling-avatar', {
    ...silent,
    mode: 'avatar_i2v',
    scene: 'avatar_i2v',
    inputs: [picture, voice],
  }),
  example('avatar with a voice of the vendor', 'kling-avatar', {
    ...silent,
    mode: 'avatar_i2v',
    scene: 'avatar_i2v',
    prompt: null,
    resolution: '720p',
    inputs: [inputOf('first_frame', null)],
    vendor: { audio_id: 'a-1' },
  }),
];

export const EXTENSION: Example = example('extension', 'kling-v1-6', {
  ...silent,
  mode: 'extend',
  scene: 'extend',
  prompt: 'it goes on',
  negativePrompt: 'blur',
  inputs: [{ ...inputOf('source_video', null, 'video/mp4'), jobId: '0197f0f0-0000-7000-8000-0000000000bb' }],
  vendor: { cfg_scale: 0.5 },
});

export const TASK_EXAMPLES: readonly Example[] = [
  example('task text', 'kling-3.0', {}),
  example('task text without sound', 'kling-2.6', { audio: false, seconds: 10 }),
  example('task text of a silent model', 'kling-3.0-turbo', {
    audio: false,
    watermark: true,
    resolution: '720p',
    vendor: { multi_shot: false },
  }),
  example('task first frame', 'kling-3.0', {
    mode: 'first_frame',
    ratio: 'adaptive',
    inputs: [inputOf('first_frame', null)],
    vendor: { element_list: [{ element_id: 160 }], voice_list: [{ voice_id: 'v-1' }] },
  }),
  example('task frames', 'kling-2.5-turbo', { ...silent, mode: 'first_last', prompt: null, inputs: [picture, tail] }),
  example('task omni references', 'kling-3.0-omni', {
    audio: false,
    mode: 'reference',
    inputs: [...references, inputOf('reference_video', CLIP, 'video/mp4')],
  }),
  example('task omni edit', 'kling-o1', {
    ...silent,
    mode: 'edit',
    scene: 'edit',
    inputs: [clip],
    vendor: { keep_original_sound: 'yes' },
  }),
  example('task motion', 'kling-2.6', {
    ...silent,
    mode: 'motion_control',
    scene: 'motion_control',
    motionLevel: 'pro',
    inputs: [picture, motion],
  }),
];
