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

/** A read never shares a statement that began before it was asked for, so it sees all that was committed by then. */
export function createJobReader(db: Database): JobReader {
  let waiting: Waiting[] = [];
  let running = 0;
  let startedMs = 0;

  async function run(batch: readonly Waiting[]): Promise<void> {
    try {
      const jobs = await readJobs(db, [...new Set(batch.map((one) => one.id))]);
      const byId = new Map(jobs.map((job) => [job.id, job]));
      for (const one of batch) one.resolve(byId.get(one.id) ?? null);
    } catch (error) {
      for (const one of batch) one.reject(error);
    }
  }

  /** While one statement is under way the next one gathers; only a slow one, or a full batch, is not waited for. */
  function mayStart(): boolean {
    if (running === 0) return waiting.length > 0;
    const isSlow = performance.now() - startedMs > READ_BOUNDS.slowReadMs;
    return running < READ_BOUNDS.reads && waiting.length >= (isSlow ? 1 : READ_BOUNDS.batch);
  }

  function next(): void {
    while (mayStart()) {
      const batch = waiting.slice(0, READ_BOUNDS.batch);
      waiting = waiting.slice(READ_BOUNDS.batch);
      running += 1;
      startedMs = performance.now();
      void run(batch).then(() => {
        running -= 1;
        next();
      });
    }
  }

  return (id) =>
    new Promise((resolve, reject) => {
      waiting.push({ id, resolve, reject });
      // Requests that came in with the same turn of the event loop travel together.
      if (running === 0 && waiting.length > 1) return;
      if (running === 0) setImmediate(next);
      else next();
    });
}
