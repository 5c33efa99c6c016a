/** What the engine tells whoever measures and traces it. Nothing depends on anybody listening. */

import type { Failure } from '../model/failure.ts';
import type { JobState } from '../model/job.ts';
import type { JobRecord } from '../store/jobs.ts';

/** A piece of work on a job that is over. What is said of it comes from closed sets: no text of a client or a vendor. */
export type Deed = {
  readonly what: 'create' | 'submit' | 'find' | 'check' | 'cancel' | 'collect' | 'notify';
  readonly jobId: string;
  /** Milliseconds since 1970. */
  readonly startedMs: number;
  readonly endedMs: number;
  /** What came of it in one word, such as `accepted` or the kind of a failure. */
  readonly outcome: string;
  readonly facts: Readonly<Record<string, string | number>>;
  /** The `traceparent` that the client sent along; null or absent where there was none. */
  readonly traceparent?: string | null;
};

export type JobEnd = {
  readonly job: JobRecord;
  readonly state: JobState;
  readonly failure: Failure | null;
  readonly chargeMicros: bigint;
  readonly endedMs: number;
};

export type Watch = {
  deed(deed: Deed): void;
};

/** Tells of work that began at `startedMs` and is over now. */
export function tellDeed(
  { watch }: { readonly watch?: Watch },
  startedMs: number,
  deed: Omit<Deed, 'startedMs' | 'endedMs'>,
): void {
  watch?.deed({ ...deed, startedMs, endedMs: Date.now() });
}

const listeners = new Set<(end: JobEnd) => void>();

/** Hears of every job that this process ends. Answers how to stop listening. */
export function onJobEnd(listener: (end: JobEnd) => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

export function tellJobEnd(end: JobEnd): void {
  for (const listener of listeners) listener(end);
}
