/** Writes new jobs: those of one key that come while another is written go into one statement, and wait for its rows and the disk once. */

import { FailureError } from '../model/failure.ts';
import { isDatabaseUnavailable } from './database.ts';
import type { Database } from './database.ts';
import { insertJobs } from './new-jobs.ts';
import type { JobRecord } from './jobs.ts';
import type { NewJob } from './new-jobs.ts';

/** Each holds the rows of its key and account until the last of them is written. */
const MAX_TOGETHER = 16;
/** Of one key. */
const MAX_WAITING = 1_000;
const RETRY_AFTER_MS = 2_000;

/**
 * What `insertJob` promises of each job, whatever becomes of those beside it. Throws a `FailureError` (`unavailable`) when too many
 * of the key wait already.
 */
export type WriteJob = (job: NewJob) => Promise<JobRecord | null>;

type Waiting = {
  readonly job: NewJob;
  readonly resolve: (written: JobRecord | null) => void;
  readonly reject: (error: unknown) => void;
};

export function createJobWriter(db: Database): WriteJob {
  /** By key; there is a line while one of its jobs is written. Not of several keys, whose rows are taken before their account's. */
  const lines = new Map<string, Waiting[]>();
  const writeAll = async (keyId: string, line: Waiting[]): Promise<void> => {
    while (line.length > 0) {
      const absence = await writeTogether(db, line.splice(0, MAX_TOGETHER));
      // Whoever waits behind has waited for this database long enough.
      if (absence !== null) for (const { reject } of line.splice(0)) reject(absence);
    }
    lines.delete(keyId);
  };
  return (job) =>
    new Promise((resolve, reject) => {
      const line = lines.get(job.keyId);
      if (line !== undefined && line.length >= MAX_WAITING) return reject(tooMany());
      const waiting = { job, resolve, reject };
      if (line !== undefined) return void line.push(waiting);
      const begun = [waiting];
      lines.set(job.keyId, begun);
      void writeAll(job.keyId, begun);
    });
}

/** The error by which the database was away, or null. */
async function writeTogether(db: Database, group: readonly Waiting[]): Promise<unknown> {
  try {
    const written = await insertJobs(
      db,
      group.map(({ job }) => job),
    );
    if (written === null && group.length > 1) return await writeEach(db, group);
    for (const [index, { resolve }] of group.entries()) resolve(written?.[index] ?? null);
    return null;
  } catch (error) {
    const isAway = isDatabaseUnavailable(error);
    if (!isAway && group.length > 1) return writeEach(db, group);
    for (const { reject } of group) reject(error);
    return isAway ? error : null;
  }
}

/** Not all of them can be written, such as for the balance, or a key that made a job before: each gets what it would have got alone. */
async function writeEach(db: Database, group: readonly Waiting[]): Promise<unknown> {
  let absence: unknown = null;
  for (const one of group) {
    if (absence === null) absence = await writeTogether(db, [one]);
    else one.reject(absence);
  }
  return absence;
}

function tooMany(): FailureError {
  const message = 'Too many videos are being created with this key at the moment. Try again shortly.';
  return new FailureError({ kind: 'unavailable', message, retryAfterMs: RETRY_AFTER_MS });
}
