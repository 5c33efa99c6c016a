/** Reads jobs by id, those asked for at the same time in one statement. */

import type { Database } from '../store/database.ts';
import { readJobs } from '../store/jobs.ts';
import type { JobRecord } from '../store/jobs.ts';
import { READ_BOUNDS } from './bounds.ts';

/** The job unless it was deleted or never was; whose it is is the caller's to check. */
export type JobReader = (id: string) => Promise<JobRecord | null>;

type Waiting = {
  readonly id: string;
  readonly resolve: (job: JobRecord | null) => void;
  readonly reject: (error: unknown) => void;
};

/** Statements under way at once; more would only keep other work from the pool. */
const MAX_RUNNING = 2;

/** A read never shares a statement that began before it was asked for, so it sees all that was committed by then. */
export function createJobReader(db: Database): JobReader {
  let waiting: Waiting[] = [];
  let running = 0;

  async function run(batch: readonly Waiting[]): Promise<void> {
    try {
      const jobs = await readJobs(db, [...new Set(batch.map((one) => one.id))]);
      const byId = new Map(jobs.map((job) => [job.id, job]));
      for (const one of batch) one.resolve(byId.get(one.id) ?? null);
    } catch (error) {
      for (const one of batch) one.reject(error);
    }
  }

  function next(): void {
    if (running >= MAX_RUNNING || waiting.length === 0) return;
    const batch = waiting.slice(0, READ_BOUNDS.batch);
    waiting = waiting.slice(READ_BOUNDS.batch);
    running += 1;
    void run(batch).then(() => {
      running -= 1;
      next();
    });
    next();
  }

  return (id) =>
    new Promise((resolve, reject) => {
      waiting.push({ id, resolve, reject });
      // Requests that came in with the same turn of the event loop travel together.
      if (waiting.length === 1) setImmediate(next);
    });
}
