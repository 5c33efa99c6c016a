/** The built-in catalogue: every model that this build knows. What operators change of it is laid over by `overlay.ts`. */

import type { ModelMatch, ModelRow } from '../model/catalogue.ts';
import { createCatalogue } from './catalogue.ts';
import type { Catalogue } from './catalogue.ts';
import { HAILUO_ROWS } from './families/hailuo.ts';
import { HUNYUAN_ROWS } from './families/hunyuan.ts';
import { JIMENG_ROWS } from './families/jimeng.ts';
import { KLING_ROWS } from './families/kling.ts';
import { MINGMOU_ROWS } from './families/mingmou.ts';
import { PIXVERSE_ROWS } from './families/pixverse.ts';
import { RELAYED_ROWS } from './families/relayed.ts';
import { SEEDANCE_ROWS } from './families/seedance.ts';
import { SORA_ROWS } from './families/sora.ts';
import { VEO_ROWS } from './families/veo.ts';
import { VIDU_ROWS } from './families/vidu.ts';
import { WAN_ROWS } from './families/wan.ts';

export { MAX_NAME_CHARS } from './catalogue.ts';

const ROWS: readonly ModelRow[] = [
  ...KLING_ROWS,
  ...VIDU_ROWS,
  ...JIMENG_ROWS,
  ...SEEDANCE_ROWS,
  ...VEO_ROWS,
  ...SORA_ROWS,
  ...HAILUO_ROWS,
  ...WAN_ROWS,
  ...HUNYUAN_ROWS,
  ...MINGMOU_ROWS,
  ...PIXVERSE_ROWS,
  ...RELAYED_ROWS,
];

export const BUILT_IN: Catalogue = createCatalogue(ROWS);

export function listModels(): readonly ModelRow[] {
  return BUILT_IN.rows;
}

export function findModel(name: string): ModelMatch | null {
  return BUILT_IN.find(name);
}

export function nearestModels(name: string): readonly string[] {
  return BUILT_IN.nearest(name);
}
