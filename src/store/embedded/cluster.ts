/** Makes the cluster (initdb and its password) once, and reads its password afterwards. */

import { randomBytes } from 'node:crypto';
import { chown, mkdir, open, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Binaries } from './binaries.ts';
import { commandAs, namedStandIn, openPassage, ownCluster, type DatabaseUser } from './database-user.ts';
import { postgresFailure, unwritable } from './failure-sentences.ts';
import type { Layout } from './layout.ts';
import { runProgram } from './run-program.ts';
import { StartupError } from './startup-error.ts';

export const OWNER_ROLE = 'reelgate';

const UNFINISHED_PREFIX = 'cluster-new-';
const INITDB_TIMEOUT_MS = 300_000;
const PASSWORD_BYTES = 24;
const NAMELESS_USER = /could not look up effective user ID/;

type Tools = {
  readonly layout: Layout;
  readonly binaries: Binaries;
  readonly user: DatabaseUser;
  readonly environment: Readonly<Record<string, string>>;
};

/** Makes the cluster when there is none; a kill at any moment leaves either no cluster or a whole one. */
export async function ensureCluster(tools: Tools): Promise<void> {
  const { layout, binaries, user } = tools;
  const version = await versionOf(layout);
  if (version === null) {
    await createCluster(tools);
  } else if (version !== String(binaries.major)) {
    throw new StartupError(
      `The database in ${layout.home} was made by PostgreSQL ${version}, and this Reelgate carries PostgreSQL ` +
        `${binaries.major}. Start the Reelgate version that made it, or set DATABASE_URL to a PostgreSQL ${version} server.`,
    );
  }
  await openPassage(layout.home, user);
  await openPassage(layout.clusterRoot, user);
  await ownCluster(layout.pgdata, user);
}

export async function readPassword(layout: Layout): Promise<string> {
  try {
    return (await readFile(layout.passwordFile, 'utf8')).trim();
  } catch {
    throw new StartupError(
      `The password of the embedded database is missing: restore ${layout.passwordFile} from a backup of the data directory.`,
    );
  }
}

/** Null when the cluster does not exist yet. */
export async function readSystemIdentifier(layout: Layout): Promise<string | null> {
  const text = await readFile(layout.systemIdentifierFile, 'utf8').catch(() => '');
  return text.trim() === '' ? null : text.trim();
}

export async function writeSystemIdentifier(layout: Layout, identifier: string): Promise<void> {
  const temporary = `${layout.systemIdentifierFile}.new`;
  await writeFile(temporary, `${identifier}\n`, { mode: 0o600, flush: true });
  await rename(temporary, layout.systemIdentifierFile);
}

async function versionOf(layout: Layout): Promise<string | null> {
  const entries = await readdir(layout.clusterRoot).catch(() => null);
  if (entries === null) return null;
  const version = await readFile(join(layout.pgdata, 'PG_VERSION'), 'utf8').catch(() => null);
  if (version !== null) return version.trim();
  throw new StartupError(
    `The database in ${layout.clusterRoot} is incomplete: restore the data directory from a backup, ` +
      `or move it away to start with an empty one.`,
  );
}

async function createCluster(tools: Tools): Promise<void> {
  const { layout, user } = tools;
  await removeUnfinished(layout);
  const unfinished = join(layout.home, `${UNFINISHED_PREFIX}${randomBytes(6).toString('hex')}`);
  try {
    await openPassage(layout.home, user);
    await mkdir(unfinished, { mode: 0o700 });
    await openPassage(unfinished, user);
    await runInitdb(tools, unfinished);
    await flushDirectory(unfinished);
    await rename(unfinished, layout.clusterRoot);
    await flushDirectory(layout.home);
  } catch (error) {
    await removeUnfinished(layout).catch(() => undefined);
    throw error instanceof StartupError ? error : unwritable(layout.dataDir, error);
  }
}

/** Leaves `pgdata` and `password` in `directory`, both flushed to the disk by whoever wrote them. */
async function runInitdb(tools: Tools, directory: string): Promise<void> {
  const { layout, user } = tools;
  const password = `${randomBytes(PASSWORD_BYTES).toString('base64url')}\n`;
  const passwordFile = join(directory, 'password');
  await writeFile(passwordFile, password, { mode: 0o600, flush: true });
  let result = await initdbAs(tools, user, directory);
  if (result.code !== 0 && NAMELESS_USER.test(result.output)) {
    const standIn = await namedStandIn(user);
    if (standIn !== null) result = await initdbAs(tools, standIn, directory);
  }
  if (result.code === 0) return chown(passwordFile, process.geteuid?.() ?? 0, process.getegid?.() ?? 0);
  if (!NAMELESS_USER.test(result.output)) throw postgresFailure('Creating the database', layout.dataDir, result.output);
  throw new StartupError(
    `PostgreSQL can only create its database as a user that has a name, and user id ${user.uid} has none here. ` +
      `Add it to /etc/passwd, run Reelgate as a user that is listed there, or set DATABASE_URL to a PostgreSQL server.`,
  );
}

async function initdbAs(
  { binaries, environment }: Tools,
  user: DatabaseUser,
  directory: string,
): Promise<{ code: number | null; output: string }> {
  const pgdata = join(directory, 'pgdata');
  const passwordFile = join(directory, 'password');
  await mkdir(pgdata, { mode: 0o700, recursive: true });
  if (user.kind === 'dropped') {
    await chown(pgdata, user.uid, user.gid);
    await chown(passwordFile, user.uid, user.gid);
  }
  const command = commandAs(user, binaries.initdb, [
    `--pgdata=${pgdata}`,
    `--username=${OWNER_ROLE}`,
    `--pwfile=${passwordFile}`,
    '--auth-local=scram-sha-256',
    '--auth-host=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--data-checksums',
    // All commits wait while a new file of the log is filled with zeros; of the usual 16 MB they do for 50 ms.
    '--wal-segsize=1',
  ]);
  return runProgram(command, environment, INITDB_TIMEOUT_MS);
}

/** What a kill during initdb left behind; one that is still being written to goes at the next start. */
async function removeUnfinished(layout: Layout): Promise<void> {
  for (const name of await readdir(layout.home)) {
    if (!name.startsWith(UNFINISHED_PREFIX)) continue;
    await rm(join(layout.home, name), { recursive: true, force: true }).catch(() => undefined);
  }
}

async function flushDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
