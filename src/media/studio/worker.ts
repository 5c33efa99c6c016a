// The process that renders: it takes one plan at a time and reports how far it is.
import { serveJobs } from '../inspect/serve-jobs.ts';
import type { RenderPlan } from './plan.ts';
import { renderClip } from './render.ts';

export type RenderJob = { readonly plan: RenderPlan; readonly path: string };

serveJobs<RenderJob, number, null>(async ({ plan, path }, onProgress) => {
  await renderClip(plan, path, onProgress);
  return null;
});
