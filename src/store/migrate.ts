/** Brings the schema to this build's version: numbered SQL files, each applied once, each in a transaction of its own. */

import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { requireSupportedServer, type Database, type Queryable } from './database.ts';
import { StartupError } from './embedded/startup-error.ts';

type Migration = {
  readonly version: number;
  readonly name: string;
  readonly text: string;
  readonly checksum: string;
};

type AppliedRow = { readonly version: number; readonly checksum: string };

/** This build's. */
export const MIGRATIONS = fileURLToPath(new URL('./migrations', import.meta.url));

const FILE_NAME = /^(\d{4})-[a-z0-9-]+\.sql$/;
const LOCK_TIMEOUT_MS = 600_000;
const STATEMENT_TIMEOUT_MS = 3_600_000;
const MAX_CREATE_ATTEMPTS = 5;

/** What two sessions creating the same table at once can get: unique violation in the catalogue, or duplicate table. */
const CREATE_RACE_CODES: readonly string[] = ['23505', '42P07', '42710'];

/**
 * Applies what is missing and returns the file names it applied and the version reached. Safe on many nodes at once. Throws
 * StartupError when the database is newer than this build or an applied file was changed. `upTo` stops at an earlier version.
 */
export async function migrate(
  db: Database,
  directory: string,
  upTo = Number.POSITIVE_INFINITY,
): Promise<{ applied: string[]; version: number }> {
  const migrations = (await readMigrations(directory)).filter(({ version }) => version <= upTo);
  await requireSupportedServer(db);
  await createTable(db);
  const known = requireSameHistory(await readApplied(db), migrations);
  const applied: string[] = [];
  for (const migration of migrations.slice(known)) {
    if (await apply(db, migration, migrations)) applied.push(migration.name);
  }
  return { applied, version: migrations.length };
}

/** The name of the newest one that was applied. Throws if the database does not answer. */
export async function latestMigration(db: Queryable): Promise<string | null> {
  const [latest] = await db.query<{ name: string }>('select name from migration order by version desc limit 1');
  return latest?.name ?? null;
}

/** How many versions the database is behind this build, without changing it; null where it was never set up. Throws as `migrate` does. */
export async function missingVersions(db: Database, directory: string): Promise<number | null> {
  const [found] = await db.query<{ exists: boolean }>(`select to_regclass('migration') is not null as exists`);
  if (found?.exists !== true) return null;
  const migrations = await readMigrations(directory);
  return migrations.length - requireSameHistory(await readApplied(db), migrations);
}

/** True where this build made the database the way that this history says, as far as it goes. */
export async function isOwnHistory(
  history: readonly { readonly version: number; readonly checksum: string }[],
  directory: string,
): Promise<boolean> {
  const migrations = await readMigrations(directory);
  return history.every(({ version, checksum }) => migrations[version - 1]?.checksum === checksum);
}

/** In order; line ends are made equal, because git may change them on checkout. */
async function readMigrations(directory: string): Promise<Migration[]> {
  const names = (await readdir(directory)).filter((name) => name.endsWith('.sql')).toSorted();
  const migrations: Migration[] = [];
  for (const name of names) {
    const version = Number(FILE_NAME.exec(name)?.[1]);
    if (version !== migrations.length + 1) {
      throw new Error(`migration files must be named NNNN-name.sql and numbered from 0001 without gaps: ${name}`);
    }
    const text = (await readFile(join(directory, name), 'utf8')).replaceAll('\r\n', '\n');
    const checksum = createHash('sha256').update(text).digest('hex');
    migrations.push({ version, name, text, checksum });
  }
  return migrations;
}

async function createTable(db: Database): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const [found] = await db.query<{ exists: boolean }>(`select to_regclass('migration') is not null as exists`);
    if (found?.exists === true) return;
    try {
      await db.query(`
        create table if not exists migration (
          version int primary key,
          name text not null,
          checksum text not null,
          applied_at timestamptz not null default now()
        )`);
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : '';
      if (!CREATE_RACE_CODES.includes(code) || attempt === MAX_CREATE_ATTEMPTS) throw error;
    }
  }
}

/** False when another node applied it while we waited for the lock. */
async function apply(db: Database, migration: Migration, migrations: readonly Migration[]): Promise<boolean> {
  const { version, name, text, checksum } = migration;
  const run = async (tx: Queryable): Promise<boolean> => {
    await tx.query(`set local lock_timeout = ${LOCK_TIMEOUT_MS}`);
    await tx.query('lock table migration in exclusive mode');
    if (requireSameHistory(await readApplied(tx), migrations) >= version) return false;
    await tx.query(text);
    await tx.query('insert into migration (version, name, checksum) values ($1, $2, $3)', [version, name, checksum]);
    return true;
  };
  return db.transaction(run, { statementTimeoutMs: STATEMENT_TIMEOUT_MS });
}

function readApplied(db: Queryable): Promise<AppliedRow[]> {
  return db.query<AppliedRow>('select version, checksum from migration order by version');
}

/** Returns how many are applied: always the first so many. */
function requireSameHistory(applied: readonly AppliedRow[], migrations: readonly Migration[]): number {
  const newest = applied.at(-1)?.version ?? 0;
  if (newest > migrations.length) {
    throw new StartupError(
      `The database is at version ${newest}, and this Reelgate knows versions up to ${migrations.length}. ` +
        `Upgrade Reelgate, or restore a backup made by this version.`,
    );
  }
  for (const [index, row] of applied.entries()) {
    const migration = migrations[index];
    if (migration !== undefined && row.version === migration.version && row.checksum === migration.checksum) continue;
    throw new StartupError(
      `The database was set up with a different ${migration?.name ?? `version ${row.version}`} than the one in this Reelgate. ` +
        `Install the Reelgate release that the database belongs to, or restore a backup made by this one.`,
    );
  }
  return applied.length;
}
