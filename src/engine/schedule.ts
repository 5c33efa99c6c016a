/** When to look at a job again. Pure. */

/** All in milliseconds. */
const FASTEST_MS = 200;
const SLOWEST_MS = 60_000;
const ERROR_BASE_MS = 500;
const ERROR_MAX_MS = 120_000;

export type CheckFacts = {
  /** What the vendor asked for, if anything. */
  readonly hintMs: number | null;
  readonly ageMs: number;
  /** Usual time of this model from submit to result. */
  readonly typicalMs: number;
};

/**
 * The vendor's hint where it gave one; else dense around the expected end and sparse before and long after: about twenty
 * looks for a job of the usual length.
 */
export function nextCheckMs(facts: CheckFacts): number {
  if (facts.hintMs !== null) return clamp(facts.hintMs, FASTEST_MS, SLOWEST_MS);
  const left = facts.typicalMs - facts.ageMs;
  const nearEnd = facts.typicalMs / 20;
  const wait = left > facts.typicalMs / 4 ? left / 4 : left > -facts.typicalMs / 2 ? nearEnd : -left / 5;
  return clamp(wait, 1_000, SLOWEST_MS);
}

/** After the n-th look in a row that failed (from 1): doubling, bounded. */
export function afterErrorMs(failures: number, retryAfterMs: number | null): number {
  const backoff = ERROR_BASE_MS * 2 ** Math.min(failures - 1, 10);
  return clamp(Math.max(backoff, retryAfterMs ?? 0), ERROR_BASE_MS, ERROR_MAX_MS);
}

/** How long a queued job waits for a busy channel before the next try, by how often it was postponed. */
export function busyWaitMs(ageMs: number): number {
  return clamp(ageMs / 10, 500, 5_000);
}

/** When to look again for a task whose submit had no answer: soon, then ever less often. */
export function reconcileMs(ageMs: number): number {
  return clamp(ageMs / 4, 1_000, 300_000);
}

function clamp(value: number, min: number, max: number): number {
  return Math.round(Math.min(max, Math.max(min, value)));
}
