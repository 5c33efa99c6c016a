/** Wan by Alibaba, through Model Studio (DashScope). */

import type { ModelRow, Rule } from '../../model/catalogue.ts';
import {
  ALWAYS_SOUND,
  choices,
  cny,
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
  SOUND_UNLESS_REFUSED,
  text,
  usd,
  withPortrait,
} from '../rows.ts';

const API = documented('Alibaba Cloud Model Studio video API, https://help.aliyun.com/zh/model-studio');
const OLD_PRICES = guessed('Model Studio price list in yuan, from the ratios that public code keeps');
const RESALE_PRICES = observed('Model Studio price list, as quoted by resellers');

/** Exact pixels of every Wan that is told a size. */
const SIZES = {
  '480p': withPortrait({ '16:9': '832x480', '1:1': '624x624' }),
  '720p': withPortrait({ '16:9': '1280x720', '1:1': '960x960', '4:3': '1088x832' }),
  '1080p': withPortrait({ '16:9': '1920x1080', '1:1': '1440x1440', '4:3': '1632x1248' }),
};

const HD = choices(['720p', '1080p']);
const LOW_TO_HD = choices(['480p', '720p', '1080p'], '720p');
const NO_FOUR_TO_THREE_AT_480P: Rule = {
  when: { resolution: ['480p'] },
  forbid: { ratio: ['4:3', '3:4'] },
  because: { en: 'at 480p Wan makes 16:9, 9:16 and 1:1 only', zh: '480p 下万相仅支持 16:9、9:16 与 1:1' },
};

/** The models for texts always make sound; those for pictures can be told not to. */
const SOUND_OF_2_5: Rule = {
  when: { mode: ['text'] },
  only: { audio: [true] },
  because: { en: 'Wan 2.5 always makes sound for a text', zh: '万相 2.5 文生视频始终带有声音' },
};

/** A voice or music for the video: the sound follows it, and so do lips. */
const TRACK = { audio: count(0, 1) };
const TEXT_AND_TRACK = { ...text(), inputs: TRACK };
const PICTURE_AND_TRACK = { ...firstFrame(), inputs: { ...firstFrame().inputs, ...TRACK } };

const WAN = {
  family: 'wan',
  resolutions: HD,
  ratios: FIVE_RATIOS,
  sizes: SIZES,
  supports: { seed: true, negativePrompt: true, watermark: true },
  vendorKeys: ['prompt_extend'],
  typicalSeconds: 180,
  deadlineHours: 24,
  source: API,
} as const;

/** `protocol` says which of the vendor's three request shapes the model takes. */
export const WAN_ROWS: readonly ModelRow[] = [
  model({
    ...WAN,
    id: 'wan2.5',
    aliases: ['wan2.5-t2v-preview', 'wan2.5-i2v-preview', 'wan-2.5', 'wan2.5-preview'],
    label: 'Wan 2.5',
    modes: [TEXT_AND_TRACK, PICTURE_AND_TRACK],
    seconds: seconds([5, 10]),
    resolutions: LOW_TO_HD,
    audio: SOUND_UNLESS_REFUSED,
    promptMaxChars: 1500,
    rules: [NO_FOUR_TO_THREE_AT_480P, SOUND_OF_2_5],
    servings: [
      serving('wan', {
        protocol: 'legacy',
        model: 'wan2.5-t2v-preview',
        models: { first_frame: 'wan2.5-i2v-preview' },
      }),
    ],
    prices: prices('second', cny, OLD_PRICES, [
      ['0.3', { resolution: ['480p'] }],
      ['0.6', { resolution: ['720p'] }],
      ['1', { resolution: ['1080p'] }],
    ]),
  }),
  model({
    ...WAN,
    id: 'wan2.6',
    aliases: ['wan2.6-t2v', 'wan2.6-i2v', 'wan2.6-r2v', 'wan-2.6'],
    label: 'Wan 2.6',
    modes: [
      TEXT_AND_TRACK,
      PICTURE_AND_TRACK,
      reference({ reference_image: count(0, 5), reference_video: count(0, 3) }, { seconds: seconds(range(2, 10)) }),
    ],
    seconds: seconds(range(2, 15)),
    audio: ALWAYS_SOUND,
    promptMaxChars: 1500,
    vendorKeys: ['prompt_extend', 'shot_type'],
    servings: [
      serving('wan', {
        protocol: 'legacy',
        model: 'wan2.6-t2v',
        models: { first_frame: 'wan2.6-i2v', reference: 'wan2.6-r2v' },
      }),
    ],
    prices: prices('second', cny, OLD_PRICES, [
      ['0.6', { resolution: ['720p'] }],
      ['1', { resolution: ['1080p'] }],
    ]),
  }),
  model({
    ...WAN,
    id: 'wan2.7',
    aliases: ['wan2.7-t2v', 'wan2.7-t2v-2026-06-12', 'wan2.7-i2v', 'wan2.7-r2v', 'wan2.7-r2v-2026-06-12', 'wan-2.7'],
    label: 'Wan 2.7',
    modes: [
      text(),
      PICTURE_AND_TRACK,
      firstLast(),
      reference({ reference_image: count(0, 5), reference_video: count(0, 3) }, { seconds: seconds(range(2, 10)) }),
    ],
    seconds: seconds(range(2, 15)),
    audio: ALWAYS_SOUND,
    promptMaxChars: 5000,
    servings: [
      serving('wan', {
        protocol: 'wan27',
        model: 'wan2.7-t2v',
        models: { first_frame: 'wan2.7-i2v', first_last: 'wan2.7-i2v', reference: 'wan2.7-r2v' },
      }),
    ],
    prices: prices('second', cny, RESALE_PRICES, [
      ['0.6', { resolution: ['720p'] }],
      ['1', { resolution: ['1080p'] }],
    ]),
  }),
  model({
    ...WAN,
    id: 'wan3.0',
    aliases: ['wan3.0-video', 'wan-3.0', 'wan3'],
    label: 'Wan 3.0',
    modes: [
      text(),
      firstFrame(),
      firstLast(),
      reference({ reference_image: count(0, 10), reference_video: count(0, 5), audio: count(0, 5) }),
    ],
    seconds: seconds(range(2, 30)),
    resolutions: LOW_TO_HD,
    audio: SOUND_UNLESS_REFUSED,
    promptMaxChars: 20_000,
    servings: [serving('wan', { protocol: 'wan3', model: 'wan3.0-video' })],
    prices: prices('second', usd, RESALE_PRICES, [
      ['0.03', { resolution: ['480p'] }],
      ['0.06', { resolution: ['720p'] }],
      ['0.12', { resolution: ['1080p'] }],
    ]),
  }),
];
