/** What a new installation needs once: its secret, the admin key, a first account with a test key, the sandbox channel. */

import { randomBytes } from 'node:crypto';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Config } from './config.ts';
import { createSecrets, keyHints, newKey } from './secrets.ts';
import type { Secrets } from './secrets.ts';
import { findKeyByDigest, insertAccount, insertKey } from './store/accounts.ts';
import { insertChannel } from './store/channels.ts';
import { credentialContext, insertCredentials } from './store/credentials.ts';
import type { Database, Queryable } from './store/database.ts';
import { StartupError } from './store/embedded/startup-error.ts';
import { insertSetting, readSetting } from './store/settings.ts';
import { newId } from './new-id.ts';

/** Keys that were made by this start: shown once, stored only as digests. */
export type FirstKeys = { readonly adminKey: string | null; readonly testKey: string | null };

export type Installation = {
  readonly secrets: Secrets;
  readonly adminKeyDigest: Buffer;
  readonly firstKeys: FirstKeys;
};

const SECRET_BYTES = 32;
const SECRET_FILE = 'secret';
const SECRET_CHECK = 'secret_check';
const SECRET_CHECK_TEXT = 'reelgate';
const ADMIN_KEY = 'admin_key_digest';
const FIRST_ACCOUNT = 'first_account';

/** Throws `StartupError` where the secret does not belong to the database. */
export async function prepareInstallation(config: Config, db: Database): Promise<Installation> {
  const secrets = await openInstallationSecrets(config, db);
  const admin = await adminKey(config, secrets, db);
  const testKey = await firstAccount(config, secrets, db);
  return { secrets, adminKeyDigest: admin.digest, firstKeys: { adminKey: admin.made, testKey } };
}

/** Throws `StartupError` where the secret is missing, or does not belong to the database. */
export async function openInstallationSecrets(
  config: Pick<Config, 'dataDir' | 'secret'>,
  db: Database,
): Promise<Secrets> {
  const secrets = createSecrets(config.secret ?? (await secretFromFile(config.dataDir, db)));
  await checkSecret(secrets, db);
  return secrets;
}

/** The generated secret, 0600 in the data directory; a lost one is never silently replaced over existing data. */
async function secretFromFile(dataDir: string, db: Database): Promise<string> {
  const path = join(dataDir, SECRET_FILE);
  const known = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw new StartupError(`The secret in ${path} cannot be read (${error.code ?? error.message}).`);
  });
  if (known !== null) return known.trim();
  if ((await readSetting(db, SECRET_CHECK)) !== null) {
    throw new StartupError(
      `The database was made with a secret that is missing: neither REELGATE_SECRET nor ${path} exists. Restore it; keys and credentials cannot be read without it.`,
    );
  }
  const secret = randomBytes(SECRET_BYTES).toString('base64url');
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(`${secret}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  return secret;
}

async function checkSecret(secrets: Secrets, db: Database): Promise<void> {
  const proof = secrets.digestKey(SECRET_CHECK_TEXT).toString('base64url');
  await insertSetting(db, SECRET_CHECK, proof);
  if ((await readSetting(db, SECRET_CHECK)) !== proof) {
    throw new StartupError(
      'REELGATE_SECRET (or the secret file) is not the one this database was made with. Restore the right one.',
    );
  }
}

async function adminKey(
  config: Config,
  secrets: Secrets,
  db: Database,
): Promise<{ digest: Buffer; made: string | null }> {
  if (config.adminKey !== null) return { digest: secrets.digestKey(config.adminKey), made: null };
  const made = newKey('admin');
  const digest = secrets.digestKey(made);
  if (await insertSetting(db, ADMIN_KEY, digest.toString('base64url'))) return { digest, made };
  return { digest: Buffer.from(String(await readSetting(db, ADMIN_KEY)), 'base64url'), made: null };
}

/** The test key if it was made now. Of two nodes starting at once, one makes the account. */
async function firstAccount(config: Config, secrets: Secrets, db: Database): Promise<string | null> {
  const made = await db.transaction(async (tx) => {
    const accountId = newId();
    if (!(await insertSetting(tx, FIRST_ACCOUNT, accountId))) return null;
    await insertAccount(tx, accountId, 'First account');
    await insertSandboxChannel(tx, secrets);
    const key = config.testKey ?? newKey('test');
    await insertTestKey(tx, secrets, accountId, key);
    return config.testKey === null ? key : null;
  });
  if (made === null && config.testKey !== null) await ensureTestKey(secrets, db, config.testKey);
  return made;
}

async function ensureTestKey(secrets: Secrets, db: Database, key: string): Promise<void> {
  if ((await findKeyByDigest(db, secrets.digestKey(key))) !== null) return;
  await insertTestKey(db, secrets, String(await readSetting(db, FIRST_ACCOUNT)), key);
}

async function insertTestKey(db: Queryable, secrets: Secrets, accountId: string, key: string): Promise<void> {
  await insertKey(db, {
    id: newId(),
    accountId,
    name: 'First test key',
    mode: 'test',
    digest: secrets.digestKey(key),
    ...keyHints(key),
    models: null,
    allowedIps: null,
    limits: {},
    expiresAt: null,
  });
}

async function insertSandboxChannel(db: Queryable, secrets: Secrets): Promise<void> {
  const id = newId();
  await insertChannel(db, {
    id,
    name: 'Sandbox',
    provider: 'sandbox',
    mode: 'test',
    baseUrl: null,
    models: null,
    modelMap: {},
    priority: 0,
    weight: 1,
    maxConcurrency: null,
    requestsPerMinute: null,
    state: 'enabled',
  });
  const credential = { id: newId(), channelId: id };
  const sealed = secrets.seal('', credentialContext(credential));
  await insertCredentials(db, [{ ...credential, sealed, tail: null, state: 'enabled' }]);
}
