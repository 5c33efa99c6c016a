/** The admin key of whoever can read this installation's secret: commands on the server's own machine need no other. */

import { hkdfSync } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

const SECRET_FILE = 'secret';
const KEY_BYTES = 30;

/** Derived one way: the key does not tell the secret. */
export function operatorKey(secret: string): string {
  const bytes = Buffer.from(hkdfSync('sha256', secret, 'reelgate', 'operator-key', KEY_BYTES));
  return `sk-rg-admin-${bytes.toString('base64url')}`;
}

/** Where a secret that was not given is kept. */
export function secretPath(dataDir: string): string {
  return join(dataDir, SECRET_FILE);
}

/** The secret in the data directory, the first line of its file; null where there is none or nothing in it. Throws where it
 * cannot be read. */
export async function readSecretFile(dataDir: string): Promise<string | null> {
  try {
    const [first = ''] = (await readFile(secretPath(dataDir), 'utf8')).trim().split('\n');
    return first === '' ? null : first;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
