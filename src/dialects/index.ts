/** The registry of dialects: one line adds one. */

import { ark } from './ark/dialect.ts';
import type { Dialect } from './dialect.ts';
import { dashscope } from './dashscope/dialect.ts';
import { gateway } from './gateway/dialect.ts';
import { jimeng } from './jimeng/dialect.ts';
import { kling, klingTasks } from './kling/dialect.ts';
import { minimax, minimaxV2 } from './minimax/dialect.ts';
import { generations } from './generations/dialect.ts';
import { native } from './native/dialect.ts';
import { openai } from './openai/dialect.ts';
import { unified } from './unified/dialect.ts';
import { veo } from './veo/dialect.ts';
import { vidu } from './vidu/dialect.ts';

export const DIALECTS: readonly Dialect[] = [
  openai,
  generations,
  unified,
  ark,
  jimeng,
  dashscope,
  minimax,
  minimaxV2,
  veo,
  vidu,
  gateway,
  native,
  kling,
  klingTasks,
];
