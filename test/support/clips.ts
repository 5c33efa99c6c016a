/** Real little videos for tests that need one as an input. */

import { readFile } from 'node:fs/promises';
import { inject } from 'vitest';

import { openStudio } from '../../src/media/studio/studio.ts';

/** One second of 320x180 with sound, drawn once per run. */
export async function smallClip(): Promise<Buffer> {
  const studio = openStudio({ directory: inject('testServer').studioDirectory, workers: 1 });
  try {
    const finished = Promise.withResolvers<void>();
    studio.onFinished(() => finished.resolve());
    const common = { caption: null, seed: 1, audio: true, images: [], inset: null, soundtrack: null };
    const digest = studio.start({
      width: 320,
      height: 180,
      fps: 24,
      durationMs: 1_000,
      prompt: 'a dancer turns',
      modelLabel: 'fixture',
      ...common,
    });
    if (studio.status(digest).state !== 'done') await finished.promise;
    const status = studio.status(digest);
    if (status.state !== 'done') throw new Error(`the clip is ${status.state}`);
    return await readFile(status.path);
  } finally {
    await studio.close();
  }
}
