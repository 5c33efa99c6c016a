/** Admin routes of prices: what each model is sold for, what its vendors charge, and who changed it when. */

import { Type } from 'typebox';

import { mergePatch } from '../../catalogue/merge-patch.ts';
import { priceDocument } from '../../catalogue/row-document.ts';
import type { ModelRow } from '../../model/catalogue.ts';
import { isObject } from '../../model/json.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import type { ServerDependencies } from '../dependencies.ts';
import type { TypedApp } from '../typed-app.ts';
import { changeModel, idOf, Note, versionsPage, VersionQuery } from './catalogue.ts';
import { Exactly, refused } from './shapes.ts';

const ModelName = Type.String({ minLength: 1, maxLength: 200, description: 'the name of a model' });
const PriceQuery = Exactly({ model: Type.Optional(ModelName) });
const PricesBody = Exactly({
  model: ModelName,
  prices: Type.Union([Type.Array(Type.Object({})), Type.Null()], {
    description: 'a list of prices such as {"unit": "second", "usd": "0.05"}, or null for the built-in ones',
  }),
  note: Note,
});

export function installPrices(app: TypedApp, deps: ServerDependencies): void {
  app.get('/prices', { schema: { querystring: PriceQuery } }, async (request) => {
    const { model } = request.query;
    const rows = model === undefined ? deps.catalogue.now().rows : [rowNamed(deps, model)];
    return { data: rows.map((row) => pricesBody(deps, row)), next: null };
  });

  app.put('/prices', { schema: { body: PricesBody } }, async (request) => {
    const { model, prices, note = null } = request.body;
    const { id } = rowNamed(deps, model);
    const patch = (now: JsonObject | null): JsonObject | null => withPrices(now ?? {}, prices as Json);
    await changeModel(deps, { model: id, patch, note }, request.id);
    return pricesBody(deps, rowNamed(deps, id));
  });

  app.get(
    '/prices/versions',
    { schema: { querystring: Exactly({ model: ModelName, ...VersionQuery }) } },
    async (request) => {
      const { model, ...query } = request.query;
      const { data, next } = await versionsPage(deps, idOf(deps, model), query);
      const changes = data.filter(({ changed }) => changed.includes('prices'));
      return {
        data: changes.map(({ version, override, actor, note, created_at }) => ({
          version,
          prices: override?.prices ?? null,
          actor,
          note,
          created_at,
        })),
        next,
      };
    },
  );
}

/** An override with these prices; null where nothing is left of it. */
function withPrices(now: JsonObject, prices: Json): JsonObject | null {
  const next = mergePatch(now, { prices });
  return isObject(next) && Object.keys(next).length > 0 ? next : null;
}

function rowNamed({ catalogue }: ServerDependencies, name: string): ModelRow {
  const row = catalogue.now().named(name);
  if (row === null) throw refused('model', `'model' names '${name}', which is the id or alias of no model.`);
  return row;
}

function pricesBody({ catalogue }: ServerDependencies, row: ModelRow) {
  const last = catalogue.versions().get(row.id);
  const isOwn = last !== undefined && last.patch !== null && 'prices' in last.patch;
  return {
    model: row.id,
    origin: isOwn ? 'operator' : 'built_in',
    version: catalogue.now().versionOf(row.id),
    prices: row.prices.map(priceDocument),
    // None of a provider: nobody knows.
    costs: row.servings.map(({ provider, modes, costs = [] }) => ({
      provider,
      modes: modes ?? null,
      costs: costs.map(priceDocument),
    })),
  };
}
