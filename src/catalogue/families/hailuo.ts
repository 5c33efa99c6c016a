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

export const HAILUO_ROWS: readonly ModelRow[] = [
  model({
    ...HAILUO,
    id: 'Hailuo-02',
    aliases: ['MiniMax-Hailuo-02'],
    label: 'Hailuo 02',
    modes: [text({ resolutions: HD }), firstFrame(), firstLast({ resolutions: HD })],
    resolutions: choices(['512p', '768p', '1080p'], '768p'),
    servings: [tencent('Hailuo', '02'), serving('hailuo', { model: 'MiniMax-Hailuo-02', api: 'v1' })],
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
    aliases: ['MiniMax-H3', 'MiniMax-Hailuo-H3'],
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
      tencent('Hailuo', 'H3', ['text', 'first_frame', 'reference']),
      serving('hailuo', { model: 'MiniMax-H3', api: 'v2' }),
    ],
    typicalSeconds: 240,
    prices: prices('second', usd, PRICES, [
      ['0.08', { resolution: ['768p'] }],
      ['0.13', { resolution: ['2k'] }],
    ]),
  }),
];
