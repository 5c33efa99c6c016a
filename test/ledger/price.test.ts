/** Quotes and charges as laws: rounded once, monotone, never above the hold, never nothing, never cheaper in parts. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { PriceRow } from '../../src/model/catalogue.ts';
import { charge, costOf, quote } from '../../src/model/price.ts';
import type { PriceSnapshot } from '../../src/model/price.ts';
import type { VideoSpec } from '../../src/model/spec.ts';
import { findModel, listModels } from '../../src/catalogue/index.ts';
import { SPEC } from '../support/rows.ts';

const unit = fc.constantFrom('second', 'video', 'million_tokens');
const micros = fc.bigInt({ min: 1n, max: 50_000_000n });
const base = fc.option(micros);
const seconds = fc.integer({ min: 1, max: 120 });
const count = fc.integer({ min: 1, max: 8 });
const odd = fc.oneof(fc.double(), fc.integer(), fc.constantFrom(null, Number.NaN, Infinity, -Infinity, 0, -1, 1e308));

type Case = { readonly price: PriceSnapshot; readonly spec: VideoSpec };

const cases: fc.Arbitrary<Case> = fc
  .record({ unit, micros, base, seconds, count, min: fc.option(seconds) })
  .map((drawn) => ({
    price: {
      unit: drawn.unit,
      micros: drawn.micros,
      ...(drawn.base === null ? {} : { baseMicros: drawn.base }),
      ...(drawn.min === null ? {} : { minBilledSeconds: drawn.min }),
    },
    spec: {
      ...SPEC,
      seconds: drawn.seconds,
      billedSeconds: Math.max(drawn.seconds, drawn.min ?? 0),
      count: drawn.count,
    },
  }));

function priceRow(price: PriceSnapshot): PriceRow {
  return {
    unit: price.unit,
    micros: price.micros,
    ...(price.baseMicros === undefined ? {} : { baseMicros: price.baseMicros }),
    when: {},
    source: { reference: 'a test', confidence: 'documented' },
  };
}

/** Quoted by the catalogue's own arithmetic, on a row that has this one price. */
function quoted({ price, spec }: Case): bigint {
  const [row] = listModels();
  if (row === undefined) throw new Error('the catalogue has rows');
  const amount = quote(spec, { ...row, prices: [priceRow(price)] });
  if (amount === null) throw new Error('the row has a price');
  return amount.amountMicros;
}

describe('the charge', () => {
  it('is more than nothing and at most the hold, whatever length is said to have been delivered', () => {
    fc.assert(
      fc.property(cases, odd, (drawn, deliveredMs) => {
        const hold = quoted(drawn);
        const due = charge(drawn.spec, drawn.price, hold, deliveredMs);
        expect(due > 0n && due <= hold).toBe(true);
      }),
    );
  });

  it('is the hold where no length is known', () => {
    fc.assert(
      fc.property(cases, fc.constantFrom(null, Number.NaN, 0, -5), (drawn, deliveredMs) => {
        expect(charge(drawn.spec, drawn.price, quoted(drawn), deliveredMs)).toBe(quoted(drawn));
      }),
    );
  });

  it('never falls when more is delivered', () => {
    fc.assert(
      fc.property(cases, fc.nat({ max: 200_000 }), fc.nat({ max: 50_000 }), (drawn, ms, more) => {
        const hold = quoted(drawn);
        const [less, least] = [
          charge(drawn.spec, drawn.price, hold, ms + 1 + more),
          charge(drawn.spec, drawn.price, hold, ms + 1),
        ];
        expect(least <= less).toBe(true);
      }),
    );
  });

  it('bills at least the scene’s minimum', () => {
    fc.assert(
      fc.property(micros, fc.integer({ min: 6, max: 60 }), fc.integer({ min: 1, max: 5_000 }), (price, asked, ms) => {
        const spec = { ...SPEC, seconds: asked, billedSeconds: asked };
        const snapshot = { unit: 'second', micros: price, minBilledSeconds: 5 } as const;
        expect(charge(spec, snapshot, price * BigInt(asked), ms)).toBe(price * 5n);
      }),
    );
  });
});

describe('the quote', () => {
  it('never falls with the length or the count', () => {
    fc.assert(
      fc.property(cases, seconds, count, ({ price, spec }, longer, more) => {
        const bigger = { ...spec, billedSeconds: spec.billedSeconds + longer, count: spec.count + more };
        expect(quoted({ price, spec }) <= quoted({ price, spec: bigger })).toBe(true);
      }),
    );
  });

  it('is so much a video and so much a second, for each video', () => {
    const price = { unit: 'second', micros: 25_000n, baseMicros: 150_000n } as const;
    expect(quoted({ price, spec: { ...SPEC, billedSeconds: 5 } })).toBe(275_000n);
    expect(quoted({ price, spec: { ...SPEC, billedSeconds: 5, count: 2 } })).toBe(550_000n);
    expect(charge(SPEC, price, 275_000n, 2_000)).toBe(200_000n);
    expect(costOf(SPEC, [priceRow(price)], { seconds: 2, tokens: null })).toBe(200_000n);
  });

  it('is never cheaper in two parts by more than a millionth of a dollar each', () => {
    fc.assert(
      fc.property(cases, seconds, ({ price, spec }, rest) => {
        const part = (length: number): bigint => quoted({ price, spec: { ...spec, billedSeconds: length } });
        expect(part(spec.billedSeconds) + part(rest) + 2n >= part(spec.billedSeconds + rest)).toBe(true);
      }),
    );
  });
});

describe('a list price', () => {
  it.each([
    ['Vidu-q2-turbo', 'extend', '540p', 100_000n],
    ['Vidu-q2-turbo', 'multi_frame', '1080p', 450_000n],
    ['Vidu-q2-pro', 'extend', '720p', 400_000n],
  ] as const)('of %s for %s at %s is so many credits and so many a second', (model, mode, resolution, micros) => {
    const row = findModel(model)?.row;
    const amount = row === undefined ? null : quote({ ...SPEC, mode, scene: mode, resolution }, row);
    expect(amount?.amountMicros).toBe(micros);
  });
});

describe('the cost basis', () => {
  const usage = (said: number | null, tokens: bigint | null) => ({ seconds: said, tokens });

  it('is what the vendor says it used, unless that is absurd', () => {
    const costs = [priceRow({ unit: 'second', micros: 100_000n })];
    expect(costOf(SPEC, costs, usage(4, null))).toBe(400_000n);
    expect(costOf(SPEC, costs, usage(6.5, null))).toBe(650_000n);
    for (const absurd of [null, 0, -1, Number.NaN, 1e9])
      expect(costOf(SPEC, costs, usage(absurd, null))).toBe(500_000n);
    const perToken = [priceRow({ unit: 'million_tokens', micros: 1_000_000n })];
    expect(costOf(SPEC, perToken, usage(null, 90_000n))).toBe(90_000n);
    for (const absurd of [null, 0n, -1n, 10n ** 12n])
      expect(costOf(SPEC, perToken, usage(null, absurd))).toBe(108_900n);
  });

  it('is unknown where the vendor’s prices are', () => {
    expect(costOf(SPEC, [], usage(5, null))).toBeNull();
  });
});
