/** When a running job is looked at again. */

import { describe, expect, it } from 'vitest';

import { afterErrorMs, nextCheckMs } from '../../src/engine/schedule.ts';

function looksUntil(endMs: number, typicalMs: number): { looks: number; lagMs: number } {
  let [ageMs, looks] = [0, 0];
  while (ageMs < endMs) {
    ageMs += nextCheckMs({ hintMs: null, ageMs, typicalMs });
    looks += 1;
  }
  return { looks, lagMs: ageMs - endMs };
}

describe('the schedule of checks', () => {
  it('obeys what the vendor asks for, within bounds', () => {
    expect(nextCheckMs({ hintMs: 5_000, ageMs: 0, typicalMs: 60_000 })).toBe(5_000);
    expect(nextCheckMs({ hintMs: 0, ageMs: 0, typicalMs: 60_000 })).toBe(200);
    expect(nextCheckMs({ hintMs: 3_600_000, ageMs: 0, typicalMs: 60_000 })).toBe(60_000);
  });

  it.each([30_000, 60_000, 120_000, 300_000])('needs about twenty looks for a job of the usual %i ms', (typicalMs) => {
    const { looks, lagMs } = looksUntil(typicalMs, typicalMs);
    expect(looks).toBeLessThanOrEqual(22);
    expect(lagMs).toBeLessThanOrEqual(Math.max(1_500, typicalMs / 20));
  });

  it('slows down for a job that takes far longer than usual, and never stops looking', () => {
    const early = nextCheckMs({ hintMs: null, ageMs: 70_000, typicalMs: 60_000 });
    const late = nextCheckMs({ hintMs: null, ageMs: 3_600_000, typicalMs: 60_000 });
    expect(late).toBeGreaterThan(early);
    expect(late).toBeLessThanOrEqual(60_000);
  });

  it('backs off while the vendor does not answer, up to two minutes', () => {
    const waits = [1, 2, 3, 4, 20].map((failures) => afterErrorMs(failures, null));
    expect(waits).toEqual([500, 1_000, 2_000, 4_000, 120_000]);
    expect(afterErrorMs(1, 30_000)).toBe(30_000);
  });
});
