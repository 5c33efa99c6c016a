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
  elsewhere('C12', 'a sort that is SQL', '400', 'server/admin-jobs', 'sort=name"; drop'),
  elsewhere(
    'C13',
    'an export of another account',
    'the matrix',
    'security/auth-matrix',
    'answers strangers as it answers everyone about an id that never was',
  ),
];

const CANARY = 'security/canary';
const ROTATION = 'security/rotation';

export const SECRETS: readonly Case[] = [
  elsewhere(
    'L01',
    'keys and secrets in logs, at the finest level',
    'none',
    CANARY,
    'is in a log, nor what users wrote',
  ),
  elsewhere(
    'L02',
    'keys and secrets in answers, errors among them',
    'none',
    CANARY,
    'is in an answer to a client or an operator',
  ),
  elsewhere('L03', 'keys and secrets in what receivers are told', 'none', CANARY, 'is in what receivers were told'),
  elsewhere(
    'L04',
    'a key in the address of a call to a vendor',
    'only in its own header',
    CANARY,
    'is in what the vendor was sent, but for its own key',
  ),
  elsewhere(
    'L05',
    'keys and secrets in the environment of child processes',
    'none',
    CANARY,
    'is in the environment of a process',
  ),
  elsewhere('L06', 'keys and secrets in the database as text', 'none', CANARY, 'is readable in the database'),
  elsewhere(
    'L10',
    'a sealed value in another row',
    'it does not open',
    ROTATION,
    'does not open in the row of another (L10)',
  ),
  elsewhere(
    'L11',
    'a sealed value with a byte changed',
    'it does not open',
    ROTATION,
    'once a byte of it was changed (L11)',
  ),
  elsewhere(
    'L12',
    'a copy of the files without the secret',
    'no key is in it',
    CANARY,
    'is in a file of the data directory',
  ),
  elsewhere(
    'L13',
    'a start without the secret over data that needs it',
    'refused; no new secret is made',
    ROTATION,
    'refuses to start, and makes no new one',
  ),
  elsewhere(
    'L14',
    'a rotation that is killed',
    'every value is readable, the next one goes on',
    ROTATION,
    'leaves every value readable, and the next one goes on (L14)',
  ),
];

const SUPPLY = 'supply';

export const SUPPLY_CHAIN: readonly Case[] = [
  elsewhere(
    'K01',
    'packages that run something when they are installed',
    'none has to',
    'packaging/packaging',
    'without running what the packages bring',
  ),
  notApplicable(
    'K02',
    'a minimum age of releases',
    'versions are exact and in the lockfile with their digests: nothing is taken because it is new',
  ),
  notApplicable('K03', 'signatures of a publication', 'nothing is published from here'),
  notApplicable('K04', 'CI steps that move', 'CI runs the scripts of the repository and no others'),
  elsewhere('K05', 'a bill of materials', 'written from the lockfile', SUPPLY, 'the packages'),
  notApplicable(
    'K06',
    'an artefact that differs from the repository',
    'what runs is the repository: there is no build',
  ),
  notApplicable(
    'K07',
    'an embedded PostgreSQL behind its makers',
    'its version is exact and in the lockfile; DATABASE_URL takes any other server',
  ),
  elsewhere('K08', 'more than 25 runtime packages', 'refused', SUPPLY, 'are refused when they are too many'),
  elsewhere(
    'K09',
    'an image with too many rights',
    'no root, one place to write',
    'packaging/packaging',
    'runs as nobody special, and writes to one place',
  ),
];
