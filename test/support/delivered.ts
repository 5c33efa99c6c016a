/** Looks into videos that clients have downloaded. */

import { openInspector } from '../../src/media/inspect/inspect.ts';
import type { VideoFacts } from '../../src/model/job.ts';
import { savedAs } from './saved-file.ts';

/** What the bytes turn out to be; null if they are no video. */
export async function probeVideo(bytes: Uint8Array): Promise<VideoFacts | null> {
  const inspector = openInspector({ workers: 1 });
  try {
    return await savedAs('video.mp4', Buffer.from(bytes), (path) => inspector.probe(path));
  } finally {
    await inspector.close();
  }
}
