/** The secrets of an installation: found, or made for a new one, and checked against its database. */

import { randomBytes } from 'node:crypto';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Config } from './config.ts';
import { PEPPER, wordsOfForeign } from './rotate-secrets.ts';
import { createSecrets, firstKeyPepper, MIN_SECRET_CHARS } from './secrets.ts';
import type { Secrets } from './secrets.ts';
import type { Database } from './store/database.ts';
import { StartupError } from './store/embedded/startup-error.ts';
import { insertSetting, readSetting } from './store/settings.ts';

const SECRET_BYTES = 32;
const SECRET_FILE = 'secret';
const PEPPER_BYTES = 32;
/** A digest of a known text by the pepper, which installations had before the pepper itself was stored. */
const FIRST_CHECK = 'secret_check';
const FIRST_CHECK_TEXT = 'reelgate';

const WRONG_SECRET =
  'REELGATE_SECRET (or the secret file in the data directory) is not the one this database was made with. Restore the right one, or, to change it, give the old one as REELGATE_SECRET_PREVIOUS.';

/** Throws `StartupError` where the secret is missing, or does not belong to the database. */
export async function openInstallationSecrets(
  config: Pick<Config, 'dataDir' | 'secret' | 'previousSecret'>,
  db: Database,
): Promise<Secrets> {
  const known = config.secret === null ? await secretsFromFile(config.dataDir, db) : [config.secret];
  const [secret = '', ...previous] = config.previousSecret === null ? known : [...known, config.previousSecret];
  const pepper = await keyPepper([secret, ...previous], db);
  const secrets = createSecrets(secret, previous, pepper);
  const foreign = await wordsOfForeign(db, secrets);
  if (foreign === null) return secrets;
  throw new StartupError(
    `Some ${foreign} are still sealed under another secret. Give it as REELGATE_SECRET_PREVIOUS, and run \`reelgate secrets rotate\` before you take it away.`,
  );
}

/**
 * The generated secret, 0600 in the data directory; a lost one is never silently replaced over existing data. Of several
 * lines the first is the secret, and the others are what it was before.
 */
async function secretsFromFile(dataDir: string, db: Database): Promise<string[]> {
  const path = join(dataDir, SECRET_FILE);
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw new StartupError(`The secret in ${path} cannot be read (${error.code ?? error.message}).`);
  });
  if (text !== null) return secretsIn(text, path);
  if ((await readSetting(db, PEPPER.setting)) !== null || (await readSetting(db, FIRST_CHECK)) !== null) {
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
  return [secret];
}

function secretsIn(text: string, path: string): string[] {
  const secrets = text.split('\n').flatMap((line) => (line.trim() === '' ? [] : [line.trim()]));
  if (secrets.length > 0 && secrets.every((secret) => secret.length >= MIN_SECRET_CHARS)) return secrets;
  throw new StartupError(
    `The secret in ${path} is damaged: a line has fewer than ${MIN_SECRET_CHARS} characters. Restore the file from a backup.`,
  );
}

/**
 * What keys are digested with: made once, kept sealed, and never changed, since nobody but their owners has the keys. To open
 * it is to prove that the secret belongs to the database.
 */
async function keyPepper(known: readonly string[], db: Database): Promise<Buffer> {
  const [secret = '', ...previous] = known;
  const sealing = createSecrets(secret, previous);
  if ((await readSetting(db, PEPPER.setting)) === null) {
    const pepper = (await pepperFromBefore(known, db)) ?? randomBytes(PEPPER_BYTES);
    await insertSetting(db, PEPPER.setting, sealing.seal(pepper.toString('base64'), PEPPER.context).toString('base64'));
  }
  // Of two nodes that start at once, one has stored it.
  const stored = String(await readSetting(db, PEPPER.setting));
  try {
    return Buffer.from(sealing.open(Buffer.from(stored, 'base64'), PEPPER.context), 'base64');
  } catch {
    throw new StartupError(WRONG_SECRET);
  }
}

/** Null for a new installation. */
async function pepperFromBefore(known: readonly string[], db: Database): Promise<Buffer | null> {
  const check = await readSetting(db, FIRST_CHECK);
  if (check === null) return null;
  const secret = known.find((one) => createSecrets(one).digestKey(FIRST_CHECK_TEXT).toString('base64url') === check);
  if (secret === undefined) throw new StartupError(WRONG_SECRET);
  return firstKeyPepper(secret);
}
