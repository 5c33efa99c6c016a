// A bounded pool of worker threads, where a crash or a missed deadline costs only the job it happened to.
import { Worker } from 'node:worker_threads';

/** What a worker thread posts back while it does one job. */
export type WorkerReport<Progress, Result> =
  | { readonly kind: 'progress'; readonly progress: Progress }
  | { readonly kind: 'done'; readonly result: Result }
  | { readonly kind: 'failed'; readonly message: string };

export type PoolRun<Job, Progress> = {
  readonly job: Job;
  readonly timeoutMs: number;
  readonly onStart?: () => void;
  readonly onProgress?: (progress: Progress) => void;
};

export type WorkerPool<Job, Progress, Result> = {
  /** Waits for a free worker, then runs the job. Rejects with a `PoolFullError`, or with what went wrong in the worker. */
  run(run: PoolRun<Job, Progress>): Promise<Result>;
  /** Stops every worker; waiting and running jobs are rejected with a `PoolClosedError`. */
  close(): Promise<void>;
};

export class PoolFullError extends Error {
  override readonly name = 'PoolFullError';
}

export class PoolClosedError extends Error {
  override readonly name = 'PoolClosedError';
}

type Waiting<Job, Progress, Result> = PoolRun<Job, Progress> & {
  readonly resolve: (result: Result) => void;
  readonly reject: (error: Error) => void;
};

type Slot<Job, Progress, Result> = {
  readonly worker: Worker;
  busy: { readonly waiting: Waiting<Job, Progress, Result>; readonly deadline: NodeJS.Timeout } | null;
};

/** A leak in a decoder must end as one failed job, not as a starved server. */
const WORKER_HEAP_MEGABYTES = 1024;

/** `url` is the worker's module; it gets each job as a message and answers with `WorkerReport`s. */
export function openWorkerPool<Job, Progress, Result>(options: {
  readonly url: URL;
  readonly workers: number;
  readonly maxQueued: number;
}): WorkerPool<Job, Progress, Result> {
  type ThisSlot = Slot<Job, Progress, Result>;
  const slots = new Set<ThisSlot>();
  const queue: Waiting<Job, Progress, Result>[] = [];
  let closed = false;

  function spawn(): ThisSlot {
    const worker = new Worker(options.url, { resourceLimits: { maxOldGenerationSizeMb: WORKER_HEAP_MEGABYTES } });
    const slot: ThisSlot = { worker, busy: null };
    worker.unref();
    worker.on('message', (report: WorkerReport<Progress, Result>) => receive(slot, report));
    worker.on('error', (error) => lose(slot, error instanceof Error ? error : new Error(String(error))));
    worker.on('exit', (code) => lose(slot, new Error(`The worker stopped with code ${code}.`)));
    slots.add(slot);
    return slot;
  }

  function receive(slot: ThisSlot, report: WorkerReport<Progress, Result>): void {
    if (slot.busy === null) return;
    const { waiting } = slot.busy;
    switch (report.kind) {
      case 'progress':
        waiting.onProgress?.(report.progress);
        return;
      case 'done':
        release(slot);
        waiting.resolve(report.result);
        break;
      case 'failed':
        release(slot);
        waiting.reject(new Error(report.message));
        break;
    }
    pump();
  }

  function release(slot: ThisSlot): void {
    if (slot.busy !== null) clearTimeout(slot.busy.deadline);
    slot.busy = null;
    slot.worker.unref();
  }

  function lose(slot: ThisSlot, error: Error): void {
    const lost = slot.busy;
    release(slot);
    slots.delete(slot);
    void slot.worker.terminate();
    lost?.waiting.reject(error);
    pump();
  }

  function pump(): void {
    while (!closed && queue.length > 0) {
      const slot = [...slots].find((each) => each.busy === null) ?? (slots.size < options.workers ? spawn() : null);
      if (slot === null) return;
      const waiting = queue.shift();
      if (waiting === undefined) return;
      const deadline = setTimeout(
        () => lose(slot, new Error(`The work took longer than ${waiting.timeoutMs} ms and was stopped.`)),
        waiting.timeoutMs,
      );
      slot.busy = { waiting, deadline };
      slot.worker.ref();
      waiting.onStart?.();
      slot.worker.postMessage(waiting.job);
    }
  }

  return {
    run(run) {
      return new Promise((resolve, reject) => {
        if (closed) return reject(new PoolClosedError('The workers have been stopped.'));
        if (queue.length >= options.maxQueued) return reject(new PoolFullError('Too much work is already waiting.'));
        queue.push({ ...run, resolve, reject });
        pump();
      });
    },
    async close() {
      closed = true;
      const stopped = new PoolClosedError('The workers have been stopped.');
      for (const waiting of queue.splice(0)) waiting.reject(stopped);
      const workers = [...slots].map((slot) => {
        const lost = slot.busy;
        release(slot);
        lost?.waiting.reject(stopped);
        return slot.worker;
      });
      slots.clear();
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}
