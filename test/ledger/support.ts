/** Jobs with money for the ledger's tests: made, submitted, accepted, ended. */

import { runAudit } from '../../src/ledger/audit.ts';
import type { VideoFacts } from '../../src/model/job.ts';
import type { Micros } from '../../src/model/money.ts';
import { newId } from '../../src/new-id.ts';
import type { Database } from '../../src/store/database.ts';
import { readJob } from '../../src/store/jobs.ts';
import { insertJob } from '../../src/store/new-jobs.ts';
import type { JobRecord } from '../../src/store/jobs.ts';
import type { NewJob } from '../../src/store/new-jobs.ts';
import { transition } from '../../src/store/transition.ts';
import type { JobChange } from '../../src/store/transition.ts';
import { credentialOf, jobOf } from '../support/rows.ts';

/** Of a clip this long. */
export function factsOf(durationMs: number): VideoFacts {
  return { durationMs, width: 1280, height: 720, fps: 24, videoCodec: 'avc', audioCodec: null };
}

/** As `jobOf` makes it; throws where it cannot be paid for. */
export async function madeJob(
  db: Database,
  accountId: string,
  keyId: string,
  over: Partial<NewJob> = {},
): Promise<JobRecord> {
  const job = await insertJob(db, jobOf(accountId, keyId, over));
  if (job === null) throw new Error('the job could not be paid for');
  return job;
}

/** The job after the change; throws where someone else was first. */
export async function moved(db: Database, job: JobRecord, change: JobChange): Promise<JobRecord> {
  if ((await transition(db, job.id, job.version, change)) === null) throw new Error('the job moved meanwhile');
  const now = await readJob(db, job.id);
  if (now === null) throw new Error('the job is gone');
  return now;
}

export const SUCCEEDED = (chargeMicros: Micros, durationMs: number): JobChange => ({
  state: 'succeeded',
  dueInMs: null,
  event: { type: 'succeeded', data: {} },
  facts: factsOf(durationMs),
  money: { kind: 'capture', chargeMicros },
});

export const RELEASED = (state: 'failed' | 'cancelled' | 'expired'): JobChange => ({
  state,
  dueInMs: null,
  event: { type: state, data: {} },
  money: { kind: 'release' },
});

/** Running at the vendor, its attempt accepted. */
export async function acceptedJob(db: Database, job: JobRecord, channelId: string): Promise<JobRecord> {
  return accepted(db, await submittedJob(db, job, channelId));
}

export async function submittedJob(db: Database, job: JobRecord, channelId: string): Promise<JobRecord> {
  const credentialId = await credentialOf(db, channelId);
  return moved(db, job, {
    state: 'submitting',
    dueInMs: 60_000,
    event: { type: 'submitting', data: {} },
    attempt: { kind: 'open', id: newId(), channelId, credentialId },
  });
}

async function accepted(db: Database, job: JobRecord): Promise<JobRecord> {
  const id = attemptOf(job);
  return moved(db, job, {
    state: 'running',
    dueInMs: 60_000,
    event: { type: 'accepted', data: {} },
    attempt: { kind: 'close', id, state: 'accepted', task: { id: `task-${id}`, data: {} }, failure: null },
  });
}

export function attemptOf(job: JobRecord): string {
  if (job.attemptId === null) throw new Error('the job was submitted');
  return job.attemptId;
}

/** The names of the promises that are broken. */
export async function brokenPromises(db: Database): Promise<string[]> {
  return (await runAudit(db)).checks.filter((check) => !check.ok).map((check) => check.name);
}
