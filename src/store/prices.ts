/** Prices as they lie in `jsonb`: JSON has no integers of that size, so their amounts are text. */

import type { Micros } from '../model/money.ts';

type Priced = { readonly micros: Micros; readonly baseMicros?: Micros };

export type PriceJson<T extends Priced> = Omit<T, keyof Priced> & {
  readonly micros: string;
  readonly baseMicros?: string;
};

export function readPrice<T extends Priced>({ micros, baseMicros, ...rest }: PriceJson<T>): T {
  const base = baseMicros === undefined ? {} : { baseMicros: BigInt(baseMicros) };
  return { ...rest, micros: BigInt(micros), ...base } as unknown as T;
}

export function priceJson<T extends Priced>(price: T): PriceJson<T> {
  const { micros, baseMicros, ...rest } = price;
  const base = baseMicros === undefined ? {} : { baseMicros: baseMicros.toString() };
  return { ...rest, micros: micros.toString(), ...base };
}
