/** The reference of the providers, made of the registry and the catalogue. */

import { listModels } from '../src/catalogue/index.ts';
import type { ModelRow, Serving } from '../src/model/catalogue.ts';
import { createProviders } from '../src/providers/index.ts';
import type { Provider } from '../src/providers/provider.ts';
import { code, condition, page, table } from './markdown.ts';

const NO_STUDIO = {
  start: () => '',
  status: () => ({ state: 'absent' }) as const,
  cancel: () => undefined,
};
const USUAL_RETENTION_HOURS = 24;

export const PROVIDERS: readonly Provider[] = [...createProviders({ studio: NO_STUDIO }).values()];

type Served = { readonly row: ModelRow; readonly serving: Serving };

export function providerDocs(): string {
  return page('Providers', [
    'A provider is the code for one vendor’s wire; a channel is an operator’s account there ([admin API](admin-api.md)). A base URL and a credential are what a channel needs; several credentials are written one per line.',
    table(
      ['provider', 'base URL unless the channel says another', 'credential', 'models'],
      PROVIDERS.map((provider) => [
        code(provider.name),
        provider.baseUrl,
        provider.credentialForm ?? 'an API key',
        modelCount(provider),
      ]),
    ),
    '## What each can do besides',
    'Every provider submits and checks. What is absent here does not exist at the vendor. *By token*: how the engine learns what became of a submit whose answer was lost; *asks*: the vendor is asked for our token; *sends again*: it refuses a token that it knows, for so many hours; *list*: its list of recent tasks is searched. *Kept*: how long a task can be asked about. *Failures*: what of them the vendor charges for.',
    table(
      ['provider', 'by token', 'checks at once', 'cancel', 'callbacks', 'tries a credential', 'kept', 'failures'],
      PROVIDERS.map(abilities),
    ),
    '## Gateways that may have any model',
    'Besides the models of the catalogue these serve what a channel names in `models` or `model_map`, or anything, in these modes.',
    table(
      ['provider', 'models', 'modes'],
      PROVIDERS.flatMap(({ name, openTo }) =>
        openTo === undefined ? [] : [[code(name), openTo.models, openTo.modes.join(', ')]],
      ),
    ),
    '## Models by provider',
    'Whoever makes a model is taken to charge its list price ([models](models.md)), unless the channel says otherwise in `costs`; what others charge only the channel can say.',
    ...PROVIDERS.flatMap(servings),
    '## What a provider cannot do of a model',
    'A channel of such a provider is passed over for a request beyond these limits, and another that can takes it ([routing](routing.md)).',
    table(['provider', 'model', 'limit', 'because'], limits()),
  ]);
}

function modelCount({ name, servesEveryModel, openTo }: Provider): string {
  if (servesEveryModel) return 'all';
  const count = servedBy(name).length;
  const others = openTo === undefined ? '' : openTo.models === 'any' ? 'any' : 'any that the channel names';
  return [count === 0 ? '' : String(count), others].filter((part) => part !== '').join(', and ');
}

function abilities(provider: Provider): readonly string[] {
  const { name, find, replay, listRecent, checkMany, cancel, readCallback, testCredential } = provider;
  const byToken = [
    ...(find === undefined ? [] : ['asks']),
    ...(replay === undefined ? [] : [`sends again (${replay.rememberedHours} h)`]),
    ...(listRecent === undefined ? [] : ['list']),
  ];
  const yes = (ability: unknown): string => (ability === undefined ? '' : 'yes');
  return [
    code(name),
    byToken.join(', '),
    checkMany === undefined ? '' : String(checkMany.max),
    yes(cancel),
    yes(readCallback),
    yes(testCredential),
    `${provider.taskRetentionHours ?? USUAL_RETENTION_HOURS} h`,
    provider.billsFailures?.map(code).join(', ') ?? 'free',
  ];
}

function servings({ name }: Provider): readonly string[] {
  const served = servedBy(name);
  if (served.length === 0) return [];
  return [
    `### ${name}`,
    table(
      ['model', 'upstream', 'modes', 'charges'],
      served.map(({ row, serving }) => [
        code(row.id),
        code(JSON.stringify(serving.upstream)),
        (serving.modes ?? row.modes.map((mode) => mode.name)).join(', '),
        (serving.costs ?? []).length === 0 ? '' : 'list price',
      ]),
    ),
  ];
}

function limits(): readonly (readonly string[])[] {
  return listModels().flatMap((row) =>
    row.servings.flatMap(({ provider, rules = [] }) =>
      rules.map((rule) => {
        const limit = 'only' in rule ? `only ${condition(rule.only)}` : `not ${condition(rule.forbid)}`;
        const when = condition(rule.when);
        return [code(provider), code(row.id), when === '' ? limit : `${when}: ${limit}`, rule.because.en];
      }),
    ),
  );
}

function servedBy(name: string): readonly Served[] {
  return listModels().flatMap((row) =>
    row.servings.filter(({ provider }) => provider === name).map((serving) => ({ row, serving })),
  );
}
