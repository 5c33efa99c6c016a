/** Volcengine's signature: HMAC-SHA256 over a canonical request, with a key derived for the day and the service. */

import { createHash, createHmac } from 'node:crypto';

import type { Credential } from './credential.ts';

const ALGORITHM = 'HMAC-SHA256';
const REGION = 'cn-north-1';
const SERVICE = 'cv';

export type ToSign = {
  readonly method: 'POST';
  readonly url: URL;
  /** The bytes that are sent, as text. */
  readonly body: string;
  readonly at: Date;
  /** To be signed beside host, time and hash of the body; names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
};

/** The headers to send beside those in `headers`. Source: @volcengine/openapi 1.36.2, which signs just host, hash and time. */
export function signedHeaders(wanted: ToSign, { accessKeyId, secretAccessKey }: Credential): Record<string, string> {
  const time = wanted.at.toISOString().replaceAll(/[-:]|\.\d+/g, '');
  const day = time.slice(0, 8);
  const bodyHash = sha256(wanted.body);
  const signed = Object.entries({
    ...wanted.headers,
    host: wanted.url.host,
    'x-content-sha256': bodyHash,
    'x-date': time,
  }).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const names = signed.map(([name]) => name).join(';');
  const lines = signed.map(([name, value]) => `${name}:${value}\n`).join('');
  const { pathname, searchParams } = wanted.url;
  const request = [wanted.method, pathname, canonicalQuery(searchParams), lines, names, bodyHash].join('\n');
  const scope = `${day}/${REGION}/${SERVICE}/request`;
  const key = [day, REGION, SERVICE, 'request'].reduce<string | Buffer>(
    (secret, part) => hmac(secret, part),
    secretAccessKey,
  );
  const signature = hmac(key, [ALGORITHM, time, scope, sha256(request)].join('\n')).toString('hex');
  return {
    'x-date': time,
    'x-content-sha256': bodyHash,
    authorization: `${ALGORITHM} Credential=${accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`,
  };
}

function canonicalQuery(query: URLSearchParams): string {
  return [...query]
    .map(([name, value]) => `${encoded(name)}=${encoded(value)}`)
    .toSorted()
    .join('&');
}

/** As RFC 3986 has it, which leaves fewer characters as they are. */
function encoded(text: string): string {
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
