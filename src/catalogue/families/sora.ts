/** Sora by OpenAI ("OS"): the OpenAI video API as others still speak it, and Tencent Cloud VOD. */

import type { ModelRow, Rule } from '../../model/catalogue.ts';
import {
  ALWAYS_SOUND,
  choices,
  documented,
  edit,
  extend,
  firstFrame,
  guessed,
  model,
  observed,
  prices,
  seconds,
  serving,
  SOUND_UNLESS_REFUSED,
  tencent,
  TENCENT_KEYS,
  text,
  usd,
  WIDE_TALL,
  withPortrait,
} from '../rows.ts';

const PRICES = observed('OpenAI price list of Sora, as quoted in public code');

const TENCENT_LENGTHS: Rule = {
  when: {},
  only: { seconds: [4, 8, 12] },
  because: { en: 'Sora is offered with 4, 8 and 12 seconds', zh: 'Sora 仅提供 4、8、12 秒' },
};

const SORA = {
  family: 'sora',
  // The first frame has to match the size that was asked for, hence the size is a choice there too.
  modes: [
    text(),
    firstFrame({ prompt: 'required', ratio: 'choice' }),
    edit({}, { secondsFromVideo: { max: 20 } }),
    extend({}, { prompt: 'required' }),
  ],
  seconds: seconds([4, 8, 12, 16, 20]),
  ratios: WIDE_TALL,
  fps: choices([30]),
  promptMaxChars: 5000,
  typicalSeconds: 180,
  deadlineHours: 24,
  // The servers that speak OpenAI's API are run by many, and fail each in its own way.
  retryAfterFailure: true,
  source: documented('OpenAI video API, https://developers.openai.com'),
} as const;

export const SORA_ROWS: readonly ModelRow[] = [
  model({
    ...SORA,
    id: 'OS-2.0',
    aliases: ['sora-2', 'sora-2-2025-10-06', 'sora-2-2025-12-08'],
    label: 'Sora 2',
    resolutions: choices(['720p']),
    audio: SOUND_UNLESS_REFUSED,
    vendorKeys: TENCENT_KEYS,
    servings: [
      tencent('OS', '2.0', { modes: ['text', 'first_frame'], rules: [TENCENT_LENGTHS] }),
      serving('openai-video', { model: 'sora-2' }),
    ],
    prices: prices('second', usd, PRICES, [['0.1', {}]]),
  }),
  model({
    ...SORA,
    id: 'sora-2-pro',
    aliases: ['OS-2.0-pro', 'sora-2-pro-2025-10-06'],
    label: 'Sora 2 Pro',
    resolutions: choices(['720p', '1024p', '1080p']),
    sizes: { '1024p': withPortrait({ '16:9': '1792x1024' }) },
    audio: ALWAYS_SOUND,
    servings: [serving('openai-video', { model: 'sora-2-pro' })],
    prices: [
      ...prices('second', usd, PRICES, [
        ['0.3', { resolution: ['720p'] }],
        ['0.5', { resolution: ['1024p'] }],
      ]),
      ...prices('second', usd, guessed('OpenAI price list of Sora'), [['0.7', { resolution: ['1080p'] }]]),
    ],
  }),
];
