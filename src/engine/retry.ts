/** What becomes of a job that a vendor accepted and then failed: it ends, or another channel makes it. */

import type { ModelRow } from '../model/catalogue.ts';
import { FAILURES } from '../model/failure.ts';
import type { Failure } from '../model/failure.ts';
import { listFailedAttempts } from '../store/attempts.ts';
import type { Queryable } from '../store/database.ts';
import type { JobRecord } from '../store/jobs.ts';
import { bookFailure } from '../store/losses.ts';
import { advance } from './advance.ts';
import type { Target } from './ask-vendor.ts';
import { isServed, questionOf } from './candidates.ts';
import { failedCost } from './cost-basis.ts';
import type { EngineContext } from './engine-context.ts';

/** The failure is the vendor's definite word about the task of `target`. */
export async function failOrRetry(
  context: EngineContext,
  job: JobRecord,
  target: Target,
  failure: Failure,
): Promise<void> {
  const row = await context.catalogue.rowOf(job);
  const costMicros = failedCost(row, job, target, failure.kind);
  const next = (await mayRetry(context, row, job, target, failure))
    ? ({ event: 'retry', change: { dueInMs: 0 } } as const)
    : ({ event: 'fail', change: { failure } } as const);
  const write = async (db: Queryable): Promise<void> => {
    const moved = await advance(db, job, next.event, {
      ...next.change,
      checked: 'answered',
      attempt: { kind: 'fail', id: target.attempt.id, failure },
      data: { kind: failure.kind },
    });
    if (moved !== null) await bookFailure(db, target.attempt.id, costMicros);
  };
  await (costMicros === 0n ? write(context.db) : context.db.transaction(write));
}

/** Where the model's row and the operator allow it, the request is not to blame, and there is another channel to go to. */
async function mayRetry(
  context: EngineContext,
  row: ModelRow | null,
  job: JobRecord,
  target: Target,
  failure: Failure,
): Promise<boolean> {
  const { channel, provider } = target;
  if (row?.retryAfterFailure !== true || !channel.retryAfterFailure || provider.refusalsAreFinal === true) return false;
  if (FAILURES[failure.kind].fault === 'client' || job.attempts >= context.limits.maxAttempts) return false;
  const failed = await listFailedAttempts(context.db, job.id);
  const tried = new Set([channel.id, ...failed.map(({ channelId }) => channelId)]);
  const channels = await context.channels.now();
  return isServed({ ...questionOf(context, { spec: job.spec, mode: job.mode, row }, channels), tried });
}
