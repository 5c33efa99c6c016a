/** When a client should ask again about a job. Pure; all times in milliseconds. */

const SHORTEST_MS = 1_000;
const LONGEST_MS = 10_000;
const LONGEST_STEADY_MS = 5_000;

/** Sparse early, dense around the end that is to be expected, and sparser again the longer that is past. */
export function pollHintMs(ageMs: number, typicalMs: number): number {
  const leftMs = typicalMs - ageMs;
  const denseMs = typicalMs / 60;
  const waitMs = leftMs > 0 ? Math.max(leftMs / 4, denseMs) : Math.max(-leftMs / 20, denseMs);
  return clamp(waitMs, LONGEST_MS);
}

/** For clients that take the first hint they get and keep to it. */
export function steadyPollHintMs(typicalMs: number): number {
  return clamp(typicalMs / 30, LONGEST_STEADY_MS);
}

function clamp(ms: number, longestMs: number): number {
  return Math.round(Math.min(longestMs, Math.max(SHORTEST_MS, ms)));
}
