/** PixVerse, as Tencent Cloud VOD serves it. */

import type { ModelRow } from '../../model/catalogue.ts';
import {
  choices,
  count,
  documented,
  firstFrame,
  firstLast,
  model,
  range,
  reference,
  seconds,
  SOUND_ON_REQUEST,
  tencent,
  TENCENT_KEYS,
  text,
} from '../rows.ts';

const PIXVERSE = {
  family: 'pixverse',
  modes: [text(), firstFrame(), firstLast(), reference({ reference_image: count(1, 3) })],
  seconds: seconds(range(1, 15)),
  resolutions: choices(['540p', '720p', '1080p', '2k', '4k'], '720p'),
  ratios: choices(['16:9', '4:3', '1:1', '3:4', '9:16', '2:3', '3:2', '21:9']),
  audio: SOUND_ON_REQUEST,
  promptMaxChars: 2000,
  supports: { seed: true, negativePrompt: true },
  vendorKeys: TENCENT_KEYS,
  typicalSeconds: 120,
  deadlineHours: 24,
  source: documented('Tencent Cloud VOD SDK, CreateAigcVideoTask'),
} as const;

export const PIXVERSE_ROWS: readonly ModelRow[] = [
  model({
    ...PIXVERSE,
    id: 'PixVerse-v5.6',
    label: 'PixVerse 5.6',
    seconds: seconds([5, 8, 10]),
    servings: [tencent('PixVerse', 'v5.6')],
  }),
  model({ ...PIXVERSE, id: 'PixVerse-v6', label: 'PixVerse 6', servings: [tencent('PixVerse', 'v6')] }),
  model({ ...PIXVERSE, id: 'PixVerse-c1', label: 'PixVerse C1', servings: [tencent('PixVerse', 'c1')] }),
];
