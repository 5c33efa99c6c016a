/** Veo by Google ("GV"), on Vertex AI, the Gemini API and Tencent Cloud VOD; and Gemini Omni, which succeeds it. */

import type { ModelRow, Rule } from '../../model/catalogue.ts';
import type { ModeName } from '../../model/spec.ts';
import {
  ALWAYS_SOUND,
  choices,
  count,
  documented,
  edit,
  extend,
  firstFrame,
  firstLast,
  guessed,
  model,
  observed,
  PLAIN_MODES,
  prices,
  range,
  reference,
  seconds,
  serving,
  SOUND_UNLESS_REFUSED,
  tencent,
  TENCENT_KEYS,
  text,
  upscale,
  usd,
  WIDE_TALL,
} from '../rows.ts';

const API = documented('Google Gen AI SDK and Vertex AI documentation of Veo');
const PRICES = observed('Vertex AI price list of Veo with sound, as quoted in public code');
const SILENT_PRICES = guessed('the price with sound');

const OMNI_PRICES = guessed('credits that a public client charges for Omni on Vertex AI, without its markup');

const EIGHT_SECONDS = seconds([8]);

const LARGE_MEANS_EIGHT_SECONDS: Rule = {
  when: { resolution: ['1080p', '4k'] },
  only: { seconds: [8] },
  because: { en: 'above 720p Veo makes videos of 8 seconds only', zh: '高于 720p 时,Veo 仅支持 8 秒视频' },
};

/** Tencent names eight seconds as the only length, and 1080p as the finest picture. */
const TENCENT: { readonly modes: readonly ModeName[]; readonly rules: readonly Rule[] } = {
  modes: PLAIN_MODES,
  rules: [
    {
      when: {},
      only: { seconds: [8] },
      because: { en: 'Veo is offered with 8 seconds only', zh: '仅提供 8 秒的 Veo 视频' },
    },
    {
      when: {},
      forbid: { resolution: ['4k'] },
      because: { en: 'Veo is offered up to 1080p', zh: 'Veo 最高提供 1080p' },
    },
  ],
};

/** Veo is told the shape even where there are pictures. */
const SHAPED = { ratio: 'choice' } as const;

const VEO = {
  family: 'veo',
  modes: [
    text(),
    firstFrame(SHAPED),
    firstLast(SHAPED),
    reference({ reference_image: count(1, 3) }, { seconds: EIGHT_SECONDS }),
    // Of a video that Veo made.
    extend({}, { seconds: EIGHT_SECONDS, resolutions: choices(['720p']) }),
  ],
  seconds: seconds([4, 6, 8], 8),
  resolutions: choices(['720p', '1080p', '4k']),
  ratios: WIDE_TALL,
  audio: SOUND_UNLESS_REFUSED,
  promptMaxChars: 4000,
  supports: { seed: true, negativePrompt: true },
  rules: [LARGE_MEANS_EIGHT_SECONDS],
  vendorKeys: ['enhance_prompt', 'resize_mode', 'compression_quality', ...TENCENT_KEYS],
  typicalSeconds: 120,
  deadlineHours: 24,
  source: API,
} as const;

const OMNI = {
  family: 'veo',
  modes: [
    text(),
    firstFrame(SHAPED),
    reference({ reference_image: count(1, 3) }),
    edit({}, { secondsFromVideo: { max: 10 } }),
    extend({}),
    upscale({ secondsFromVideo: { max: 10 } }),
  ],
  seconds: seconds(range(3, 10)),
  resolutions: choices(['360p', '720p', '1080p', '4k'], '720p'),
  ratios: WIDE_TALL,
  audio: ALWAYS_SOUND,
  promptMaxChars: 4000,
  prices: prices('second', usd, OMNI_PRICES, [
    ['0.034', { resolution: ['360p'] }],
    ['0.1', { resolution: ['720p'] }],
    ['0.15', { resolution: ['1080p'] }],
    ['0.3', { resolution: ['4k'] }],
  ]),
  typicalSeconds: 90,
  deadlineHours: 24,
  source: documented('Google Gen AI SDK, interactions'),
} as const;

export const VEO_ROWS: readonly ModelRow[] = [
  model({
    ...VEO,
    id: 'GV-3.1',
    aliases: ['veo-3.1', 'veo3.1', 'veo_3_1', 'veo3.1-pro', 'veo-3.1-generate-001', 'veo-3.1-generate-preview'],
    label: 'Veo 3.1',
    servings: [
      tencent('GV', '3.1', TENCENT),
      serving('veo', { model: 'veo-3.1-generate-001', gemini: 'veo-3.1-generate-preview' }),
    ],
    prices: [
      ...prices('second', usd, PRICES, [
        ['0.6', { resolution: ['4k'], audio: [true] }],
        ['0.4', { audio: [true] }],
      ]),
      ...prices('second', usd, SILENT_PRICES, [
        ['0.6', { resolution: ['4k'] }],
        ['0.4', {}],
      ]),
    ],
  }),
  model({
    ...VEO,
    id: 'GV-3.1-fast',
    aliases: [
      'veo-3.1-fast',
      'veo3.1-fast',
      'veo3.1_fast',
      'veo_3_1-fast',
      'veo-3.1-fast-generate-001',
      'veo-3.1-fast-generate-preview',
    ],
    label: 'Veo 3.1 Fast',
    servings: [
      tencent('GV', '3.1-fast', TENCENT),
      serving('veo', { model: 'veo-3.1-fast-generate-001', gemini: 'veo-3.1-fast-generate-preview' }),
    ],
    typicalSeconds: 75,
    prices: [
      ...prices('second', usd, PRICES, [
        ['0.35', { resolution: ['4k'], audio: [true] }],
        ['0.15', { audio: [true] }],
      ]),
      ...prices('second', usd, SILENT_PRICES, [
        ['0.35', { resolution: ['4k'] }],
        ['0.15', {}],
      ]),
    ],
  }),
  model({
    ...OMNI,
    id: 'gemini-omni-1.1-flash',
    aliases: [
      'gemini-omni-1.1-flash-preview',
      'gemini-omni-flash',
      'gemini-omni-flash-preview',
      'gemini_omni_flash',
      'gemini_omni_flash_1.1',
    ],
    label: 'Gemini Omni 1.1 Flash',
    servings: [serving('veo', { api: 'interactions', model: 'gemini-omni-1.1-flash' })],
  }),
  model({
    ...OMNI,
    id: 'gemini-omni-1.2-flash',
    label: 'Gemini Omni 1.2 Flash',
    servings: [serving('veo', { api: 'interactions', model: 'gemini-omni-1.2-flash' })],
    source: guessed('named in the Google Gen AI SDK; taken to do what 1.1 does'),
  }),
];
