/** Every field that Kling's reference names, by kind of video, each with a value that means something. */

import type { JsonObject } from '../../../src/model/json.ts';
import type { RoutePage } from '../route-page.ts';

export const PICTURE = 'https://example.com/first.png';
export const TAIL = 'https://example.com/last.png';
export const CLIP = 'https://example.com/clip.mp4';
export const SPEECH = 'https://example.com/speech.mp3';
/** How Kling takes files: base64 with nothing before it. */
export const RAW_PICTURE = 'iVBORw0KGgoAAAANSUhEUg==';

const COMMON = {
  model_name: 'kling-v3',
  model: 'kling-v2-1',
  callback_url: 'https://example.com/told',
  external_task_id: 'job-1',
  'watermark_info.enabled': true,
};
const WORDS = { prompt: 'another', negative_prompt: 'blur' };
const SHAPE = { mode: 'pro', duration: '10', aspect_ratio: '9:16' };
const SHOTS = {
  multi_shot: true,
  shot_type: 'customize',
  multi_prompt: [
    { index: 1, prompt: 'a door opens', duration: '2' },
    { index: 2, prompt: 'a cat walks in', duration: '3' },
  ],
  element_list: [{ element_id: 829 }],
};
const CAMERA = {
  'camera_control.type': 'down_back',
  'camera_control.config': { value: { zoom: 0 }, beside: { camera_control: { type: 'simple', config: { zoom: 5 } } } },
};
const PLAIN = {
  ...COMMON,
  ...WORDS,
  ...SHAPE,
  ...SHOTS,
  ...CAMERA,
  cfg_scale: 0,
  sound: 'on',
  voice_list: [{ voice_id: 'v' }],
};
const FACE = { face_id: '0', sound_file: SPEECH };

const page = (path: string, base: JsonObject, fields: RoutePage['fields']): RoutePage => ({
  route: `POST /v1/videos/${path}`,
  base,
  fields,
});

/** The one face, with one of its fields changed. */
const face = (change: JsonObject): JsonObject[] => [{ ...FACE, ...change }];
const input = (base: JsonObject, change: JsonObject): JsonObject => ({ input: { ...base, ...change } });
const SPOKEN = { mode: 'text2video', video_url: CLIP, text: 'hello' };
const SUNG = { mode: 'audio2video', video_url: CLIP, audio_url: SPEECH };

export const PAGES: readonly RoutePage[] = [
  page('text2video', { prompt: 'a red fox' }, PLAIN),
  page(
    'image2video',
    { image: PICTURE },
    {
      ...PLAIN,
      image: RAW_PICTURE,
      image_tail: TAIL,
      static_mask: 'https://example.com/mask.png',
      dynamic_masks: [
        {
          mask: 'https://example.com/mask.png',
          trajectories: [
            { x: 1, y: 2 },
            { x: 3, y: 4 },
          ],
        },
      ],
    },
  ),
  page(
    'multi-image2video',
    { image_list: [{ image: PICTURE }] },
    {
      ...COMMON,
      ...WORDS,
      ...SHAPE,
      image_list: [{ image: PICTURE }, { image: RAW_PICTURE }],
    },
  ),
  page(
    'omni-video',
    { prompt: 'like <<<image_1>>>' },
    {
      ...COMMON,
      prompt: 'another',
      ...SHAPE,
      mode: 'std',
      ...SHOTS,
      sound: 'on',
      voice_list: [{ voice_id: 'v' }],
      image_list: [{ image_url: PICTURE, type: 'first_frame' }],
      video_list: [{ video_url: CLIP, refer_type: 'feature', keep_original_sound: 'yes' }],
    },
  ),
  page('video-extend', { video_id: 'v-1' }, { ...COMMON, ...WORDS, cfg_scale: 0.7, video_id: 'v-2' }),
  page(
    'motion-control',
    { image_url: PICTURE, video_url: CLIP },
    {
      ...COMMON,
      prompt: 'she dances',
      mode: 'pro',
      image_url: RAW_PICTURE,
      video_url: 'https://example.com/other.mp4',
      character_orientation: 'video',
      keep_original_sound: 'no',
      element_list: [{ element_id: '829' }],
    },
  ),
  page(
    'effects',
    { effect_scene: 'hug_pro', input: { images: [PICTURE, TAIL] } },
    {
      ...COMMON,
      effect_scene: 'pet_lion_pro',
      input: { image: PICTURE },
      'input.image': RAW_PICTURE,
      'input.images': [PICTURE],
      'input.model_name': 'kling-v1-5',
      'input.mode': 'pro',
      'input.duration': '10',
    },
  ),
  page(
    'lip-sync',
    { input: SPOKEN },
    {
      ...COMMON,
      input: SUNG,
      'input.mode': { value: 'audio2video', beside: { input: { ...SPOKEN, audio_url: SPEECH } } },
      'input.video_id': 'v-1',
      'input.video_url': 'https://example.com/other.mp4',
      'input.text': 'goodbye',
      'input.voice_id': 'genshin_vindi2',
      'input.voice_language': 'en',
      'input.voice_speed': 1.2,
      'input.audio_type': { value: 'file', beside: input(SUNG, { audio_file: 'SUQzBAAA' }) },
      'input.audio_file': { value: 'SUQzBAAA', beside: input(SUNG, { audio_type: 'file' }) },
      'input.audio_url': { value: 'https://example.com/other.mp3', beside: input(SUNG, {}) },
    },
  ),
  page(
    'advanced-lip-sync',
    { face_choose: [FACE] },
    {
      ...COMMON,
      session_id: 's-1',
      video_id: 'v-1',
      video_url: CLIP,
      face_choose: face({
        face_id: '1',
        sound_start_time: 0,
        sound_end_time: 3000,
        sound_insert_time: 1000,
        sound_volume: 0,
        original_audio_volume: 2,
      }),
    },
  ),
  page(
    'avatar/image2video',
    { image: PICTURE, sound_file: SPEECH },
    {
      ...COMMON,
      prompt: 'she smiles',
      mode: 'pro',
      image: RAW_PICTURE,
      sound_file: 'SUQzBAAA',
      audio_id: { value: 'a-2', beside: { audio_id: 'a-1', sound_file: '' } },
    },
  ),
];
