/** Hunyuan by Tencent: Tencent Cloud VOD alone. */

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

export const HUNYUAN_ROWS: readonly ModelRow[] = [
  model({
    id: 'Hunyuan-1.5',
    family: 'hunyuan',
    label: 'Hunyuan 1.5',
    modes: [text(), firstFrame()],
    seconds: seconds([5]),
    resolutions: choices(['720p', '1080p']),
    ratios: WIDE_TALL_SQUARE,
    promptMaxChars: 1000,
    supports: { seed: true, negativePrompt: true },
    vendorKeys: TENCENT_KEYS,
    servings: [tencent('Hunyuan', '1.5')],
    typicalSeconds: 180,
    deadlineHours: 24,
    source: guessed('Tencent Cloud VOD lists the model in its SDK without its limits'),
  }),
];
