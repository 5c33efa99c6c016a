/** Jobs as answers show them: with signed links, and when to ask again. */

import type { Catalogue } from '../catalogue/catalogue.ts';
import { linkTo } from '../engine/file-link.ts';
import { isTerminal } from '../model/job.ts';
import type { JobLinks, JobView } from '../model/job.ts';
import type { JobRecord } from '../store/jobs.ts';
import type { ServerDependencies } from './dependencies.ts';
import { linkExpiryMs } from './links.ts';
import { pollHintMs, steadyPollHintMs } from './poll-hint.ts';

const NO_LINKS: JobLinks = { video: null, thumbnail: null, spritesheet: null };

/** The sandbox needs a few seconds, whatever the model. */
const TEST_TYPICAL_MS = 3_000;
const UNKNOWN_TYPICAL_MS = 60_000;

export function viewOf(
  deps: Pick<ServerDependencies, 'secrets' | 'publicUrl' | 'catalogue'>,
  job: JobRecord,
  nowMs: number,
): JobView {
  if (job.state !== 'succeeded' || job.outputs === null) {
    return { job, links: NO_LINKS, linksExpireAt: null, pollAfterMs: pollAfter(deps.catalogue.now(), job, nowMs) };
  }
  const expiresMs = linkExpiryMs(nowMs);
  const link = (assetId: string | null): string | null =>
    assetId === null ? null : linkTo(deps.secrets, deps.publicUrl, assetId, expiresMs);
  const { video, thumbnail, spritesheet } = job.outputs;
  const links = { video: link(video), thumbnail: link(thumbnail), spritesheet: link(spritesheet) };
  return { job, links, linksExpireAt: new Date(expiresMs), pollAfterMs: null };
}

/** In milliseconds; null once the job has ended. */
export function pollAfter(catalogue: Catalogue, job: JobRecord, nowMs: number): number | null {
  if (isTerminal(job.state)) return null;
  return pollHintMs(Math.max(0, nowMs - job.createdAt.getTime()), typicalMs(catalogue, job));
}

/** For clients that keep to the first hint; in milliseconds, null once the job has ended. */
export function steadyPollAfter(catalogue: Catalogue, job: JobRecord): number | null {
  return isTerminal(job.state) ? null : steadyPollHintMs(typicalMs(catalogue, job));
}

/** What a job like this usually takes. */
function typicalMs(catalogue: Catalogue, job: JobRecord): number {
  if (job.mode === 'test') return TEST_TYPICAL_MS;
  const seconds = catalogue.named(job.spec.model)?.typicalSeconds ?? null;
  return seconds === null ? UNKNOWN_TYPICAL_MS : seconds * 1000;
}
