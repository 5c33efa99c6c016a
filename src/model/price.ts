/** What a job costs: the price row that was in force when it was made, and the sums from it. */

import type { ModelRow, PriceRow, PriceUnit } from './catalogue.ts';
import { divideUp, formatUsd } from './money.ts';
import type { Micros } from './money.ts';
import type { InputRole } from './request.ts';
import { modeOf } from './resolve-inputs.ts';
import { matches } from './rules.ts';
import type { VideoSpec } from './spec.ts';

/** Micro-USD per unit, and besides once per video. */
type UnitPrice = Pick<PriceRow, 'unit' | 'micros' | 'baseMicros'>;

/** The price a job was made with; later changes of the price list do not touch it. */
export type PriceSnapshot = UnitPrice & {
  /** Fewer seconds than this are billed as this many. */
  readonly minBilledSeconds?: number;
};

/** What a price looks at: of the inputs only what they are for. */
export type PricedSpec = Omit<VideoSpec, 'inputs'> & { readonly inputs: readonly { readonly role: InputRole }[] };

type PriceList = readonly (UnitPrice & Pick<PriceRow, 'when'>)[];

/** Quantities are counted in millionths of a unit, so that a single token is one. */
const PER_UNIT = 1_000_000n;
/** Ark counts 24 frames a second and one more; see the vendor's billing page. */
const TOKEN_FRAMES_PER_SECOND = 24;

export function priceOf(spec: PricedSpec, rows: PriceList): PriceSnapshot | null {
  const row = rows.find((candidate) => matches(candidate.when, spec));
  if (row === undefined) return null;
  const { unit, micros, baseMicros } = row;
  return { unit, micros, ...(baseMicros === undefined ? {} : { baseMicros }) };
}

/** What the job will cost at most: held when it is made. */
export function quote(spec: PricedSpec, row: ModelRow): { price: PriceSnapshot; amountMicros: Micros } | null {
  const price = priceOf(spec, row.prices);
  if (price === null) return null;
  const minBilledSeconds = modeOf(row, spec.mode)?.minBilledSeconds;
  const snapshot = minBilledSeconds === undefined ? price : { ...price, minBilledSeconds };
  return { price: snapshot, amountMicros: amount(price, spec, spec.billedSeconds * 1000) };
}

/**
 * The charge for what was delivered, never above what was quoted: a longer clip than asked is our loss, a shorter one
 * is billed as it is, at least as the scene's minimum. Where `deliveredMs` is no length at all, the quote stands.
 */
export function charge(
  spec: VideoSpec,
  price: PriceSnapshot,
  quotedMicros: Micros,
  deliveredMs: number | null,
): Micros {
  if (deliveredMs === null || !(deliveredMs > 0)) return quotedMicros;
  // Containers round to whole frames: within one frame of the asked length is the asked length.
  const frameMs = 1000 / spec.fps;
  if (deliveredMs >= spec.seconds * 1000 - frameMs) return quotedMicros;
  const minimumMs =
    Math.max(price.minBilledSeconds ?? 0, spec.billedSeconds > spec.seconds ? spec.billedSeconds : 0) * 1000;
  const exact = amount(price, spec, Math.ceil(Math.max(deliveredMs, minimumMs)));
  return exact < quotedMicros ? exact : quotedMicros;
}

/** What a vendor says it used; null where it does not say. */
type SaidUsage = { readonly seconds: number | null; readonly tokens: bigint | null };

/** Nobody makes a video this many times longer than asked: such a usage is a mistake. */
const MAX_OVERRUN = 10;

/**
 * What the vendor charges for the finished video by `costs`, its price list; null where that is not known. Its own word on
 * what was used counts, unless it is absurd; else what was asked.
 */
export function costOf(spec: VideoSpec, costs: PriceList, usage: SaidUsage): Micros | null {
  const price = priceOf(spec, costs);
  if (price === null) return null;
  const askedMs = spec.billedSeconds * 1000;
  const saidMs = Math.ceil((usage.seconds ?? 0) * 1000);
  const usedMs = saidMs > 0 && saidMs <= askedMs * MAX_OVERRUN ? saidMs : askedMs;
  if (price.unit !== 'million_tokens' || usage.tokens === null) return amount(price, spec, usedMs);
  const asked = tokens(spec, askedMs) * BigInt(spec.count);
  const isSane = usage.tokens > 0n && usage.tokens <= asked * BigInt(MAX_OVERRUN);
  return divideUp(price.micros * (isSane ? usage.tokens : asked), PER_UNIT) + baseAmount(price, spec);
}

/** A price as every API says it. */
export function priceText({ unit, micros, baseMicros }: UnitPrice): {
  readonly unit: PriceUnit;
  readonly usd: string;
  readonly base_usd?: string;
} {
  const base = baseMicros === undefined ? {} : { base_usd: formatUsd(baseMicros) };
  return { unit, usd: formatUsd(micros), ...base };
}

/** How many units of its price a job is quoted for, in millionths of a unit. */
export function quotedUnits(unit: PriceUnit, spec: PricedSpec): bigint {
  return units(unit, spec, spec.billedSeconds * 1000);
}

/** What a job's price asks for its videos, whatever their length. */
export function baseAmount(price: UnitPrice, { count }: Pick<PricedSpec, 'count'>): Micros {
  return (price.baseMicros ?? 0n) * BigInt(count);
}

/** Rounded up once, at the end. */
function amount(price: UnitPrice, spec: PricedSpec, lengthMs: number): Micros {
  return divideUp(price.micros * units(price.unit, spec, lengthMs), PER_UNIT) + baseAmount(price, spec);
}

function units(unit: PriceUnit, spec: PricedSpec, lengthMs: number): bigint {
  const count = BigInt(spec.count);
  switch (unit) {
    case 'video':
      return count * PER_UNIT;
    case 'second':
      return (BigInt(lengthMs) * count * PER_UNIT) / 1000n;
    case 'million_tokens':
      return tokens(spec, lengthMs) * count;
  }
}

function tokens(spec: PricedSpec, lengthMs: number): bigint {
  const frames = Math.ceil((TOKEN_FRAMES_PER_SECOND * lengthMs) / 1000) + 1;
  return divideUp(BigInt(spec.width) * BigInt(spec.height) * BigInt(frames), 1024n);
}
