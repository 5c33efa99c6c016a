/** Signs what `callback_url` is told, as Kling does: by Standard Webhooks. */

import { createHmac } from 'node:crypto';

import type { JsonObject } from '../../model/json.ts';
import type { CallbackMessage } from '../dialect.ts';
import { unixSeconds } from '../job-words.ts';

const SECRET_PREFIX = /^whsec_/;

/** The same `id` at every try, by which a receiver knows what it has heard already. */
export function callbackMessage(id: string, body: JsonObject, secret: string): CallbackMessage {
  return {
    body,
    headers: (raw, at) => ({
      'content-type': 'application/json',
      ...signedHeaders(id, unixSeconds(at), raw, secret),
    }),
  };
}

/** `timestamp` in seconds since 1970; `raw` byte for byte what is sent. */
export function signedHeaders(id: string, timestamp: number, raw: string, secret: string): Record<string, string> {
  const key = Buffer.from(secret.replace(SECRET_PREFIX, ''), 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${raw}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': String(timestamp), 'webhook-signature': `v1,${signature}` };
}
