/** Commands about accounts: who there is, and what they may spend. */

import { idNamed, limitOf, LIMIT, listOutcome, recordOutcome } from '../answers.ts';
import type { CommandRow } from '../command.ts';

export const ACCOUNT_COMMANDS: readonly CommandRow[] = [
  {
    name: 'accounts list',
    about: 'Accounts with their balances',
    needs: 'a running server',
    options: [LIMIT],
    run: async (context, words) => {
      const admin = await context.admin();
      const page = await admin.list('/accounts', limitOf(words));
      return listOutcome(page, ['id', 'name', 'available_usd', 'held_usd', 'spent_this_month_usd', 'frozen.because']);
    },
  },
  {
    name: 'accounts add',
    about: 'Make an account with a balance of zero',
    needs: 'a running server',
    arguments: [{ name: 'name', about: 'what to call it' }],
    options: [
      { name: 'budget-daily', value: 'usd', about: 'what it may spend per UTC day' },
      { name: 'budget-monthly', value: 'usd', about: 'what it may spend per UTC month' },
    ],
    run: async (context, words) => {
      const admin = await context.admin();
      const body = {
        name: words.text('name'),
        budget_daily_usd: words.optional('budget-daily'),
        budget_monthly_usd: words.optional('budget-monthly'),
      };
      return recordOutcome(await admin.ask('POST', '/accounts', { body }));
    },
  },
  {
    name: 'accounts credit',
    about: 'Add credit to an account',
    needs: 'a running server',
    arguments: [
      { name: 'account', about: 'its name or id' },
      { name: 'usd', about: 'the amount, such as 12.50' },
    ],
    options: [
      { name: 'note', value: 'text', about: 'why, for the ledger' },
      { name: 'once', value: 'key', about: 'the same key twice is one credit' },
    ],
    run: async (context, words) => {
      const admin = await context.admin();
      const id = await idNamed(admin, 'accounts', words.text('account'));
      const once = words.optional('once');
      const question = {
        body: { amount_usd: words.text('usd'), note: words.optional('note') },
        headers: once === null ? {} : { 'idempotency-key': once },
      };
      return recordOutcome(await admin.ask('POST', `/accounts/${id}/credits`, question));
    },
  },
];
