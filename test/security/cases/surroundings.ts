/** C, L and K: the operator's side, secrets, and what the product is made of. */

import { elsewhere, here, notApplicable } from './case.ts';
import type { Case } from './case.ts';

const NO_PEOPLE = 'the operator is whoever has the admin key; there are no people with passwords here';

export const OPERATOR: readonly Case[] = [
  ...['C01', 'C03', 'C04', 'C05', 'C06', 'C07', 'C08', 'C09', 'C10', 'C14'].map((id) =>
    notApplicable(id, 'sessions, passwords, second factors and roles', NO_PEOPLE),
  ),
  elsewhere(
    'C02',
    'eleven wrong admin keys in a minute',
    '429, and the right one works',
    'server/ownership',
    'are limited to ten a minute from one address, while good keys keep working from it',
  ),
  here('C11', 'a change of the ledger by the server\u2019s own database user', '200', 'the database refuses it'),
  elsewhere('C12', 'a sort that is SQL', '400', 'server/admin', 'sort=name"; drop'),
  elsewhere(
    'C13',
    'an export of another account',
    'the matrix',
    'security/auth-matrix',
    'answers strangers as it answers everyone about an id that never was',
  ),
];
