/** Requests that no honest client sends: a header twice that means one thing, and one that has come through us before. */

import type { FastifyRequest } from 'fastify';

import { failed } from './fail.ts';

/** What is said twice would be read one way here and another way by whoever stands in front. */
const SINGLE: ReadonlySet<string> = new Set([
  'authorization',
  'content-encoding',
  'content-length',
  'content-type',
  'host',
  'idempotency-key',
  'transfer-encoding',
  'x-goog-api-key',
]);

/** A Reelgate may ask a Reelgate that asks a Reelgate; whatever goes further is going round in a circle. */
export const MAX_HOPS = 2;
/** How we name ourselves in `Via`. */
const OWN_HOP = /(?:^|,)\s*1\.1 reelgate\s*(?=,|$)/g;

/** Throws `invalid_request`. */
export function refuseDoubledHeaders({ raw }: FastifyRequest): void {
  const { rawHeaders } = raw;
  const seen = new Set<string>();
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]?.toLowerCase() ?? '';
    if (!SINGLE.has(name)) continue;
    if (seen.has(name)) throw failed('invalid_request', `The header '${name}' was sent twice.`);
    seen.add(name);
  }
}

/** Throws `loop_detected` for a request that has come through too many of us, or through this one again and again. */
export function refuseLoops(request: FastifyRequest): void {
  if (hopsOf(request) > MAX_HOPS)
    throw failed('loop_detected', 'The request came here by way of this server: a channel of it leads back to itself.');
}

/** How many of us the request has come through, by its `Via`. */
export function hopsOf({ headers }: Pick<FastifyRequest, 'headers'>): number {
  const { via } = headers;
  return via === undefined ? 0 : [...via.matchAll(OWN_HOP)].length;
}
