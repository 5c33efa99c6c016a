/** Commands about what is sold: models and their prices. */

import { isObject } from '../../model/json.ts';
import type { JsonObject } from '../../model/json.ts';
import { limitOf, LIMIT, listOutcome, recordOutcome, tableOf } from '../answers.ts';
import type { CommandRow } from '../command.ts';

export const CATALOGUE_COMMANDS: readonly CommandRow[] = [
  {
    name: 'models list',
    about: 'Models of the catalogue, the overridden ones included',
    needs: 'a running server',
    options: [LIMIT],
    run: async (context, words) => {
      const page = await (await context.admin()).list('/models', limitOf(words));
      return listOutcome(page, ['id', 'label', 'family', 'origin', 'version', 'priced']);
    },
  },
  {
    name: 'models show',
    about: 'One model with everything that is known of it',
    needs: 'a running server',
    arguments: [{ name: 'model', about: 'its name' }],
    run: async (context, words) => {
      const admin = await context.admin();
      return recordOutcome(await admin.ask('GET', `/models/${encodeURIComponent(words.text('model'))}`));
    },
  },
  {
    name: 'prices',
    about: 'What each model costs, and where the price is from',
    needs: 'a running server',
    run: async (context) => {
      const answer = await (await context.admin()).ask('GET', '/prices');
      return { data: answer, text: (paint) => tableOf(priceLines(answer), PRICE_COLUMNS, paint) };
    },
  },
];

const PRICE_COLUMNS = ['model', 'unit', 'usd', 'base_usd', 'when', 'origin', 'source.confidence', 'source.reference'];

/** One line for each price of each model. */
function priceLines({ data }: JsonObject): JsonObject[] {
  const models = Array.isArray(data) ? data.filter(isObject) : [];
  return models.flatMap(({ model = null, origin = null, prices }) =>
    (Array.isArray(prices) ? prices.filter(isObject) : []).map((price) => ({ ...price, model, origin })),
  );
}
