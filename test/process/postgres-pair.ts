/** A PostgreSQL and a synchronous standby of it, as on two machines: what one has acknowledged, both have. */

import { appendFile, cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';

import { startEmbeddedPostgres } from '../../src/store/embedded/embedded-postgres.ts';
import type { EmbeddedPostgres, EmbeddedPostgresOptions } from '../../src/store/embedded/embedded-postgres.ts';
import type { EmbeddedConnection } from '../../src/store/embedded/boot-checks.ts';
import { readPostmasterFile } from '../../src/store/embedded/postmaster-file.ts';
import { visitEmbeddedPostgres } from '../../src/store/embedded/visit.ts';
import { until } from './shop.ts';

export type PostgresPair = {
  readonly primary: EmbeddedConnection;
  readonly standby: EmbeddedConnection;
  /** With -9; it is started again, as machines are, and then waits for its standby at each commit. */
  killPrimary(): Promise<void>;
  /** Resolves when the standby takes writes. */
  promoteStandby(): Promise<void>;
  /** The old primary is back, and commits without its standby from now on. */
  letPrimaryGoAlone(): Promise<void>;
  stop(): Promise<void>;
};

const CLUSTER = 'postgres/cluster';

function optionsOf(dataDir: string): EmbeddedPostgresOptions {
  return { dataDir, log: () => undefined, settings: { max_wal_senders: '2', hot_standby: 'on' } };
}

export async function startPostgresPair(): Promise<PostgresPair> {
  const directories = await Promise.all(['primary', 'standby'].map((name) => mkdtemp(join(tmpdir(), `rg-${name}-`))));
  const [primaryDir = '', standbyDir = ''] = directories;
  const emptied = await startEmbeddedPostgres(optionsOf(primaryDir));
  await emptied.stop();
  await cp(join(primaryDir, CLUSTER), join(standbyDir, CLUSTER), { recursive: true });
  const primary = await startEmbeddedPostgres(optionsOf(primaryDir));
  await follow(join(standbyDir, CLUSTER, 'pgdata'), primary.connection);
  // Counts as started once it takes writes.
  const promoted = startEmbeddedPostgres(optionsOf(standbyDir));
  const running = Promise.all([primary, promoted]);
  const standby = await until('the standby answers', async () => {
    const connection = await visitEmbeddedPostgres(standbyDir);
    return connection !== null && (await answers(connection)) ? connection : null;
  });
  await within(primary.connection, async (db) => {
    await waitFor(db, `select from pg_stat_replication where state = 'streaming'`);
    await waitForStandby(db, '*');
  });
  return {
    primary: primary.connection,
    standby,
    killPrimary: () => killPrimary(primaryDir),
    promoteStandby: async () => {
      await within(standby, (db) => db.query('select pg_promote()'));
      await promoted;
    },
    letPrimaryGoAlone: async () => {
      await until('the old primary is back', async () => ((await answers(primary.connection)) ? true : null));
      await within(primary.connection, (db) => waitForStandby(db, ''));
    },
    stop: async () => {
      await within(standby, (db) => db.query('select pg_promote()')).catch(() => undefined);
      await stopAll(await running);
      for (const directory of directories) await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Makes the copy of a stopped PostgreSQL a standby of the original. */
async function follow(pgdata: string, { host, port, user, password }: EmbeddedConnection): Promise<void> {
  const source = `host=${host} port=${port} user=${user} password=${password} application_name=standby`;
  await appendFile(join(pgdata, 'postgresql.auto.conf'), `primary_conninfo = '${source}'\n`);
  await writeFile(join(pgdata, 'standby.signal'), '');
}

async function answers(connection: EmbeddedConnection): Promise<boolean> {
  return within(connection, (db) => db.query('select 1')).then(
    () => true,
    () => false,
  );
}

async function waitFor(db: Client, query: string): Promise<void> {
  await until(query, async () => ((await db.query(query)).rowCount !== 0 ? true : null));
}

/** '*': each commit is acknowledged by any standby first; '': by none. */
async function waitForStandby(db: Client, names: '*' | ''): Promise<void> {
  await db.query(`alter system set synchronous_standby_names = '${names}'`);
  await db.query('select pg_reload_conf()');
  await waitFor(db, `select from pg_settings where name = 'synchronous_standby_names' and setting = '${names}'`);
}

async function killPrimary(dataDir: string): Promise<void> {
  const killed = await readPostmasterFile(join(dataDir, CLUSTER, 'pgdata'));
  if (killed === null) throw new Error('the primary is not running');
  process.kill(killed.pid, 'SIGKILL');
}

async function stopAll(servers: readonly EmbeddedPostgres[]): Promise<void> {
  for (const server of servers) await server.stop();
}

/** Not through our own pool: it refuses standbys. */
async function within<T>(connection: EmbeddedConnection, run: (db: Client) => Promise<T>): Promise<T> {
  const db = new Client({ ...connection });
  await db.connect();
  return run(db).finally(() => db.end());
}
