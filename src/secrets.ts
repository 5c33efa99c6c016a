/** Everything derived from `REELGATE_SECRET`: key digests, sealed credentials, signed links. */

import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const SEAL_VERSION = 1;
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
  /** Throws if the value was changed, moved, or sealed with another secret. */
  open(sealed: Buffer, context: string): string;
  signLink(text: string): string;
  verifyLink(text: string, signature: string): boolean;
};

export function createSecrets(secret: string): Secrets {
  const derive = (purpose: string): Buffer => Buffer.from(hkdfSync('sha256', secret, 'reelgate', purpose, 32));
  const keyPepper = derive('api-key-digest');
  const sealKey = derive('credential-seal');
  const linkKey = derive('link-signature');
  const signLink = (text: string): string => createHmac('sha256', linkKey).update(text).digest('base64url');
  return {
    digestKey: (key) => createHmac('sha256', keyPepper).update(key).digest(),
    seal: (plain, context) => seal(sealKey, plain, context),
    open: (sealed, context) => open(sealKey, sealed, context),
    signLink,
    verifyLink: (text, signature) => sameText(signLink(text), signature),
  };
}

function seal(key: Buffer, plain: string, context: string): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(context));
  const body = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
  return Buffer.concat([Buffer.of(SEAL_VERSION), nonce, cipher.getAuthTag(), body]);
}

function open(key: Buffer, sealed: Buffer, context: string): string {
  if (sealed[0] !== SEAL_VERSION) throw new Error('a sealed value has an unknown version');
  const nonce = sealed.subarray(1, 1 + NONCE_BYTES);
  const tag = sealed.subarray(1 + NONCE_BYTES, 1 + NONCE_BYTES + TAG_BYTES);
  const decipher = createDecipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(context)).setAuthTag(tag);
  return decipher.update(sealed.subarray(1 + NONCE_BYTES + TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
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
