// The other end of the worker pool: runs inside a worker process and does one job after the other.
import { constants, setPriority } from 'node:os';
import type { WorkerReport } from './worker-pool.ts';

/** Call once at the top of a worker's module. The pool sends the next job only after the last was answered. */
export function serveJobs<Job, Progress, Result>(
  work: (job: Job, onProgress: (progress: Progress) => void) => Promise<Result>,
): void {
  const send = (report: WorkerReport<Progress, Result>): void => {
    process.send?.(report);
  };
  // The event loop of the server comes first on a full machine.
  setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
  // A terminal's Ctrl-C reaches the whole group; it is for the server to decide what becomes of this work.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
  process.on('disconnect', () => process.exit());
  process.on('message', async ({ job }: { readonly job: Job }) => {
    try {
      send({ kind: 'done', result: await work(job, (progress) => send({ kind: 'progress', progress })) });
    } catch (error) {
      send({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
    }
  });
}
