/** Answers that wait for a job to end: `Accept: video/mp4` on a create, and `Prefer: wait` on a create or a read. */

import type { FastifyReply } from 'fastify';

import { Alarm } from '../engine/alarm.ts';
import type { EventFollower } from '../engine/event-follower.ts';
import { isTerminal } from '../model/job.ts';
import type { JobRecord } from '../store/jobs.ts';
import { READ_BOUNDS } from './bounds.ts';
import type { JobReader } from './job-reader.ts';

const MAX_HEADER_CHARS = 512;
const SECOND_MS = 1000;

/** Whether the client names a video type and no JSON. */
export function wantsVideo(accept: string | undefined): boolean {
  const text = accept?.slice(0, MAX_HEADER_CHARS).toLowerCase() ?? '';
  return /(?:^|,)\s*video\//.test(text) && !text.includes('json');
}

/** The seconds of `Prefer: wait=N`, at most the bound; null if it is not there. What cannot be read is no wish (RFC 7240). */
export function preferredWait(prefer: string | readonly string[] | undefined): number | null {
  const text = (typeof prefer === 'string' ? prefer : (prefer ?? []).join(',')).slice(0, MAX_HEADER_CHARS);
  const seconds = /(?:^|[,;])\s*wait\s*=\s*"?(\d{1,9})"?\s*(?:[,;]|$)/i.exec(text)?.[1];
  return seconds === undefined ? null : Math.min(Number(seconds), READ_BOUNDS.preferWaitMs / SECOND_MS);
}

/** Aborts when the connection is over, however it ends. */
export function goneSignal(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  if (reply.raw.destroyed) gone.abort();
  else reply.raw.once('close', () => gone.abort());
  return gone.signal;
}

/**
 * The job once it has ended; as it is then if `signal` aborts, `ms` pass, or too many wait on this node; null if it was
 * deleted.
 */
export async function untilEnded(
  events: EventFollower,
  readJob: JobReader,
  job: JobRecord,
  ms: number,
  signal: AbortSignal,
): Promise<JobRecord | null> {
  if (isTerminal(job.state) || ms <= 0 || signal.aborted) return job;
  const untilMs = performance.now() + ms;
  const alarm = new Alarm();
  const ring = (): void => alarm.ring();
  const release = await events.watch({ jobId: job.id }, ring);
  if (release === null) return job;
  signal.addEventListener('abort', ring);
  try {
    for (;;) {
      const latest = await readJob(job.id);
      const leftMs = untilMs - performance.now();
      if (latest === null || isTerminal(latest.state) || leftMs <= 0 || signal.aborted) return latest;
      await alarm.rest(leftMs);
    }
  } finally {
    signal.removeEventListener('abort', ring);
    release();
  }
}
