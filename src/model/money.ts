/** Money: integer micro-USD in `bigint`, and its decimal text. One micro-USD is 0.000001 USD. */

export type Micros = bigint;

export const MICROS_PER_USD = 1_000_000n;
/** The largest amount accepted anywhere: one billion USD, far inside a signed 64-bit integer. */
export const MAX_MICROS = 1_000_000_000n * MICROS_PER_USD;

const DECIMAL = /^(\d{1,10})(?:\.(\d{1,6}))?$/;

/** Micro-USD of a decimal text such as `"12.5"`; null for signs, exponents, more than six decimals, or too much. */
export function parseUsd(text: string): Micros | null {
  const match = DECIMAL.exec(text);
  if (match === null) return null;
  const micros = BigInt(match[1] ?? '0') * MICROS_PER_USD + BigInt((match[2] ?? '').padEnd(6, '0'));
  return micros > MAX_MICROS ? null : micros;
}

/** Decimal text with at least two and at most six decimals: `1500000n` is `"1.50"`. */
export function formatUsd(micros: Micros): string {
  const sign = micros < 0n ? '-' : '';
  const absolute = micros < 0n ? -micros : micros;
  const fraction = (absolute % MICROS_PER_USD).toString().padStart(6, '0');
  return `${sign}${absolute / MICROS_PER_USD}.${fraction.replace(/0{1,4}$/, '')}`;
}

/** `numerator / denominator` rounded up once, for non-negative amounts. */
export function divideUp(numerator: bigint, denominator: bigint): bigint {
  return (numerator + denominator - 1n) / denominator;
}
