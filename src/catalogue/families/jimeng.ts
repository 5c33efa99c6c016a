/** Jimeng by ByteDance, as Volcengine's visual API sells it; 3.0 Pro also through Tencent Cloud VOD. */

import type { ModelRow } from '../../model/catalogue.ts';
import {
  choices,
  cny,
  documented,
  firstFrame,
  firstLast,
  guessed,
  model,
  prices,
  seconds,
  serving,
  SIX_RATIOS,
  tencent,
  TENCENT_KEYS,
  text,
} from '../rows.ts';

const API = documented('Volcengine visual API, https://www.volcengine.com/docs/85621');
const PRICES = documented('Volcengine visual API price list in yuan, https://www.volcengine.com/docs/85621');

const JIMENG = {
  family: 'jimeng',
  seconds: seconds([5, 10]),
  ratios: SIX_RATIOS,
  promptMaxChars: 800,
  supports: { seed: true },
  typicalSeconds: 90,
  // The vendor forgets a task 12 hours after it was submitted.
  deadlineHours: 12,
  source: API,
} as const;

/** `reqKeys` names the vendor's product by mode and resolution. */
export const JIMENG_ROWS: readonly ModelRow[] = [
  model({
    ...JIMENG,
    id: 'jimeng-video-2.0',
    aliases: ['jimeng_vgfm_t2v_l20', 'jimeng_vgfm_i2v_l20'],
    label: 'Jimeng Video 2.0 Pro',
    modes: [text(), firstFrame()],
    seconds: seconds([5]),
    resolutions: choices(['720p']),
    servings: [
      serving('jimeng', {
        reqKeys: { text: { '720p': 'jimeng_vgfm_t2v_l20' }, first_frame: { '720p': 'jimeng_vgfm_i2v_l20' } },
      }),
    ],
    source: guessed('the vendor documents the product S2.0 Pro but not its resolution'),
    prices: prices('second', cny, PRICES, [['0.65', {}]]),
  }),
  model({
    ...JIMENG,
    id: 'jimeng-video-3.0',
    aliases: ['jimeng_v30'],
    label: 'Jimeng Video 3.0',
    modes: [text(), firstFrame(), firstLast()],
    resolutions: choices(['720p', '1080p']),
    servings: [
      serving('jimeng', {
        reqKeys: {
          text: { '720p': 'jimeng_t2v_v30', '1080p': 'jimeng_t2v_v30_1080p' },
          first_frame: { '720p': 'jimeng_i2v_first_v30', '1080p': 'jimeng_i2v_first_v30_1080' },
          first_last: { '720p': 'jimeng_i2v_first_tail_v30', '1080p': 'jimeng_i2v_first_tail_v30_1080' },
        },
      }),
    ],
    prices: prices('second', cny, PRICES, [
      ['0.28', { resolution: ['720p'] }],
      ['0.63', { resolution: ['1080p'] }],
    ]),
  }),
  model({
    ...JIMENG,
    id: 'jimeng-video-3.0-recamera',
    aliases: ['jimeng_i2v_recamera_v30'],
    label: 'Jimeng Video 3.0 Camera',
    modes: [firstFrame()],
    seconds: seconds([5]),
    resolutions: choices(['720p']),
    vendorKeys: ['template_id', 'camera_strength'],
    servings: [serving('jimeng', { reqKeys: { first_frame: { '720p': 'jimeng_i2v_recamera_v30' } } })],
    source: guessed('the vendor documents movements of the camera at 720p but neither their length nor their price'),
    prices: prices('second', cny, guessed('the price of Jimeng 3.0 at 720p'), [['0.28', {}]]),
  }),
  model({
    ...JIMENG,
    id: 'JV-3.0-pro',
    aliases: ['jimeng_ti2v_v30_pro', 'jimeng_v30_pro', 'jimeng-video-3.0-pro'],
    label: 'Jimeng Video 3.0 Pro',
    modes: [text(), firstFrame()],
    resolutions: choices(['1080p']),
    vendorKeys: TENCENT_KEYS,
    servings: [
      tencent('Jimeng', '3.0pro'),
      serving('jimeng', {
        reqKeys: { text: { '1080p': 'jimeng_ti2v_v30_pro' }, first_frame: { '1080p': 'jimeng_ti2v_v30_pro' } },
      }),
    ],
    prices: prices('second', cny, PRICES, [['1', {}]]),
  }),
];
