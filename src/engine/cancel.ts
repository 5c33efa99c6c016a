/** Ends an unfinished job at its owner's wish, where the vendor lets us. */

import type { Failure } from '../model/failure.ts';
import { isTerminal } from '../model/job.ts';
import { readAttempt } from '../store/attempts.ts';
import { readJob } from '../store/jobs.ts';
import type { JobRecord } from '../store/jobs.ts';
import { advance } from './advance.ts';
import type { EngineContext } from './engine-context.ts';
import { callProvider, channelOf } from './upstream-call.ts';

/** A checker may write at the same moment; then look again. */
const MAX_TRIES = 5;

/** Null when the job is over, by this call or before. */
export async function cancelJob(context: EngineContext, jobId: string): Promise<Failure | null> {
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const job = await readJob(context.db, jobId);
    if (job === null) return { kind: 'not_found', message: 'There is no such job.' };
    if (isTerminal(job.state)) return null;
    if (job.state === 'submitting') return conflict('it is being handed to the provider');
    if (job.state === 'collecting') return conflict('its video is finished and being saved');
    if (job.state === 'running' && !(await cancelUpstream(context, job)))
      return conflict('the provider is already making it and cannot stop');
    if (
      (await advance(context.db, job, 'cancel', {
        failure: { kind: 'cancelled', message: 'The job was cancelled.' },
      })) !== null
    )
      return null;
  }
  return conflict('it is changing at this moment');
}

function conflict(because: string): Failure {
  return { kind: 'conflict', message: `The job cannot be cancelled now: ${because}.`, retryAfterMs: 2_000 };
}

async function cancelUpstream(context: EngineContext, job: JobRecord): Promise<boolean> {
  const attempt = job.attemptId === null ? null : await readAttempt(context.db, job.attemptId);
  const target = attempt === null ? null : await channelOf(context, attempt);
  const cancel = target?.provider.cancel?.bind(target.provider);
  const task = attempt?.task ?? null;
  if (attempt === null || target === null || cancel === undefined || task === null) return false;
  try {
    return await callProvider(context, { ...target, attemptToken: attempt.id }, context.limits.checkMs, (io) =>
      cancel(task, io),
    );
  } catch (error) {
    context.log.warn({ job: job.id, channel: target.channel.name, error: String(error) }, 'a cancel got no answer');
    return false;
  }
}
