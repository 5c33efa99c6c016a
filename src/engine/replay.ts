/** Creates that were sent before: answered with the job they made then, so that it is made and paid for once. */

import type { Failure } from '../model/failure.ts';
import { claimCreate, dropClaim, findKeptCreate, findTwin, isClaimed, isKeyTaken } from '../store/idempotency.ts';
import { readJob } from '../store/jobs.ts';
import type { JobRecord } from '../store/jobs.ts';
import type { EngineContext } from './engine-context.ts';
import type { CreateOrder, CreateOutcome } from './create-order.ts';

/** Longer than client libraries go on repeating one request. */
const RETRY_WINDOW_MS = 10 * 60_000;
const IN_FLIGHT_RETRY_MS = 1_000;
/** Longer than the files of a create take to be fetched. */
const CLAIM_WINDOW_MS = 2 * 60_000;
const CLAIM_LOOK_MS = 200;

export const IN_FLIGHT: Failure = {
  kind: 'conflict',
  message: 'The first request with this Idempotency-Key is still being answered. Try again shortly.',
  retryAfterMs: IN_FLIGHT_RETRY_MS,
};

const TWIN_IN_FLIGHT: Failure = {
  ...IN_FLIGHT,
  message: 'The first request like this one is still being answered. Try again shortly.',
};

export const MISMATCH: Failure = {
  kind: 'idempotency_mismatch',
  message: 'This Idempotency-Key came before with another request. Use a new key for each new video.',
};

/** The answer to the create that this one repeats; null if it is a new one. */
export async function replayOf(context: EngineContext, order: CreateOrder): Promise<CreateOutcome | null> {
  const { identity, key } = order;
  if (identity === undefined) return null;
  if (identity.idempotencyKey === null)
    return identity.isRetry ? replayOfTwin(context, key.id, identity.fingerprint) : null;
  const scope = { accountId: key.accountId, mode: key.mode, key: identity.idempotencyKey };
  const kept = await findKeptCreate(context.db, scope, context.limits.answerMs);
  if (kept === null) return null;
  if (!kept.fingerprint.equals(identity.fingerprint)) return { ok: false, failure: MISMATCH };
  return kept.inFlight ? { ok: false, failure: IN_FLIGHT } : replay(context, kept.jobId);
}

/** Waits, as long as an answer may take, for a create that is under way on another node. */
async function replayOfTwin(context: EngineContext, keyId: string, fingerprint: Buffer): Promise<CreateOutcome | null> {
  const { db, limits } = context;
  for (let waitedMs = 0; waitedMs <= limits.answerMs; waitedMs += CLAIM_LOOK_MS) {
    // In this order: a claim is dropped only after its job is on record.
    const underWay = await isClaimed(db, { keyId, fingerprint }, CLAIM_WINDOW_MS);
    const twin = await findTwin(db, keyId, fingerprint, RETRY_WINDOW_MS);
    if (twin !== null) return replay(context, twin);
    if (!underWay) return null;
    await new Promise((resolve) => setTimeout(resolve, CLAIM_LOOK_MS));
  }
  return { ok: false, failure: TWIN_IN_FLIGHT };
}

/**
 * Does `work`, which ends with the job on record, so that a repetition on another node waits for it. Without files or with a
 * key there is no need: the one is on record long before a client gives up, the other is unique in the database.
 */
export async function whileClaimed<T>(
  context: EngineContext,
  { identity, key, read }: CreateOrder,
  work: () => Promise<T>,
): Promise<T> {
  if (identity === undefined || identity.idempotencyKey !== null || read.request.inputs.length === 0) return work();
  const claim = { keyId: key.id, fingerprint: identity.fingerprint, node: context.node };
  await claimCreate(context.db, claim);
  try {
    return await work();
  } finally {
    // What was made is made, even if the claim can only lapse.
    await dropClaim(context.db, claim).catch(() => undefined);
  }
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
