/** Commands about what is sold: models and their prices. */

import { limitOf, LIMIT, listOutcome, recordOutcome } from '../answers.ts';
import type { CommandRow } from '../command.ts';

export const CATALOGUE_COMMANDS: readonly CommandRow[] = [
  {
    name: 'models list',
    about: 'Models of the catalogue, the overridden ones included',
    needs: 'a running server',
    options: [LIMIT],
    run: async (context, words) => {
      const page = await (await context.admin()).list('/models', limitOf(words));
      return listOutcome(page, ['name', 'family', 'origin', 'version']);
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
    options: [LIMIT],
    run: async (context, words) => {
      const page = await (await context.admin()).list('/prices', limitOf(words));
      return listOutcome(page, ['model', 'unit', 'usd', 'source', 'confidence']);
    },
  },
];
