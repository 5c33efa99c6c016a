/** Vidu by Shengshu: own API, and Tencent Cloud VOD for the second and third generation. */

import type { ModelRow, PriceRow, Rule } from '../../model/catalogue.ts';
import type { Micros } from '../../model/money.ts';
import {
  choices,
  count,
  documented,
  firstFrame,
  firstLast,
  FIVE_RATIOS,
  guessed,
  model,
  observed,
  prices,
  range,
  reference,
  seconds,
  serving,
  SOUND_ON_REQUEST,
  SOUND_UNLESS_REFUSED,
  tencent,
  TENCENT_KEYS,
  templateEffect,
  text,
  usd,
  WIDE_TALL_SQUARE,
} from '../rows.ts';

const API = documented('Vidu API reference, https://platform.vidu.com/docs');
const MIRROR = observed('Vidu API reference as mirrored by resellers');
const CREDITS = observed('Vidu credit prices as published by 302.ai');
const CREDITS_OF_OTHER_MODES = guessed('the text-to-video credits of the same model');

/** Price of one Vidu credit; resellers quote 0.005 USD, and 0.03125 CNY in China. */
const CREDIT_MICROS = usd('0.005');

function credits(amount: string): Micros {
  return (usd(amount) * CREDIT_MICROS) / usd('1');
}

const HD = choices(['720p', '1080p']);
const SD_TO_HD = choices(['540p', '720p', '1080p'], '720p');

const COMMON_KEYS = ['audio_type', 'is_rec', 'wm_position', 'wm_url', 'meta_data'];
const OLD_KEYS = ['movement_amplitude', 'wm_position', 'wm_url', 'meta_data'];
const SUBJECT_KEYS = ['subjects', 'auto_subjects', 'voice_id'];

const VIDU = {
  family: 'vidu',
  resolutions: SD_TO_HD,
  ratios: FIVE_RATIOS,
  typicalSeconds: 120,
  // Off-peak work ends within 48 hours.
  deadlineHours: 54,
  source: API,
} as const;

const Q2 = { ...VIDU, seconds: seconds(range(1, 10)), audio: SOUND_ON_REQUEST, promptMaxChars: 5000 } as const;
const Q3 = { ...VIDU, seconds: seconds(range(1, 16)), audio: SOUND_UNLESS_REFUSED, promptMaxChars: 5000 } as const;
const SUPPORTS = { seed: true, offPeak: true, bgm: true, watermark: true };
const SHORT_BETWEEN_FRAMES = { seconds: seconds(range(1, 8)) };
const REFERENCE_3_TO_16 = { seconds: seconds(range(3, 16)) };

const SECOND_GENERATION: readonly ModelRow[] = [
  model({
    ...Q2,
    id: 'Vidu-q2',
    aliases: ['viduq2'],
    label: 'Vidu Q2',
    modes: [text(), reference({ reference_image: count(1, 7) })],
    supports: SUPPORTS,
    vendorKeys: [...COMMON_KEYS, ...SUBJECT_KEYS, ...TENCENT_KEYS],
    servings: [tencent('Vidu', 'q2'), serving('vidu', { model: 'viduq2' })],
  }),
  model({
    ...Q2,
    id: 'Vidu-q2-pro',
    aliases: ['viduq2-pro'],
    label: 'Vidu Q2 Pro',
    modes: [
      firstFrame(),
      firstLast(SHORT_BETWEEN_FRAMES),
      reference({ reference_image: count(0, 7), reference_video: count(0, 2) }),
    ],
    supports: SUPPORTS,
    vendorKeys: [...COMMON_KEYS, ...SUBJECT_KEYS, ...TENCENT_KEYS],
    servings: [tencent('Vidu', 'q2-pro'), serving('vidu', { model: 'viduq2-pro' })],
  }),
  model({
    ...Q2,
    id: 'Vidu-q2-turbo',
    aliases: ['viduq2-turbo'],
    label: 'Vidu Q2 Turbo',
    modes: [firstFrame(), firstLast(SHORT_BETWEEN_FRAMES)],
    supports: SUPPORTS,
    vendorKeys: [...COMMON_KEYS, 'voice_id', ...TENCENT_KEYS],
    servings: [tencent('Vidu', 'q2-turbo'), serving('vidu', { model: 'viduq2-turbo' })],
    typicalSeconds: 60,
  }),
  model({
    ...Q2,
    id: 'Vidu-template',
    label: 'Vidu effect templates',
    modes: [templateEffect(count(1, 3))],
    seconds: seconds(range(1, 10)),
    supports: SUPPORTS,
    vendorKeys: ['template', 'meta_data', ...TENCENT_KEYS],
    servings: [tencent('Vidu', 'q2-turbo'), serving('vidu', { model: 'viduq2-turbo' })],
    source: guessed('Tencent Cloud VOD offers the scene without saying the version'),
  }),
];

const Q3_PRO_CREDITS: readonly (readonly [string, PriceRow['when']])[] = [
  ['7', { resolution: ['540p'], offPeak: [true] }],
  ['15', { resolution: ['720p'], offPeak: [true] }],
  ['16', { resolution: ['1080p'], offPeak: [true] }],
  ['14', { resolution: ['540p'] }],
  ['30', { resolution: ['720p'] }],
  ['32', { resolution: ['1080p'] }],
];

const THIRD_GENERATION: readonly ModelRow[] = [
  model({
    ...Q3,
    id: 'Vidu-q3',
    aliases: ['viduq3'],
    label: 'Vidu Q3',
    modes: [reference({ reference_image: count(1, 7) })],
    seconds: REFERENCE_3_TO_16.seconds,
    supports: SUPPORTS,
    vendorKeys: [...COMMON_KEYS, ...SUBJECT_KEYS, ...TENCENT_KEYS],
    servings: [tencent('Vidu', 'q3'), serving('vidu', { model: 'viduq3' })],
    source: MIRROR,
  }),
  model({
    ...Q3,
    id: 'Vidu-q3-pro',
    aliases: ['viduq3-pro', 'viduq3p'],
    label: 'Vidu Q3 Pro',
    modes: [text(), firstFrame(), firstLast()],
    supports: SUPPORTS,
    vendorKeys: [...COMMON_KEYS, ...TENCENT_KEYS],
    servings: [tencent('Vidu', 'q3-pro'), serving('vidu', { model: 'viduq3-pro' })],
    prices: [
      ...prices(
        'second',
        credits,
        CREDITS,
        Q3_PRO_CREDITS.map(([amount, when]) => [amount, { mode: ['text'], ...when }] as const),
      ),
      ...prices('second', credits, CREDITS_OF_OTHER_MODES, Q3_PRO_CREDITS),
    ],
  }),
  model({
    ...Q3,
    id: 'Vidu-q3-turbo',
    aliases: ['viduq3-turbo'],
    label: 'Vidu Q3 Turbo',
    modes: [text(), firstFrame(), firstLast(), reference({ reference_image: count(1, 7) }, REFERENCE_3_TO_16)],
    supports: SUPPORTS,
    vendorKeys: [...COMMON_KEYS, ...TENCENT_KEYS],
    servings: [tencent('Vidu', 'q3-turbo'), serving('vidu', { model: 'viduq3-turbo' })],
    typicalSeconds: 60,
  }),
  model({
    ...Q3,
    id: 'Vidu-q3-mix',
    aliases: ['viduq3-mix', 'viduq3p-mix'],
    label: 'Vidu Q3 Mix',
    modes: [reference({ reference_image: count(1, 7) })],
    resolutions: HD,
    supports: SUPPORTS,
    vendorKeys: [...COMMON_KEYS, ...TENCENT_KEYS],
    servings: [tencent('Vidu', 'q3-mix'), serving('vidu', { model: 'viduq3-mix' })],
    source: MIRROR,
  }),
];

const FIVE_SECONDS = seconds([5]);
const FULL_HD = choices(['1080p']);
const FOUR_OR_EIGHT = seconds([4, 8]);
const LOW_TO_HD = choices(['360p', '720p', '1080p']);
const SHORT_REFERENCE = { seconds: seconds([4]), resolutions: choices(['360p', '720p']) };
const OLD_SUPPORTS = { seed: true, bgm: true, watermark: true };
const EIGHT_SECONDS_AT_720P: Rule = {
  when: { seconds: [8] },
  only: { resolution: ['720p'] },
  because: { en: 'eight seconds are offered only at 720p', zh: '8 秒视频仅支持 720p' },
};
const OLD = { ...VIDU, ratios: WIDE_TALL_SQUARE, supports: OLD_SUPPORTS } as const;

const FIRST_GENERATION: readonly ModelRow[] = [
  model({
    ...OLD,
    id: 'viduq1',
    aliases: ['Vidu-q1'],
    label: 'Vidu Q1',
    modes: [text(), firstFrame(), firstLast(), reference({ reference_image: count(1, 7) })],
    seconds: FIVE_SECONDS,
    resolutions: FULL_HD,
    promptMaxChars: 2000,
    vendorKeys: [...OLD_KEYS, 'style', 'is_rec'],
    servings: [serving('vidu', { model: 'viduq1' })],
    prices: prices('video', credits, CREDITS, [['80', {}]]),
  }),
  model({
    ...OLD,
    id: 'viduq1-classic',
    aliases: ['Vidu-q1-classic'],
    label: 'Vidu Q1 Classic',
    modes: [firstFrame(), firstLast()],
    seconds: FIVE_SECONDS,
    resolutions: FULL_HD,
    promptMaxChars: 2000,
    vendorKeys: [...OLD_KEYS, 'is_rec'],
    servings: [serving('vidu', { model: 'viduq1-classic' })],
    source: MIRROR,
  }),
  model({
    ...OLD,
    id: 'vidu2.0',
    aliases: ['Vidu-2.0'],
    label: 'Vidu 2.0',
    modes: [firstFrame(), firstLast(), reference({ reference_image: count(1, 7) }, SHORT_REFERENCE)],
    seconds: FOUR_OR_EIGHT,
    resolutions: LOW_TO_HD,
    promptMaxChars: 1500,
    rules: [EIGHT_SECONDS_AT_720P],
    vendorKeys: OLD_KEYS,
    servings: [serving('vidu', { model: 'vidu2.0' })],
    source: MIRROR,
  }),
  model({
    ...OLD,
    id: 'vidu1.5',
    aliases: ['Vidu-1.5'],
    label: 'Vidu 1.5',
    modes: [text(), firstFrame(), firstLast(), reference({ reference_image: count(1, 3) }, SHORT_REFERENCE)],
    seconds: FOUR_OR_EIGHT,
    resolutions: LOW_TO_HD,
    promptMaxChars: 1500,
    rules: [EIGHT_SECONDS_AT_720P],
    vendorKeys: [...OLD_KEYS, 'style'],
    servings: [serving('vidu', { model: 'vidu1.5' })],
    source: MIRROR,
  }),
];

export const VIDU_ROWS: readonly ModelRow[] = [...FIRST_GENERATION, ...SECOND_GENERATION, ...THIRD_GENERATION];
