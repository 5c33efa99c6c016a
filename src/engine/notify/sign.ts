/** Signs what is sent, as Standard Webhooks 1.0 says. */

import { createHmac, randomBytes } from 'node:crypto';

const SECRET_PREFIX = 'whsec_';
const SECRET_BYTES = 32;
const HINT_CHARS = 4;

export function newWebhookSecret(): string {
  return `${SECRET_PREFIX}${randomBytes(SECRET_BYTES).toString('base64')}`;
}

/** The part of a secret that may be shown again. */
export function secretHint(secret: string): string {
  return `${SECRET_PREFIX}…${secret.slice(-HINT_CHARS)}`;
}

export type Signed = {
  readonly id: string;
  /** Of the try, in seconds since 1970. */
  readonly timestamp: number;
  /** Byte for byte what is sent. */
  readonly body: string;
};

/** One signature for each secret, the current one first; receivers accept any. */
export function webhookHeaders(signed: Signed, secrets: readonly string[]): Record<string, string> {
  return {
    'content-type': 'application/json; charset=utf-8',
    'webhook-id': signed.id,
    'webhook-timestamp': String(signed.timestamp),
    'webhook-signature': secrets.map((secret) => signature(signed, secret)).join(' '),
  };
}

function signature({ id, timestamp, body }: Signed, secret: string): string {
  const key = Buffer.from(secret.slice(SECRET_PREFIX.length), 'base64');
  return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
}
