// A bounded pool of worker processes, where a crash or a missed deadline costs only the job it happened to.
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** What a worker process sends back while it does one job. `isFull`: it holds so much memory that it is better replaced. */
export type WorkerReport<Progress, Result> =
  | { readonly kind: 'progress'; readonly progress: Progress }
  | { readonly kind: 'done'; readonly result: Result; readonly isFull: boolean }
  | { readonly kind: 'failed'; readonly message: string; readonly isFull: boolean };

export type PoolRun<Job, Progress> = {
  readonly job: Job;
  readonly timeoutMs: number;
  /** Stops the work, or takes it out of the queue. */
  readonly signal?: AbortSignal;
  readonly onStart?: () => void;
  readonly onProgress?: (progress: Progress) => void;
};

export class PoolFullError extends Error {
  override readonly name = 'PoolFullError';
}

export class PoolClosedError extends Error {
  override readonly name = 'PoolClosedError';
}

export class PoolAbortedError extends Error {
  override readonly name = 'PoolAbortedError';
}

type Waiting<Job, Progress, Result> = PoolRun<Job, Progress> & {
  /** How often the worker died under it. */
  crashes: number;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: Error) => void;
};

type Slot<Job, Progress, Result> = {
  readonly child: ChildProcess;
  readonly gone: Promise<void>;
  busy: { readonly waiting: Waiting<Job, Progress, Result>; readonly deadline: NodeJS.Timeout } | null;
  idle: NodeJS.Timeout | null;
};

const STOPPED = 'The workers have been stopped.';

/** A leak must end as one failed job, not as a starved machine. */
const WORKER_HEAP_MEGABYTES = 1024;

/** Native code may fault once by bad luck; work that kills its worker again and again is bad work. */
const MAX_CRASHES = 2;

/** A worker without work gives its memory back after this long. */
const IDLE_MS = 60_000;

export type PoolOptions = {
  /** The worker's module, which calls `serveJobs`. */
  readonly url: URL;
  readonly workers: number;
  readonly maxQueued: number;
};

/**
 * Processes rather than threads, because the codecs are native code fed with files from anywhere: a fault in them ends the
 * process it happens in, and a stuck one can only be killed.
 */
export class WorkerPool<Job, Progress, Result> {
  readonly #options: PoolOptions;
  readonly #slots = new Set<Slot<Job, Progress, Result>>();
  readonly #queue: Waiting<Job, Progress, Result>[] = [];
  #closed = false;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  /** Waits for a free worker, then runs the job. Rejects with a `PoolFullError`, or with what went wrong in the worker. */
  run(run: PoolRun<Job, Progress>): Promise<Result> {
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(new PoolClosedError(STOPPED));
      if (this.#queue.length >= this.#options.maxQueued) return reject(new PoolFullError('Too much work is waiting.'));
      const waiting = { ...run, crashes: 0, resolve, reject };
      this.#queue.push(waiting);
      run.signal?.addEventListener('abort', () => this.#abort(waiting), { once: true });
      this.#pump();
    });
  }

  /** Stops every worker; waiting and running jobs are rejected with a `PoolClosedError`. */
  async close(): Promise<void> {
    this.#closed = true;
    const stopped = new PoolClosedError(STOPPED);
    for (const waiting of this.#queue.splice(0)) waiting.reject(stopped);
    const leaving = [...this.#slots];
    for (const slot of leaving) {
      this.#lose(slot, stopped);
      // The end of a process is only waited for while something keeps the event loop alive.
      slot.child.ref();
    }
    await Promise.all(leaving.map((slot) => slot.gone));
  }

  #pump(): void {
    while (!this.#closed && this.#queue.length > 0) {
      const free = [...this.#slots].find((each) => each.busy === null);
      const slot = free ?? (this.#slots.size < this.#options.workers ? this.#spawn() : null);
      const waiting = slot === null ? undefined : this.#queue.shift();
      if (slot === null || waiting === undefined) return;
      this.#assign(slot, waiting);
    }
  }

  #spawn(): Slot<Job, Progress, Result> {
    const child = startWorker(this.#options.url);
    const gone = new Promise<void>((resolve) => {
      child.once('exit', () => resolve());
      child.once('error', () => resolve());
    });
    const slot: Slot<Job, Progress, Result> = { child, gone, busy: null, idle: null };
    child.on('message', (report) => this.#receive(slot, report as WorkerReport<Progress, Result>));
    child.on('error', (error) => this.#lose(slot, error));
    child.on('exit', (code, signal) =>
      this.#crash(slot, new Error(`The worker stopped with ${signal ?? `code ${code}`}.`)),
    );
    this.#slots.add(slot);
    return slot;
  }

  #assign(slot: Slot<Job, Progress, Result>, waiting: Waiting<Job, Progress, Result>): void {
    const { timeoutMs } = waiting;
    const late = new Error(`The work took longer than ${timeoutMs} ms and was stopped.`);
    if (slot.idle !== null) clearTimeout(slot.idle);
    slot.idle = null;
    slot.busy = { waiting, deadline: setTimeout(() => this.#lose(slot, late), timeoutMs) };
    slot.child.ref();
    slot.child.channel?.ref();
    waiting.onStart?.();
    slot.child.send({ job: waiting.job }, (error) => {
      if (error !== null) this.#lose(slot, error);
    });
  }

  #receive(slot: Slot<Job, Progress, Result>, report: WorkerReport<Progress, Result>): void {
    if (slot.busy === null) return;
    const { waiting } = slot.busy;
    switch (report.kind) {
      case 'progress':
        waiting.onProgress?.(report.progress);
        return;
      case 'done':
        this.#release(slot);
        waiting.resolve(report.result);
        break;
      case 'failed':
        this.#release(slot);
        waiting.reject(new Error(report.message));
        break;
    }
    if (report.isFull) this.#lose(slot, new Error('The worker was full.'));
    this.#pump();
  }

  #release(slot: Slot<Job, Progress, Result>): void {
    if (slot.busy !== null) clearTimeout(slot.busy.deadline);
    slot.busy = null;
    slot.child.unref();
    slot.child.channel?.unref();
    slot.idle = setTimeout(() => this.#lose(slot, new Error('The worker was idle.')), IDLE_MS).unref();
  }

  #abort(waiting: Waiting<Job, Progress, Result>): void {
    const aborted = new PoolAbortedError('The work was called off.');
    const at = this.#queue.indexOf(waiting);
    if (at >= 0) this.#queue.splice(at, 1)[0]?.reject(aborted);
    const slot = [...this.#slots].find((each) => each.busy?.waiting === waiting);
    if (slot !== undefined) this.#lose(slot, aborted);
  }

  /** The worker died by itself: its work gets another one, a bounded number of times. */
  #crash(slot: Slot<Job, Progress, Result>, error: Error): void {
    const waiting = slot.busy?.waiting;
    if (waiting !== undefined && this.#slots.has(slot) && !this.#closed && waiting.crashes < MAX_CRASHES) {
      waiting.crashes += 1;
      this.#release(slot);
      this.#queue.unshift(waiting);
    }
    this.#lose(slot, error);
  }

  #lose(slot: Slot<Job, Progress, Result>, error: Error): void {
    const lost = slot.busy;
    if (!this.#slots.delete(slot)) return;
    this.#release(slot);
    if (slot.idle !== null) clearTimeout(slot.idle);
    slot.child.kill('SIGKILL');
    lost?.waiting.reject(error);
    this.#pump();
  }
}

/** The environment stays behind: a worker needs no secret, so a hostile file cannot find one there. */
function startWorker(url: URL): ChildProcess {
  return fork(fileURLToPath(url), [], {
    env: {},
    execArgv: ['--expose-gc', `--max-old-space-size=${WORKER_HEAP_MEGABYTES}`],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
}
