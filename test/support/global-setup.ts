/** One PostgreSQL for the whole test run, with a migrated template database that every test file clones. */

import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { openCollectQueue } from '../../src/engine/collect-queue.ts';
import { createLog } from '../../src/log.ts';
import { openDatabase, type DatabaseConnection } from '../../src/store/database.ts';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../src/store/embedded/embedded-postgres.ts';
import { StartupError } from '../../src/store/embedded/startup-error.ts';
import { migrate } from '../../src/store/migrate.ts';
import { withDatabaseName, type TestServer } from './test-database.ts';

const MIGRATIONS = join(import.meta.dirname, '../../src/store/migrations');
const DIRECTORY_PREFIX = 'reelgate-test-';
/** Clips drawn by one test are reused by the next. */
const STUDIO_PREFIX = 'reelgate-studio-';
const MAX_SWEPT_DIRECTORIES = 3;
/** The test's data dies with the run anyway, so no test waits for the disk. */
const FAST_SETTINGS = { synchronous_commit: 'off', max_connections: '100' };

let release: () => Promise<void> = async () => undefined;

export async function setup(project: TestProject): Promise<void> {
  const given = process.env['TEST_DATABASE_URL'];
  const cluster = given === undefined || given === '' ? await startCluster() : null;
  const connection = cluster?.postgres.connection ?? { url: given ?? '' };
  const studioDirectory = await mkdtemp(join(tmpdir(), STUDIO_PREFIX));
  const template = `reelgate_template_${randomBytes(6).toString('hex')}`;
  release = async () => {
    await dropTemplate(connection, template);
    await cluster?.postgres.stop();
    if (cluster !== null) await rm(cluster.directory, { recursive: true, force: true });
    await rm(studioDirectory, { recursive: true, force: true });
  };
  try {
    await createTemplate(connection, template);
  } catch (error) {
    await release();
    throw error;
  }
  project.provide('testServer', { connection, template, studioDirectory } satisfies TestServer);
}

export async function teardown(): Promise<void> {
  await release();
}

async function startCluster(): Promise<{ postgres: EmbeddedPostgres; directory: string }> {
  await sweepKilledRuns();
  const directory = await mkdtemp(join(tmpdir(), DIRECTORY_PREFIX));
  const postgres = await startEmbeddedPostgres({ dataDir: directory, log: () => undefined, settings: FAST_SETTINGS });
  return { postgres, directory };
}

/** A killed run leaves its PostgreSQL behind; the lock tells it from a run that is going on. */
async function sweepKilledRuns(): Promise<void> {
  const left = (await readdir(tmpdir()))
    .filter((name) => name.startsWith(DIRECTORY_PREFIX))
    .map((name) => join(tmpdir(), name))
    .filter((path) => existsSync(join(path, 'postgres/cluster/pgdata/postmaster.pid')));
  for (const dataDir of left.slice(0, MAX_SWEPT_DIRECTORIES)) {
    try {
      await (await startEmbeddedPostgres({ dataDir, log: () => undefined, settings: FAST_SETTINGS })).stop();
      await rm(dataDir, { recursive: true, force: true });
    } catch (error) {
      if (!(error instanceof StartupError)) throw error;
    }
  }
}

/** Nobody may connect to the finished template, so that cloning it never waits. */
async function createTemplate(connection: DatabaseConnection, template: string): Promise<void> {
  const admin = openDatabase({ connection, maxConnections: 1 });
  try {
    await admin.query(`create database ${template} template template0`);
    if (existsSync(MIGRATIONS)) {
      const db = openDatabase({ connection: withDatabaseName(connection, template), maxConnections: 1 });
      await migrate(db, MIGRATIONS).finally(() => db.close());
      await (await openCollectQueue(withDatabaseName(connection, template), createLog('silent'))).stop();
    }
    await admin.query(`alter database ${template} with allow_connections false`);
  } finally {
    await admin.close();
  }
}

async function dropTemplate(connection: DatabaseConnection, template: string): Promise<void> {
  const admin = openDatabase({ connection, maxConnections: 1 });
  await admin.query(`drop database if exists ${template}`).finally(() => admin.close());
}
