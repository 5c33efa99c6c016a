/** Sealed values: each has a random key of its own, which lies beside it, sealed under a key that is made of a secret. */

import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;
const KEY_ID_BYTES = 8;
const BOXED_KEY_BYTES = NONCE_BYTES + TAG_BYTES + KEY_BYTES;

/** The first byte. A bare value is of the earlier format: sealed under the secret's own key, without a key id. */
const BARE = 1;
const ENVELOPE = 2;
/** Its first byte and the id of the key that it is sealed under. */
const HEADER_BYTES = 1 + KEY_ID_BYTES;

export type SealingKey = {
  /** How every envelope under this key begins. */
  readonly header: Buffer;
  readonly key: Buffer;
  readonly bareKey: Buffer;
};

/** 32 bytes that nobody can make without the secret, different ones for each purpose. */
export function derive(secret: string, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, 'reelgate', purpose, KEY_BYTES));
}

export function sealingKey(secret: string): SealingKey {
  const id = derive(secret, 'sealing-key-id').subarray(0, KEY_ID_BYTES);
  return {
    header: Buffer.concat([Buffer.of(ENVELOPE), id]),
    key: derive(secret, 'sealing-key'),
    bareKey: derive(secret, 'credential-seal'),
  };
}

/** Opens only with the same `context`, which names the row and the field that the value belongs to. */
export function sealEnvelope(key: SealingKey, plain: string, context: string): Buffer {
  const own = randomBytes(KEY_BYTES);
  return Buffer.concat([key.header, boxKey(key, own, context), lock(own, Buffer.from(plain), valueAad(context))]);
}

/** Throws if the value was changed or moved, or if none of the keys is its own. */
export function openEnvelope(keys: readonly SealingKey[], sealed: Buffer, context: string): string {
  if (sealed[0] === BARE) return openBare(keys, sealed, context);
  const own = unboxKey(keys, sealed, context);
  return unlock(own, sealed.subarray(HEADER_BYTES + BOXED_KEY_BYTES), valueAad(context)).toString('utf8');
}

/** The same value under `key`: of an envelope, only the key of the value is sealed anew. Null where nothing is to do. */
export function resealEnvelope(
  key: SealingKey,
  keys: readonly SealingKey[],
  sealed: Buffer,
  context: string,
): Buffer | null {
  if (sealed.subarray(0, HEADER_BYTES).equals(key.header)) return null;
  if (sealed[0] === BARE) return sealEnvelope(key, openBare(keys, sealed, context), context);
  const own = unboxKey(keys, sealed, context);
  return Buffer.concat([key.header, boxKey(key, own, context), sealed.subarray(HEADER_BYTES + BOXED_KEY_BYTES)]);
}

/** True if none of the keys is the value's own. A bare value names no key, so that it has to be tried. */
export function isUnderForeignKey(keys: readonly SealingKey[], sealed: Buffer, context: string): boolean {
  if (sealed[0] !== BARE) return keyOf(keys, sealed) === null;
  try {
    openBare(keys, sealed, context);
    return false;
  } catch {
    return true;
  }
}

function boxKey(key: SealingKey, own: Buffer, context: string): Buffer {
  return lock(key.key, own, keyAad(key, context));
}

function unboxKey(keys: readonly SealingKey[], sealed: Buffer, context: string): Buffer {
  const key = keyOf(keys, sealed);
  if (key === null) throw new Error('a value was sealed under a secret that this server was not given');
  return unlock(key.key, sealed.subarray(HEADER_BYTES, HEADER_BYTES + BOXED_KEY_BYTES), keyAad(key, context));
}

function keyOf(keys: readonly SealingKey[], sealed: Buffer): SealingKey | null {
  const header = sealed.subarray(0, HEADER_BYTES);
  return keys.find((known) => known.header.equals(header)) ?? null;
}

function openBare(keys: readonly SealingKey[], sealed: Buffer, context: string): string {
  for (const { bareKey } of keys) {
    try {
      return unlock(bareKey, sealed.subarray(1), context).toString('utf8');
    } catch {
      // Nothing in it says whose it is: the next key may open it.
    }
  }
  throw new Error('a sealed value was changed or moved, or its secret is not known here');
}

/** Nonce, tag, and the bytes in AES-256-GCM. */
function lock(key: Buffer, plain: Buffer, aad: string): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(aad));
  const body = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), body]);
}

function unlock(key: Buffer, locked: Buffer, aad: string): Buffer {
  const tag = locked.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES);
  // A cut value must fail here, not be believed by a shorter tag.
  if (tag.length !== TAG_BYTES) throw new Error('a sealed value is cut off');
  const nonce = locked.subarray(0, NONCE_BYTES);
  const decipher = createDecipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(aad)).setAuthTag(tag);
  return Buffer.concat([decipher.update(locked.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]);
}

/** Without the key's id, so that the value stays as it is when its key is sealed anew. */
function valueAad(context: string): string {
  return `${context}|value|${ENVELOPE}`;
}

function keyAad(key: SealingKey, context: string): string {
  return `${context}|key|${key.header.toString('hex')}`;
}
