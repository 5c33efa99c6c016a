/** How often keys, accounts and addresses may ask: counted before anything is done, and told in the headers of every answer. */

import type { FastifyReply, FastifyRequest } from 'fastify';

import type { LimitClass } from '../dialects/dialect.ts';
import type { ApiKey, RequestLimits } from '../store/accounts.ts';
import type { Queryable } from '../store/database.ts';
import { takeRequestTurn } from '../store/request-pace.ts';
import { KEY_BOUNDS } from './bounds.ts';
import { houseOf } from './client-address.ts';
import { failed } from './fail.ts';
import { TokenBuckets } from './token-buckets.ts';
import type { Taken } from './token-buckets.ts';

export type Limiter = {
  /** Counts a request of its address. Throws `limit_exceeded`. */
  countAddress(request: FastifyRequest, reply: FastifyReply, limitClass: LimitClass): void;
  /**
   * Counts a request of its key and of the key's account: reads on this node, submits on all nodes together. Null where it
   * may go on at once. Throws, or rejects with, `limit_exceeded`.
   */
  countKey(request: FastifyRequest, reply: FastifyReply, key: ApiKey, limitClass: LimitClass): Promise<void> | null;
};

/** Whose requests are counted under which name, and how many a minute may have. */
type Meter = { readonly policy: Policy; readonly name: string; readonly perMinute: number };
type Policy = keyof typeof WORDS;
type Reading = Meter & { readonly remaining: number; readonly fullInMs: number };

const WORDS = { address: 'Your address', key: 'This API key', account: 'The account of this API key' } as const;
const PLURALS: Readonly<Record<LimitClass, string>> = { submit: 'requests', read: 'reads' };
const WINDOW_SECONDS = 60;
const SECOND_MS = 1000;

/** What was counted so far of a request. */
const readings = new WeakMap<FastifyRequest, readonly Reading[]>();

/** `ofAddress`: how often one address may ask on this node. `onRefused` hears of every refusal. */
export function createLimiter(
  db: Queryable,
  ofAddress: RequestLimits,
  nowMs: () => number,
  onRefused: (policy: Policy, limitClass: LimitClass) => void = () => undefined,
): Limiter {
  const buckets = new TokenBuckets(KEY_BOUNDS.trackedKeys, nowMs);
  // Of their own, so that a flood from many addresses makes no key forgotten.
  const addresses = new TokenBuckets(KEY_BOUNDS.trackedAddresses, nowMs);

  function note(
    request: FastifyRequest,
    reply: FastifyReply,
    limitClass: LimitClass,
    meter: Meter,
    taken: Taken,
  ): void {
    const remaining = taken.ok ? taken.remaining : 0;
    const told = [...(readings.get(request) ?? []), { ...meter, remaining, fullInMs: taken.fullInMs }];
    readings.set(request, told);
    reply.headers(headersOf(told));
    if (taken.ok) return;
    onRefused(meter.policy, limitClass);
    const { policy, perMinute } = meter;
    const message = `${WORDS[policy]} is limited to ${perMinute} ${PLURALS[limitClass]} per minute.`;
    throw failed('limit_exceeded', message, taken.retryAfterMs);
  }

  return {
    countAddress(request, reply, limitClass) {
      for (const meter of metersOf('address', houseOf(request.ip), ofAddress, limitClass))
        note(request, reply, limitClass, meter, addresses.take(meter.name, meter.perMinute));
    },
    countKey(request, reply, key, limitClass) {
      const meters = [
        ...metersOf('key', key.id, key.limits, limitClass),
        ...metersOf('account', key.accountId, key.accountLimits, limitClass),
      ];
      const here = meters.map((meter) => ({ meter, taken: buckets.take(meter.name, meter.perMinute) }));
      if (limitClass === 'read' || here.some(({ taken }) => !taken.ok)) {
        for (const { meter, taken } of here) note(request, reply, limitClass, meter, taken);
        return null;
      }
      // What this node let through may be too much for all of them together.
      return meters.length === 0 ? null : countEverywhere(request, reply, meters);
    },
  };

  async function countEverywhere(
    request: FastifyRequest,
    reply: FastifyReply,
    meters: readonly Meter[],
  ): Promise<void> {
    for (const meter of meters) {
      const taken = await takeRequestTurn(db, meter.name, meter.perMinute);
      note(request, reply, 'submit', meter, taken);
    }
  }
}

/** One meter, or none where there is no limit. */
function metersOf(policy: Policy, id: string, limits: RequestLimits, limitClass: LimitClass): readonly Meter[] {
  const { requests_per_minute: requests, reads_per_minute: reads = requests } = limits;
  const perMinute = limitClass === 'read' ? reads : requests;
  return perMinute === undefined ? [] : [{ policy, name: `${policy} ${limitClass} ${id}`, perMinute }];
}

/** In the words of the IETF's draft for all that was counted, and in those of OpenAI for what is nearest to its end. */
function headersOf(told: readonly Reading[]): Record<string, string> {
  const [nearest] = told.toSorted((one, other) => one.remaining - other.remaining);
  if (nearest === undefined) return {};
  const seconds = ({ fullInMs }: Reading): number => Math.ceil(fullInMs / SECOND_MS);
  return {
    'ratelimit-policy': told
      .map(({ policy, perMinute }) => `"${policy}";q=${perMinute};w=${WINDOW_SECONDS}`)
      .join(', '),
    ratelimit: told.map((one) => `"${one.policy}";r=${one.remaining};t=${seconds(one)}`).join(', '),
    'x-ratelimit-limit-requests': String(nearest.perMinute),
    'x-ratelimit-remaining-requests': String(nearest.remaining),
    'x-ratelimit-reset-requests': `${seconds(nearest)}s`,
  };
}
