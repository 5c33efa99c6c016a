/** Real little videos for tests that need one as an input. */

import { inject } from 'vitest';

import { drawClip } from './draw-clip.ts';

/** One second of 320x180 with sound, drawn once per run. */
export function smallClip(): Promise<Buffer> {
  return drawClip(inject('testServer').studioDirectory, { width: 320, height: 180, durationMs: 1_000 });
}
