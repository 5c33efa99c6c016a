/** Writes what a video would cost. */

import { formatUsd } from '../../model/money.ts';
import { priceText } from '../../model/price.ts';
import type { HttpReply, Quote } from '../dialect.ts';
import { specBody } from './write.ts';

export function writeQuote({ spec, notes, amountMicros, price, holdMicros }: Quote): HttpReply {
  const body = {
    amount_usd: amountMicros === null ? null : formatUsd(amountMicros),
    currency: 'USD',
    hold_usd: formatUsd(holdMicros),
    price: price === null ? null : priceText(price),
    spec: specBody(spec),
    notes: notes.map(({ code, param, because }) => ({ code, param, message: because.en })),
  };
  return { status: 200, headers: {}, body };
}
