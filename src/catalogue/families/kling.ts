/** Kling by Kuaishou: own API in two generations, and Tencent Cloud VOD. */

import type { ModelRow, Rule } from '../../model/catalogue.ts';
import { divideUp, MICROS_PER_USD } from '../../model/money.ts';
import type { Micros } from '../../model/money.ts';
import {
  avatar,
  choices,
  count,
  documented,
  edit,
  extend,
  firstFrame,
  firstLast,
  guessed,
  lipSync,
  model,
  motionControl,
  PLAIN_MODES,
  prices,
  range,
  reference,
  seconds,
  serving,
  SOUND_ON_REQUEST,
  tencent,
  TENCENT_KEYS,
  templateEffect,
  text,
  usd,
  WIDE_TALL_SQUARE,
} from '../rows.ts';

const API = documented('Kling API reference, https://kling.ai/document-api');
const PRICES = documented('Kling API price list in units, https://kling.ai/document-api');
const OLD_PRICES = guessed('Kling API price list of 2025');
const NO_PRICE_SEEN = guessed(
  'Kling publishes no price for this combination; taken from the nearest one that it prices',
);

/** List price of one Kling unit. */
const UNIT_MICROS = usd('0.14');

function units(amount: string): Micros {
  return divideUp(usd(amount) * UNIT_MICROS, MICROS_PER_USD);
}

const FIVE_OR_TEN = seconds([5, 10]);
const STD_PRO = choices(['720p', '1080p']);
const PRO_ONLY = { resolutions: choices(['1080p']) };
const STD_PRO_4K = choices(['720p', '1080p', '4k']);
/** Motion follows a video of 3 to 30 seconds. */
const MOTION = {
  seconds: seconds(range(3, 30)),
  secondsFromVideo: { max: 30, orSaid: true },
  resolutions: STD_PRO,
} as const;
const AVATAR = { seconds: seconds(range(2, 300)), secondsFromAudio: { max: 300 }, resolutions: STD_PRO };
/** About five seconds more of a video that this generation made, up to three minutes altogether. */
const EXTENSION = extend({}, { seconds: seconds([5]) });
const EFFECT = templateEffect(count(1, 2));
/** Of a video of 3 to 10 seconds. */
const EDIT = edit({ reference_image: count(0, 4) }, { seconds: seconds(range(3, 10)), secondsFromVideo: { max: 10 } });
/** As long as the track, or as the video where a text is spoken. */
const LIP_SYNC = {
  seconds: seconds(range(1, 60)),
  secondsFromAudio: { max: 60 },
  secondsFromVideo: { max: 60 },
  resolutions: STD_PRO,
};

const GUIDANCE_KEYS = ['cfg_scale', ...TENCENT_KEYS];
const CAMERA_KEYS = ['camera_control', ...GUIDANCE_KEYS];
const MOTION_KEYS = ['character_orientation', 'keep_original_sound'];
const VOICE_KEYS = ['voice_list', 'audio_id', 'sound_file'];
/** A text to be spoken, and the voice that speaks it. */
const SPEECH_KEYS = ['text', 'voice_id', 'voice_language', 'voice_speed'];
const FACE_KEYS = ['session_id', 'face_choose'];
const SHOT_KEYS = ['multi_shot', 'shot_type', 'multi_prompt', 'element_list'];

const KLING = {
  family: 'kling',
  seconds: FIVE_OR_TEN,
  resolutions: STD_PRO,
  ratios: WIDE_TALL_SQUARE,
  promptMaxChars: 2500,
  typicalSeconds: 180,
  deadlineHours: 24,
  source: API,
} as const;
const SUPPORTS = { negativePrompt: true, watermark: true };
const MOTION_SUPPORTS = { ...SUPPORTS, motionLevel: true };

const SOUND_NEEDS_1080P: Rule = {
  when: { mode: ['text', 'first_frame'], audio: [true] },
  only: { resolution: ['1080p'] },
  because: { en: 'Kling 2.6 makes sound only at 1080p', zh: 'Kling 2.6 仅在 1080p 下支持生成音频' },
};
const NO_SOUND_BETWEEN_FRAMES: Rule = {
  when: { mode: ['first_last'] },
  forbid: { audio: [true] },
  because: {
    en: 'Kling 2.6 makes no sound between a first and a last frame',
    zh: 'Kling 2.6 首尾帧模式不支持生成音频',
  },
};
const SHORT_WITH_REFERENCE_VIDEO: Rule = {
  when: { mode: ['reference'], videoInput: [true] },
  only: { seconds: range(3, 10) },
  because: { en: 'with a reference video the length is 3 to 10 seconds', zh: '使用参考视频时,时长为 3 至 10 秒' },
};

const FIRST_GENERATION: readonly ModelRow[] = [
  model({
    ...KLING,
    id: 'kling-v1',
    aliases: ['Kling-1.0'],
    label: 'Kling 1.0',
    modes: [text(), firstFrame(), firstLast({ seconds: seconds([5]) }), EXTENSION],
    supports: SUPPORTS,
    vendorKeys: [...CAMERA_KEYS, 'static_mask', 'dynamic_masks'],
    servings: [serving('kling', { model: 'kling-v1' })],
    prices: prices('second', units, OLD_PRICES, [
      ['0.2', { resolution: ['720p'] }],
      ['0.7', { resolution: ['1080p'] }],
    ]),
  }),
  model({
    ...KLING,
    id: 'kling-v1-5',
    aliases: ['Kling-1.5'],
    label: 'Kling 1.5',
    modes: [firstFrame(), firstLast(PRO_ONLY), EXTENSION, EFFECT],
    supports: SUPPORTS,
    vendorKeys: [...CAMERA_KEYS, 'effect_scene'],
    servings: [serving('kling', { model: 'kling-v1-5' })],
    prices: prices('second', units, OLD_PRICES, [
      ['0.4', { resolution: ['720p'] }],
      ['0.7', { resolution: ['1080p'] }],
    ]),
  }),
  model({
    ...KLING,
    id: 'Kling-1.6',
    aliases: ['kling-v1-6'],
    label: 'Kling 1.6',
    modes: [text(), firstFrame(), firstLast(PRO_ONLY), reference({ reference_image: count(1, 4) }), EXTENSION, EFFECT],
    supports: SUPPORTS,
    vendorKeys: [...CAMERA_KEYS, 'effect_scene'],
    servings: [tencent('Kling', '1.6', { modes: PLAIN_MODES }), serving('kling', { model: 'kling-v1-6' })],
    prices: prices('second', units, OLD_PRICES, [
      ['0.4', { resolution: ['720p'] }],
      ['0.7', { resolution: ['1080p'] }],
    ]),
  }),
];

const SECOND_GENERATION: readonly ModelRow[] = [
  model({
    ...KLING,
    id: 'Kling-2.0',
    aliases: ['kling-v2-master', 'kling-v2', 'Kling-2.0-master'],
    label: 'Kling 2.0',
    modes: [text(), firstFrame(), firstLast()],
    supports: SUPPORTS,
    vendorKeys: GUIDANCE_KEYS,
    servings: [tencent('Kling', '2.0'), serving('kling', { model: 'kling-v2-master' }, ['text', 'first_frame'])],
    prices: prices('second', units, PRICES, [['2', {}]]),
  }),
  model({
    ...KLING,
    id: 'Kling-2.1',
    aliases: ['kling-v2-1'],
    label: 'Kling 2.1',
    modes: [text(), firstFrame(), firstLast(PRO_ONLY)],
    supports: SUPPORTS,
    vendorKeys: GUIDANCE_KEYS,
    servings: [tencent('Kling', '2.1'), serving('kling', { model: 'kling-v2-1' }, ['first_frame', 'first_last'])],
    prices: prices('second', units, OLD_PRICES, [
      ['0.4', { resolution: ['720p'] }],
      ['0.7', { resolution: ['1080p'] }],
    ]),
  }),
  model({
    ...KLING,
    id: 'Kling-2.1-master',
    aliases: ['kling-v2-1-master'],
    label: 'Kling 2.1 Master',
    modes: [text(), firstFrame()],
    resolutions: choices(['1080p']),
    supports: SUPPORTS,
    vendorKeys: ['cfg_scale'],
    servings: [serving('kling', { model: 'kling-v2-1-master' })],
    prices: prices('second', units, PRICES, [['2', {}]]),
  }),
  model({
    ...KLING,
    id: 'Kling-2.5',
    aliases: ['kling-v2-5-turbo', 'kling-v2-5', 'Kling-2.5-turbo'],
    label: 'Kling 2.5 Turbo',
    modes: [text(), firstFrame(), firstLast(PRO_ONLY)],
    supports: SUPPORTS,
    vendorKeys: CAMERA_KEYS,
    servings: [tencent('Kling', '2.5'), serving('kling', { model: 'kling-v2-5-turbo' })],
    prices: prices('second', units, PRICES, [
      ['0.3', { resolution: ['720p'] }],
      ['0.5', { resolution: ['1080p'] }],
    ]),
  }),
  model({
    ...KLING,
    id: 'Kling-2.6',
    aliases: ['kling-v2-6'],
    label: 'Kling 2.6',
    modes: [text(), firstFrame(), firstLast(PRO_ONLY), motionControl(MOTION)],
    audio: SOUND_ON_REQUEST,
    supports: MOTION_SUPPORTS,
    rules: [SOUND_NEEDS_1080P, NO_SOUND_BETWEEN_FRAMES],
    vendorKeys: [...CAMERA_KEYS, ...MOTION_KEYS, 'voice_list'],
    servings: [tencent('Kling', '2.6'), serving('kling', { model: 'kling-v2-6' })],
    typicalSeconds: 240,
    prices: prices('second', units, PRICES, [
      ['0.5', { mode: ['motion_control'], resolution: ['720p'] }],
      ['0.8', { mode: ['motion_control'], resolution: ['1080p'] }],
      ['1.0', { resolution: ['1080p'], audio: [true] }],
      ['0.3', { resolution: ['720p'] }],
      ['0.5', { resolution: ['1080p'] }],
    ]),
  }),
];

const THREE_TO_FIFTEEN = seconds(range(3, 15));

const THIRD_GENERATION: readonly ModelRow[] = [
  model({
    ...KLING,
    id: 'Kling-O1',
    aliases: ['kling-video-o1'],
    label: 'Kling O1',
    modes: [
      text(),
      firstFrame({ seconds: FIVE_OR_TEN }),
      firstLast(),
      reference({ reference_image: count(0, 7), reference_video: count(0, 1) }),
      EDIT,
    ],
    seconds: seconds(range(3, 10)),
    supports: { watermark: true },
    vendorKeys: ['element_list', 'keep_original_sound', ...TENCENT_KEYS],
    servings: [
      tencent('Kling', 'O1', { modes: [...PLAIN_MODES, 'edit'] }),
      serving('kling', { model: 'kling-video-o1' }),
    ],
    prices: prices('second', units, PRICES, [
      ['0.9', { resolution: ['720p'], videoInput: [true] }],
      ['1.2', { resolution: ['1080p'], videoInput: [true] }],
      ['0.6', { resolution: ['720p'] }],
      ['0.8', { resolution: ['1080p'] }],
    ]),
  }),
  model({
    ...KLING,
    id: 'Kling-3.0',
    aliases: ['kling-v3'],
    label: 'Kling 3.0',
    modes: [text(), firstFrame(), firstLast(), motionControl(MOTION)],
    seconds: THREE_TO_FIFTEEN,
    resolutions: STD_PRO_4K,
    audio: SOUND_ON_REQUEST,
    supports: MOTION_SUPPORTS,
    vendorKeys: [...CAMERA_KEYS, ...SHOT_KEYS, ...MOTION_KEYS, 'voice_list'],
    servings: [tencent('Kling', '3.0'), serving('kling', { model: 'kling-v3' })],
    typicalSeconds: 300,
    prices: [
      ...prices('second', units, PRICES, [
        ['0.9', { mode: ['motion_control'], resolution: ['720p'] }],
        ['1.2', { mode: ['motion_control'], resolution: ['1080p'] }],
        ['0.9', { resolution: ['720p'], audio: [true] }],
        ['1.2', { resolution: ['1080p'], audio: [true] }],
        ['0.6', { resolution: ['720p'] }],
        ['0.8', { resolution: ['1080p'] }],
        ['3', { resolution: ['4k'], audio: [false] }],
      ]),
      ...prices('second', units, NO_PRICE_SEEN, [['3', { resolution: ['4k'] }]]),
    ],
  }),
  model({
    ...KLING,
    id: 'Kling-3.0-turbo',
    label: 'Kling 3.0 Turbo',
    modes: [text(), firstFrame()],
    seconds: THREE_TO_FIFTEEN,
    promptMaxChars: 3072,
    supports: { watermark: true },
    vendorKeys: ['multi_shot'],
    servings: [serving('kling', { model: 'kling-3.0-turbo' })],
    prices: prices('second', units, PRICES, [
      ['0.8', { resolution: ['720p'] }],
      ['1.0', { resolution: ['1080p'] }],
    ]),
  }),
  model({
    ...KLING,
    id: 'Kling-3.0-Omni',
    aliases: ['kling-v3-omni'],
    label: 'Kling 3.0 Omni',
    modes: [
      text(),
      firstFrame(),
      firstLast(),
      reference({ reference_image: count(0, 7), reference_video: count(0, 1) }),
      EDIT,
      motionControl(MOTION),
      avatar(AVATAR),
      lipSync(LIP_SYNC),
      templateEffect(count(1, 2), { resolutions: STD_PRO }),
    ],
    seconds: THREE_TO_FIFTEEN,
    resolutions: STD_PRO_4K,
    audio: SOUND_ON_REQUEST,
    supports: { watermark: true, motionLevel: true },
    rules: [SHORT_WITH_REFERENCE_VIDEO],
    vendorKeys: ['effect_scene', ...SHOT_KEYS, ...MOTION_KEYS, ...VOICE_KEYS, ...FACE_KEYS, ...TENCENT_KEYS],
    servings: [
      // Scenes are of versions of their own.
      {
        provider: 'tencent-vod',
        upstream: {
          model: 'Kling',
          version: '3.0-Omni',
          versions: { motion_control: '3.0', avatar_i2v: '2.6', lip_sync: '2.6' },
        },
        modes: [...PLAIN_MODES, 'edit', 'motion_control', 'avatar_i2v', 'lip_sync'],
      },
      serving('kling', { model: 'kling-v3-omni', models: { motion_control: 'kling-v3' } }),
    ],
    typicalSeconds: 300,
    prices: [
      ...prices('second', units, PRICES, [
        ['0.1', { mode: ['lip_sync'] }],
        ['0.4', { mode: ['avatar_i2v'], resolution: ['720p'] }],
        ['0.8', { mode: ['avatar_i2v'], resolution: ['1080p'] }],
        ['0.9', { resolution: ['720p'], videoInput: [true] }],
        ['1.2', { resolution: ['1080p'], videoInput: [true] }],
        ['0.8', { resolution: ['720p'], audio: [true] }],
        ['1.0', { resolution: ['1080p'], audio: [true] }],
        ['0.6', { resolution: ['720p'] }],
        ['0.8', { resolution: ['1080p'] }],
      ]),
      ...prices('second', units, NO_PRICE_SEEN, [['3', { resolution: ['4k'] }]]),
    ],
  }),
];

/** Products that Kling sells by themselves, whatever the generation behind them. */
const SCENE_MODELS: readonly ModelRow[] = [
  model({
    ...KLING,
    id: 'Kling-Avatar',
    label: 'Kling Avatar',
    modes: [avatar(AVATAR)],
    seconds: AVATAR.seconds,
    vendorKeys: [...VOICE_KEYS, ...TENCENT_KEYS],
    servings: [tencent('Kling', '2.6'), serving('kling', { model: 'kling-avatar' })],
    source: guessed('Tencent Cloud VOD bills "Kling_Avatar_I2v" without saying the version'),
    prices: prices('second', units, PRICES, [
      ['0.4', { resolution: ['720p'] }],
      ['0.8', { resolution: ['1080p'] }],
    ]),
  }),
  model({
    ...KLING,
    id: 'Kling-Lip-Sync',
    label: 'Kling Lip Sync',
    modes: [lipSync(LIP_SYNC)],
    seconds: LIP_SYNC.seconds,
    vendorKeys: [...VOICE_KEYS, ...SPEECH_KEYS, ...FACE_KEYS, ...TENCENT_KEYS],
    servings: [tencent('Kling', '2.6'), serving('kling', { model: 'kling-lip-sync' })],
    source: guessed('Tencent Cloud VOD bills lip sync of Kling without saying the version'),
    prices: prices('second', units, PRICES, [['0.1', {}]]),
  }),
];

export const KLING_ROWS: readonly ModelRow[] = [
  ...FIRST_GENERATION,
  ...SECOND_GENERATION,
  ...THIRD_GENERATION,
  ...SCENE_MODELS,
];
