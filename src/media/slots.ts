/** At most so many at once; the rest wait in order, and not without end. */

import { FailureError } from '../model/failure.ts';

export type Slots = { run<T>(work: () => Promise<T>): Promise<T> };

const RETRY_AFTER_MS = 2_000;

/** Throws a `FailureError` (`unavailable`) with the sentence `busy` when `maxWaiting` wait already. */
export function createSlots(max: number, maxWaiting: number, busy: string): Slots {
  const waiting: (() => void)[] = [];
  let taken = 0;
  return {
    run: async (work) => {
      if (taken >= max) {
        if (waiting.length >= maxWaiting)
          throw new FailureError({ kind: 'unavailable', message: busy, retryAfterMs: RETRY_AFTER_MS });
        // Whoever leaves hands its slot over, so that nobody slips in between.
        await new Promise<void>((resolve) => waiting.push(resolve));
      } else {
        taken += 1;
      }
      try {
        return await work();
      } finally {
        const next = waiting.shift();
        if (next === undefined) taken -= 1;
        else next();
      }
    },
  };
}
