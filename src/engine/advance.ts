/** Applies one life event to a job through the table: the only way a job's state changes. */

import type { Failure } from '../model/failure.ts';
import { isTerminal } from '../model/job.ts';
import type { JsonObject } from '../model/json.ts';
import type { Micros } from '../model/money.ts';
import type { Queryable } from '../store/database.ts';
import type { JobRecord } from '../store/jobs.ts';
import { transition } from '../store/transition.ts';
import type { AttemptChange, JobChange } from '../store/transition.ts';
import { stepOf } from './lifecycle.ts';
import type { LifeEvent } from './lifecycle.ts';
import { noticeOf } from './notify/notice-of.ts';
import { tellNotifiers } from './notify/wake-up.ts';
import { tellJobEnd } from './watch.ts';

export type Advance = {
  /** When the job is due again, in milliseconds; not needed where it ends. */
  readonly dueInMs?: number;
  readonly data?: JsonObject;
  readonly failure?: Failure;
  readonly attempt?: AttemptChange;
  readonly chargeMicros?: Micros;
} & Pick<JobChange, 'progress' | 'facts' | 'outputs' | 'checked' | 'keepsLease' | 'waitsFor' | 'costMicros' | 'notes'>;

/**
 * The job after the event, or null if another node or request changed it first: then nothing was written.
 * Throws a `RangeError` for an event that the job's state does not know.
 */
export async function advance(
  db: Queryable,
  job: JobRecord,
  event: LifeEvent,
  change: Advance,
): Promise<JobRecord | null> {
  const step = stepOf(job.state, event);
  if (step === null) throw new RangeError(`a job that is ${job.state} cannot ${event}`);
  const ended = isTerminal(step.to);
  if (!ended && change.dueInMs === undefined) throw new RangeError(`${event} needs the time of the next look`);
  const { dueInMs, data, chargeMicros, ...written } = change;
  const money =
    step.money === 'keep'
      ? {}
      : {
          money:
            step.money === 'release'
              ? ({ kind: 'release' } as const)
              : ({ kind: 'capture', chargeMicros: chargeMicros ?? 0n } as const),
        };
  const version = await transition(db, job.id, job.version, {
    ...written,
    ...money,
    state: step.to,
    dueInMs: ended ? null : (dueInMs ?? 0),
    event: step.event === null ? null : { type: step.event, data: data ?? {} },
    notice: ended ? noticeOf(job, step.to, change.failure ?? job.failure) : null,
  });
  if (ended && version !== null) {
    tellNotifiers();
    const failure = change.failure ?? null;
    tellJobEnd({ job, state: step.to, failure, chargeMicros: chargeMicros ?? 0n, endedMs: Date.now() });
  }
  return version === null ? null : { ...job, ...changed(job, change), state: step.to, version };
}

/** The fields of the record that the change rewrote, for the caller's copy. */
function changed(job: JobRecord, change: Advance): Partial<JobRecord> {
  return {
    ...(change.notes === undefined ? {} : { notes: [...job.notes, ...change.notes] }),
    ...(change.failure === undefined ? {} : { failure: change.failure }),
    ...(change.progress === undefined ? {} : { progress: change.progress }),
    ...(change.attempt?.kind === 'open' ? { attemptId: change.attempt.id, channelId: change.attempt.channelId } : {}),
  };
}
