// The thread that renders: it takes one plan at a time and reports how far it is.
import { parentPort } from 'node:worker_threads';
import type { WorkerReport } from '../inspect/worker-pool.ts';
import type { RenderPlan } from './plan.ts';
import { renderClip } from './render.ts';

export type RenderJob = { readonly plan: RenderPlan; readonly path: string };

function report(message: WorkerReport<number, null>): void {
  parentPort?.postMessage(message);
}

parentPort?.on('message', async ({ plan, path }: RenderJob) => {
  try {
    await renderClip(plan, path, (progress) => report({ kind: 'progress', progress }));
    report({ kind: 'done', result: null });
  } catch (error) {
    report({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
  }
});
