/** The registry of dialects: one line adds one. */

import type { Dialect } from './dialect.ts';
import { dashscope } from './dashscope/dialect.ts';
import { gateway } from './gateway/dialect.ts';
import { minimax, minimaxV2 } from './minimax/dialect.ts';
import { openai } from './openai/dialect.ts';
import { unified } from './unified/dialect.ts';
import { veo } from './veo/dialect.ts';

export const DIALECTS: readonly Dialect[] = [openai, unified, dashscope, minimax, minimaxV2, veo, gateway];
