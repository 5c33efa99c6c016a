/** When to look at a job again. Pure. */

/** All in milliseconds. */
const FASTEST_HINT_MS = 200;
const FASTEST_MS = 500;
const SLOWEST_MS = 60_000;
const ERROR_BASE_MS = 500;
const ERROR_MAX_MS = 120_000;
/** A client sees its progress move at least this often while the end is far. */
const EARLY_LOOKS = 3;
/** Looks between the time by which a few jobs are ready and the time by which nearly all are. */
const DENSE_LOOKS = 14;
const LATE_FIRST_MS = 60_000;
const LATE_SLOWEST_MS = 3_600_000;

/** How long jobs of a kind take from accepted to finished, in milliseconds: a few by `early`, half by `typical`, nearly all by `late`. */
export type Expectation = { readonly earlyMs: number; readonly typicalMs: number; readonly lateMs: number };

export type CheckFacts = {
  /** What the vendor asked for, if anything. */
  readonly hintMs: number | null;
  /** Since the vendor accepted the job. */
  readonly ageMs: number;
  readonly expected: Expectation;
};

/** What is assumed of a model until its jobs have taught better. */
export function guessFrom(typicalMs: number): Expectation {
  return { earlyMs: typicalMs * 0.75, typicalMs, lateMs: typicalMs * 1.4 };
}

/**
 * The vendor's hint where it gave one; else a few looks before anything can be expected, dense ones while jobs of this kind
 * end, and ever sparser ones after: at most about twenty for a job of the usual length.
 */
export function nextCheckMs(facts: CheckFacts): number {
  if (facts.hintMs !== null) return clamp(facts.hintMs, FASTEST_HINT_MS, SLOWEST_MS);
  const { ageMs, expected } = facts;
  const dense = clamp((expected.lateMs - expected.earlyMs) / DENSE_LOOKS, FASTEST_MS, SLOWEST_MS);
  const untilEarly = expected.earlyMs - ageMs;
  if (untilEarly > 0) return clamp(Math.min(untilEarly, expected.earlyMs / EARLY_LOOKS), FASTEST_MS, SLOWEST_MS);
  const overdueMs = Math.max(0, ageMs - expected.lateMs);
  return clamp(dense + overdueMs / 5, FASTEST_MS, SLOWEST_MS);
}

/** After the n-th look in a row that failed (from 1): doubling, bounded. */
export function afterErrorMs(failures: number, retryAfterMs: number | null): number {
  const backoff = ERROR_BASE_MS * 2 ** Math.min(failures - 1, 10);
  return clamp(Math.max(backoff, retryAfterMs ?? 0), ERROR_BASE_MS, ERROR_MAX_MS);
}

/** When a job that waits for a place at a busy channel is tried if nobody calls it before, by its age. */
export function placeWaitMs(ageMs: number): number {
  return clamp(ageMs / 4, 5_000, 60_000);
}

/** How long a queued job waits for channels that rest after failures: until the first may be called, and longer with its age. */
export function restWaitMs(ageMs: number, restMs: number): number {
  return clamp(Math.max(restMs, ageMs / 10), 500, 60_000);
}

/** When to look again for a task whose submit had no answer: soon, then ever less often. */
export function reconcileMs(ageMs: number): number {
  return clamp(ageMs / 4, 1_000, 300_000);
}

/** When to look again at a task whose job has expired, by how often that was done. */
export function lateCheckMs(checksBefore: number): number {
  return clamp(LATE_FIRST_MS * 1.5 ** Math.min(checksBefore, 20), LATE_FIRST_MS, LATE_SLOWEST_MS);
}

/** How long a failed copy of a finished video rests, after the n-th failure (from 1). */
export function recollectMs(failures: number): number {
  return clamp(2_000 * 2 ** Math.min(failures - 1, 10), 2_000, 600_000);
}

function clamp(value: number, min: number, max: number): number {
  return Math.round(Math.min(max, Math.max(min, value)));
}
