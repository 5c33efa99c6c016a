/** The assertion with which a service account asks for an access token: a JWT by RS256 (RFC 7523). */

import { sign } from 'node:crypto';

import type { ServiceAccount } from './credential.ts';

const SCOPE = 'https://www.googleapis.com/auth/cloud-platform';
/** The longest that Google allows. */
const LIFE_S = 3_600;

export function signAssertion(account: ServiceAccount, now: Date): string {
  const { email, privateKey, privateKeyId, tokenUrl } = account;
  const nowS = Math.floor(now.getTime() / 1_000);
  const header = { alg: 'RS256', typ: 'JWT', ...(privateKeyId === null ? {} : { kid: privateKeyId }) };
  const claims = { iss: email, scope: SCOPE, aud: tokenUrl, iat: nowS, exp: nowS + LIFE_S };
  const signed = `${base64url(header)}.${base64url(claims)}`;
  return `${signed}.${sign('RSA-SHA256', Buffer.from(signed), privateKey).toString('base64url')}`;
}

function base64url(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
