/** Credentials of channels that were stored before they had a table of their own. */

import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';

import { createSecrets } from '../../src/secrets.ts';
import { readChannel } from '../../src/store/channels.ts';
import { credentialContext } from '../../src/store/credentials.ts';
import { migrate } from '../../src/store/migrate.ts';
import { newId } from '../../src/new-id.ts';
import { createTestDatabase } from '../support/test-database.ts';

const MIGRATIONS = join(import.meta.dirname, '../../src/store/migrations');

it('a credential stored with its channel still opens after the upgrade', async () => {
  const test = await createTestDatabase({ from: 'nothing' });
  const directory = await mkdtemp(join(tmpdir(), 'reelgate-migrations-'));
  try {
    for (const name of (await readdir(MIGRATIONS)).filter((file) => file < '0004'))
      await cp(join(MIGRATIONS, name), join(directory, name));
    await migrate(test.db, directory);
    const secrets = createSecrets('a secret that is long enough for this');
    const id = newId();
    await test.db.query(
      `insert into channel (id, name, provider, mode, credential_sealed) values ($1, 'old', 'sandbox', 'test', $2)`,
      [id, secrets.seal('ID|SECRET', `channel:${id}:credential`)],
    );
    await migrate(test.db, MIGRATIONS);
    const [credential] = (await readChannel(test.db, id))?.credentials ?? [];
    if (credential === undefined) throw new Error('the channel kept its credential');
    expect(secrets.open(credential.sealed, credentialContext(credential))).toBe('ID|SECRET');
  } finally {
    await test.drop();
    await rm(directory, { recursive: true, force: true });
  }
});
