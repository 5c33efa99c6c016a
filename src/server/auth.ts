/** Who is asking: API keys of accounts, and the admin key. */

import { timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';

import type { ApiKey } from '../store/accounts.ts';
import { findKeyByDigest } from '../store/accounts.ts';
import { KEY_BOUNDS } from './bounds.ts';
import { houseOf, isAllowedAddress } from './client-address.ts';
import type { ServerDependencies } from './dependencies.ts';
import { failed } from './fail.ts';
import { TokenBuckets } from './token-buckets.ts';

export type Auth = {
  /** The key of the request. Throws `unauthorized`, `forbidden`, or `limit_exceeded` after too many bad keys. */
  key(request: FastifyRequest): Promise<ApiKey>;
  /** Throws unless the request carries the admin key. */
  admin(request: FastifyRequest): void;
  /** Makes a change of the key count at once on this node; others see it when their cache runs out. */
  forget(keyId: string): void;
};

type CachedKey = { readonly key: ApiKey; readonly untilMs: number };

const CREDENTIAL = /^(?:bearer +)?([\x21-\x7e]+)$/i;

export function createAuth(deps: ServerDependencies, nowMs: () => number): Auth {
  const badKeys = new TokenBuckets(KEY_BOUNDS.trackedAddresses, nowMs);
  const cache = new Map<string, CachedKey>();
  const lookups = new Map<string, Promise<ApiKey | null>>();

  function find(digest: Buffer): ApiKey | Promise<ApiKey | null> {
    const name = digest.toString('base64');
    const cached = cache.get(name);
    if (cached !== undefined && cached.untilMs > nowMs()) return cached.key;
    const running = lookups.get(name);
    if (running !== undefined) return running;
    const lookup = findKeyByDigest(deps.db, digest)
      .then((key) => {
        remember(name, key);
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
    return failed('limit_exceeded', 'Too many wrong API keys came from your address.', taken.retryAfterMs);
  }

  return {
    async key(request) {
      const digest = digestOf(deps, request);
      const found = digest === null ? null : find(digest);
      const key = found instanceof Promise ? await found : found;
      const isDead =
        key === null || key.revokedAt !== null || (key.expiresAt !== null && key.expiresAt.getTime() <= nowMs());
      if (isDead) throw refuse(request);
      if (key.allowedIps !== null && !isAllowedAddress(request.ip, key.allowedIps)) {
        throw failed('forbidden', 'This API key may not be used from your address.');
      }
      return key;
    },
    admin(request) {
      const digest = digestOf(deps, request);
      if (digest === null || !timingSafeEqual(digest, deps.adminKeyDigest)) throw refuse(request);
    },
    forget(keyId) {
      for (const [name, cached] of cache) if (cached.key.id === keyId) cache.delete(name);
    },
  };
}

/** The digest of the key that came along; null for what cannot be a key. Throws if there was none. */
function digestOf(deps: ServerDependencies, request: FastifyRequest): Buffer | null {
  const header = request.headers.authorization?.trim() ?? '';
  if (header === '') throw failed('unauthorized', "The API key is missing: send it as 'Authorization: Bearer <key>'.");
  const credential = CREDENTIAL.exec(header)?.[1];
  if (credential === undefined || Buffer.byteLength(credential) > KEY_BOUNDS.maxKeyBytes) return null;
  return deps.secrets.digestKey(credential);
}
