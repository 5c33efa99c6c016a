/**
 * What servers of OpenAI's `/v1/videos` take beside OpenAI's own fields, and in which form. Sources: openai SDK 7.55,
 * vLLM-Omni and SGLang Diffusion (code and documentation), pages of resale gateways, and our own dialect.
 */

import { MODE_NAMES } from '../../model/spec.ts';
import type { ModeName } from '../../model/spec.ts';
import type { Create, Quirks } from '../relay.ts';
import type { Places } from '../relay-places.ts';

export const PATH = '/v1/videos';

const FRAMES: readonly ModeName[] = ['text', 'first_frame'];

const OWN: Places = {
  model: 'model',
  prompt: 'prompt',
  secondsText: 'seconds',
  size: 'size',
  seed: 'seed',
  negativePrompt: 'negative_prompt',
};

const EDIT: Create = {
  path: `${PATH}/edits`,
  places: { prompt: 'prompt', sourceTask: 'video.id' },
  form: 'with_file',
  file: { name: 'video', role: 'source_video' },
};

/** OpenAI's own API, which has neither a sound to choose nor a last frame. */
export const PLAIN: Quirks = {
  openTo: { models: 'named', modes: FRAMES },
  create: { path: PATH, places: { ...OWN, firstFrame: 'input_reference.image_url' }, form: 'never', file: null },
  creates: {
    edit: EDIT,
    extend: { ...EDIT, path: `${PATH}/extensions`, places: { ...EDIT.places, secondsText: 'seconds' } },
  },
  vendor: null,
  decided: [],
  rememberedHours: null,
  tellsCost: false,
};

/** Gateways that resell under OpenAI's path: the picture is a plain text, and the watermark is a choice. */
export const RESALE: Quirks = {
  ...PLAIN,
  create: {
    path: PATH,
    places: { ...OWN, firstFrame: 'input_reference', watermark: 'watermark' },
    form: 'never',
    file: null,
  },
  creates: {},
  vendor: { at: '', keys: ['style', 'private', 'character_url'] },
};

/** Settings of the diffusion itself, which both self-hosted servers have. */
const DIFFUSION = ['num_frames', 'num_inference_steps', 'guidance_scale', 'guidance_scale_2', 'true_cfg_scale'];

export const VLLM_OMNI: Quirks = {
  ...PLAIN,
  create: {
    path: PATH,
    places: { ...OWN, fps: 'fps', audio: 'generate_sound' },
    form: 'always',
    file: { name: 'input_reference', role: 'first_frame' },
  },
  creates: {},
  vendor: {
    at: '',
    keys: [...DIFFUSION, 'boundary_ratio', 'flow_shift', 'sound_duration', 'enable_frame_interpolation'],
  },
};

/** As text a picture would be a place on the server's own disk: it goes along as a file. */
export const SGLANG: Quirks = {
  ...PLAIN,
  create: {
    path: PATH,
    places: {
      model: 'model',
      prompt: 'prompt',
      seconds: 'seconds',
      size: 'size',
      fps: 'fps',
      seed: 'extra_body.seed',
      negativePrompt: 'extra_body.negative_prompt',
    },
    form: 'with_file',
    file: { name: 'input_reference', role: 'first_frame' },
  },
  creates: {},
  vendor: { at: 'extra_body', keys: [...DIFFUSION, 'enable_teacache', 'output_quality', 'output_compression'] },
};

/** Another Reelgate takes all that a spec says; only a list of key frames has no place in this API. */
export const REELGATE: Quirks = {
  openTo: { models: 'any', modes: MODE_NAMES.filter((mode) => mode !== 'multi_frame') },
  create: {
    path: PATH,
    places: {
      model: 'model',
      prompt: 'prompt',
      negativePrompt: 'negative_prompt',
      secondsText: 'seconds',
      fps: 'fps',
      seed: 'seed',
      watermark: 'watermark',
      callbackUrl: 'callback_url',
      scene: 'metadata.scene_type',
      resolution: 'metadata.resolution',
      ratioOrAdaptive: 'metadata.aspect_ratio',
      audio: 'metadata.generate_audio',
      bgm: 'metadata.bgm',
      offPeak: 'metadata.offpeak',
      motionLevel: 'metadata.motion_level',
      firstFrame: 'metadata.first_frame_url',
      lastFrame: 'metadata.last_frame_url',
      fileInfos: 'metadata.file_infos',
      manyReferences: 'images',
      video: 'metadata.video_url',
      sound: 'metadata.audio_url',
    },
    form: 'never',
    file: null,
  },
  vendor: { at: 'metadata', keys: 'all' },
  decided: ['no_channel', 'loop_detected', 'upstream_unavailable', 'upstream_error', 'storage_low'],
  rememberedHours: 7 * 24,
  tellsCost: true,
};
