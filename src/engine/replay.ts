/** Creates that were sent before: answered with the job they made then, so that it is made and paid for once. */

import type { Failure } from '../model/failure.ts';
import { findKeptCreate, findTwin, isKeyTaken } from '../store/idempotency.ts';
import { readJob } from '../store/jobs.ts';
import type { JobRecord } from '../store/jobs.ts';
import type { EngineContext } from './engine-context.ts';
import type { CreateOrder, CreateOutcome } from './create-order.ts';

/** Longer than client libraries go on repeating one request. */
const RETRY_WINDOW_MS = 10 * 60_000;
const IN_FLIGHT_RETRY_MS = 1_000;

export const IN_FLIGHT: Failure = {
  kind: 'conflict',
  message: 'The first request with this Idempotency-Key is still being answered. Try again shortly.',
  retryAfterMs: IN_FLIGHT_RETRY_MS,
};

export const MISMATCH: Failure = {
  kind: 'idempotency_mismatch',
  message: 'This Idempotency-Key came before with another request. Use a new key for each new video.',
};

/** The answer to the create that this one repeats; null if it is a new one. */
export async function replayOf(context: EngineContext, order: CreateOrder): Promise<CreateOutcome | null> {
  const { identity, key } = order;
  if (identity === undefined) return null;
  if (identity.idempotencyKey === null) {
    const twin = identity.isRetry ? await findTwin(context.db, key.id, identity.fingerprint, RETRY_WINDOW_MS) : null;
    return twin === null ? null : replay(context, twin);
  }
  const scope = { accountId: key.accountId, mode: key.mode, key: identity.idempotencyKey };
  const kept = await findKeptCreate(context.db, scope, context.limits.answerMs);
  if (kept === null) return null;
  if (!kept.fingerprint.equals(identity.fingerprint)) return { ok: false, failure: MISMATCH };
  return kept.inFlight ? { ok: false, failure: IN_FLIGHT } : replay(context, kept.jobId);
}

/** For an error from writing the job: another create with the same key may have been quicker. */
export async function replayOrThrow(
  context: EngineContext,
  order: CreateOrder,
  error: unknown,
): Promise<CreateOutcome> {
  const earlier = isKeyTaken(error) ? await replayOf(context, order) : null;
  if (earlier === null) throw error;
  return earlier;
}

/** The job as it is now; a refusal by every vendor is refused again. */
async function replay(context: EngineContext, jobId: string): Promise<CreateOutcome> {
  const job = await readJob(context.db, jobId);
  if (job === null) throw new Error(`the job ${jobId} of an earlier create is not there`);
  if (wasRefused(job) && job.failure !== null) return { ok: false, failure: job.failure, replayed: true };
  return { ok: true, job, replayed: true };
}

/** A vendor that took the job is asked at least once before the job can fail. */
function wasRefused(job: JobRecord): boolean {
  return job.state === 'failed' && job.checks === 0;
}
