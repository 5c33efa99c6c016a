/** Looks after tasks whose job has expired: a success that comes too late is never charged, and never forgotten. */

import type { Queryable } from '../store/database.ts';
import { readJob } from '../store/jobs.ts';
import type { JobRecord } from '../store/jobs.ts';
import { claimLateTasks, endLateTask, postponeLateTask } from '../store/late-tasks.ts';
import type { LastWord, LateTask } from '../store/late-tasks.ts';
import { bookFailure, bookLateSuccess } from '../store/losses.ts';
import type { CheckResult, UpstreamTask } from '../providers/provider.ts';
import { ask, targetOf } from './ask-vendor.ts';
import type { Target } from './ask-vendor.ts';
import { costBasis, failedCost } from './cost-basis.ts';
import type { EngineContext } from './engine-context.ts';
import { findTask } from './reconcile.ts';
import { lateCheckMs } from './schedule.ts';

/** Looked at side by side; nobody waits for them. */
const AT_ONCE = 16;

/** Answers how many were due. */
export async function checkLateTasks(context: EngineContext): Promise<number> {
  const late = await claimLateTasks(context.db, context.limits.leaseMs, AT_ONCE);
  await Promise.all(late.map((one) => checkLateTask(context, one)));
  return late.length;
}

async function checkLateTask(context: EngineContext, late: LateTask): Promise<void> {
  const { attempt, jobId, checksBefore } = late;
  const [job, target] = await Promise.all([readJob(context.db, jobId), targetOf(context, attempt)]);
  const again = (task: UpstreamTask | null): Promise<void> =>
    postponeLateTask(context.db, attempt.id, lateCheckMs(checksBefore), task);
  if (job === null || target === null) return again(null);
  const task = await taskOf(context, job, target);
  if (task === 'none') return end(context, attempt.id, 'late_absence', null, async () => undefined);
  if (task === null) return again(null);
  const heard = await ask(context, target, (io) => target.provider.check(task, { ...io, checksBefore }));
  const result: CheckResult | null = heard.kind === 'answer' ? heard.value : null;
  if (result === null || result.kind === 'waiting') return again(task);
  if (result.kind === 'failed') {
    const costMicros = failedCost(await context.catalogue.rowOf(job), job, target, result.failure.kind);
    return end(context, attempt.id, 'late_failure', task, (tx) => bookFailure(tx, attempt.id, costMicros));
  }
  const costMicros = costBasis(await context.catalogue.rowOf(job), job, target, result.usage);
  await end(context, attempt.id, 'late_success', task, (tx) =>
    bookLateSuccess(tx, { jobId, attemptId: attempt.id, costMicros }),
  );
  context.log.warn({ job: jobId, task: task.id }, 'a video was finished after its job had expired');
}

async function taskOf(context: EngineContext, job: JobRecord, target: Target): Promise<UpstreamTask | 'none' | null> {
  const { attempt } = target;
  if (attempt.task !== null) return attempt.task;
  const ageMs = Date.now() - attempt.createdAt.getTime();
  const finding = await findTask(context, job, target, ageMs);
  switch (finding.kind) {
    case 'found':
      return finding.task;
    case 'not_created':
      return 'none';
    case 'still_unknown':
      return null;
  }
}

/** `book` writes down what the vendor charges, with its last word or not at all. */
async function end(
  context: EngineContext,
  attemptId: string,
  word: LastWord,
  task: UpstreamTask | null,
  book: (tx: Queryable) => Promise<unknown>,
): Promise<void> {
  await context.db.transaction(async (tx) => {
    if (await endLateTask(tx, attemptId, word, task)) await book(tx);
  });
}
