/** What can go wrong and what it means, here and in the words of each vendor. */

import { FAILURES } from '../src/model/failure.ts';
import type { FailureKind } from '../src/model/failure.ts';
import type { Provider } from '../src/providers/provider.ts';
import { code, page, table } from './markdown.ts';
import { PROVIDERS } from './provider-docs.ts';

const yes = (is: boolean): string => (is ? 'yes' : 'no');
const MONEY = { release: 'released', hold: 'stays held' } as const;

export function errorDocs(): string {
  return page('Errors', [
    'Every failure is of one of these kinds. *Retry*: the client may send the same request again. *Failover*: while a job is being submitted, another channel may be tried. Each dialect says the kind in its own words ([routes](routes.md)).',
    table(
      ['kind', 'HTTP', 'whose fault', 'retry', 'failover', 'money held for the job'],
      (Object.keys(FAILURES) as FailureKind[]).map((kind) => {
        const { status, fault, retry, failover, money } = FAILURES[kind];
        return [code(kind), String(status), fault, yes(retry), yes(failover), MONEY[money]];
      }),
    ),
    '## By vendor',
    'A code that is not listed counts as the one before its last point, then by the HTTP status of the answer. Whatever its code, an answer to a submit with HTTP 500 or above, and no answer at all, do not say whether a task was made: the outcome is unknown, the amount stays held, and the job is never submitted again blindly. An error in answer to a check fails no job.',
    ...vendors().flatMap(({ names, provider }) => [`### ${names.join(', ')}`, vendorTable(provider)]),
  ]);
}

/** Providers with the same words together. */
function vendors(): readonly { readonly names: readonly string[]; readonly provider: Provider }[] {
  const tables = new Set(PROVIDERS.map(({ errors }) => errors));
  return [...tables].flatMap((errors) => {
    const same = PROVIDERS.filter((provider) => provider.errors === errors);
    const [provider] = same;
    const isSilent = Object.keys(errors).length === 0;
    return provider === undefined || isSilent ? [] : [{ names: same.map(({ name }) => name), provider }];
  });
}

function vendorTable({ errors, undecided = [] }: Provider): string {
  return table(
    ['code', 'kind', 'HTTP', 'retry', 'failover', 'money'],
    Object.entries(errors).map(([word, kind]) => {
      const { status, retry, failover, money } = FAILURES[kind];
      const isOpen = undecided.includes(word);
      return [
        code(word),
        isOpen ? `${code(kind)} of a task; of a submit ${code('outcome_unknown')}` : code(kind),
        String(status),
        yes(retry),
        yes(failover),
        isOpen ? `${MONEY[money]}; of a submit ${MONEY.hold}` : MONEY[money],
      ];
    }),
  );
}
