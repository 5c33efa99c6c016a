/** Reads jobs by id: those asked for at the same time in one statement, and in full only what changed since the last look. */

import type { Database } from '../store/database.ts';
import { readJobVersions, readJobs } from '../store/jobs.ts';
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
  const known = new Map<string, JobRecord>();
  let waiting: Waiting[] = [];
  let running = 0;
  let startedMs = 0;

  /** Every change of a job raises its version, so a copy of the same version is the job. */
  async function read(ids: readonly string[]): Promise<ReadonlyMap<string, JobRecord>> {
    const current = new Map<string, JobRecord>();
    const changed: string[] = [];
    for (const [id, version] of await readJobVersions(db, ids)) {
      const copy = known.get(id);
      if (copy?.version === version) current.set(id, copy);
      else changed.push(id);
    }
    for (const job of changed.length === 0 ? [] : await readJobs(db, changed)) {
      current.set(job.id, job);
      remember(job);
    }
    return current;
  }

  function remember(job: JobRecord): void {
    known.delete(job.id);
    const oldest = known.size >= READ_BOUNDS.knownJobs ? known.keys().next().value : undefined;
    if (oldest !== undefined) known.delete(oldest);
    known.set(job.id, job);
  }

  async function run(batch: readonly Waiting[]): Promise<void> {
    try {
      const jobs = await read([...new Set(batch.map((one) => one.id))]);
      for (const one of batch) one.resolve(jobs.get(one.id) ?? null);
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
