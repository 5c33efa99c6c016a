/** Commands about channels: the operator's accounts at providers. */

import { isObject } from '../../model/json.ts';
import { idNamed, listOutcome, LIMIT, limitOf, recordOutcome, saidOutcome, tableOf } from '../answers.ts';
import type { CliContext, CommandRow, Words } from '../command.ts';
import { readText } from '../files.ts';

const CHANNEL = { name: 'channel', about: 'its name or id' };

export const CHANNEL_COMMANDS: readonly CommandRow[] = [
  {
    name: 'channels list',
    about: 'Channels, and how each is doing',
    needs: 'a running server',
    options: [LIMIT],
    run: async (context, words) => {
      const admin = await context.admin();
      const page = await admin.list('/channels', limitOf(words));
      return listOutcome(page, ['id', 'name', 'provider', 'mode', 'state', 'health.state', 'priority', 'models']);
    },
  },
  {
    name: 'channels add',
    about: 'Make a channel; its credentials come from a file or standard input, never from the command line',
    needs: 'a running server',
    arguments: [{ name: 'name', about: 'what to call it' }],
    options: [
      { name: 'provider', value: 'name', about: 'the provider, such as kling', required: true },
      { name: 'credentials', value: 'file', about: "the provider's keys, one per line; - for standard input" },
      { name: 'base-url', value: 'url', about: 'where the provider is, if not at its usual address' },
      { name: 'mode', value: 'mode', about: 'live (the default) or test' },
      { name: 'models', value: 'names', about: 'only these models, separated by commas' },
      { name: 'max-concurrency', value: 'count', about: 'jobs with it at one time, at most' },
    ],
    run: async (context, words) => {
      const admin = await context.admin();
      const file = words.optional('credentials');
      const models = words.optional('models');
      const most = words.optional('max-concurrency');
      const body = {
        name: words.text('name'),
        provider: words.text('provider'),
        mode: words.optional('mode') ?? 'live',
        base_url: words.optional('base-url'),
        credentials: file === null ? '' : await readText(context, file),
        models: models === null ? null : models.split(',').map((name) => name.trim()),
        max_concurrency: most === null ? null : Number(most),
      };
      return recordOutcome(await admin.ask('POST', '/channels', { body }));
    },
  },
  {
    name: 'channels test',
    about: 'Ask the vendor whether it takes each credential, where that costs nothing',
    needs: 'a running server',
    arguments: [CHANNEL],
    run: async (context, words) => {
      const admin = await context.admin();
      const id = await idNamed(admin, 'channels', words.text('channel'));
      const report = await admin.ask('POST', `/channels/${id}/test`);
      const { credentials } = report;
      const items = Array.isArray(credentials) ? credentials.filter(isObject) : [];
      return {
        data: report,
        exit: report['ok'] === true ? 'ok' : 'failed',
        text: (paint) =>
          tableOf(
            items.map((item) => ({ ...item, verdict: item['ok'] === true ? 'ok' : 'fail' })),
            ['verdict', 'tail', 'checked', 'message'],
            paint,
          ),
      };
    },
  },
  {
    name: 'channels drain',
    about: 'Give a channel no new jobs; those it has go on',
    needs: 'a running server',
    arguments: [CHANNEL],
    run: (context, words) => setState(context, words, 'draining', 'takes no new jobs; those it has go on.'),
  },
  {
    name: 'channels enable',
    about: 'Give a channel jobs again',
    needs: 'a running server',
    arguments: [CHANNEL],
    run: (context, words) => setState(context, words, 'enabled', 'takes jobs.'),
  },
];

async function setState(context: CliContext, words: Words, state: string, sentence: string) {
  const admin = await context.admin();
  const id = await idNamed(admin, 'channels', words.text('channel'));
  const channel = await admin.ask('PATCH', `/channels/${id}`, { body: { state } });
  return saidOutcome(channel, `The channel ${String(channel['name'])} ${sentence}`);
}
