/** What a job costs: the price row that was in force when it was made, and the sums from it. */

import type { ModelRow, PriceRow, PriceUnit } from './catalogue.ts';
import { divideUp } from './money.ts';
import type { Micros } from './money.ts';
import { matches } from './resolve.ts';
import type { VideoSpec } from './spec.ts';

/** The price a job was made with; later changes of the price list do not touch it. */
export type PriceSnapshot = { readonly unit: PriceUnit; readonly micros: Micros };

const TOKENS_PER_PRICE = 1_000_000n;
/** Ark counts 24 frames a second and one more; see the vendor's billing page. */
const TOKEN_FRAMES_PER_SECOND = 24;

export function priceOf(spec: VideoSpec, rows: readonly PriceRow[]): PriceSnapshot | null {
  const row = rows.find((candidate) => matches(candidate.when, spec));
  return row === undefined ? null : { unit: row.unit, micros: row.micros };
}

/** What the job will cost at most: held when it is made. */
export function quote(spec: VideoSpec, row: ModelRow): { price: PriceSnapshot; amountMicros: Micros } | null {
  const price = priceOf(spec, row.prices);
  return price === null ? null : { price, amountMicros: amount(price, spec, spec.billedSeconds * 1000) };
}

/**
 * The charge for what was delivered, never above what was quoted: a longer clip than asked is our loss, a shorter one
 * is billed as it is, at least as the scene's minimum. `deliveredMs` null: the length is not known, so the quote stands.
 */
export function charge(
  spec: VideoSpec,
  price: PriceSnapshot,
  quotedMicros: Micros,
  deliveredMs: number | null,
): Micros {
  if (deliveredMs === null || deliveredMs <= 0) return quotedMicros;
  // Containers round to whole frames: within one frame of the asked length is the asked length.
  const frameMs = 1000 / spec.fps;
  const asked = spec.billedSeconds * 1000;
  const wholeMs =
    deliveredMs >= spec.seconds * 1000 - frameMs
      ? asked
      : Math.max(deliveredMs, (spec.billedSeconds - spec.seconds) * 1000);
  const exact = amount(price, spec, Math.min(asked, Math.ceil(wholeMs)));
  return exact < quotedMicros ? exact : quotedMicros;
}

/** Rounded up once, at the end. */
function amount(price: PriceSnapshot, spec: VideoSpec, lengthMs: number): Micros {
  const count = BigInt(spec.count);
  switch (price.unit) {
    case 'video':
      return price.micros * count;
    case 'second':
      return divideUp(price.micros * BigInt(lengthMs) * count, 1000n);
    case 'million_tokens':
      return divideUp(price.micros * tokens(spec, lengthMs) * count, TOKENS_PER_PRICE);
  }
}

function tokens(spec: VideoSpec, lengthMs: number): bigint {
  const frames = Math.ceil((TOKEN_FRAMES_PER_SECOND * lengthMs) / 1000) + 1;
  return divideUp(BigInt(spec.width) * BigInt(spec.height) * BigInt(frames), 1024n);
}
