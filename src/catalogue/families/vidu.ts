/** Vidu by Shengshu: own API, and Tencent Cloud VOD for the second and third generation. */

import type { ModelRow, PriceRow, Rule } from '../../model/catalogue.ts';
import type { Micros } from '../../model/money.ts';
import type { ModeName } from '../../model/spec.ts';
import {
  choices,
  count,
  documented,
  extend,
  firstFrame,
  firstLast,
  FIVE_RATIOS,
  guessed,
  lipSync,
  model,
  multiFrame,
  observed,
  prices,
  range,
  reference,
  seconds,
  serving,
  SILENT,
  SOUND_ON_REQUEST,
  SOUND_UNLESS_REFUSED,
  tencent,
  TENCENT_KEYS,
  templateEffect,
  text,
  upscale,
  usd,
  WIDE_TALL_SQUARE,
} from '../rows.ts';

const API = documented('Vidu API reference, https://platform.vidu.com/docs');
const MIRROR = observed('Vidu API reference as mirrored by resellers');
const CREDITS = observed('Vidu credit prices as published by 302.ai');
const CREDITS_OF_OTHER_MODES = guessed('the text-to-video credits of the same model');
const LONG_SCENE_CREDITS = guessed(
  'Vidu credit prices as mirrored by resellers: so many, and so many a second; whether the first second is among the former is not said',
);

/** Price of one Vidu credit; resellers quote 0.005 USD, and 0.03125 CNY in China. */
const CREDIT_MICROS = usd('0.005');

function credits(amount: string): Micros {
  return (usd(amount) * CREDIT_MICROS) / usd('1');
}

/** Price rows of key frames and extensions: what a video costs, and what each second of it does. */
function longScenePrices(table: readonly (readonly [resolution: string, base: string, second: string])[]) {
  return prices(
    'second',
    credits,
    LONG_SCENE_CREDITS,
    table.map(([resolution, base, second]) => [second, { ...LONG_SCENES, resolution: [resolution] }, base] as const),
  );
}

const HD = choices(['720p', '1080p']);
const SD_TO_HD = choices(['540p', '720p', '1080p'], '720p');

const TASK_KEYS = ['wm_position', 'wm_url', 'meta_data', 'client_request_id'];
const COMMON_KEYS = ['audio_type', 'is_rec', ...TASK_KEYS];
const OLD_KEYS = ['movement_amplitude', ...TASK_KEYS];
const SPEECH_KEYS = ['speed', 'volume', 'voice', 'voice_id', 'character_id', 'language', 'ref_photo_url'];
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
/** The first reference may give the shape. */
const ANY_SHAPE = { ratios: choices([...FIVE_RATIOS.values, 'adaptive']) };
const REFERENCE_3_TO_16 = { ...ANY_SHAPE, seconds: seconds(range(3, 16)) };
/** Up to nine pictures after the first, 2 to 7 seconds from each to the next. */
const KEY_FRAMES = multiFrame(count(2, 9), { seconds: seconds(range(4, 63)) });
/** Of a video of 4 seconds to a minute. */
const EXTENSION = extend({ last_frame: count(0, 1) }, { seconds: seconds(range(1, 7)) });
const PLAIN_PICTURES: readonly ModeName[] = ['first_frame', 'first_last'];
/** The endpoints of these scenes have neither field. */
const LONG_SCENES = { mode: ['multi_frame', 'extend'] } as const;
const PLAIN_LONG_SCENES: readonly Rule[] = [
  {
    when: LONG_SCENES,
    forbid: { offPeak: [true] },
    because: { en: 'key frames and extensions have no off-peak price', zh: '智能多帧和视频延长不支持错峰计费' },
  },
  {
    when: LONG_SCENES,
    forbid: { audio: [true] },
    because: { en: 'key frames and extensions are made without sound', zh: '智能多帧和视频延长不支持生成音频' },
  },
];

const TENCENT_RATIOS: Rule = {
  when: { mode: ['text', 'reference'] },
  forbid: { ratio: ['4:3', '3:4'] },
  because: { en: '4:3 and 3:4 are offered only of Vidu Q2', zh: '4:3 与 3:4 仅由 Vidu Q2 提供' },
};
const TENCENT_Q3: readonly Rule[] = [
  TENCENT_RATIOS,
  {
    when: {},
    only: { seconds: range(3, 16) },
    because: { en: 'Vidu Q3 is offered with 3 to 16 seconds', zh: 'Vidu Q3 提供 3 至 16 秒' },
  },
];

const SECOND_GENERATION: readonly ModelRow[] = [
  model({
    ...Q2,
    id: 'Vidu-q2',
    aliases: ['viduq2'],
    label: 'Vidu Q2',
    modes: [text(), reference({ reference_image: count(1, 7) }, ANY_SHAPE)],
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
      reference({ reference_image: count(0, 7), reference_video: count(0, 2) }, ANY_SHAPE),
      KEY_FRAMES,
      EXTENSION,
    ],
    rules: PLAIN_LONG_SCENES,
    supports: SUPPORTS,
    vendorKeys: [...COMMON_KEYS, ...SUBJECT_KEYS, 'image_settings', ...TENCENT_KEYS],
    servings: [
      tencent('Vidu', 'q2-pro', { modes: [...PLAIN_PICTURES, 'reference'] }),
      serving('vidu', { model: 'viduq2-pro' }),
    ],
    prices: longScenePrices([
      ['540p', '15', '5'],
      ['720p', '30', '10'],
      ['1080p', '60', '15'],
    ]),
  }),
  model({
    ...Q2,
    id: 'Vidu-q2-turbo',
    aliases: ['viduq2-turbo'],
    label: 'Vidu Q2 Turbo',
    modes: [firstFrame(), firstLast(SHORT_BETWEEN_FRAMES), KEY_FRAMES, EXTENSION],
    rules: PLAIN_LONG_SCENES,
    supports: SUPPORTS,
    vendorKeys: [...COMMON_KEYS, 'voice_id', 'image_settings', ...TENCENT_KEYS],
    servings: [tencent('Vidu', 'q2-turbo', { modes: PLAIN_PICTURES }), serving('vidu', { model: 'viduq2-turbo' })],
    typicalSeconds: 60,
    prices: longScenePrices([
      ['540p', '10', '2'],
      ['720p', '15', '5'],
      ['1080p', '40', '10'],
    ]),
  }),
  model({
    ...Q2,
    id: 'Vidu-q2-pro-fast',
    aliases: ['viduq2-pro-fast'],
    label: 'Vidu Q2 Pro Fast',
    modes: [firstFrame(), firstLast(SHORT_BETWEEN_FRAMES)],
    resolutions: HD,
    supports: SUPPORTS,
    vendorKeys: [...COMMON_KEYS, 'voice_id'],
    servings: [serving('vidu', { model: 'viduq2-pro-fast' })],
    typicalSeconds: 60,
    source: MIRROR,
  }),
  model({
    ...Q2,
    id: 'Vidu-template',
    label: 'Vidu effect templates',
    modes: [templateEffect(count(1, 3))],
    seconds: seconds(range(1, 10)),
    audio: SILENT,
    supports: SUPPORTS,
    vendorKeys: ['template', 'story', 'client_request_id', 'meta_data', ...TENCENT_KEYS],
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
    modes: [reference({ reference_image: count(1, 7) }, ANY_SHAPE)],
    seconds: REFERENCE_3_TO_16.seconds,
    supports: SUPPORTS,
    vendorKeys: [...COMMON_KEYS, ...SUBJECT_KEYS, ...TENCENT_KEYS],
    servings: [tencent('Vidu', 'q3', { rules: [TENCENT_RATIOS] }), serving('vidu', { model: 'viduq3' })],
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
    servings: [tencent('Vidu', 'q3-pro', { rules: TENCENT_Q3 }), serving('vidu', { model: 'viduq3-pro' })],
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
    id: 'Vidu-q3-pro-fast',
    aliases: ['viduq3-pro-fast'],
    label: 'Vidu Q3 Pro Fast',
    modes: [firstFrame(), firstLast()],
    resolutions: HD,
    supports: SUPPORTS,
    vendorKeys: COMMON_KEYS,
    servings: [serving('vidu', { model: 'viduq3-pro-fast' })],
    typicalSeconds: 60,
    source: guessed('resellers name it with pictures; its lengths and resolutions are those of its siblings'),
  }),
  model({
    ...Q3,
    id: 'Vidu-q3-turbo',
    aliases: ['viduq3-turbo'],
    label: 'Vidu Q3 Turbo',
    modes: [text(), firstFrame(), firstLast(), reference({ reference_image: count(1, 7) }, REFERENCE_3_TO_16)],
    supports: SUPPORTS,
    vendorKeys: [...COMMON_KEYS, ...TENCENT_KEYS],
    servings: [tencent('Vidu', 'q3-turbo', { rules: TENCENT_Q3 }), serving('vidu', { model: 'viduq3-turbo' })],
    typicalSeconds: 60,
  }),
  model({
    ...Q3,
    id: 'Vidu-q3-mix',
    aliases: ['viduq3-mix', 'viduq3p-mix'],
    label: 'Vidu Q3 Mix',
    modes: [reference({ reference_image: count(1, 7) }, ANY_SHAPE)],
    resolutions: HD,
    supports: SUPPORTS,
    vendorKeys: [...COMMON_KEYS, ...TENCENT_KEYS],
    servings: [tencent('Vidu', 'q3-mix', { rules: TENCENT_Q3 }), serving('vidu', { model: 'viduq3-mix' })],
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

/** What Vidu does with finished videos, whatever made them: its requests name no model. */
const TOOLS: readonly ModelRow[] = [
  model({
    ...VIDU,
    id: 'Vidu-Lip-Sync',
    label: 'Vidu Lip Sync',
    modes: [lipSync({ secondsFromAudio: { max: 600 }, secondsFromVideo: { max: 600 } })],
    seconds: seconds(range(1, 600)),
    promptMaxChars: 2000,
    vendorKeys: [...SPEECH_KEYS, ...TASK_KEYS],
    servings: [serving('vidu', { model: 'lip-sync' })],
  }),
  model({
    ...VIDU,
    id: 'Vidu-Upscale',
    label: 'Vidu Upscale',
    modes: [upscale({ secondsFromVideo: { max: 300 } })],
    seconds: seconds(range(1, 300)),
    resolutions: choices(['1080p', '2k', '4k', '8k']),
    promptMaxChars: 2000,
    vendorKeys: TASK_KEYS,
    servings: [serving('vidu', { model: 'upscale-new' })],
  }),
];

export const VIDU_ROWS: readonly ModelRow[] = [
  ...FIRST_GENERATION,
  ...SECOND_GENERATION,
  ...THIRD_GENERATION,
  ...TOOLS,
];
