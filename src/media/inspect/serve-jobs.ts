// The other end of the worker pool: runs inside a worker process and does one job after the other.
import { constants, setPriority } from 'node:os';
import type { WorkerReport } from './worker-pool.ts';

/** Native code leaks a little with each file, where no heap limit sees it. */
const FULL_BYTES = 512 * 1024 * 1024;

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
      const result = await work(job, (progress) => send({ kind: 'progress', progress }));
      send({ kind: 'done', result, isFull: isFull() });
    } catch (error) {
      send({ kind: 'failed', message: error instanceof Error ? error.message : String(error), isFull: isFull() });
    }
  });
}

function isFull(): boolean {
  return process.memoryUsage.rss() > FULL_BYTES;
}
