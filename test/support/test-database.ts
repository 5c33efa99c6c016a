/** A database of its own for a test file, cloned from the migrated template. */

import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { inject } from 'vitest';
import { openDatabase, type Database, type DatabaseConnection } from '../../src/store/database.ts';

export type TestServer = {
  readonly connection: DatabaseConnection;
  readonly template: string;
  readonly studioDirectory: string;
};

declare module 'vitest' {
  export interface ProvidedContext {
    testServer: TestServer;
  }
}

export type TestDatabase = {
  readonly db: Database;
  readonly connection: DatabaseConnection;
  /** Closes `db` and removes the database, even while other connections to it are open. */
  drop(): Promise<void>;
};

const MAX_CONNECTIONS = 5;
const MAX_CLONE_ATTEMPTS = 20;
const CLONE_RETRY_MS = 50;

/** `from: 'nothing'` gives a database without our schema. */
export async function createTestDatabase(
  options: { readonly from?: 'template' | 'nothing' } = {},
): Promise<TestDatabase> {
  const server = inject('testServer');
  const name = `reelgate_test_${randomBytes(8).toString('hex')}`;
  const source = options.from === 'nothing' ? 'template0' : server.template;
  await asAdmin(server, (admin) => clone(admin, name, source));
  const connection = withDatabaseName(server.connection, name);
  const db = openDatabase({ connection, maxConnections: MAX_CONNECTIONS, applicationName: name });
  return {
    db,
    connection,
    drop: async () => {
      await db.close();
      await asAdmin(server, (admin) => admin.query(`drop database if exists ${name} with (force)`));
    },
  };
}

export function withDatabaseName(connection: DatabaseConnection, database: string): DatabaseConnection {
  if (!('url' in connection)) return { ...connection, database };
  const url = new URL(connection.url);
  url.pathname = `/${database}`;
  return { url: url.href };
}

/** PostgreSQL refuses a clone (55006) while anyone, such as its own autovacuum, is in the source. */
async function clone(admin: Database, name: string, source: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await admin.query(`create database ${name} template ${source}`);
      return;
    } catch (error) {
      const busy = error instanceof Error && 'code' in error && error.code === '55006';
      if (!busy || attempt === MAX_CLONE_ATTEMPTS) throw error;
      await delay(CLONE_RETRY_MS);
    }
  }
}

async function asAdmin(server: TestServer, run: (admin: Database) => Promise<unknown>): Promise<void> {
  const admin = openDatabase({ connection: server.connection, maxConnections: 1 });
  await run(admin).finally(() => admin.close());
}
