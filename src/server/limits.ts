/** How often a key may ask: its requests per minute, told in the headers of every answer. */

import type { FastifyReply } from 'fastify';

import type { ApiKey } from '../store/accounts.ts';
import { failed } from './fail.ts';
import type { TokenBuckets } from './token-buckets.ts';

/** Counts one request of the key. Throws `limit_exceeded` if it has none left. */
export function countRequest(buckets: TokenBuckets, key: ApiKey, reply: FastifyReply): void {
  const perMinute = key.limits.requests_per_minute;
  if (perMinute === undefined) return;
  const taken = buckets.take(key.id, perMinute);
  reply.headers({
    'x-ratelimit-limit-requests': String(perMinute),
    'x-ratelimit-remaining-requests': String(taken.ok ? taken.remaining : 0),
    'x-ratelimit-reset-requests': `${Math.ceil(taken.fullInMs / 1000)}s`,
  });
  if (taken.ok) return;
  throw failed('limit_exceeded', `This API key is limited to ${perMinute} requests per minute.`, taken.retryAfterMs);
}
