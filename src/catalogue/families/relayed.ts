/** Models whose makers no provider here speaks to, or that are gone from their makers: gateways still resell them. */

import type { ModelRow } from '../../model/catalogue.ts';
import {
  ALWAYS_SOUND,
  choices,
  documented,
  firstFrame,
  firstLast,
  FIVE_RATIOS,
  guessed,
  model,
  observed,
  range,
  seconds,
  SIX_RATIOS,
  text,
  WIDE_TALL,
  WIDE_TALL_SQUARE,
} from '../rows.ts';

const PLAIN = [text(), firstFrame()];
const FRAMES = [text(), firstFrame(), firstLast()];
const RELAYS = observed('pages of gateways that resell it');
const RUNWAY = documented('Runway SDK');
const LUMA = documented('Luma SDK');

const USUAL = {
  resolutions: choices(['720p', '1080p']),
  ratios: WIDE_TALL,
  promptMaxChars: 2000,
  typicalSeconds: 180,
  deadlineHours: 24,
  // Whoever resells it: a channel of a gateway that names it among its models.
  servings: [],
  source: RELAYS,
} as const;

/** Eight seconds each, whatever is asked for. */
const OLD_VEO = { ...USUAL, family: 'veo', seconds: seconds([8]), promptMaxChars: 4000 } as const;

const OLD_VEOS: readonly ModelRow[] = [
  model({
    ...OLD_VEO,
    id: 'veo2',
    aliases: ['veo-2.0-generate-001', 'veo2-pro', 'veo-2.0'],
    label: 'Veo 2',
    modes: PLAIN,
    resolutions: choices(['720p']),
  }),
  model({
    ...OLD_VEO,
    id: 'veo2-fast',
    label: 'Veo 2 Fast',
    modes: FRAMES,
    resolutions: choices(['720p']),
  }),
  ...[
    { id: 'veo3', label: 'Veo 3', aliases: ['veo-3.0-generate-001', 'veo-3.0'] },
    { id: 'veo3-fast', label: 'Veo 3 Fast', aliases: ['veo-3.0-fast-generate-001', 'veo-3.0-fast'] },
    { id: 'veo3-pro', label: 'Veo 3 Pro', aliases: [] },
  ].map((row) =>
    model({
      ...OLD_VEO,
      ...row,
      modes: FRAMES,
      audio: ALWAYS_SOUND,
    }),
  ),
];

export const RELAYED_ROWS: readonly ModelRow[] = [
  ...OLD_VEOS,
  model({
    ...USUAL,
    id: 'Kling-4.0',
    family: 'kling',
    label: 'Kling 4.0',
    modes: PLAIN,
    seconds: seconds(range(3, 30)),
    ratios: WIDE_TALL_SQUARE,
    promptMaxChars: 2500,
    source: guessed('resellers name it before its maker does'),
  }),
  model({
    ...USUAL,
    id: 'Hailuo-H3-Max',
    aliases: ['h3_max', 'MiniMax-H3-Max'],
    family: 'hailuo',
    label: 'Hailuo H3 Max',
    modes: PLAIN,
    seconds: seconds(range(5, 15)),
    resolutions: choices(['768p', '2k']),
    ratios: SIX_RATIOS,
    audio: ALWAYS_SOUND,
    source: guessed('named in the Runway SDK; taken to do what H3 does'),
  }),
  model({
    ...USUAL,
    id: 'wan3-prime',
    aliases: ['wan3_prime'],
    family: 'wan',
    label: 'Wan 3 Prime',
    modes: PLAIN,
    seconds: seconds(range(2, 30)),
    ratios: FIVE_RATIOS,
    audio: ALWAYS_SOUND,
    source: guessed('named in the Runway SDK; taken to do what Wan 3.0 does'),
  }),
  model({
    ...USUAL,
    id: 'grok-video-3',
    family: 'grok',
    label: 'Grok Video 3',
    modes: PLAIN,
    seconds: seconds([6, 10]),
    ratios: choices(['16:9', '9:16', '1:1', '3:2', '2:3']),
    audio: ALWAYS_SOUND,
    source: guessed('pages of gateways that resell it, which say its ratios but hardly its lengths'),
  }),
  model({
    ...USUAL,
    id: 'grok-imagine-1.5',
    aliases: ['grok_imagine_1_5'],
    family: 'grok',
    label: 'Grok Imagine 1.5',
    modes: PLAIN,
    seconds: seconds([6, 10]),
    ratios: choices(['16:9', '9:16', '1:1', '3:2', '2:3']),
    audio: ALWAYS_SOUND,
    source: guessed('named in the Runway SDK; taken to do what Grok Video 3 does'),
  }),
  ...[
    { id: 'gen4.5', label: 'Runway Gen-4.5', modes: PLAIN },
    { id: 'gen4_turbo', label: 'Runway Gen-4 Turbo', modes: [firstFrame()] },
  ].map((row) =>
    model({
      ...USUAL,
      ...row,
      family: 'runway',
      seconds: seconds(range(2, 10)),
      resolutions: choices(['720p']),
      ratios: SIX_RATIOS,
      promptMaxChars: 1000,
      supports: { seed: true },
      source: RUNWAY,
    }),
  ),
  ...[
    { id: 'ray-2', label: 'Luma Ray 2' },
    { id: 'ray-flash-2', label: 'Luma Ray 2 Flash' },
  ].map((row) =>
    model({
      ...USUAL,
      ...row,
      family: 'luma',
      modes: FRAMES,
      seconds: seconds([5, 9]),
      resolutions: choices(['540p', '720p', '1080p', '4k'], '720p'),
      ratios: SIX_RATIOS,
      source: LUMA,
    }),
  ),
];
