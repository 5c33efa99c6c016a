/** What servers of `/v1/video/generations` take. Sources: the general page of the path, new-api's behaviour, and our own dialect. */

import type { Quirks } from '../relay.ts';
import type { Places } from '../relay-places.ts';

export const PATH = '/v1/video/generations';

const OWN: Places = {
  model: 'model',
  prompt: 'prompt',
  seconds: 'duration',
  fps: 'fps',
  firstFrame: 'image',
};

/** new-api ignores most of what stands at the top; what its vendors are to see goes into `metadata`, in their words. */
export const USUAL: Quirks = {
  openTo: { models: 'named', modes: ['text', 'first_frame', 'first_last'] },
  create: {
    path: PATH,
    places: {
      ...OWN,
      size: 'size',
      width: 'width',
      height: 'height',
      seed: ['seed', 'metadata.seed'],
      negativePrompt: 'metadata.negative_prompt',
      resolution: 'metadata.resolution',
      ratio: 'metadata.aspect_ratio',
      audio: 'metadata.audio',
      bgm: 'metadata.bgm',
      offPeak: 'metadata.off_peak',
      watermark: 'metadata.watermark',
      lastFrame: 'metadata.image_tail',
    },
    form: 'never',
    file: null,
  },
  vendor: { at: 'metadata', keys: 'all' },
  decided: [],
  rememberedHours: null,
  tellsCost: false,
};

/** Another Reelgate, which reads this path's fields of every page at the top. */
export const REELGATE: Quirks = {
  openTo: { models: 'any', modes: ['text', 'first_frame', 'first_last', 'reference'] },
  create: {
    path: PATH,
    places: {
      ...OWN,
      negativePrompt: 'negative_prompt',
      resolution: 'resolution',
      ratioOrAdaptive: 'aspect_ratio',
      audio: 'audio',
      bgm: 'bgm',
      offPeak: 'off_peak',
      seed: 'seed',
      watermark: 'watermark',
      callbackUrl: 'callback_url',
      lastFrame: 'last_image',
      references: 'reference_image_urls',
    },
    form: 'never',
    file: null,
  },
  vendor: { at: 'metadata', keys: 'all' },
  decided: [
    'no_channel',
    'loop_detected',
    'upstream_unavailable',
    'upstream_credential',
    'upstream_protocol',
    'storage_low',
  ],
  rememberedHours: 7 * 24,
  tellsCost: true,
};
