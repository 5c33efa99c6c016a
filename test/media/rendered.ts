/** Clips that tests wait for. */

import type { RenderPlan } from '../../src/media/studio/plan.ts';
import type { RenderStatus, Studio } from '../../src/media/studio/studio.ts';
import { SMALL_PLAN } from './fixtures/make-media.ts';

/** What becomes of a clip, once that is known. */
export function finished(from: Studio, digest: string): Promise<RenderStatus> {
  return new Promise((resolve) => {
    const settle = (): boolean => {
      const status = from.status(digest);
      if (status.state === 'queued' || status.state === 'rendering') return false;
      resolve(status);
      return true;
    };
    if (settle()) return;
    const stop = from.onFinished((other) => {
      if (other === digest && settle()) stop();
    });
  });
}

/** The path of a small clip with these changes. */
export async function rendered(studio: Studio, changes: Partial<RenderPlan>): Promise<string> {
  const status = await finished(studio, studio.start({ ...SMALL_PLAN, ...changes }));
  if (status.state !== 'done') throw new Error(`not rendered: ${JSON.stringify(status)}`);
  return status.path;
}
