/** What a channel's vendor charges, as operators write it: one row for each price. */

import { Type } from 'typebox';
import type { Static } from 'typebox';

import type { Catalogue } from '../../catalogue/catalogue.ts';
import type { Condition } from '../../model/catalogue.ts';
import { parseUsd } from '../../model/money.ts';
import type { Micros } from '../../model/money.ts';
import { priceText } from '../../model/price.ts';
import type { ChannelCost } from '../../store/channels.ts';
import { Exactly, refused } from './shapes.ts';

const MAX_COSTS = 500;

const UNITS = ['second', 'video', 'million_tokens'] as const;
const WORDS = `a list of at most ${MAX_COSTS} prices such as {"model":"sora-2","unit":"second","usd":"0.05"}, with a unit of ${UNITS.join(', ')}`;

const Usd = Type.Union([Type.String({ maxLength: 40 }), Type.Number()]);

export const Costs = Type.Array(
  Exactly({
    model: Type.String({ minLength: 1, maxLength: 200 }),
    unit: Type.Union(UNITS.map((unit) => Type.Literal(unit))),
    usd: Usd,
    base_usd: Type.Optional(Usd),
    resolution: Type.Optional(Type.String({ maxLength: 40 })),
    audio: Type.Optional(Type.Boolean()),
  }),
  { maxItems: MAX_COSTS, description: WORDS },
);

/** Throws `invalid_request` for a model that is none and for an amount that is none. */
export function costsOf(catalogue: Catalogue, body: Static<typeof Costs>): readonly ChannelCost[] {
  return body.map(({ model, unit, usd, base_usd: base, resolution, audio }) => {
    const row = catalogue.find(model)?.row;
    if (row === undefined) throw refused('costs', `'costs' names '${model}', which is no model.`);
    const when: Condition = {
      ...(resolution === undefined ? {} : { resolution: [resolution] }),
      ...(audio === undefined ? {} : { audio: [audio] }),
    };
    const baseMicros = base === undefined ? {} : { baseMicros: costMicros(base) };
    return { model: row.id, unit, micros: costMicros(usd), ...baseMicros, when };
  });
}

/** Nothing is an amount too: of machines of one's own. */
function costMicros(usd: string | number): Micros {
  const micros = parseUsd(String(usd));
  if (micros === null)
    throw refused('costs', `'costs' must hold amounts of USD with at most six decimals, such as "0.05".`);
  return micros;
}

export function costBody(cost: ChannelCost) {
  const [resolution] = cost.when.resolution ?? [];
  const [audio] = cost.when.audio ?? [];
  return {
    model: cost.model,
    ...priceText(cost),
    ...(resolution === undefined ? {} : { resolution }),
    ...(audio === undefined ? {} : { audio }),
  };
}
