/** Real little videos, drawn by the sandbox's own studio; also outside a test runner. */

import { readFile } from 'node:fs/promises';

import { openStudio } from '../../src/media/studio/studio.ts';

export type ClipSize = { readonly width: number; readonly height: number; readonly durationMs: number };

/** An MP4 with sound; drawn once for each size, and kept in `directory`. */
export async function drawClip(directory: string, size: ClipSize): Promise<Buffer> {
  const studio = openStudio({ directory, workers: 1 });
  try {
    const finished = Promise.withResolvers<void>();
    studio.onFinished(() => finished.resolve());
    const common = { caption: null, seed: 1, audio: true, images: [], inset: null, soundtrack: null };
    const digest = studio.start({ ...size, fps: 24, prompt: 'a dancer turns', modelLabel: 'fixture', ...common });
    if (studio.status(digest).state !== 'done') await finished.promise;
    const status = studio.status(digest);
    if (status.state !== 'done') throw new Error(`the clip is ${status.state}`);
    return await readFile(status.path);
  } finally {
    await studio.close();
  }
}
