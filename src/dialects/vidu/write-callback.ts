/** Callbacks as Vidu sends them: the body of a query, signed over time and address but not over the body. */

import { createHash, createHmac } from 'node:crypto';

import type { JobView } from '../../model/job.ts';
import type { CallbackMessage, CallbackTarget } from '../dialect.ts';
import { creationsBody } from './write.ts';

const ACCESS_KEY = 'vidu';
const DATE = 'Date';
const NONCE = 'x-request-nonce';

export function writeCallback(view: JobView, target: CallbackTarget): CallbackMessage {
  return {
    body: creationsBody(view),
    headers: (_raw, at) => {
      const date = at.toUTCString();
      const nonce = nonceOf(view.job.id, at);
      return {
        'content-type': 'application/json',
        [DATE]: date,
        [NONCE]: nonce,
        'X-HMAC-ALGORITHM': 'hmac-sha256',
        'X-HMAC-ACCESS-KEY': ACCESS_KEY,
        'X-HMAC-SIGNED-HEADERS': `${DATE};${NONCE}`,
        'X-HMAC-SIGNATURE': callbackSignature(target, date, nonce),
      };
    },
  };
}

/** Base64 of the HMAC-SHA256, with the whole secret as its key, over the lines that Vidu documents. */
export function callbackSignature({ url, secret }: CallbackTarget, date: string, nonce: string): string {
  const { pathname, search } = new URL(url);
  const lines = ['POST', pathname, search.slice(1), ACCESS_KEY, date, `${DATE}:${date}`, `${NONCE}:${nonce}`];
  return createHmac('sha256', secret)
    .update(`${lines.join('\n')}\n`)
    .digest('base64');
}

/** Another one for each try of each job, since no two tries share a time. */
function nonceOf(jobId: string, at: Date): string {
  const hex = createHash('sha256').update(`${jobId} ${at.toISOString()}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
}
