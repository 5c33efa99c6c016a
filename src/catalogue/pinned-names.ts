/** Names that mean a model together with some of its settings, where no grammar says so. */

import type { Pins } from '../model/catalogue.ts';

type PinnedName = {
  readonly name: string;
  /** An id or alias of the model. */
  readonly base: string;
  readonly pins: Pins;
};

const AT_720P: Pins = { resolution: '720p' };
const AT_1080P: Pins = { resolution: '1080p' };

export const PINNED_NAMES: readonly PinnedName[] = [
  // Resellers' names of Vidu Q3 Turbo take no reference pictures; those belong to the mix names.
  { name: 'viduq3t', base: 'Vidu-q3-turbo', pins: { reference: false } },

  // The visual API sells each resolution of Jimeng 3.0 as a product of its own.
  { name: 'jimeng_t2v_v30', base: 'jimeng-video-3.0', pins: AT_720P },
  { name: 'jimeng_i2v_first_v30', base: 'jimeng-video-3.0', pins: AT_720P },
  { name: 'jimeng_i2v_first_tail_v30', base: 'jimeng-video-3.0', pins: AT_720P },
  { name: 'jimeng_v30_1080p', base: 'jimeng-video-3.0', pins: AT_1080P },
  { name: 'jimeng_t2v_v30_1080p', base: 'jimeng-video-3.0', pins: AT_1080P },
  { name: 'jimeng_i2v_first_v30_1080', base: 'jimeng-video-3.0', pins: AT_1080P },
  { name: 'jimeng_i2v_first_tail_v30_1080', base: 'jimeng-video-3.0', pins: AT_1080P },

  // Resellers' names of Seedance for whoever gives a reference video, which costs more.
  { name: 'doubao-seedance-2-video', base: 'Seedance-2.0', pins: { reference: true } },
  { name: 'doubao-seedance-2-0-fast-video', base: 'Seedance-2.0-fast', pins: { reference: true } },
  { name: 'doubao-seedance-2-0-mini-video', base: 'Seedance-2.0-mini', pins: { reference: true } },

  // Of the older Veo resellers say likewise by the name that a picture is the first frame.
  { name: 'veo2-fast-frames', base: 'veo2-fast', pins: { reference: false } },
  { name: 'veo3-frames', base: 'veo3', pins: { reference: false } },
  { name: 'veo3-fast-frames', base: 'veo3-fast', pins: { reference: false } },
  { name: 'veo3-pro-frames', base: 'veo3-pro', pins: { reference: false } },

  // Relays of Veo say by the name what the pictures are: frames, or components of the scene.
  ...['veo3.1', 'veo_3_1'].flatMap((veo): readonly PinnedName[] => [
    { name: `${veo}-components`, base: 'GV-3.1', pins: { reference: true } },
    { name: `${veo}-frames`, base: 'GV-3.1', pins: { reference: false } },
    { name: `${veo}-fl`, base: 'GV-3.1', pins: { reference: false } },
    { name: `${veo}-fast-components`, base: 'GV-3.1-fast', pins: { reference: true } },
    { name: `${veo}-fast-frames`, base: 'GV-3.1-fast', pins: { reference: false } },
    { name: `${veo}-fast-fl`, base: 'GV-3.1-fast', pins: { reference: false } },
  ]),
];
