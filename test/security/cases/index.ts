/** All cases by their letters, for the tests and the page about them. */

import { AUTHENTICATION } from './authentication.ts';
import type { Case } from './case.ts';
import { CONTENT } from './content.ts';
import { HTTP } from './http.ts';
import { MONEY } from './money.ts';
import { OBJECT_ACCESS } from './object-access.ts';
import { RESOURCES } from './resources.ts';
import { OPERATOR, SECRETS, SUPPLY_CHAIN } from './surroundings.ts';
import { FORBIDDEN_URLS, LEADING_URLS, OTHER_URLS } from './urls.ts';
import { WEBHOOKS } from './webhooks.ts';

export type Letter = {
  readonly letter: string;
  readonly about: string;
  /** Which test runs its rows. */
  readonly file: string;
  readonly rows: readonly Case[];
};

export const LETTERS: readonly Letter[] = [
  { letter: 'A', about: 'who is asking', file: 'authentication', rows: AUTHENTICATION },
  { letter: 'B', about: 'whose it is', file: 'object-access', rows: OBJECT_ACCESS },
  {
    letter: 'S',
    about: 'URLs that lead elsewhere',
    file: 'urls',
    rows: [...FORBIDDEN_URLS, ...LEADING_URLS, ...OTHER_URLS],
  },
  { letter: 'W', about: 'callbacks and notices', file: 'webhooks', rows: WEBHOOKS },
  { letter: 'M', about: 'numbers that money is made of', file: 'money', rows: MONEY },
  { letter: 'D', about: 'what a request may cost us', file: 'resources', rows: RESOURCES },
  { letter: 'X', about: 'files, paths and words', file: 'content', rows: CONTENT },
  { letter: 'P', about: 'bytes, headers and addresses', file: 'http', rows: HTTP },
  { letter: 'C', about: 'the operator', file: 'surroundings', rows: OPERATOR },
  { letter: 'L', about: 'secrets', file: 'surroundings', rows: SECRETS },
  { letter: 'K', about: 'what the product is made of', file: 'surroundings', rows: SUPPLY_CHAIN },
];
