/** Jimeng by ByteDance, as Volcengine's visual API sells it; 3.0 Pro also through Tencent Cloud VOD. */

import type { ModelRow } from '../../model/catalogue.ts';
import {
  avatar,
  choices,
  cny,
  count,
  documented,
  firstFrame,
  firstLast,
  guessed,
  model,
  motionControl,
  observed,
  prices,
  range,
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

const OMNI_HUMAN = {
  '720p': 'jimeng_realman_avatar_picture_omni_v15',
  '1080p': 'jimeng_realman_avatar_picture_omni_v15',
};

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
  ...[
    { id: 'Dream-Actor-M1', label: 'Dream Actor M1', reqKey: 'jimeng_dream_actor_m1_gen_video_cv' },
    { id: 'Dream-Actor-M2.0', label: 'Dream Actor M2.0', reqKey: 'jimeng_dreamactor_m20_gen_video' },
  ].map(({ id, label, reqKey }) =>
    model({
      ...JIMENG,
      id,
      label,
      aliases: [reqKey],
      modes: [
        { ...motionControl({ ratio: 'input' }), inputs: { first_frame: count(1, 1), motion_video: count(1, 1) } },
      ],
      // The driving video decides.
      seconds: seconds(range(1, 30)),
      resolutions: choices(['720p']),
      servings: [serving('jimeng', { reqKeys: { motion_control: { '720p': reqKey } } })],
      typicalSeconds: 180,
      source: guessed('the vendor documents its request but neither size, longest length nor price'),
    }),
  ),
  model({
    ...JIMENG,
    id: 'OmniHuman-1.5',
    aliases: ['jimeng_realman_avatar_picture_omni_v15', 'OmniHuman', 'jimeng-omnihuman-1.5'],
    label: 'OmniHuman 1.5',
    modes: [{ ...avatar({ secondsFromAudio: { max: 35 } }), inputs: { first_frame: count(1, 1), audio: count(1, 1) } }],
    seconds: seconds(range(1, 35)),
    resolutions: choices(['720p', '1080p']),
    vendorKeys: ['pe_fast_mode', 'mask_url'],
    servings: [serving('jimeng', { reqKeys: { avatar_i2v: OMNI_HUMAN } })],
    typicalSeconds: 180,
    prices: prices('second', cny, observed('Volcengine visual API price list, which says about one yuan'), [['1', {}]]),
  }),
];
