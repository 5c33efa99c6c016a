/** Commands about jobs: find them, see their whole history, and settle what is stuck. */

import type { AdminClient } from '../admin-client.ts';
import { idNamed, limitOf, LIMIT, listOutcome, recordOutcome } from '../answers.ts';
import { CliError } from '../exit.ts';
import type { CliContext, CommandRow, Words } from '../command.ts';
import { parseJobId } from '../../model/id.ts';

const JOB = { name: 'job', about: 'its id, as every API shows it' };

export const JOB_COMMANDS: readonly CommandRow[] = [
  {
    name: 'jobs list',
    about: 'The latest jobs of all accounts',
    needs: 'a running server',
    options: [
      { name: 'state', value: 'state', about: 'only those in this state, such as running' },
      { name: 'account', value: 'name', about: 'only those of this account (name or id)' },
      { name: 'model', value: 'name', about: 'only those of this model' },
      LIMIT,
    ],
    run: async (context, words) => {
      const admin = await context.admin();
      const page = await admin.list(`/jobs${await filterOf(admin, words)}`, limitOf(words));
      return listOutcome(page, [
        'id',
        'state',
        'model',
        'mode',
        'progress',
        'charge_usd',
        'created_at',
        'failure.kind',
      ]);
    },
  },
  {
    name: 'jobs show',
    about: 'One job with its attempts, events and refunds',
    needs: 'a running server',
    arguments: [JOB],
    run: async (context, words) => recordOutcome(await (await context.admin()).ask('GET', `/jobs/${jobIn(words)}`)),
  },
  {
    name: 'jobs recheck',
    about: 'Ask the vendor about a job now',
    needs: 'a running server',
    arguments: [JOB],
    run: (context, words) => act(context, words, 'recheck'),
  },
  {
    name: 'jobs cancel',
    about: 'Cancel a job, where that is still possible',
    needs: 'a running server',
    arguments: [JOB],
    run: (context, words) => act(context, words, 'cancel'),
  },
];

async function act(context: CliContext, words: Words, action: string) {
  const admin = await context.admin();
  return recordOutcome(await admin.ask('POST', `/jobs/${jobIn(words)}/${action}`));
}

async function filterOf(admin: AdminClient, words: Words): Promise<string> {
  const account = words.optional('account');
  const filters = {
    state: words.optional('state'),
    account_id: account === null ? null : await idNamed(admin, 'accounts', account),
    model: words.optional('model'),
  };
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(filters)) if (value !== null) query.set(name, value);
  return query.size === 0 ? '' : `?${query.toString()}`;
}

function jobIn(words: Words): string {
  const id = parseJobId(words.text('job'));
  if (id === null) throw new CliError('usage', `'${words.text('job')}' is no job's id.`);
  return id;
}
