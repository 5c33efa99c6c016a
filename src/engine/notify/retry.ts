/** When a delivery that failed is tried again. Pure; all times in milliseconds. */

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** The wait before each try after the one before it. */
export const TRY_AFTER_MS: readonly number[] = [
  0,
  10 * SECOND_MS,
  30 * SECOND_MS,
  2 * MINUTE_MS,
  10 * MINUTE_MS,
  HOUR_MS,
  6 * HOUR_MS,
  24 * HOUR_MS,
];
/** A tenth earlier or later, so that what failed together does not come back together. */
const JITTER = 0.1;
const MAX_RETRY_AFTER_MS = 24 * HOUR_MS;
/** Statuses whose `Retry-After` counts. */
const BUSY_STATUSES: readonly number[] = [429, 503];

/** The wait before the next try after `tries` of them; null if that was the last. `chance` is from 0 to 1. */
export function nextTryMs(tries: number, retryAfterMs: number | null, chance: number): number | null {
  const usual = TRY_AFTER_MS[tries];
  if (usual === undefined) return null;
  return Math.max(Math.round(usual * (1 + JITTER * (2 * chance - 1))), retryAfterMs ?? 0);
}

/** What a busy receiver asked for, at most a day; null where it asked for nothing. */
export function retryAfterMs(status: number, header: string | null, nowMs: number): number | null {
  if (header === null || !BUSY_STATUSES.includes(status)) return null;
  const text = header.trim();
  const waitMs = /^\d{1,9}$/.test(text) ? Number(text) * SECOND_MS : Date.parse(text) - nowMs;
  return Number.isNaN(waitMs) ? null : Math.min(MAX_RETRY_AFTER_MS, Math.max(0, waitMs));
}
