/** Creates that want the video itself: `Accept: video/mp4` waits for the end of the job and leads to the file. */

import { setTimeout as delay } from 'node:timers/promises';

import { isTerminal } from '../model/job.ts';
import type { JobRecord } from '../store/jobs.ts';
import { READ_BOUNDS } from './bounds.ts';
import type { JobReader } from './job-reader.ts';

const MAX_ACCEPT_CHARS = 512;

/** Whether the client names a video type and no JSON. */
export function wantsVideo(accept: string | undefined): boolean {
  const text = accept?.slice(0, MAX_ACCEPT_CHARS).toLowerCase() ?? '';
  return /(?:^|,)\s*video\//.test(text) && !text.includes('json');
}

/** The job once it has ended; as it is then if `signal` aborts or the bound passes first. */
export async function untilEnded(readJob: JobReader, job: JobRecord, signal: AbortSignal): Promise<JobRecord> {
  let latest = job;
  const looks = READ_BOUNDS.videoWaitMs / READ_BOUNDS.videoLookMs;
  for (let look = 0; look < looks && !isTerminal(latest.state) && !signal.aborted; look += 1) {
    await delay(READ_BOUNDS.videoLookMs, undefined, { signal }).catch(() => undefined);
    latest = (await readJob(job.id)) ?? latest;
  }
  return latest;
}
