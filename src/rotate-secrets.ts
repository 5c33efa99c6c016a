/** Brings all that lies sealed in the database under the current secret, while the server goes on. */

import { callbackSecretContext, endpointSecretContext } from './engine/notify/send.ts';
import type { Secrets } from './secrets.ts';
import { credentialContext } from './store/credentials.ts';
import type { Database, Queryable } from './store/database.ts';
import {
  countSealedOtherwise,
  listOtherHeaders,
  listSealedOtherwise,
  reseal,
  SEALED_COLUMNS,
} from './store/sealed-values.ts';
import type { Resealed, SealedField, SealedValue } from './store/sealed-values.ts';
import { readSetting, replaceSetting } from './store/settings.ts';

/** The setting that holds what keys are digested with, sealed. */
export const PEPPER = { setting: 'key_pepper', context: 'setting:key_pepper:value' } as const;

const BATCH = 200;
/** Of one field and one call: the caller may call again. */
const MAX_BATCHES = 500;

export type Rotation = {
  /** Values that were brought under the current secret. */
  readonly resealed: number;
  /** Values that no known secret opens; they are left as they are. */
  readonly unreadable: number;
  /** Values that are still not under the current secret, the unreadable ones included. */
  readonly left: number;
};

/**
 * Brings all that is sealed under the current secret, in batches, while the server goes on. Whatever is renewed stays readable
 * with both secrets known; killed at any moment, or run on two nodes at once, it is simply run again.
 */
export async function rotateSecrets(db: Database, secrets: Secrets): Promise<Rotation> {
  let resealed = await rotatePepper(db, secrets);
  let unreadable = 0;
  let left = 0;
  for (const field of fields()) {
    const done = await rotateField(db, secrets, field);
    resealed += done.resealed;
    unreadable += done.unreadable;
    left += await countSealedOtherwise(db, field, secrets.sealedHeader);
  }
  return { resealed, unreadable, left };
}

async function rotatePepper(db: Queryable, secrets: Secrets): Promise<number> {
  const stored = await readSetting(db, PEPPER.setting);
  if (typeof stored !== 'string') throw new Error('the installation has no pepper');
  const fresh = secrets.reseal(Buffer.from(stored, 'base64'), PEPPER.context);
  return fresh !== null && (await replaceSetting(db, PEPPER.setting, stored, fresh.toString('base64'))) ? 1 : 0;
}

async function rotateField(db: Database, secrets: Secrets, field: SealedField): Promise<Omit<Rotation, 'left'>> {
  let resealed = 0;
  let unreadable = 0;
  let after = '';
  for (let batches = 0; batches < MAX_BATCHES; batches += 1) {
    const values = await listSealedOtherwise(db, field, secrets.sealedHeader, after, BATCH);
    const fresh = values.flatMap((value) => renewed(secrets, field, value));
    unreadable += values.length - fresh.length;
    if (fresh.length > 0) resealed += await reseal(db, field, fresh);
    if (values.length < BATCH) break;
    after = values.at(-1)?.name ?? after;
  }
  return { resealed, unreadable };
}

/** Empty for a value that cannot be opened. */
function renewed(secrets: Secrets, field: SealedField, value: SealedValue): Resealed[] {
  try {
    const becomes = secrets.reseal(value.sealed, FIELDS[field].context(value.name));
    return becomes === null ? [] : [{ ...value, becomes }];
  } catch {
    return [];
  }
}

/**
 * What of the database was sealed under a secret that is not known, in words; null where nothing was. Looks at one value of
 * each key.
 */
export async function wordsOfForeign(db: Database, secrets: Secrets): Promise<string | null> {
  for (const field of fields()) {
    const { words, context } = FIELDS[field];
    const others = await listOtherHeaders(db, field, secrets.sealedHeader);
    if (others.some(({ name, sealed }) => secrets.isForeign(sealed, context(name)))) return words;
  }
  return null;
}

const callbackContext = (name: string): string => {
  const [accountId = '', mode] = name.split(' ');
  return callbackSecretContext({ accountId, mode: mode === 'live' ? 'live' : 'test' });
};

/** What each field is called, and what the value in the row of this name is bound to. */
const FIELDS: Readonly<Record<SealedField, { readonly words: string; readonly context: (name: string) => string }>> = {
  credential: {
    words: 'credentials of channels',
    context: (name) => {
      const [id = '', channelId = ''] = name.split(' ');
      return credentialContext({ id, channelId });
    },
  },
  endpointSecret: { words: 'webhook secrets', context: endpointSecretContext },
  endpointPrevious: { words: 'webhook secrets', context: endpointSecretContext },
  callbackSecret: { words: 'callback secrets', context: callbackContext },
  callbackPrevious: { words: 'callback secrets', context: callbackContext },
};

function fields(): SealedField[] {
  return Object.keys(SEALED_COLUMNS).filter((name): name is SealedField => Object.hasOwn(SEALED_COLUMNS, name));
}
