/** Seedance by ByteDance: Volcengine Ark, and Tencent Cloud VOD for the first generation ("SV"). */

import type { ModelRow } from '../../model/catalogue.ts';
import {
  choices,
  cny,
  count,
  documented,
  edit,
  extend,
  firstFrame,
  firstLast,
  guessed,
  model,
  observed,
  prices,
  range,
  reference,
  seconds,
  serving,
  SIX_RATIOS,
  SOUND_UNLESS_REFUSED,
  tencent,
  TENCENT_KEYS,
  text,
  usd,
  withPortrait,
} from '../rows.ts';

const API = documented('Volcengine Ark video API, https://www.volcengine.com/docs/82379/1520757');
const PRICES = documented('BytePlus ModelArk price list, https://docs.byteplus.com/en/docs/ModelArk/1544106');
const OLD_PRICES = guessed('Volcengine Ark price list in yuan of 2025');
const OFF_PEAK = guessed('half of the usual price, as Ark says of its flexible service tier');

/** Exact pixels of the first generation. */
const SIZES_1_0 = {
  '480p': withPortrait({ '16:9': '864x480', '4:3': '736x544', '1:1': '640x640', '21:9': '960x416' }),
  '720p': withPortrait({ '16:9': '1248x704', '4:3': '1120x832', '1:1': '960x960', '21:9': '1504x640' }),
  '1080p': withPortrait({ '16:9': '1920x1088', '4:3': '1664x1248', '1:1': '1440x1440', '21:9': '2176x928' }),
};
/** Exact pixels from 1.5 on. */
const SIZES_1_5 = {
  '480p': withPortrait({ '16:9': '864x496', '4:3': '752x560', '1:1': '640x640', '21:9': '992x432' }),
  '720p': withPortrait({ '16:9': '1280x720', '4:3': '1112x834', '1:1': '960x960', '21:9': '1470x630' }),
  '1080p': withPortrait({ '16:9': '1920x1080', '4:3': '1664x1248', '1:1': '1440x1440', '21:9': '2206x946' }),
};
/** Ark bills 4k at nine times the tokens of 720p: three times each side. */
const SIZES_2_0 = {
  ...SIZES_1_5,
  '4k': withPortrait({ '16:9': '3840x2160', '4:3': '3336x2502', '1:1': '2880x2880', '21:9': '4410x1890' }),
};

/** A picture keeps its own shape unless the client asks for another one, to which it is cropped. */
const PICTURE = {
  ratio: 'choice',
  ratios: choices(['adaptive', ...SIX_RATIOS.values]),
} as const;
const PICTURE_MODES = [firstFrame(PICTURE), firstLast(PICTURE)];

const LOW_TO_HD = choices(['480p', '720p', '1080p'], '720p');
const HD_FIRST = choices(['480p', '720p', '1080p'], '1080p');
const SEEDANCE = {
  family: 'seedance',
  ratios: SIX_RATIOS,
  promptMaxChars: 2000,
  typicalSeconds: 90,
  // Ark itself gives up after 48 hours.
  deadlineHours: 54,
  source: API,
} as const;
const FIRST = {
  ...SEEDANCE,
  seconds: seconds(range(2, 12)),
  sizes: SIZES_1_0,
  supports: { seed: true, offPeak: true, watermark: true },
  vendorKeys: ['camera_fixed', 'return_last_frame', ...TENCENT_KEYS],
} as const;
const SECOND = {
  ...SEEDANCE,
  seconds: seconds(range(4, 15)),
  audio: SOUND_UNLESS_REFUSED,
  supports: { watermark: true },
  vendorKeys: ['return_last_frame', 'priority', 'safety_identifier'],
  typicalSeconds: 180,
} as const;
const REFERENCES = reference(
  { reference_image: count(0, 9), reference_video: count(0, 3), audio: count(0, 3) },
  PICTURE,
);
const TWO_ZERO_MODES = [text(), ...PICTURE_MODES, REFERENCES];
/** Told apart from references by the task type. */
const EDIT = edit({ reference_image: count(0, 9) }, { secondsFromVideo: { max: 30 } });
const EXTENSION = extend({ reference_image: count(0, 9) });

const LITE_I2V = 'doubao-seedance-1-0-lite-i2v-250428';

export const SEEDANCE_ROWS: readonly ModelRow[] = [
  model({
    ...FIRST,
    id: 'SV-1.0-lite',
    aliases: [
      'doubao-seedance-1-0-lite-t2v-250428',
      LITE_I2V,
      'doubao-seedance-1-0-lite',
      'seedance-1-0-lite-t2v-250428',
      'seedance-1-0-lite-i2v-250428',
      'seedance-1.0-lite',
    ],
    label: 'Seedance 1.0 Lite',
    modes: [
      text(),
      ...PICTURE_MODES,
      reference({ reference_image: count(1, 4) }, { resolutions: choices(['480p', '720p'], '720p') }),
    ],
    resolutions: LOW_TO_HD,
    servings: [
      tencent('Seedance', '1.0-lite-i2v', ['first_frame', 'first_last', 'reference']),
      serving('ark', {
        model: 'doubao-seedance-1-0-lite-t2v-250428',
        models: { first_frame: LITE_I2V, first_last: LITE_I2V, reference: LITE_I2V },
      }),
    ],
    prices: [
      ...prices('million_tokens', cny, OFF_PEAK, [['5', { offPeak: [true] }]]),
      ...prices('million_tokens', cny, OLD_PRICES, [['10', {}]]),
    ],
  }),
  model({
    ...FIRST,
    id: 'SV-1.0-pro',
    aliases: [
      'doubao-seedance-1-0-pro-250528',
      'doubao-seedance-1-0-pro',
      'seedance-1-0-pro-250528',
      'seedance-1.0-pro',
    ],
    label: 'Seedance 1.0 Pro',
    modes: [text(), ...PICTURE_MODES],
    resolutions: HD_FIRST,
    servings: [tencent('Seedance', '1.0-pro'), serving('ark', { model: 'doubao-seedance-1-0-pro-250528' })],
    prices: [
      ...prices('million_tokens', usd, OFF_PEAK, [['1.25', { offPeak: [true] }]]),
      ...prices('million_tokens', usd, PRICES, [['2.5', {}]]),
    ],
  }),
  model({
    ...FIRST,
    id: 'SV-1.0-pro-fast',
    aliases: [
      'doubao-seedance-1-0-pro-fast-251015',
      'doubao-seedance-1-0-pro-fast',
      'seedance-1-0-pro-fast-251015',
      'seedance-1.0-pro-fast',
    ],
    label: 'Seedance 1.0 Pro Fast',
    modes: [text(), firstFrame(PICTURE)],
    resolutions: HD_FIRST,
    servings: [tencent('Seedance', '1.0-pro-fast'), serving('ark', { model: 'doubao-seedance-1-0-pro-fast-251015' })],
    typicalSeconds: 45,
    prices: [
      ...prices('million_tokens', usd, OFF_PEAK, [['0.5', { offPeak: [true] }]]),
      ...prices('million_tokens', usd, PRICES, [['1', {}]]),
    ],
  }),
  model({
    ...FIRST,
    id: 'SV-1.5-pro',
    aliases: [
      'doubao-seedance-1-5-pro-251215',
      'doubao-seedance-1-5-pro',
      'seedance-1-5-pro-251215',
      'seedance-1.5-pro',
    ],
    label: 'Seedance 1.5 Pro',
    modes: [text(), ...PICTURE_MODES],
    seconds: seconds(range(4, 12)),
    resolutions: LOW_TO_HD,
    sizes: SIZES_1_5,
    audio: SOUND_UNLESS_REFUSED,
    vendorKeys: [...FIRST.vendorKeys, 'draft'],
    servings: [tencent('Seedance', '1.5-pro'), serving('ark', { model: 'doubao-seedance-1-5-pro-251215' })],
    prices: prices('million_tokens', usd, PRICES, [
      ['1.2', { audio: [true], offPeak: [true] }],
      ['0.6', { audio: [false], offPeak: [true] }],
      ['2.4', { audio: [true] }],
      ['1.2', { audio: [false] }],
    ]),
  }),
  model({
    ...SECOND,
    id: 'Seedance-2.0',
    aliases: [
      'SV-2.0',
      'doubao-seedance-2-0-260128',
      'doubao-seedance-2-0',
      'doubao-seedance-2',
      'dreamina-seedance-2-0-260128',
      'seedance-2-0-260128',
    ],
    label: 'Seedance 2.0',
    modes: TWO_ZERO_MODES,
    resolutions: choices(['480p', '720p', '1080p', '4k'], '720p'),
    sizes: SIZES_2_0,
    vendorKeys: [...SECOND.vendorKeys, 'tools'],
    servings: [serving('ark', { model: 'doubao-seedance-2-0-260128' })],
    prices: prices('million_tokens', usd, PRICES, [
      ['2.4', { resolution: ['4k'], videoInput: [true] }],
      ['4', { resolution: ['4k'] }],
      ['4.7', { resolution: ['1080p'], videoInput: [true] }],
      ['7.7', { resolution: ['1080p'] }],
      ['4.3', { videoInput: [true] }],
      ['7', {}],
    ]),
  }),
  model({
    ...SECOND,
    id: 'Seedance-2.0-fast',
    aliases: [
      'SV-2.0-fast',
      'doubao-seedance-2-0-fast-260128',
      'doubao-seedance-2-0-fast',
      'dreamina-seedance-2-0-fast-260128',
      'seedance-2-0-fast-260128',
    ],
    label: 'Seedance 2.0 Fast',
    modes: TWO_ZERO_MODES,
    resolutions: choices(['480p', '720p'], '720p'),
    sizes: SIZES_1_5,
    servings: [serving('ark', { model: 'doubao-seedance-2-0-fast-260128' })],
    typicalSeconds: 90,
    prices: prices('million_tokens', usd, PRICES, [
      ['3.3', { videoInput: [true] }],
      ['5.6', {}],
    ]),
  }),
  model({
    ...SECOND,
    id: 'Seedance-2.0-mini',
    aliases: [
      'SV-2.0-mini',
      'doubao-seedance-2-0-mini-260615',
      'doubao-seedance-2-0-mini',
      'dreamina-seedance-2-0-mini-260615',
      'seedance-2-0-mini-260615',
    ],
    label: 'Seedance 2.0 Mini',
    modes: TWO_ZERO_MODES,
    resolutions: choices(['480p', '720p'], '720p'),
    sizes: SIZES_1_5,
    servings: [serving('ark', { model: 'doubao-seedance-2-0-mini-260615' })],
    typicalSeconds: 90,
    prices: prices('million_tokens', usd, PRICES, [
      ['2.1', { videoInput: [true] }],
      ['3.5', {}],
    ]),
  }),
  model({
    ...SECOND,
    id: 'Seedance-2.5',
    aliases: [
      'SV-2.5',
      'doubao-seedance-2-5-260628',
      'doubao-seedance-2-5',
      'dreamina-seedance-2-5-260628',
      'seedance-2-5-260628',
    ],
    label: 'Seedance 2.5',
    modes: [...TWO_ZERO_MODES, EDIT, EXTENSION],
    seconds: seconds(range(4, 30)),
    resolutions: LOW_TO_HD,
    sizes: SIZES_1_5,
    vendorKeys: [...SECOND.vendorKeys, 'draft', 'output_format', 'omni_reference_task_type'],
    servings: [serving('ark', { model: 'doubao-seedance-2-5-260628' })],
    prices: [
      ...prices('million_tokens', usd, observed('BytePlus ModelArk price list, which names no price with a video'), [
        ['11.7', { resolution: ['1080p'] }],
        ['10.7', {}],
      ]),
    ],
  }),
];
