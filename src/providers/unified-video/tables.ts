/** What relays of `/v1/video/create` take. Sources: pages of deepwl, octopusx and fast-token, and clients of such relays. */

import type { Quirks } from '../relay.ts';

export const CREATE_PATH = '/v1/video/create';
export const QUERY_PATH = '/v1/video/query';

/** What pictures are for, the model's name decides: with two they are the first and the last frame. */
export const USUAL: Quirks = {
  openTo: { models: 'named', modes: ['text', 'first_frame', 'first_last'] },
  create: {
    path: CREATE_PATH,
    places: {
      model: 'model',
      prompt: 'prompt',
      negativePrompt: 'negative_prompt',
      pictures: 'images',
      ratio: 'aspect_ratio',
      orientation: 'orientation',
      size: 'size',
      resolution: 'resolution',
      seconds: 'duration',
      seed: 'seed',
      watermark: 'watermark',
    },
    form: 'never',
    file: null,
  },
  vendor: {
    at: '',
    keys: [
      'enhance_prompt',
      'enable_upsample',
      'private',
      'style',
      'character_url',
      'character_timestamps',
      'storyboard',
      'veo_fl_close',
    ],
  },
  decided: [],
  rememberedHours: null,
  tellsCost: false,
};
