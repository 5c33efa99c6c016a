/** The signature of Vidu's callbacks: over address and time, with the API key; the body is not covered. */

import { createHmac, timingSafeEqual } from 'node:crypto';

import type { IncomingCallback } from '../provider.ts';

const ACCESS_KEY = 'vidu';
const MAX_SIGNED_HEADERS = 10;
/** An old callback says nothing new; one that the vendor repeats is younger. */
const MAX_AGE_MS = 60 * 60_000;

/**
 * Whether the vendor signed this callback to `url`, the address as it was given to the vendor.
 * Source: https://platform.vidu.com/docs/callback-signature
 */
export function isSigned(incoming: IncomingCallback, url: string, key: string, now: Date): boolean {
  const { headers } = incoming;
  const date = headers['date'] ?? '';
  const names = (headers['x-hmac-signed-headers'] ?? '').split(';', MAX_SIGNED_HEADERS);
  // Not a number for what is no date, and no comparison holds for that.
  const isFresh = Math.abs(now.getTime() - Date.parse(date)) <= MAX_AGE_MS;
  if (!isFresh || headers['x-hmac-access-key'] !== ACCESS_KEY) return false;
  const signed = names.map((name) => `${name}:${headers[name.toLowerCase()] ?? ''}`);
  const { pathname, search } = new URL(url);
  const lines = [incoming.method, pathname, search.slice(1), ACCESS_KEY, date, ...signed];
  const expected = createHmac('sha256', key)
    .update(`${lines.join('\n')}\n`)
    .digest();
  const given = Buffer.from(headers['x-hmac-signature'] ?? '', 'base64');
  return given.length === expected.length && timingSafeEqual(given, expected);
}
