/** Gives servers that start afterwards what they would have learned of a model from many jobs. */

import { recordDurations } from '../src/store/durations.ts';
import type { Rig } from './rig.ts';

const SAMPLES = 200;

/** Its jobs take `workMs`, give or take the share `spread`. */
export async function teach(rig: Rig, model: string, workMs: number, spread: number): Promise<void> {
  const samples = Array.from({ length: SAMPLES }, (_, index) => ({
    provider: 'openai-video',
    model,
    mode: 'text',
    ms: workMs * (1 + spread * ((2 * index) / (SAMPLES - 1) - 1)),
  }));
  await recordDurations(rig.db, samples);
}
