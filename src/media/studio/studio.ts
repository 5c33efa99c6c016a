// The sandbox's film studio: takes plans, renders each once in worker processes, and keeps the clips.
import { rename, rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { PoolAbortedError, PoolClosedError, WorkerPool } from '../inspect/worker-pool.ts';
import { openClipCache } from './clip-cache.ts';
import { planDigest } from './plan.ts';
import type { RenderPlan } from './plan.ts';
import type { RenderJob } from './worker.ts';

export type RenderStatus =
  | { readonly state: 'absent' }
  | { readonly state: 'queued' }
  /** `progress` from 0 to 1. */
  | { readonly state: 'rendering'; readonly progress: number }
  | { readonly state: 'done'; readonly path: string; readonly bytes: number }
  | { readonly state: 'failed'; readonly message: string };

export type Studio = {
  /**
   * Has the plan rendered and returns its digest. No work when it is rendered, in flight, or failed a moment ago.
   * Throws a `StudioFullError` when too many clips wait already, and a `RangeError` for a plan no clip can be made of.
   */
  start(plan: RenderPlan): string;
  status(digest: string): RenderStatus;
  /** Calls off a clip that is not done; it is absent afterwards, and whoever still wants it starts it again. */
  cancel(digest: string): void;
  /** Called after a clip is done or has failed. Returns the unsubscriber. */
  onFinished(listener: (digest: string) => void): () => void;
  /** Cancels what is in flight; those clips are absent afterwards. */
  close(): Promise<void>;
};

export class StudioFullError extends Error {
  override readonly name = 'StudioFullError';
}

const DEFAULT_MAX_QUEUED = 1_000;
const DEFAULT_MAX_BYTES = 4 * 1024 ** 3;

/** A render gets this long, plus a multiple of the clip's length; a stuck codec must not hold a worker for ever. */
const RENDER_BASE_TIMEOUT_MS = 5 * 60_000;
const RENDER_TIMEOUT_PER_CLIP_MS = 60;

/**
 * The same plan fails the same way, so a failure is an answer for a while. It is not one for ever: a worker may also have
 * been lost to something that has passed.
 */
const FAILURE_MEMORY_MS = 60_000;
const MAX_FAILURES_KEPT = 1_000;

type Flight = { started: boolean; progress: number; settled: Promise<void>; readonly callOff: AbortController };

export function openStudio(options: {
  readonly directory: string;
  /** Clips rendered at once; one core is left to the event loop by default. */
  readonly workers?: number;
  /** Clips that may wait for a worker. */
  readonly maxQueued?: number;
  /** Rendered clips are kept up to this many bytes. */
  readonly maxBytes?: number;
  /** Another renderer in place of ours: a module that serves `RenderJob`s. */
  readonly workerUrl?: URL;
}): Studio {
  const cache = openClipCache(options.directory, options.maxBytes ?? DEFAULT_MAX_BYTES);
  const maxQueued = options.maxQueued ?? DEFAULT_MAX_QUEUED;
  const workers = options.workers ?? Math.max(1, availableParallelism() - 1);
  const pool = new WorkerPool<RenderJob, number, null>({
    url: options.workerUrl ?? new URL('./worker.ts', import.meta.url),
    workers,
    maxQueued: maxQueued + workers,
  });
  const flights = new Map<string, Flight>();
  const failures = rememberFailures();
  const listeners = new Set<(digest: string) => void>();
  let closed = false;

  async function render(digest: string, plan: RenderPlan, flight: Flight): Promise<void> {
    const draft = cache.draftPath(digest);
    try {
      await pool.run({
        job: { plan, path: draft },
        signal: flight.callOff.signal,
        timeoutMs: RENDER_BASE_TIMEOUT_MS + RENDER_TIMEOUT_PER_CLIP_MS * plan.durationMs,
        onStart: () => {
          flight.started = true;
        },
        onProgress: (progress) => {
          flight.progress = progress;
        },
      });
      await rename(draft, cache.pathOf(digest));
      cache.add(digest);
    } catch (error) {
      await rm(draft, { force: true });
      if (error instanceof PoolClosedError || error instanceof PoolAbortedError) return;
      failures.add(digest, error instanceof Error ? error.message : String(error));
    } finally {
      flights.delete(digest);
    }
    for (const listener of listeners) listener(digest);
  }

  return {
    start(plan) {
      if (closed) throw new Error('The studio is closed.');
      const digest = planDigest(plan);
      if (flights.has(digest) || failures.recent(digest) !== null || cache.find(digest) !== null) return digest;
      const waiting = [...flights.values()].filter((flight) => !flight.started).length;
      if (waiting >= maxQueued)
        throw new StudioFullError(`The studio already has ${waiting} clips waiting; try again later.`);
      const flight: Flight = {
        started: false,
        progress: 0,
        settled: Promise.resolve(),
        callOff: new AbortController(),
      };
      flights.set(digest, flight);
      flight.settled = render(digest, plan, flight);
      return digest;
    },
    status(digest) {
      const flight = flights.get(digest);
      if (flight !== undefined)
        return flight.started ? { state: 'rendering', progress: flight.progress } : { state: 'queued' };
      const message = failures.recent(digest);
      if (message !== null) return { state: 'failed', message };
      const clip = cache.find(digest);
      return clip === null ? { state: 'absent' } : { state: 'done', ...clip };
    },
    cancel(digest) {
      flights.get(digest)?.callOff.abort();
    },
    onFinished(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async close() {
      closed = true;
      const settled = [...flights.values()].map((flight) => flight.settled);
      await pool.close();
      await Promise.all(settled);
    },
  };
}

type Failures = { add(digest: string, message: string): void; recent(digest: string): string | null };

function rememberFailures(): Failures {
  const kept = new Map<string, { readonly message: string; readonly untilMs: number }>();
  return {
    add(digest, message) {
      kept.set(digest, { message, untilMs: Date.now() + FAILURE_MEMORY_MS });
      for (const oldest of kept.keys()) {
        if (kept.size <= MAX_FAILURES_KEPT) break;
        kept.delete(oldest);
      }
    },
    recent(digest) {
      const failure = kept.get(digest);
      if (failure === undefined) return null;
      if (failure.untilMs > Date.now()) return failure.message;
      kept.delete(digest);
      return null;
    },
  };
}
