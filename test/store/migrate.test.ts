import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openDatabase } from '../../src/store/database.ts';
import { StartupError } from '../../src/store/embedded/startup-error.ts';
import { migrate } from '../../src/store/migrate.ts';
import { createTestDatabase, type TestDatabase } from '../support/test-database.ts';

const FIXTURE = join(import.meta.dirname, 'fixtures/migrations');

let database: TestDatabase;
let directory: string;

beforeEach(async () => {
  database = await createTestDatabase({ from: 'nothing' });
  directory = await mkdtemp(join(tmpdir(), 'reelgate-migrations-'));
  await cp(FIXTURE, directory, { recursive: true });
});

afterEach(async () => {
  await database.drop();
  await rm(directory, { recursive: true });
});

function add(name: string, text: string): Promise<void> {
  return writeFile(join(directory, name), text);
}

async function tables(): Promise<string[]> {
  const rows = await database.db.query<{ name: string }>(
    `select tablename as name from pg_tables where schemaname = 'public' order by 1`,
  );
  return rows.map((row) => row.name);
}

describe('migrate', () => {
  test('applies every file once, in order, and says which', async () => {
    expect(await migrate(database.db, directory)).toEqual({
      applied: ['0001-fruit.sql', '0002-colour.sql'],
      version: 2,
    });
    expect(await migrate(database.db, directory)).toEqual({ applied: [], version: 2 });
    expect(await tables()).toEqual(['fruit', 'migration']);
    expect(await database.db.query('select name, colour from fruit order by name')).toEqual([
      { name: 'apple', colour: 'red' },
      { name: 'pear', colour: 'green' },
    ]);
  });

  test('applies only what is new to an older database', async () => {
    await migrate(database.db, directory);
    await add('0003-tree.sql', 'create table tree (id int);');
    expect(await migrate(database.db, directory)).toEqual({ applied: ['0003-tree.sql'], version: 3 });
  });

  test('leaves nothing of a file that fails, and goes on from there once it is mended', async () => {
    await add('0003-tree.sql', 'create table tree (id int); insert into nowhere values (1);');
    await expect(migrate(database.db, directory)).rejects.toThrow('relation "nowhere" does not exist');
    expect(await tables()).toEqual(['fruit', 'migration']);
    await add('0003-tree.sql', 'create table tree (id int);');
    expect((await migrate(database.db, directory)).applied).toEqual(['0003-tree.sql']);
  });

  test('lets two processes start at once: each file is applied by exactly one of them', async () => {
    const others = [0, 1, 2].map(() => openDatabase({ connection: database.connection, maxConnections: 2 }));
    const results = await Promise.all([database.db, ...others].map((db) => migrate(db, directory)));
    expect(results.flatMap((result) => result.applied).toSorted()).toEqual(['0001-fruit.sql', '0002-colour.sql']);
    expect(results.map((result) => result.version)).toEqual([2, 2, 2, 2]);
    await Promise.all(others.map((db) => db.close()));
  });

  test('refuses a database that is newer than this build', async () => {
    await add('0003-tree.sql', 'create table tree (id int);');
    await migrate(database.db, directory);
    await rm(join(directory, '0003-tree.sql'));
    const refusal = migrate(database.db, directory);
    await expect(refusal).rejects.toBeInstanceOf(StartupError);
    await expect(refusal).rejects.toThrow(
      'The database is at version 3, and this Reelgate knows versions up to 2. ' +
        'Upgrade Reelgate, or restore a backup made by this version.',
    );
  });

  test('refuses a changed file that was applied, but not changed line ends', async () => {
    await migrate(database.db, directory);
    const text = await readFile(join(directory, '0001-fruit.sql'), 'utf8');
    await add('0001-fruit.sql', text.replaceAll('\n', '\r\n'));
    expect((await migrate(database.db, directory)).applied).toEqual([]);
    await add('0001-fruit.sql', `${text}-- one more line\n`);
    await expect(migrate(database.db, directory)).rejects.toThrow('set up with a different 0001-fruit.sql');
  });

  test.each(['0002-second.sql', '0004-gap.sql', '3-short.sql'])('refuses the file name %s', async (name) => {
    await add(name, 'select 1;');
    await expect(migrate(database.db, directory)).rejects.toThrow('numbered from 0001 without gaps');
  });
});
