/** Asks the vendor how a running job is; only its definite word or the deadline ends the job. */

import type { CheckResult } from '../providers/provider.ts';
import type { Attempt } from '../store/attempts.ts';
import type { JobRecord } from '../store/jobs.ts';
import { advance } from './advance.ts';
import type { EngineContext } from './engine-context.ts';
import { afterErrorMs, nextCheckMs } from './schedule.ts';
import { ageMs, typicalMs } from './submit.ts';
import { callProvider, channelOf } from './upstream-call.ts';

/** A video that was to be copied but is not here after so long is asked for again: its address may have changed. */
const COLLECT_PATIENCE_MS = 10 * 60_000;

/** `job` is `running`, or `collecting` and not heard of since. */
export async function checkJob(context: EngineContext, job: JobRecord, attempt: Attempt): Promise<void> {
  const result = await ask(context, job, attempt);
  if (job.state === 'collecting') return recollect(context, job, result);
  if (result === null) {
    await advance(context.db, job, 'progress', {
      dueInMs: afterErrorMs(job.silentChecks + 1, null),
      checked: 'silent',
    });
    return;
  }
  switch (result.kind) {
    case 'waiting': {
      const progress = result.progress === null ? {} : { progress: percent(result.progress) };
      const dueInMs = nextCheckMs({ hintMs: result.checkAfterMs, ageMs: ageMs(job), typicalMs: typicalMs(job) });
      await advance(context.db, job, 'progress', { dueInMs, checked: 'answered', ...progress });
      return;
    }
    case 'done':
      await context.db.transaction(async (tx) => {
        const collecting = await advance(tx, job, 'finish', {
          dueInMs: COLLECT_PATIENCE_MS,
          checked: 'answered',
          progress: 99,
        });
        if (collecting !== null)
          await context.queueCollect(tx, { jobId: job.id, video: result.video, usage: usageText(result) });
      });
      context.wakeCollect();
      return;
    case 'failed':
      await advance(context.db, job, 'fail', {
        failure: result.failure,
        checked: 'answered',
        data: { kind: result.failure.kind },
      });
  }
}

/** Only a copy that succeeds or the deadline ends a job whose video was once ready. */
async function recollect(context: EngineContext, job: JobRecord, result: CheckResult | null): Promise<void> {
  await context.db.transaction(async (tx) => {
    const waiting = await advance(tx, job, 'postpone', { dueInMs: COLLECT_PATIENCE_MS });
    if (waiting !== null && result?.kind === 'done') {
      await context.queueCollect(tx, { jobId: job.id, video: result.video, usage: usageText(result) });
    }
  });
  context.wakeCollect();
}

/** Null where the vendor could not be asked: that says nothing about the job. */
async function ask(context: EngineContext, job: JobRecord, attempt: Attempt): Promise<CheckResult | null> {
  const target = await channelOf(context, attempt.channelId);
  const { task } = attempt;
  if (target === null || task === null) return null;
  const { channel, provider } = target;
  try {
    return await callProvider(context, { ...target, attemptToken: attempt.id }, context.limits.checkMs, (io) =>
      provider.check(task, { ...io, checksBefore: job.checks }),
    );
  } catch (error) {
    context.log.warn({ job: job.id, channel: channel.name, error: String(error) }, 'a check got no answer');
    return null;
  }
}

/** Never 100 before the file is ours. */
function percent(progress: number): number {
  return Math.round(Math.min(0.98, Math.max(0, progress)) * 100);
}

function usageText(result: Extract<CheckResult, { kind: 'done' }>): { seconds: number | null; tokens: string | null } {
  return { seconds: result.usage.seconds, tokens: result.usage.tokens?.toString() ?? null };
}
