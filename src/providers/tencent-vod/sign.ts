/** Tencent Cloud's signatures: TC3-HMAC-SHA256 of API calls, the gateway's, and that of event notifications. */

import { createHash, createHmac } from 'node:crypto';

import type { SecretKeys } from './credential.ts';

const ALGORITHM = 'TC3-HMAC-SHA256';
const SERVICE = 'vod';
const SIGNED_HEADERS = 'content-type;host';

/** `host`, `contentType` and `body` as they are sent, byte for byte. */
export type SignedCall = {
  readonly host: string;
  readonly contentType: string;
  readonly body: string;
  readonly unixSeconds: number;
};

/** The `Authorization` header of a POST to `/`. */
export function tc3Authorization(call: SignedCall, { secretId, secretKey }: SecretKeys): string {
  const headers = `content-type:${call.contentType}\nhost:${call.host}\n`;
  const canonical = ['POST', '/', '', headers, SIGNED_HEADERS, sha256(call.body)].join('\n');
  const date = new Date(call.unixSeconds * 1_000).toISOString().slice(0, 10);
  const scope = `${date}/${SERVICE}/tc3_request`;
  const toSign = [ALGORITHM, call.unixSeconds, scope, sha256(canonical)].join('\n');
  const key = [date, SERVICE, 'tc3_request'].reduce<string | Buffer>(hmac, `TC3${secretKey}`);
  const signature = hmac(key, toSign).toString('hex');
  return `${ALGORITHM} Credential=${secretId}/${scope}, SignedHeaders=${SIGNED_HEADERS}, Signature=${signature}`;
}

/** `X-Signature` of the gateway: it covers the time and no part of the request. */
export function gatewaySignature(unixSeconds: number, { secretId, secretKey }: SecretKeys): string {
  return hmac(secretKey, [secretId, unixSeconds, secretKey].join('\n')).toString('hex');
}

/** `Sign` of an event that may be believed until `unixSeconds`: it covers that time and no part of the event. */
export function eventSign(signKey: string, unixSeconds: number): string {
  return createHash('md5').update(`${signKey}${unixSeconds}`).digest('hex');
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
