/** What proves who speaks: the token of a request to Kling, and the signature of the webhooks it sends (Standard Webhooks). */

import { createHmac, timingSafeEqual } from 'node:crypto';

import type { IncomingCallback } from '../provider.ts';

const TOKEN_LIFE_S = 1_800;
/** So that a vendor whose clock is a little behind takes the token at once. */
const TOKEN_EARLY_S = 5;
const WEBHOOK_TOLERANCE_S = 300;
/** During a rotation of the secret there are two. */
const MAX_SIGNATURES = 8;
const HEADER = { alg: 'HS256', typ: 'JWT' };

/** A JWT by HS256. Kling's own samples order the claims so. */
export function signToken(accessKey: string, secretKey: string, nowMs: number): string {
  const nowS = Math.floor(nowMs / 1_000);
  const claims = { iss: accessKey, exp: nowS + TOKEN_LIFE_S, nbf: nowS - TOKEN_EARLY_S };
  const signed = `${base64url(HEADER)}.${base64url(claims)}`;
  return `${signed}.${createHmac('sha256', secretKey).update(signed).digest('base64url')}`;
}

/** Whether a webhook was signed with `secret` (`whsec_` and base64) within five minutes of `nowMs`. */
export function isSigned(secret: string, { headers, body }: IncomingCallback, nowMs: number): boolean {
  const id = headers['webhook-id'] ?? '';
  const timestamp = headers['webhook-timestamp'] ?? '';
  if (id === '' || !/^\d{1,12}$/.test(timestamp)) return false;
  if (Math.abs(nowMs / 1_000 - Number(timestamp)) > WEBHOOK_TOLERANCE_S) return false;
  const key = Buffer.from(secret.slice(secret.indexOf('_') + 1), 'base64');
  const expected = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest();
  return (headers['webhook-signature'] ?? '')
    .split(' ', MAX_SIGNATURES)
    .some((entry) => entry.startsWith('v1,') && isSame(expected, Buffer.from(entry.slice('v1,'.length), 'base64')));
}

function isSame(expected: Buffer, given: Buffer): boolean {
  return given.length === expected.length && timingSafeEqual(given, expected);
}

function base64url(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
