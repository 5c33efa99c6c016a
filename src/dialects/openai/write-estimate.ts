/** Writes what a create would cost: the sum, and how it comes about. */

import type { JsonObject } from '../../model/json.ts';
import { formatUsd } from '../../model/money.ts';
import { baseAmount, quotedUnits } from '../../model/price.ts';
import type { Language } from '../../model/violation.ts';
import type { HttpReply, Quote } from '../dialect.ts';

export function writeEstimate(quote: Quote, language: Language): HttpReply {
  const { spec, notes, amountMicros, holdMicros } = quote;
  const body = {
    object: 'video.estimate',
    model: spec.requestedModel,
    seconds: String(spec.seconds),
    resolution: spec.resolution,
    size: `${spec.width}x${spec.height}`,
    currency: 'USD',
    amount_usd: amountMicros === null ? null : formatUsd(amountMicros),
    hold_usd: formatUsd(holdMicros),
    breakdown: breakdown(quote),
    warnings: notes.map((note) => ({ code: note.code, param: note.param, message: note.because[language] })),
  };
  return { status: 200, headers: {}, body };
}

/** One line for all videos of the job, and one for what each costs besides; none where the model has no price. */
function breakdown({ spec, price, amountMicros }: Quote): readonly JsonObject[] {
  if (price === null || amountMicros === null) return [];
  const baseMicros = baseAmount(price, spec);
  const line = {
    item: 'video',
    count: spec.count,
    unit: price.unit,
    quantity: formatUsd(quotedUnits(price.unit, spec)).replace(/\.0+$/, ''),
    unit_price_usd: formatUsd(price.micros),
    amount_usd: formatUsd(amountMicros - baseMicros),
  };
  if (price.baseMicros === undefined) return [line];
  const base = {
    item: 'base',
    count: spec.count,
    unit: 'video',
    quantity: String(spec.count),
    unit_price_usd: formatUsd(price.baseMicros),
    amount_usd: formatUsd(baseMicros),
  };
  return [base, line];
}
