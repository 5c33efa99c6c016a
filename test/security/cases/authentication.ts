/** A: who is asking, and that every route asks. */

import { elsewhere, here, notApplicable } from './case.ts';
import type { Case } from './case.ts';

/** Texts that would end a string, a statement or a query, were they ever put into one. */
const QUERIES = [
  "' OR '1'='1",
  '" OR 1=1 --',
  "'; drop table api_key; --",
  "') or true --",
  '%00',
  '$1',
  "E'\\x27'",
  '1); select pg_sleep(9)--',
];
const TAILS = ['', ' union select digest from api_key', '/**/', '\\', '%27', '||', '\u2019', '\u02bc'];

export const AUTHENTICATION: readonly Case[] = [
  here('A01', 'no key', '401 unauthorized', 'the same answer at every route of a dialect; nothing is read'),
  here('A02', 'a well-formed key that nobody has', '401 unauthorized', 'the same answer as to a revoked one'),
  here('A03', 'a revoked key, an expired key', '401 unauthorized', 'on every node within 5 s'),
  here(
    'A04',
    'a key revoked while its job waits for a channel',
    '200',
    'the job ends without a vendor having been called, and its hold is released',
  ),
  here(
    'A05',
    '64 keys that are pieces of SQL',
    '401 unauthorized',
    'a key reaches the database only as a digest of it',
    QUERIES.flatMap((query) => TAILS.map((tail) => `${query}${tail}`)),
  ),
  here(
    'A06',
    'a key of 300 bytes and of 1 MB, one with NUL or CR in it, two Authorization headers',
    '400',
    'nothing beyond 256 bytes is digested',
    [
      { head: `Authorization: Bearer ${'k'.repeat(300)}`, status: 401 },
      { head: `Authorization: Bearer ${'k'.repeat(1024 * 1024)}`, status: 431 },
      { head: 'Authorization: Bearer a\u0000b', status: 400 },
      { head: 'Authorization: Bearer a\rX-Injected: b', status: 400 },
      { head: 'Authorization: Bearer {key}\r\nAuthorization: Bearer other', status: 400 },
      { head: 'Authorization: Bearer other\r\nauthorization: Bearer {key}', status: 400 },
    ],
  ),
  here('A07', 'the key in ?key=, ?api_key= or ?token=', '401 unauthorized', 'only Google\u2019s dialect takes ?key=', [
    'key',
    'api_key',
    'token',
  ]),
  elsewhere(
    'A08',
    'a key with an id of another account',
    'the answer to an unknown id',
    'security/auth-matrix',
    'answers strangers as it answers everyone about an id that never was',
  ),
  here(
    'A09',
    'the 11th bad key within a minute from one address',
    '429 auth_rate_limited',
    'good keys from the same address still work',
  ),
  elsewhere(
    'A10',
    'a route that does not say who may call it',
    'the server never gets ready',
    'security/auth-matrix',
    'never gets ready',
  ),
  notApplicable(
    'A11',
    'two keys that share a part of their digest',
    'the cache is keyed by the whole SHA-256, of which no two can be made to agree',
  ),
  here(
    'A12',
    'a body with api_base, base_url, headers, __proto__, constructor',
    '200',
    'the vendor is called where the channel says, with the channel\u2019s key, and hears none of it',
    ['api_base', 'base_url', 'baseUrl', 'endpoint', 'proxy'],
  ),
  here(
    'A13',
    'Kling\u2019s JWT with alg none, another algorithm, a foreign or missing iss, broken parts',
    '401 unauthorized',
    'its `iss` must be a whole key; nothing else in it is believed',
    [
      { header: { alg: 'none' }, claims: { iss: 'nobody' } },
      { header: { alg: 'HS256' }, claims: { iss: '' } },
      { header: { alg: 'RS256' }, claims: { iss: ['{key}'] } },
      { header: { alg: 'none' }, claims: { sub: '{key}' } },
      { header: { alg: 'none' }, claims: { iss: { key: '{key}' } } },
      { header: { alg: 'none' }, claims: ['{key}'] },
    ],
  ),
];
