/** Commands about API keys. */

import { idNamed, limitOf, LIMIT, listOutcome, recordOutcome } from '../answers.ts';
import type { CommandRow } from '../command.ts';

export const KEY_COMMANDS: readonly CommandRow[] = [
  {
    name: 'keys list',
    about: 'Keys by what may be shown of them',
    needs: 'a running server',
    options: [{ name: 'account', value: 'name', about: 'only those of this account (name or id)' }, LIMIT],
    run: async (context, words) => {
      const admin = await context.admin();
      const account = words.optional('account');
      const filter = account === null ? '' : `?account_id=${await idNamed(admin, 'accounts', account)}`;
      const page = await admin.list(`/keys${filter}`, limitOf(words));
      return listOutcome(page, ['id', 'name', 'mode', 'prefix', 'tail', 'account_id', 'expires_at', 'revoked_at']);
    },
  },
  {
    name: 'keys add',
    about: 'Make a key; it is shown once',
    needs: 'a running server',
    arguments: [
      { name: 'account', about: 'whose key, by name or id' },
      { name: 'name', about: 'what to call it' },
    ],
    options: [
      { name: 'mode', value: 'mode', about: 'live, which spends the balance, or test', required: true },
      { name: 'models', value: 'names', about: 'only these models, separated by commas' },
      { name: 'expires-at', value: 'time', about: 'a time such as 2027-01-31T12:00:00Z' },
    ],
    run: async (context, words) => {
      const admin = await context.admin();
      const models = words.optional('models');
      const body = {
        account_id: await idNamed(admin, 'accounts', words.text('account')),
        name: words.text('name'),
        mode: words.text('mode'),
        models: models === null ? null : models.split(',').map((name) => name.trim()),
        expires_at: words.optional('expires-at'),
      };
      return recordOutcome(await admin.ask('POST', '/keys', { body }));
    },
  },
  {
    name: 'keys revoke',
    about: 'Make a key useless for ever',
    needs: 'a running server',
    arguments: [{ name: 'key', about: 'its name or id' }],
    run: async (context, words) => {
      const admin = await context.admin();
      return recordOutcome(await admin.ask('DELETE', `/keys/${await idNamed(admin, 'keys', words.text('key'))}`));
    },
  },
];
