/** Hailuo by MiniMax: own API in two versions, and Tencent Cloud VOD. */

import type { ModelRow, Rule } from '../../model/catalogue.ts';
import {
  ALWAYS_SOUND,
  choices,
  count,
  documented,
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
  tencent,
  TENCENT_KEYS,
  text,
  usd,
} from '../rows.ts';

const API = documented('MiniMax video API, https://platform.minimax.io/docs');
const PRICES = observed('MiniMax pay-as-you-go price list, as cited by a reseller');
const OLD_PRICES = guessed('MiniMax price list of 2025');

const SIX_OR_TEN = seconds([6, 10]);
const HD = choices(['768p', '1080p']);
const KEYS = ['prompt_optimizer', 'fast_pretreatment', ...TENCENT_KEYS];
const FULL_HD_MEANS_SIX_SECONDS: Rule = {
  when: { resolution: ['1080p'] },
  only: { seconds: [6] },
  because: { en: 'at 1080p Hailuo makes videos of 6 seconds only', zh: '1080p 下海螺仅支持 6 秒视频' },
};

const TENCENT_FROM_768P: Rule = {
  when: {},
  forbid: { resolution: ['512p'] },
  because: { en: 'Hailuo is offered from 768p up', zh: '海螺仅提供 768p 及以上' },
};
const TENCENT_H3_IN_2K: Rule = {
  when: {},
  only: { resolution: ['2k'] },
  because: { en: 'Hailuo H3 is offered in 2k only', zh: '海螺 H3 仅提供 2k' },
};

const HAILUO = {
  family: 'hailuo',
  seconds: SIX_OR_TEN,
  resolutions: HD,
  ratios: choices(['16:9']),
  promptMaxChars: 2000,
  supports: { watermark: true },
  rules: [FULL_HD_MEANS_SIX_SECONDS],
  vendorKeys: KEYS,
  typicalSeconds: 180,
  deadlineHours: 24,
  source: API,
} as const;

/** The first series: six seconds at 720p, a model for each kind of input. */
const FIRST = {
  ...HAILUO,
  seconds: seconds([6]),
  resolutions: choices(['720p']),
  rules: [],
  vendorKeys: ['prompt_optimizer'],
};

const FIRST_SERIES: readonly ModelRow[] = [
  ...(
    [
      ['T2V-01', 'Hailuo T2V 01', text()],
      ['T2V-01-Director', 'Hailuo T2V 01 Director', text()],
      ['I2V-01', 'Hailuo I2V 01', firstFrame()],
      ['I2V-01-Director', 'Hailuo I2V 01 Director', firstFrame()],
      ['I2V-01-live', 'Hailuo I2V 01 Live', firstFrame()],
    ] as const
  ).map(([id, label, mode]) =>
    model({
      ...FIRST,
      id,
      label,
      modes: [mode],
      servings: [serving('hailuo', { model: id, api: 'v1' })],
      prices: prices('video', usd, OLD_PRICES, [['0.43', {}]]),
    }),
  ),
  model({
    ...FIRST,
    id: 'S2V-01',
    label: 'Hailuo S2V 01',
    // One picture of the person that the video keeps to.
    modes: [reference({ reference_image: count(1, 1) })],
    servings: [serving('hailuo', { model: 'S2V-01', api: 'v1' })],
    prices: prices('video', usd, OLD_PRICES, [['0.65', {}]]),
  }),
];

export const HAILUO_ROWS: readonly ModelRow[] = [
  ...FIRST_SERIES,
  model({
    ...HAILUO,
    id: 'Hailuo-02',
    aliases: ['MiniMax-Hailuo-02'],
    label: 'Hailuo 02',
    modes: [text({ resolutions: HD }), firstFrame(), firstLast({ resolutions: HD })],
    resolutions: choices(['512p', '768p', '1080p'], '768p'),
    servings: [
      tencent('Hailuo', '02', { rules: [TENCENT_FROM_768P] }),
      serving('hailuo', { model: 'MiniMax-Hailuo-02', api: 'v1' }),
    ],
    prices: prices('video', usd, OLD_PRICES, [
      ['0.1', { resolution: ['512p'], seconds: [6] }],
      ['0.15', { resolution: ['512p'], seconds: [10] }],
      ['0.28', { resolution: ['768p'], seconds: [6] }],
      ['0.56', { resolution: ['768p'], seconds: [10] }],
      ['0.49', { resolution: ['1080p'], seconds: [6] }],
    ]),
  }),
  model({
    ...HAILUO,
    id: 'Hailuo-2.3',
    aliases: ['MiniMax-Hailuo-2.3'],
    label: 'Hailuo 2.3',
    modes: [text(), firstFrame()],
    servings: [tencent('Hailuo', '2.3'), serving('hailuo', { model: 'MiniMax-Hailuo-2.3', api: 'v1' })],
    prices: prices('video', usd, OLD_PRICES, [
      ['0.28', { resolution: ['768p'], seconds: [6] }],
      ['0.56', { resolution: ['768p'], seconds: [10] }],
      ['0.49', { resolution: ['1080p'], seconds: [6] }],
    ]),
  }),
  model({
    ...HAILUO,
    id: 'Hailuo-2.3-fast',
    aliases: ['MiniMax-Hailuo-2.3-Fast'],
    label: 'Hailuo 2.3 Fast',
    modes: [firstFrame()],
    servings: [tencent('Hailuo', '2.3-fast'), serving('hailuo', { model: 'MiniMax-Hailuo-2.3-Fast', api: 'v1' })],
    typicalSeconds: 90,
    prices: prices('video', usd, OLD_PRICES, [
      ['0.19', { resolution: ['768p'], seconds: [6] }],
      ['0.32', { resolution: ['768p'], seconds: [10] }],
      ['0.33', { resolution: ['1080p'], seconds: [6] }],
    ]),
  }),
  model({
    ...HAILUO,
    id: 'Hailuo-H3',
    aliases: ['MiniMax-H3', 'MiniMax-Hailuo-H3', 'hailuo3'],
    label: 'Hailuo H3',
    modes: [
      text({ minBilledSeconds: 5 }),
      firstFrame({ prompt: 'required', minBilledSeconds: 5 }),
      firstLast({ prompt: 'required', minBilledSeconds: 5 }),
      reference(
        { reference_image: count(0, 9), reference_video: count(0, 3), audio: count(0, 3) },
        { minBilledSeconds: 5 },
      ),
    ],
    seconds: seconds(range(4, 15)),
    resolutions: choices(['768p', '2k']),
    ratios: SIX_RATIOS,
    audio: ALWAYS_SOUND,
    promptMaxChars: 7000,
    rules: [],
    vendorKeys: TENCENT_KEYS,
    servings: [
      tencent('Hailuo', 'H3', { modes: ['text', 'first_frame', 'reference'], rules: [TENCENT_H3_IN_2K] }),
      serving('hailuo', { model: 'MiniMax-H3', api: 'v2' }),
    ],
    typicalSeconds: 240,
    prices: prices('second', usd, PRICES, [
      ['0.08', { resolution: ['768p'] }],
      ['0.13', { resolution: ['2k'] }],
    ]),
  }),
];
