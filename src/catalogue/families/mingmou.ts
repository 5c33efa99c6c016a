/** Mingmou, which Tencent Cloud VOD serves: Tencent Cloud VOD alone. */

import type { ModelRow } from '../../model/catalogue.ts';
import {
  choices,
  firstFrame,
  guessed,
  model,
  seconds,
  tencent,
  TENCENT_KEYS,
  text,
  WIDE_TALL_SQUARE,
} from '../rows.ts';

export const MINGMOU_ROWS: readonly ModelRow[] = [
  model({
    id: 'Mingmou-1.0',
    family: 'mingmou',
    label: 'Mingmou 1.0',
    modes: [text(), firstFrame()],
    seconds: seconds([5]),
    resolutions: choices(['720p', '1080p']),
    ratios: WIDE_TALL_SQUARE,
    promptMaxChars: 1000,
    supports: { seed: true, negativePrompt: true },
    vendorKeys: TENCENT_KEYS,
    servings: [tencent('Mingmou', '1.0')],
    typicalSeconds: 180,
    deadlineHours: 24,
    source: guessed('Tencent Cloud VOD lists the model in its SDK without its limits'),
  }),
];
