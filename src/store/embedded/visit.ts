/** The way into an embedded PostgreSQL that a server is running, for a program that only wants to ask it something. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DATABASE_NAME } from './boot-checks.ts';
import type { EmbeddedConnection } from './boot-checks.ts';
import { OWNER_ROLE, readPassword } from './cluster.ts';
import { prepareLayout } from './layout.ts';
import { isPostmaster, readPostmasterFile } from './postmaster-file.ts';
import { StartupError } from './startup-error.ts';

/**
 * Null when none is running there: then it can be started. Throws StartupError where the data directory holds no database:
 * looking must not make one.
 */
export async function visitEmbeddedPostgres(dataDir: string): Promise<EmbeddedConnection | null> {
  if (!existsSync(join(dataDir, 'postgres'))) throw new StartupError(`There is no database in ${dataDir}.`);
  const layout = await prepareLayout(dataDir);
  const file = await readPostmasterFile(layout.pgdata);
  if (file === null || file.socketDir === null || file.port === null || !(await isPostmaster(file))) return null;
  const password = await readPassword(layout);
  return { host: file.socketDir, port: file.port, user: OWNER_ROLE, password, database: DATABASE_NAME };
}
