/** A request of each mode that Tencent Cloud VOD serves, and models whose wire is their own. */

import type { VideoSpec } from '../../../src/model/spec.ts';
import { SPEC } from '../../support/rows.ts';
import { inputOf } from '../suite.ts';
import type { Example } from '../suite.ts';

const CAT = 'https://example.com/cat.png';
const DOG = 'https://example.com/dog.png';
const CLIP = 'https://example.com/clip.mp4';
const SPEECH = 'https://example.com/speech.mp3';

export const KLING = { model: 'Kling', version: '3.0-Omni' };
export const KLING_SCENES = { model: 'Kling', version: '2.6' };

const row = (name: string, upstream: Example['upstream'], over: Partial<VideoSpec>): Example => ({
  name,
  upstream,
  spec: { ...SPEC, ...over },
});

export const TEXT = row('text', KLING, { prompt: 'a red fox runs in snow', resolution: '1080p', audio: true });

export const MODE_EXAMPLES: readonly Example[] = [
  TEXT,
  row('first frame', KLING, { mode: 'first_frame', inputs: [inputOf('first_frame', CAT)] }),
  row('first frame without a URL', KLING, { mode: 'first_frame', inputs: [inputOf('first_frame', null)] }),
  row('first and last frame', KLING, {
    mode: 'first_last',
    inputs: [inputOf('first_frame', CAT), inputOf('last_frame', DOG)],
  }),
  row('first and last frame without URLs', KLING, {
    mode: 'first_last',
    inputs: [inputOf('first_frame', null), inputOf('last_frame', null)],
  }),
  row('pictures and a video as references', KLING, {
    mode: 'reference',
    inputs: [
      inputOf('reference_image', CAT),
      inputOf('reference_image', DOG),
      inputOf('reference_video', CLIP, 'video/mp4'),
    ],
    vendor: { keep_original_sound: 'no', element_list: [{ element_id: 160 }] },
  }),
  row('edit of a video', KLING, {
    mode: 'edit',
    scene: 'edit',
    inputs: [inputOf('reference_image', CAT), inputOf('source_video', CLIP, 'video/mp4')],
    vendor: { keep_original_sound: 'yes' },
  }),
  row('motion control', KLING_SCENES, {
    mode: 'motion_control',
    scene: 'motion_control',
    motionLevel: 'pro',
    resolution: '1080p',
    seconds: 12,
    inputs: [inputOf('first_frame', CAT), inputOf('motion_video', CLIP, 'video/mp4')],
    vendor: { keep_original_sound: 'yes', character_orientation: 'video' },
  }),
  row('avatar with a sound', KLING_SCENES, {
    mode: 'avatar_i2v',
    scene: 'avatar_i2v',
    prompt: null,
    inputs: [inputOf('first_frame', CAT), inputOf('audio', SPEECH, 'audio/mpeg')],
  }),
  row('avatar with a voice of the vendor', KLING_SCENES, {
    mode: 'avatar_i2v',
    scene: 'avatar_i2v',
    inputs: [inputOf('first_frame', CAT)],
    vendor: { audio_id: 'audio-7' },
  }),
  row(
    'effect template',
    { model: 'Vidu', version: 'q2-turbo' },
    {
      mode: 'template_effect',
      scene: 'template_effect',
      prompt: null,
      inputs: [inputOf('reference_image', CAT), inputOf('reference_image', DOG)],
      vendor: { template: 'morphlab' },
    },
  ),
];

export const LIP_SYNC = row('lip sync', KLING_SCENES, {
  mode: 'lip_sync',
  scene: 'lip_sync',
  prompt: null,
  inputs: [inputOf('source_video', CLIP, 'video/mp4'), inputOf('audio', SPEECH, 'audio/mpeg')],
});

export const SUBJECTS = row(
  'subjects',
  { model: 'Vidu', version: 'q2' },
  {
    mode: 'reference',
    prompt: '@cat chases @cat2, and mail@home stays',
    inputs: [inputOf('reference_image', CAT), inputOf('reference_image', DOG), inputOf('reference_image', CAT)],
    vendor: {
      subjects: [
        { name: 'cat', voice_id: 'v-1', images: 1, videos: 0 },
        { name: 'cat2', images: 1, videos: 0 },
      ],
    },
  },
);

/** Models whose makers want something else. */
export const MODEL_EXAMPLES: readonly Example[] = [
  row(
    'Vidu with everything',
    { model: 'Vidu', version: 'q3-turbo' },
    {
      mode: 'reference',
      ratio: '4:3',
      resolution: '540p',
      seed: 0,
      offPeak: true,
      bgm: true,
      watermark: true,
      inputs: [inputOf('reference_image', CAT)],
      vendor: { audio_type: 'all', frame_interpolate: true, enhance_prompt: true, input_region: 'Oversea' },
    },
  ),
  SUBJECTS,
  row(
    'Veo with a first frame',
    { model: 'GV', version: '3.1' },
    {
      mode: 'first_frame',
      seconds: 8,
      negativePrompt: 'rain',
      inputs: [inputOf('first_frame', CAT)],
      vendor: { person_generation: 'AllowAdult' },
    },
  ),
  row(
    'Veo with references',
    { model: 'GV', version: '3.1-fast' },
    {
      mode: 'reference',
      seconds: 8,
      inputs: [inputOf('reference_image', CAT)],
    },
  ),
  row('Sora', { model: 'OS', version: '2.0' }, { seconds: 12, ratio: '9:16', audio: true }),
  row(
    'Hailuo, which has no ratio and no sound',
    { model: 'Hailuo', version: '02' },
    {
      seconds: 6,
      resolution: '768p',
      watermark: true,
      vendor: { prompt_optimizer: false },
    },
  ),
  row(
    'Hailuo H3 with references of each kind',
    { model: 'Hailuo', version: 'H3' },
    {
      mode: 'reference',
      resolution: '2k',
      ratio: '21:9',
      inputs: [
        inputOf('reference_image', CAT),
        inputOf('reference_video', CLIP, 'video/mp4'),
        inputOf('audio', SPEECH, 'audio/mpeg'),
      ],
    },
  ),
  row(
    'PixVerse, in lower case',
    { model: 'PixVerse', version: 'v6' },
    {
      mode: 'reference',
      resolution: '540p',
      inputs: [inputOf('reference_image', CAT), inputOf('reference_image', DOG)],
    },
  ),
  row('Seedance', { model: 'Seedance', version: '1.5-pro' }, { watermark: true, audio: true, seed: 7 }),
  row('Jimeng, in pixels', { model: 'Jimeng', version: '3.0pro' }, { resolution: '1080p', width: 1920, height: 1080 }),
  row('Mingmou', { model: 'Mingmou', version: '1.0' }, {}),
  row('Hunyuan', { model: 'Hunyuan', version: '1.5' }, { negativePrompt: 'rain' }),
];
