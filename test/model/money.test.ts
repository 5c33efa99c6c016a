/** Amounts of money as text and back, without a cent lost. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { MAX_MICROS, divideUp, formatUsd, parseUsd } from '../../src/model/money.ts';

describe('amounts', () => {
  it('survive being written and read', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: MAX_MICROS }), (micros) => {
        expect(parseUsd(formatUsd(micros))).toBe(micros);
      }),
    );
  });

  it.each([
    [0n, '0.00'],
    [1n, '0.000001'],
    [1_500_000n, '1.50'],
    [-250_000n, '-0.25'],
    [12_345_678n, '12.345678'],
  ])('%s micro-USD is written %s', (micros, text) => {
    expect(formatUsd(micros)).toBe(text);
  });

  it.each(['', '-1', '1e3', '0x10', ' 1', '1.1234567', '1000000001', 'NaN', '1,5'])('%j is no amount', (text) => {
    expect(parseUsd(text)).toBeNull();
  });

  it('round up once', () => {
    expect([divideUp(0n, 3n), divideUp(1n, 3n), divideUp(3n, 3n), divideUp(4n, 3n)]).toEqual([0n, 1n, 1n, 2n]);
  });
});
