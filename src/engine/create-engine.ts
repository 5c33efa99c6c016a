/** The engine running: claims due jobs in batches, works on them side by side, and sleeps until more are due. */

import type { JobRecord } from '../store/jobs.ts';
import { claimDueJobs, nextDueMs } from '../store/jobs.ts';
import { readAttempts } from '../store/attempts.ts';
import type { Attempt } from '../store/attempts.ts';
import { advance } from './advance.ts';
import { cancelJob } from './cancel.ts';
import { checkJob } from './check.ts';
import type { CollectQueue } from './collect-queue.ts';
import { collectJob } from './collect.ts';
import { createJob } from './create.ts';
import type { EngineContext } from './engine-context.ts';
import type { Engine } from './engine.ts';
import { startHeartbeat } from './heartbeat.ts';
import type { Heartbeat } from './heartbeat.ts';
import { reconcileJob } from './reconcile.ts';
import { submitJob } from './submit.ts';

/** After the database failed to answer the loop. */
const DATABASE_RETRY_MS = 1_000;
const STOP_GRACE_MS = 4_000;

/** `alone`: this process has the database to itself. */
export function createEngine(context: EngineContext, queue: CollectQueue, alone: boolean): Engine {
  const underWay = new Set<Promise<unknown>>();
  let stopping = false;
  let loop: Promise<void> = Promise.resolve();
  let heartbeat: Heartbeat | null = null;
  let alarm = Promise.withResolvers<void>();

  const track = (work: Promise<unknown>): void => {
    const settled = work
      .catch((error: unknown) => context.log.error({ error: String(error) }, 'work on a job failed'))
      .finally(() => underWay.delete(settled));
    underWay.add(settled);
  };
  const wake = (): void => alarm.resolve();

  const turn = async (): Promise<number> => {
    const room = context.limits.concurrency - underWay.size;
    if (room <= 0) {
      await Promise.race(underWay);
      return 0;
    }
    const due = await claimDueJobs(
      context.db,
      context.node,
      context.limits.leaseMs,
      Math.min(room, context.limits.claimBatch),
    );
    if (due.length === 0)
      return Math.min(context.limits.pollMs, (await nextDueMs(context.db)) ?? context.limits.pollMs);
    const attempts = await readAttempts(
      context.db,
      due.flatMap((job) => (job.attemptId === null ? [] : [job.attemptId])),
    );
    for (const job of due) track(work(context, job, attempts.get(job.attemptId ?? '') ?? null));
    return 0;
  };

  const run = async (): Promise<void> => {
    while (!stopping) {
      alarm = Promise.withResolvers<void>();
      const waitMs = await turn().catch((error: unknown) => {
        context.log.warn({ error: String(error) }, 'the engine could not read its due jobs');
        return DATABASE_RETRY_MS;
      });
      if (waitMs > 0) await pause(waitMs, alarm.promise);
    }
  };

  return {
    create: async (order) => {
      const outcome = await createJob(context, order, track);
      wake();
      return outcome;
    },
    cancel: (jobId) => cancelJob(context, jobId),
    wake,
    start: async () => {
      heartbeat = await startHeartbeat(context, alone, wake);
      await queue.work((task) => collectJob(context, task));
      loop = run();
    },
    stop: async () => {
      stopping = true;
      wake();
      await loop;
      await pause(
        STOP_GRACE_MS,
        Promise.all(underWay).then(() => undefined),
      );
      await heartbeat?.stop();
    },
  };
}

async function work(context: EngineContext, job: JobRecord, attempt: Attempt | null): Promise<void> {
  if (job.deadlineAt.getTime() <= Date.now()) return expire(context, job);
  switch (job.state) {
    case 'queued':
      await submitJob(context, job);
      return;
    case 'submitting':
      return attempt === null ? expire(context, job) : reconcileJob(context, job, attempt);
    case 'running':
    case 'collecting':
      return attempt === null ? expire(context, job) : checkJob(context, job, attempt);
    case 'succeeded':
    case 'failed':
    case 'cancelled':
    case 'expired':
      throw new RangeError(`a job that is ${job.state} was claimed`);
  }
}

async function expire(context: EngineContext, job: JobRecord): Promise<void> {
  await advance(context.db, job, 'expire', {
    failure: {
      kind: 'expired',
      message: 'The provider did not finish the video in time. Nothing was charged; please try again.',
    },
  });
}

/** Sleeps `ms`, or less if `until` resolves first. */
async function pause(ms: number, until: Promise<void>): Promise<void> {
  const rest = Promise.withResolvers<void>();
  const timer = setTimeout(rest.resolve, ms);
  try {
    await Promise.race([rest.promise, until]);
  } finally {
    clearTimeout(timer);
  }
}
