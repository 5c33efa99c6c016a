/** When a running job is looked at again. */

import { describe, expect, it } from 'vitest';

import { afterErrorMs, guessFrom, lateCheckMs, nextCheckMs, recollectMs } from '../../src/engine/schedule.ts';
import type { Expectation } from '../../src/engine/schedule.ts';

function looksUntil(endMs: number, expected: Expectation): { looks: number; lagMs: number } {
  let [ageMs, looks] = [nextCheckMs({ hintMs: null, ageMs: 0, expected }), 1];
  while (ageMs < endMs) {
    ageMs += nextCheckMs({ hintMs: null, ageMs, expected });
    looks += 1;
  }
  return { looks, lagMs: ageMs - endMs };
}

/** Evenly spread chances through the inverse of a normal distribution, so that a simulation is always the same. */
function normalTimes(meanMs: number, deviationMs: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => {
    const chance = (index + 0.5) / count;
    // A logistic curve is near enough to the normal one, and has an inverse that can be written down.
    return Math.max(1_000, meanMs + (deviationMs * Math.log(chance / (1 - chance))) / 1.702);
  });
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}

describe('the schedule of checks', () => {
  it('obeys what the vendor asks for, within bounds', () => {
    const expected = guessFrom(60_000);
    expect(nextCheckMs({ hintMs: 5_000, ageMs: 0, expected })).toBe(5_000);
    expect(nextCheckMs({ hintMs: 0, ageMs: 0, expected })).toBe(200);
    expect(nextCheckMs({ hintMs: 3_600_000, ageMs: 0, expected })).toBe(60_000);
  });

  it.each([30_000, 60_000, 120_000, 300_000])('needs about twenty looks for a job of the usual %i ms', (typicalMs) => {
    const { looks, lagMs } = looksUntil(typicalMs, guessFrom(typicalMs));
    expect(looks).toBeLessThanOrEqual(20);
    expect(lagMs).toBeLessThanOrEqual(typicalMs / 20);
  });

  it.each([
    { meanMs: 60_000, deviationMs: 4_000 },
    { meanMs: 120_000, deviationMs: 15_000 },
    { meanMs: 20_000, deviationMs: 1_500 },
    { meanMs: 300_000, deviationMs: 60_000 },
  ])(
    'once it knows jobs of $meanMs ± $deviationMs ms, sees their end soon with few looks',
    ({ meanMs, deviationMs }) => {
      const times = normalTimes(meanMs, deviationMs, 500);
      const expected = {
        earlyMs: quantile(times, 0.05),
        typicalMs: quantile(times, 0.5),
        lateMs: quantile(times, 0.95),
      };
      const seen = times.map((endMs) => looksUntil(endMs, expected));
      const lags = seen.map(({ lagMs }) => lagMs).toSorted((a, b) => a - b);
      const looks = seen.map((one) => one.looks).toSorted((a, b) => a - b);
      // The best that so many looks could do is half of the time between two of them.
      const between = (expected.lateMs - expected.earlyMs) / 14;
      expect(quantile(lags, 0.5)).toBeLessThanOrEqual(Math.max(500, between * 0.6));
      expect(quantile(lags, 0.95)).toBeLessThanOrEqual(Math.max(1_000, between * 1.5));
      expect(quantile(looks, 0.5)).toBeLessThanOrEqual(12);
      expect(quantile(looks, 0.99)).toBeLessThanOrEqual(24);
    },
  );

  it('slows down for a job that takes far longer than usual, and never stops looking', () => {
    const expected = guessFrom(60_000);
    const early = nextCheckMs({ hintMs: null, ageMs: 70_000, expected });
    const late = nextCheckMs({ hintMs: null, ageMs: 3_600_000, expected });
    expect(late).toBeGreaterThan(early);
    expect(late).toBeLessThanOrEqual(60_000);
  });

  it('backs off while the vendor does not answer, up to two minutes, and never asks sooner than it was told', () => {
    const waits = [1, 2, 3, 4, 20].map((failures) => afterErrorMs(failures, null));
    expect(waits).toEqual([500, 1_000, 2_000, 4_000, 120_000]);
    expect(afterErrorMs(1, 30_000)).toBe(30_000);
  });

  it('looks ever less often at a task that is too late, and at a file that cannot be had', () => {
    expect([0, 1, 30].map(lateCheckMs)).toEqual([60_000, 90_000, 3_600_000]);
    expect([1, 2, 3, 30].map(recollectMs)).toEqual([2_000, 4_000, 8_000, 600_000]);
  });
});
