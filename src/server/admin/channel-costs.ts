/** What a channel's vendor charges, as operators write it: one row for each price. */

import { Type } from 'typebox';
import type { Static } from 'typebox';

import { findModel } from '../../catalogue/index.ts';
import type { Condition } from '../../model/catalogue.ts';
import { formatUsd, parseUsd } from '../../model/money.ts';
import type { ChannelCost } from '../../store/channels.ts';
import { Exactly, refused } from './shapes.ts';

const MAX_COSTS = 500;

const UNITS = ['second', 'video', 'million_tokens'] as const;
const WORDS = `a list of at most ${MAX_COSTS} prices such as {"model":"sora-2","unit":"second","usd":"0.05"}, with a unit of ${UNITS.join(', ')}`;

export const Costs = Type.Array(
  Exactly({
    model: Type.String({ minLength: 1, maxLength: 200 }),
    unit: Type.Union(UNITS.map((unit) => Type.Literal(unit))),
    usd: Type.Union([Type.String({ maxLength: 40 }), Type.Number()]),
    resolution: Type.Optional(Type.String({ maxLength: 40 })),
    audio: Type.Optional(Type.Boolean()),
  }),
  { maxItems: MAX_COSTS, description: WORDS },
);

/** Throws `invalid_request` for a model that is none and for an amount that is none. */
export function costsOf(body: Static<typeof Costs>): readonly ChannelCost[] {
  return body.map(({ model, unit, usd, resolution, audio }) => {
    const row = findModel(model)?.row;
    if (row === undefined) throw refused('costs', `'costs' names '${model}', which is no model.`);
    const micros = parseUsd(String(usd));
    if (micros === null)
      throw refused('costs', `'costs' must hold amounts of USD with at most six decimals, such as "0.05".`);
    const when: Condition = {
      ...(resolution === undefined ? {} : { resolution: [resolution] }),
      ...(audio === undefined ? {} : { audio: [audio] }),
    };
    return { model: row.id, unit, micros, when };
  });
}

export function costBody({ model, unit, micros, when }: ChannelCost) {
  const [resolution] = when.resolution ?? [];
  const [audio] = when.audio ?? [];
  return {
    model,
    unit,
    usd: formatUsd(micros),
    ...(resolution === undefined ? {} : { resolution }),
    ...(audio === undefined ? {} : { audio }),
  };
}
