/** What Vidu's pages say of each address that makes a video: a request, and another value for each of its fields. */

import { UUID } from '../job-views.ts';
import type { FieldSample, RoutePage } from '../route-page.ts';

export const A = 'https://example.com/a.png';
export const B = 'https://example.com/b.png';
export const CLIP = 'https://example.com/clip.mp4';
export const VOICE = 'https://example.com/voice.mp3';

const TASK: Readonly<Record<string, FieldSample>> = {
  watermark: true,
  wm_position: 1,
  wm_url: A,
  meta_data: '{"Label":"x"}',
  payload: 'order 7',
  callback_url: 'https://example.com/told',
  client_request_id: 'mine',
};
const SHOT: Readonly<Record<string, FieldSample>> = {
  duration: 8,
  seed: 7,
  resolution: '1080p',
  movement_amplitude: 'large',
  bgm: true,
  audio: false,
  off_peak: true,
};
const PICTURE = { ...SHOT, ...TASK, prompt: 'another', is_rec: true, audio_type: 'speech_only', voice_id: 'v' };
export const CREATES = {
  text2video: {
    base: { model: 'viduq3-pro', prompt: 'a cow flies' },
    fields: { ...SHOT, ...TASK, model: 'viduq2', prompt: 'another', style: 'anime', aspect_ratio: '9:16' },
  },
  img2video: {
    base: { model: 'viduq3-pro', images: [A] },
    fields: { ...PICTURE, model: 'viduq2-pro', images: [B] },
  },
  'start-end2video': {
    base: { model: 'viduq3-pro', images: [A, B] },
    fields: { ...PICTURE, model: 'viduq2-pro', images: [B, A] },
  },
  reference2video: {
    base: { model: 'viduq2-pro', prompt: 'both dance', images: [A] },
    fields: {
      ...SHOT,
      ...TASK,
      model: 'viduq2',
      prompt: 'another',
      images: [A, B],
      videos: [CLIP],
      subjects: [{ name: 'cat', images: [B], voice_id: 'v' }],
      sounds: [VOICE],
      aspect_ratio: 'auto',
      audio_type: 'all',
      auto_subjects: true,
    },
  },
  multiframe: {
    base: { model: 'viduq2-turbo', start_image: A, image_settings: [{ key_image: B }, { key_image: A }] },
    fields: {
      ...TASK,
      model: 'viduq2-pro',
      start_image: B,
      image_settings: [{ key_image: B, prompt: 'up', duration: 3 }, { key_image: A }],
      resolution: '540p',
    },
  },
  template: {
    base: { template: 'hugging', images: [A] },
    fields: { ...TASK, template: 'kissing', images: [A, B], prompt: 'slowly', seed: 7, bgm: true },
  },
  'template-story': {
    base: { story: 'one_shot', images: [A] },
    fields: { ...TASK, story: 'pigsy', images: [A, B] },
  },
  'lip-sync': {
    base: { video_url: CLIP, text: 'good day' },
    fields: {
      ...TASK,
      video_url: `${CLIP}?2`,
      video_creation_id: UUID,
      audio_url: VOICE,
      text: 'good night',
      speed: 1.5,
      volume: 2,
      voice: 'a',
      voice_id: 'b',
      character_id: 'c',
      language: 'en',
      ref_photo_url: A,
    },
  },
  extend: {
    base: { model: 'viduq2-pro', video_url: CLIP },
    fields: {
      ...TASK,
      model: 'viduq2-turbo',
      video_url: `${CLIP}?2`,
      video_creation_id: UUID,
      images: [A],
      prompt: 'and on',
      duration: 3,
      resolution: '540p',
    },
  },
  'upscale-new': {
    base: { video_url: CLIP },
    fields: { ...TASK, video_url: `${CLIP}?2`, video_creation_id: UUID, upscale_resolution: '4K' },
  },
} as const satisfies Record<string, Pick<RoutePage, 'base' | 'fields'>>;
export type Path = keyof typeof CREATES;
