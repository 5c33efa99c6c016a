/** What `REELGATE_SECRET` is for: sealed credentials, signed links, and the digests of keys. */

import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

import { derive, isUnderForeignKey, openEnvelope, resealEnvelope, sealEnvelope, sealingKey } from './envelope.ts';

/** Fewer bytes than this are no secret. */
export const MIN_SECRET_CHARS = 32;

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const KEY_RANDOM_CHARS = 40;

export type KeyKind = 'live' | 'test' | 'admin';

export type Secrets = {
  /** What is stored of a key: HMAC-SHA256 of the whole key. */
  digestKey(key: string): Buffer;
  /** AES-256-GCM, bound to `context` (table, row and field), so that a sealed value moved elsewhere does not open. */
  seal(plain: string, context: string): Buffer;
  /** Throws if the value was changed, moved, or sealed under a secret that is not known here. */
  open(sealed: Buffer, context: string): string;
  /** The same value under the current secret; null if it is already. Throws as `open` does. */
  reseal(sealed: Buffer, context: string): Buffer | null;
  /** How every value begins that is sealed under the current secret. */
  readonly sealedHeader: Buffer;
  /** True if the value was sealed under a secret that is not known here. */
  isForeign(sealed: Buffer, context: string): boolean;
  signLink(text: string): string;
  verifyLink(text: string, signature: string): boolean;
};

/**
 * `previous`: secrets that were, or on other nodes are, the current one; what they sealed and signed still holds.
 * `keyPepper` outlives secrets, since a digest cannot be made anew without its key; see `installation-secrets.ts`.
 */
export function createSecrets(
  secret: string,
  previous: readonly string[] = [],
  keyPepper: Buffer = firstKeyPepper(secret),
): Secrets {
  const current = sealingKey(secret);
  const known = [current, ...previous.map(sealingKey)];
  const linkKey = derive(secret, 'link-signature');
  const linkKeys = [linkKey, ...previous.map((one) => derive(one, 'link-signature'))];
  const sign = (key: Buffer, text: string): string => createHmac('sha256', key).update(text).digest('base64url');
  return {
    digestKey: (key) => createHmac('sha256', keyPepper).update(key).digest(),
    seal: (plain, context) => sealEnvelope(current, plain, context),
    open: (sealed, context) => openEnvelope(known, sealed, context),
    reseal: (sealed, context) => resealEnvelope(current, known, sealed, context),
    sealedHeader: current.header,
    isForeign: (sealed, context) => isUnderForeignKey(known, sealed, context),
    signLink: (text) => sign(linkKey, text),
    verifyLink: (text, signature) => linkKeys.some((key) => sameText(sign(key, text), signature)),
  };
}

/** The pepper of installations from before it was stored. */
export function firstKeyPepper(secret: string): Buffer {
  return derive(secret, 'api-key-digest');
}

/** Compares in a time that does not depend on where they differ; also for unequal lengths. */
export function sameText(expected: string, given: string): boolean {
  const hash = (text: string): Buffer => createHmac('sha256', 'compare').update(text).digest();
  return timingSafeEqual(hash(expected), hash(given));
}

/** A new key such as `sk-rg-test-…`: 40 random base-62 characters, about 238 bits. */
export function newKey(kind: KeyKind): string {
  let text = '';
  while (text.length < KEY_RANDOM_CHARS) {
    // 248 is the largest multiple of 62 in a byte: anything above would favour some characters.
    for (const byte of randomBytes(KEY_RANDOM_CHARS)) {
      if (byte < 248 && text.length < KEY_RANDOM_CHARS) text += BASE62[byte % 62];
    }
  }
  return `sk-rg-${kind}-${text}`;
}

/** The parts of a key that may be shown again. */
export function keyHints(key: string): { prefix: string; tail: string } {
  return { prefix: key.slice(0, key.lastIndexOf('-') + 5), tail: key.slice(-4) };
}
