import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openDatabase } from '../../src/store/database.ts';
import { startEmbeddedPostgres } from '../../src/store/embedded/embedded-postgres.ts';
import { StartupError } from '../../src/store/embedded/startup-error.ts';
import {
  commandLine,
  isRunning,
  postmasterPid,
  query,
  runServer,
  startServer,
  stopServers,
} from './fixtures/server-process.ts';

const AS_ROOT = process.geteuid?.() === 0;
const ORDINARY_USER = 65_534;
const ANOTHER_USER = 54_330;
const PROMISED_READY_MS = 3_000;
const PROMISED_STOP_MS = 5_000;

const silent = { log: () => undefined };

let seedRoot: string;
let root: string;
let dataDir: string;

beforeAll(async () => {
  seedRoot = await mkdtemp(join(tmpdir(), 'reelgate-pg-seed-'));
  await (await startEmbeddedPostgres({ dataDir: join(seedRoot, 'data'), ...silent })).stop();
});

afterAll(() => rm(seedRoot, { recursive: true }));

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'reelgate-pg-'));
  dataDir = join(root, 'data');
});

afterEach(async () => {
  await stopServers();
  await endOrphan();
  await rm(root, { recursive: true, force: true });
});

/** A failed test may leave a PostgreSQL without a server. */
async function endOrphan(): Promise<void> {
  const pid = await postmasterPid(dataDir).catch(() => null);
  if (pid !== null && (await commandLine(pid)).includes(dataDir)) process.kill(pid, 'SIGQUIT');
}

async function mode(path: string): Promise<string> {
  return ((await stat(path)).mode & 0o777).toString(8);
}

/** For tests that leave a healthy database behind; each names its tables after itself. */
function shareDirectory(): void {
  dataDir = join(seedRoot, 'data');
}

/** Puts the data of an earlier, clean run in place, which is faster than a first start. */
async function startedBefore(): Promise<void> {
  await promisify(execFile)('cp', ['-a', join(seedRoot, 'data'), dataDir]);
}

describe('the first start', () => {
  test('serves a durable, private database', async () => {
    const postgres = await startEmbeddedPostgres({ dataDir, ...silent });
    const { connection } = postgres;
    const [settings] = await query(
      connection,
      `select current_setting('fsync') as fsync, current_setting('full_page_writes') as full_page_writes,
              current_setting('data_checksums') as checksums, current_setting('synchronous_commit') as synchronous_commit,
              current_setting('listen_addresses') as listen_addresses, current_setting('TimeZone') as zone,
              current_setting('server_encoding') as encoding, lower('Ä') as lower, 'a' < 'B' as linguistic`,
    );
    expect(settings).toEqual({
      fsync: 'on',
      full_page_writes: 'on',
      checksums: 'on',
      synchronous_commit: 'on',
      listen_addresses: '',
      zone: 'UTC',
      encoding: 'UTF8',
      lower: 'ä',
      linguistic: false,
    });
    expect(postgres).toMatchObject({ adopted: false, serverVersion: expect.stringMatching(/^\d+\.\d+$/) });
    expect(await mode(connection.host)).toBe('700');
    expect(await mode(join(dataDir, 'postgres/cluster/password'))).toBe('600');
    expect(await mode(join(dataDir, 'postgres/cluster/pgdata'))).toBe('700');
    expect(await mode(join(dataDir, 'postgres/server.log'))).toBe('600');
    await expect(query({ ...connection, password: 'wrong' }, 'select 1')).rejects.toThrow('password authentication');
    await postgres.stop();
  });

  test('after a kill in the middle of the first start begins again', async () => {
    await mkdir(join(dataDir, 'postgres/cluster-new-0123456789ab/pgdata'), { recursive: true });
    const postgres = await startEmbeddedPostgres({ dataDir, ...silent });
    expect((await readdir(join(dataDir, 'postgres'))).filter((name) => name.startsWith('cluster'))).toEqual([
      'cluster',
    ]);
    await postgres.stop();
  });

  test('works in a data directory with a very long, odd path', async () => {
    dataDir = join(root, 'a "long", odd path', 'x'.repeat(120), 'data');
    const postgres = await startEmbeddedPostgres({ dataDir, ...silent });
    const { host } = postgres.connection;
    expect(host).not.toContain(root);
    expect(await mode(host)).toBe('700');
    expect(await query(postgres.connection, 'select 1 as one')).toEqual([{ one: 1 }]);
    await postgres.stop();
    await expect(stat(host)).rejects.toThrow('ENOENT');
  });

  test('refuses a socket directory that another user could have made', async () => {
    dataDir = join(root, 'y'.repeat(120));
    const first = await startEmbeddedPostgres({ dataDir, ...silent });
    const { host } = first.connection;
    await first.stop();
    await mkdir(host, { mode: 0o755 });
    await expect(startEmbeddedPostgres({ dataDir, ...silent })).rejects.toThrow(`The socket directory ${host} exists`);
    await rm(host, { recursive: true });
  });

  test('gives PostgreSQL nothing of our environment', async () => {
    const server = await startServer(dataDir, { env: { REELGATE_SECRET: 'canary-secret' } });
    const pid = await postmasterPid(dataDir);
    const environment = (await readFile(`/proc/${pid}/environ`, 'utf8')).split('\0').filter((line) => line !== '');
    expect(environment.toSorted()).toEqual(['LANG=C', 'LC_ALL=C', 'TZ=UTC']);
    await server.kill('SIGTERM');
  });
});

describe('a restart', () => {
  beforeEach(shareDirectory);

  test('keeps data, ends quickly, and leaves nothing running', async () => {
    const server = await startServer(dataDir);
    await query(server.connection, 'create table restarted as select 42 as answer');
    const pid = await postmasterPid(dataDir);
    const stoppingAt = performance.now();
    await server.kill('SIGTERM');
    expect(performance.now() - stoppingAt).toBeLessThan(PROMISED_STOP_MS);
    expect(await isRunning(pid)).toBe(false);
    const again = await startServer(dataDir);
    expect(again.adopted).toBe(false);
    expect(await query(again.connection, 'select answer from restarted')).toEqual([{ answer: 42 }]);
    await again.kill('SIGTERM');
  });

  test('stopping while clients are connected ends quickly too', async () => {
    const postgres = await startEmbeddedPostgres({ dataDir, ...silent });
    const db = openDatabase({ connection: postgres.connection });
    await db.query('select 1');
    const stoppingAt = performance.now();
    await Promise.all([postgres.stop(), postgres.stop()]);
    expect(performance.now() - stoppingAt).toBeLessThan(PROMISED_STOP_MS);
    await db.close();
  });

  test('takes over the PostgreSQL of a server killed with -9, with every committed row', async () => {
    const server = await startServer(dataDir);
    await query(server.connection, 'create table adopted as select generate_series(1, 1000) as id');
    const pid = await postmasterPid(dataDir);
    await server.kill('SIGKILL');
    expect(await isRunning(pid)).toBe(true);
    const again = await startServer(dataDir);
    expect(again.readyMs).toBeLessThan(PROMISED_READY_MS);
    expect(again.adopted).toBe(true);
    expect(await postmasterPid(dataDir)).toBe(pid);
    expect(await query(again.connection, 'select count(*)::int as n from adopted')).toEqual([{ n: 1000 }]);
    await again.kill('SIGTERM');
    expect(await isRunning(pid)).toBe(false);
  });

  test('recovers when both were killed with -9, even if their process ids are in use again', async () => {
    const server = await startServer(dataDir);
    await query(server.connection, 'create table recovered as select generate_series(1, 1000) as id');
    const pid = await postmasterPid(dataDir);
    await server.kill('SIGKILL');
    process.kill(pid, 'SIGKILL');
    const stranger = await startStranger();
    const file = join(dataDir, 'postgres/cluster/pgdata/postmaster.pid');
    await writeFile(file, (await readFile(file, 'utf8')).replace(/^\d+/, String(stranger.pid)));
    await writeFile(join(dataDir, 'postgres/holder.json'), JSON.stringify({ pid: stranger.pid }));
    const again = await startServer(dataDir);
    expect(again.readyMs).toBeLessThan(PROMISED_READY_MS);
    expect(again.adopted).toBe(false);
    expect(await query(again.connection, 'select count(*)::int as n from recovered')).toEqual([{ n: 1000 }]);
    expect(await isRunning(stranger.pid ?? 0)).toBe(true);
    stranger.kill();
    await again.kill('SIGTERM');
  });

  test('restarts a PostgreSQL that was left running but cannot be reached', async () => {
    const server = await startServer(dataDir);
    await query(server.connection, 'create table unreachable as select 42 as answer');
    const pid = await postmasterPid(dataDir);
    await server.kill('SIGKILL');
    await rm(join(server.connection.host, '.s.PGSQL.5432'));
    const again = await startServer(dataDir);
    expect(again.logs.join('\n')).toContain('does not answer: restarting it');
    expect(await isRunning(pid)).toBe(false);
    expect(await query(again.connection, 'select answer from unreachable')).toEqual([{ answer: 42 }]);
    await again.kill('SIGTERM');
  });

  test('overrules a configuration that could lose data', async () => {
    const postgres = await startEmbeddedPostgres({ dataDir, ...silent });
    await query(postgres.connection, 'alter system set fsync = off');
    await query(postgres.connection, 'alter system set full_page_writes = off');
    await postgres.stop();
    const again = await startEmbeddedPostgres({ dataDir, ...silent });
    expect(await query(again.connection, 'show fsync')).toEqual([{ fsync: 'on' }]);
    expect(await query(again.connection, 'show full_page_writes')).toEqual([{ full_page_writes: 'on' }]);
    await again.stop();
  });

  test('bounds the server log', async () => {
    await (await startEmbeddedPostgres({ dataDir, ...silent })).stop();
    const log = join(dataDir, 'postgres/server.log');
    await truncate(log, 9 * 1024 * 1024);
    await (await startEmbeddedPostgres({ dataDir, ...silent })).stop();
    expect((await stat(log)).size).toBeLessThan(64 * 1024);
    expect((await stat(`${log}.1`)).size).toBe(9 * 1024 * 1024);
  });
});

describe('while the server runs', () => {
  beforeEach(shareDirectory);

  test('a PostgreSQL killed with -9 is started again, and the same pool goes on', async () => {
    const server = await startServer(dataDir);
    const db = openDatabase({ connection: server.connection });
    await db.query('create table killed as select 42 as answer');
    const killedAt = performance.now();
    process.kill(await postmasterPid(dataDir), 'SIGKILL');
    await server.logged('PostgreSQL serves again');
    expect(performance.now() - killedAt).toBeLessThan(PROMISED_READY_MS);
    expect(await db.query('select answer from killed')).toEqual([{ answer: 42 }]);
    await db.close();
    await server.kill('SIGTERM');
  });

  test('a second server on the same directory is refused in one sentence and harms nothing', async () => {
    const server = await startServer(dataDir);
    const pid = await postmasterPid(dataDir);
    const refused = {
      kind: 'refused',
      name: 'StartupError',
      message:
        `StartupError: The data directory ${dataDir} is already in use by another Reelgate server (process ${server.child.pid}). ` +
        `Stop that server first, or give this one a directory of its own with REELGATE_DATA_DIR.`,
    };
    expect(await Promise.all([runServer(dataDir), runServer(dataDir)])).toEqual([refused, refused]);
    expect(await postmasterPid(dataDir)).toBe(pid);
    expect(await query(server.connection, 'select 1 as one')).toEqual([{ one: 1 }]);
    await server.kill('SIGTERM');
  });

  test('a second start in the same process is refused too, and the first keeps its lock', async () => {
    const postgres = await startEmbeddedPostgres({ dataDir, ...silent });
    await expect(startEmbeddedPostgres({ dataDir, ...silent })).rejects.toThrow('already in use');
    expect((await runServer(dataDir)).kind).toBe('refused');
    await postgres.stop();
    expect((await runServer(dataDir)).kind).toBe('ready');
  });

  test('of two servers started at once on a new directory, exactly one serves', async () => {
    dataDir = join(root, 'new');
    const outcomes = await Promise.all([runServer(dataDir), runServer(dataDir)]);
    expect(outcomes.map((outcome) => outcome.kind).toSorted()).toEqual(['ready', 'refused']);
  });
});

describe('a start that cannot be', () => {
  test('says that the data directory is not writable', async () => {
    const file = join(root, 'file');
    await writeFile(file, '');
    const refusal = startEmbeddedPostgres({ dataDir: join(file, 'data'), ...silent });
    await expect(refusal).rejects.toBeInstanceOf(StartupError);
    await expect(refusal).rejects.toThrow(
      `The data directory ${join(file, 'data')} is not writable: a part of the path is a file, not a directory.`,
    );
  });

  test.runIf(AS_ROOT)('says so to an ordinary user as well', async () => {
    await mkdir(dataDir, { mode: 0o755 });
    await openTo(root);
    expect(await runServer(dataDir, { uid: ORDINARY_USER })).toMatchObject({
      message: `StartupError: The data directory ${dataDir} is not writable: permission denied.`,
    });
  });

  test('says that the database is of another major version', async () => {
    await startedBefore();
    await writeFile(join(dataDir, 'postgres/cluster/pgdata/PG_VERSION'), '17\n');
    await expect(startEmbeddedPostgres({ dataDir, ...silent })).rejects.toThrow('was made by PostgreSQL 17');
  });

  test('says that the database is not the one it was', async () => {
    await startedBefore();
    await writeFile(join(dataDir, 'postgres/cluster/system-identifier'), '1234\n');
    await expect(startEmbeddedPostgres({ dataDir, ...silent })).rejects.toThrow('serves another database');
    expect(await postmasterPid(dataDir).catch(() => null)).toBeNull();
  });

  test('shows the last lines of the log when PostgreSQL gives a reason of its own', async () => {
    await startedBefore();
    await writeFile(join(dataDir, 'postgres/cluster/pgdata/postgresql.conf'), 'no_such_setting = 1\n');
    const refusal = startEmbeddedPostgres({ dataDir, ...silent });
    await expect(refusal).rejects.toBeInstanceOf(StartupError);
    await expect(refusal).rejects.toThrow('unrecognized configuration parameter "no_such_setting"');
  });
});

describe.runIf(AS_ROOT)('users', () => {
  test('an ordinary user runs the whole of it', async () => {
    await chown(root, ORDINARY_USER, ORDINARY_USER);
    const server = await startServer(dataDir, { uid: ORDINARY_USER });
    expect(await query(server.connection, 'select 1 as one')).toEqual([{ one: 1 }]);
    expect((await stat(`/proc/${await postmasterPid(dataDir)}`)).uid).toBe(ORDINARY_USER);
    await server.kill('SIGKILL');
    const again = await startServer(dataDir, { uid: ORDINARY_USER });
    expect(again.adopted).toBe(true);
    await again.kill('SIGTERM');
  });

  test('root may name the user, and may change its mind', async () => {
    await openTo(root);
    const server = await startServer(dataDir, { runAs: ANOTHER_USER });
    await query(server.connection, 'create table kept as select 42 as answer');
    expect((await stat(`/proc/${await postmasterPid(dataDir)}`)).uid).toBe(ANOTHER_USER);
    expect((await stat(join(dataDir, 'postgres/cluster/password'))).uid).toBe(0);
    await server.kill('SIGKILL');
    const taken = await startServer(dataDir, { runAs: ANOTHER_USER });
    expect(taken.adopted).toBe(true);
    await taken.kill('SIGTERM');
    for (const runAs of [{}, { runAs: ORDINARY_USER }]) {
      const again = await startServer(dataDir, runAs);
      expect(await query(again.connection, 'select answer from kept')).toEqual([{ answer: 42 }]);
      await again.kill('SIGTERM');
    }
  });

  test('a user that cannot enter the data directory is refused in one sentence', async () => {
    expect(await runServer(dataDir, { runAs: ANOTHER_USER })).toMatchObject({
      kind: 'refused',
      message: expect.stringContaining(
        `user id ${ANOTHER_USER} cannot run it here: it may not enter the directory ${root}.`,
      ),
    });
  });

  test('a database that belongs to root is refused to an ordinary user in one sentence', async () => {
    await openTo(root);
    await startedBefore();
    expect(await runServer(dataDir, { uid: ORDINARY_USER })).toMatchObject({
      kind: 'refused',
      message: expect.stringContaining('belongs to user id 0, but Reelgate runs as user id 65534'),
    });
  });
});

function openTo(directory: string): Promise<void> {
  return chmod(directory, 0o755);
}

/** A live process of the same user that is no PostgreSQL. */
async function startStranger(): Promise<ChildProcess> {
  const stranger = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 60_000)'], { stdio: 'ignore' });
  await once(stranger, 'spawn');
  return stranger;
}
