/** A PostgreSQL for simulations alone: nothing that goes on beside a run may change what happens in it. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { openDatabase } from '../../src/store/database.ts';
import type { DatabaseConnection } from '../../src/store/database.ts';
import { startEmbeddedPostgres } from '../../src/store/embedded/embedded-postgres.ts';
import { openSimDatabase } from './sim-database.ts';
import type { SimDatabase } from './sim-database.ts';

/** The data dies with the run, so nothing waits for the disk; and nobody tidies up at a time of his own. */
const SETTINGS = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', autovacuum: 'off' };
const NAME = 'sim';
/** Begins like those of other tests, so that the next test run sweeps what a killed one has left. */
const DIRECTORY_PREFIX = 'reelgate-test-sim-';

export type SimServer = { readonly database: SimDatabase; stop(): Promise<void> };

export async function startSimServer(): Promise<SimServer> {
  const directory = await mkdtemp(join(tmpdir(), DIRECTORY_PREFIX));
  const postgres = await startEmbeddedPostgres({ dataDir: directory, log: () => undefined, settings: SETTINGS });
  const stop = async (): Promise<void> => {
    await postgres.stop();
    await rm(directory, { recursive: true, force: true });
  };
  try {
    const database = await openSimDatabase(await createDatabase(postgres.connection));
    return { database, stop: () => database.close().then(stop) };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function createDatabase(connection: DatabaseConnection): Promise<DatabaseConnection> {
  const admin = openDatabase({ connection, maxConnections: 1 });
  await admin.query(`create database ${NAME}`).finally(() => admin.close());
  return { ...connection, database: NAME };
}
