/** The database of this installation for a command: the live one as it is, or a resting one for as long as the command needs. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';

import type { Config } from '../config.ts';
import { openDatabase } from '../store/database.ts';
import type { Database, DatabaseConnection } from '../store/database.ts';
import { startEmbeddedPostgres } from '../store/embedded/embedded-postgres.ts';
import { visitEmbeddedPostgres } from '../store/embedded/visit.ts';

export type OpenedDatabase = {
  readonly db: Database;
  /** `given`: by `DATABASE_URL`; `running`: embedded, with its server; `started`: embedded, for this command only. */
  readonly origin: 'given' | 'running' | 'started';
};

const CONNECTIONS = 2;
const APPLICATION_NAME = 'reelgate-cli';

/** `or_new` makes the embedded database where there is none. */
export type WhichDatabase = 'existing' | 'or_new';

/** Throws `StartupError`, also where the data directory holds no database: looking must not make one. */
export async function withDatabase<T>(
  config: Config,
  warn: (line: string) => void,
  use: (database: OpenedDatabase) => Promise<T>,
  which: WhichDatabase = 'existing',
): Promise<T> {
  if (config.databaseUrl !== null) return withConnection({ url: config.databaseUrl }, 'given', use);
  const isNew = which === 'or_new' && !existsSync(join(config.dataDir, 'postgres'));
  const running = isNew ? null : await visitEmbeddedPostgres(config.dataDir);
  if (running !== null) return withConnection(running, 'running', use);
  return withEmbedded(config, warn, use);
}

/** Makes the embedded database where there is none yet. Throws `StartupError`, also while another server has the directory. */
export async function withEmbedded<T>(
  config: Config,
  warn: (line: string) => void,
  use: (database: OpenedDatabase) => Promise<T>,
): Promise<T> {
  const postgres = await startEmbeddedPostgres({
    dataDir: config.dataDir,
    log: (level, message) => {
      if (level === 'warn') warn(message);
    },
    runAs: config.databaseUser,
  });
  try {
    return await withConnection(postgres.connection, 'started', use);
  } finally {
    await postgres.stop();
  }
}

export async function withConnection<T>(
  connection: DatabaseConnection,
  origin: OpenedDatabase['origin'],
  use: (database: OpenedDatabase) => Promise<T>,
): Promise<T> {
  const db = openDatabase({ connection, maxConnections: CONNECTIONS, applicationName: APPLICATION_NAME });
  try {
    return await use({ db, origin });
  } finally {
    await db.close();
  }
}
