/** How busy the event loop is, and what is refused while it is too busy to do everything well. */

import { monitorEventLoopDelay, performance } from 'node:perf_hooks';

import type { LimitClass } from '../dialects/dialect.ts';
import { LOAD_BOUNDS } from './bounds.ts';

export type LoadReading = {
  /** The time from any moment to the loop's next turn, in milliseconds: what a request waits before it is looked at. */
  readonly delayMs: number;
  /** The share of the time in which the loop had something to do, 0 to 1. */
  readonly utilization: number;
};

export type LoadMeter = {
  /** The better of the last two samples: a single long turn is over once it is known. */
  reading(): LoadReading;
  stop(): void;
};

const NANOSECONDS_PER_MS = 1e6;
export const IDLE: LoadReading = { delayMs: 0, utilization: 0 };

export function startLoadMeter(): LoadMeter {
  const { resolutionMs, sampleMs } = LOAD_BOUNDS;
  const turns = monitorEventLoopDelay({ resolution: resolutionMs });
  turns.enable();
  let before = performance.eventLoopUtilization();
  let previous = IDLE;
  let latest = IDLE;
  const timer = setInterval(() => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, before);
    // A long turn is met by more of the moments than a short one: the mean of the squares over the mean.
    const meanMs = turns.mean / NANOSECONDS_PER_MS;
    const spreadMs = turns.stddev / NANOSECONDS_PER_MS;
    const turnMs = meanMs > 0 ? meanMs + spreadMs ** 2 / meanMs : 0;
    previous = latest;
    latest = { delayMs: Math.max(0, turnMs - resolutionMs), utilization };
    before = now;
    turns.reset();
  }, sampleMs).unref();
  return {
    reading: () => (latest.delayMs < previous.delayMs ? latest : previous),
    stop: () => {
      clearInterval(timer);
      turns.disable();
    },
  };
}

/**
 * Whether such a request is refused: what makes something once the loop is `shedDelayMs` late, looks only when it is much worse;
 * nothing ever where that is 0. A loop that turns late though
 * it has little to do is one that the machine lets wait, and refusing would not help.
 */
export function isShed({ delayMs, utilization }: LoadReading, limitClass: LimitClass, shedDelayMs: number): boolean {
  if (shedDelayMs === 0 || utilization < LOAD_BOUNDS.busyShare) return false;
  return delayMs > (limitClass === 'submit' ? shedDelayMs : shedDelayMs * LOAD_BOUNDS.readsFactor);
}
