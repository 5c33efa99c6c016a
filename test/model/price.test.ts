/** Quotes and charges: rounded once, never above the quote, never nothing for a delivered video. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { charge } from '../../src/model/price.ts';
import type { PriceSnapshot } from '../../src/model/price.ts';
import { SPEC } from '../support/rows.ts';

const PER_SECOND: PriceSnapshot = { unit: 'second', micros: 100_000n };
const QUOTE = 500_000n;

describe('the charge', () => {
  it.each([
    ['exactly what was asked', 5_000, QUOTE],
    ['within one frame of it', 4_960, QUOTE],
    ['a longer clip than asked: the quote', 6_500, QUOTE],
    ['a shorter clip: what was delivered', 3_000, 300_000n],
    ['a length nobody knows: the quote', null, QUOTE],
    ['an absurd length: the quote', -3, QUOTE],
  ] as const)('for %s', (_, deliveredMs, expected) => {
    expect(charge(SPEC, PER_SECOND, QUOTE, deliveredMs)).toBe(expected);
  });

  it('respects a scene’s minimum', () => {
    expect(charge({ ...SPEC, seconds: 3, billedSeconds: 5 }, PER_SECOND, QUOTE, 3_000)).toBe(QUOTE);
  });

  it('counts tokens as the vendor does', () => {
    const perToken: PriceSnapshot = { unit: 'million_tokens', micros: 1_000_000n };
    expect(charge(SPEC, perToken, 108_900n, 5_000)).toBe(108_900n);
  });

  it('grows with the length and never passes the quote', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60_000 }), fc.integer({ min: 0, max: 5_000 }), (ms, more) => {
        const [one, other] = [charge(SPEC, PER_SECOND, QUOTE, ms), charge(SPEC, PER_SECOND, QUOTE, ms + more)];
        expect(one <= other && other <= QUOTE && one > 0n).toBe(true);
      }),
    );
  });
});
