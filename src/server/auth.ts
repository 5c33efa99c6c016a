/** Who is asking: API keys of accounts, and the admin key. */

import { hash, timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';

import type { ApiKey } from '../store/accounts.ts';
import { findKeyByDigest } from '../store/accounts.ts';
import { KEY_BOUNDS } from './bounds.ts';
import { houseOf, isAllowedAddress } from './client-address.ts';
import { credentialOf } from './credential.ts';
import type { ServerDependencies } from './dependencies.ts';
import { failed } from './fail.ts';
import { TokenBuckets } from './token-buckets.ts';

export type Auth = {
  /**
   * The key of the request, at once if it was used lately. Throws, or rejects with, `unauthorized`, `forbidden`, or
   * `auth_rate_limited` after too many bad keys.
   */
  key(request: FastifyRequest): ApiKey | Promise<ApiKey>;
  /** Whether the key of a request that was let in would still be: for answers that go on for long. */
  isStillGood(request: FastifyRequest): Promise<boolean>;
  /** Throws unless the request carries the admin key. */
  admin(request: FastifyRequest): void;
  /** Throws unless the request carries the admin key or the token made for metrics. */
  metrics(request: FastifyRequest): void;
  /** Makes a change of the key count at once on this node; others see it when their cache runs out. */
  forget(keyId: string): void;
};

type CachedKey = { readonly key: ApiKey; readonly untilMs: number };

export function createAuth(deps: ServerDependencies, nowMs: () => number): Auth {
  const badKeys = new TokenBuckets(KEY_BOUNDS.trackedAddresses, nowMs);
  const cache = new Map<string, CachedKey>();
  const lookups = new Map<string, Promise<ApiKey | null>>();
  let changes = 0;

  function find(credential: string): ApiKey | Promise<ApiKey | null> {
    // The whole digest, so that no two keys ever share a place; a quick one, since it is made for every request.
    const name = hash('sha256', credential, 'base64');
    const cached = cache.get(name);
    if (cached !== undefined && cached.untilMs > nowMs()) return cached.key;
    const running = lookups.get(name);
    if (running !== undefined) return running;
    const before = changes;
    const lookup = findKeyByDigest(deps.db, deps.secrets.digestKey(credential))
      .then((key) => {
        // What was read before a change may be what was changed.
        if (changes === before) remember(name, key);
        return key;
      })
      .finally(() => lookups.delete(name));
    lookups.set(name, lookup);
    return lookup;
  }

  function remember(name: string, key: ApiKey | null): void {
    cache.delete(name);
    if (key === null) return;
    const oldest = cache.size >= KEY_BOUNDS.cachedKeys ? cache.keys().next().value : undefined;
    if (oldest !== undefined) cache.delete(oldest);
    cache.set(name, { key, untilMs: nowMs() + KEY_BOUNDS.cacheMs });
  }

  /** The same for an unknown, a revoked and an expired key. */
  function refuse(request: FastifyRequest): Error {
    const taken = badKeys.take(houseOf(request.ip), KEY_BOUNDS.badKeysPerMinute);
    if (taken.ok) return failed('unauthorized', 'The API key is not valid.');
    return failed('auth_rate_limited', 'Too many wrong API keys came from your address.', taken.retryAfterMs);
  }

  function admit(request: FastifyRequest, key: ApiKey | null): ApiKey {
    if (key === null || key.revokedAt !== null || isOver(key.expiresAt, nowMs())) throw refuse(request);
    if (key.allowedIps !== null && !isAllowedAddress(request.ip, key.allowedIps)) {
      throw failed('forbidden', 'This API key may not be used from your address.');
    }
    return key;
  }

  const adminDigests = [deps.adminKeyDigest, ...(deps.operatorKeyDigest === undefined ? [] : [deps.operatorKeyDigest])];
  const metricsDigest = deps.metricsToken === null ? null : deps.secrets.digestKey(deps.metricsToken);

  function carries(request: FastifyRequest, digests: readonly Buffer[]): boolean {
    const credential = credentialOf(request);
    if (credential === null) return false;
    const digest = deps.secrets.digestKey(credential);
    return digests.some((known) => timingSafeEqual(digest, known));
  }

  return {
    key(request) {
      const credential = credentialOf(request);
      const found = credential === null ? null : find(credential);
      return found instanceof Promise ? found.then((key) => admit(request, key)) : admit(request, found);
    },
    async isStillGood(request) {
      const credential = credentialOf(request);
      const key = credential === null ? null : await find(credential);
      return key !== null && key.revokedAt === null && !isOver(key.expiresAt, nowMs());
    },
    admin(request) {
      if (!carries(request, adminDigests)) throw refuse(request);
    },
    metrics(request) {
      const token = metricsDigest === null ? [] : [metricsDigest];
      if (!carries(request, [...adminDigests, ...token])) throw refuse(request);
    },
    forget(keyId) {
      changes += 1;
      for (const [name, cached] of cache) if (cached.key.id === keyId) cache.delete(name);
    },
  };
}

function isOver(expiresAt: Date | null, nowMs: number): boolean {
  return expiresAt !== null && expiresAt.getTime() <= nowMs;
}
