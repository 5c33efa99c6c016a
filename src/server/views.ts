/** Jobs as answers show them: with signed links, and when to ask again. */

import { isTerminal } from '../model/job.ts';
import type { JobLinks, JobView } from '../model/job.ts';
import type { JobRecord } from '../store/jobs.ts';
import type { ServerDependencies } from './dependencies.ts';
import { linkExpiryMs, linkTo } from './links.ts';

const NO_LINKS: JobLinks = { video: null, thumbnail: null, spritesheet: null };

/** The older an unfinished job, the longer its next change takes; in milliseconds. */
const POLL_SCHEDULE = [
  { youngerThanMs: 30_000, pollAfterMs: 1000 },
  { youngerThanMs: 120_000, pollAfterMs: 2000 },
  { youngerThanMs: 600_000, pollAfterMs: 3000 },
] as const;
const SLOWEST_POLL_MS = 5000;

export function viewOf(deps: ServerDependencies, job: JobRecord, nowMs: number): JobView {
  if (job.state !== 'succeeded' || job.outputs === null) {
    return { job, links: NO_LINKS, linksExpireAt: null, pollAfterMs: pollAfter(job, nowMs) };
  }
  const expiresMs = linkExpiryMs(nowMs);
  const link = (assetId: string | null): string | null =>
    assetId === null ? null : linkTo(deps.secrets, deps.publicUrl, assetId, expiresMs);
  const { video, thumbnail, spritesheet } = job.outputs;
  const links = { video: link(video), thumbnail: link(thumbnail), spritesheet: link(spritesheet) };
  return { job, links, linksExpireAt: new Date(expiresMs), pollAfterMs: null };
}

/** In milliseconds; null once the job has ended. */
export function pollAfter(job: JobRecord, nowMs: number): number | null {
  if (isTerminal(job.state)) return null;
  const ageMs = nowMs - job.createdAt.getTime();
  return POLL_SCHEDULE.find((step) => ageMs < step.youngerThanMs)?.pollAfterMs ?? SLOWEST_POLL_MS;
}
