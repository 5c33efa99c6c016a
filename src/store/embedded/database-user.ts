/** Chooses the user that PostgreSQL runs as, because PostgreSQL refuses to run as root. */

import { access, chmod, constants, lchown, readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Binaries } from './binaries.ts';
import type { Layout } from './layout.ts';
import { runProgram } from './run-program.ts';
import type { Command } from './run-program.ts';
import { StartupError } from './startup-error.ts';

/** `uid` and `gid` are what the file system sees, that is, the owner of the cluster's files. */
export type DatabaseUser =
  | { readonly kind: 'self'; readonly uid: number; readonly gid: number }
  /** This process's own user, shown to PostgreSQL as the ordinary user `nobody` by a user namespace. */
  | { readonly kind: 'namespace'; readonly uid: number; readonly gid: number; readonly unshare: string }
  | { readonly kind: 'dropped'; readonly uid: number; readonly gid: number };

type Question = {
  readonly layout: Layout;
  readonly binaries: Binaries;
  readonly environment: Readonly<Record<string, string>>;
  readonly runAs: { readonly uid: number; readonly gid: number } | null;
};

/** Shared with no other program: below 65536, so that it exists inside the usual container's user namespace too. */
const PRIVATE_ID = 54_329;
const NAMESPACE_ID = 65_534;
const UNSHARE_PATHS: readonly string[] = ['/usr/bin/unshare', '/bin/unshare'];
const PROBE_TIMEOUT_MS = 5_000;

/** Proves that the user can reach the directory and run the programs; throws StartupError when no user can. */
export async function chooseDatabaseUser(question: Question): Promise<DatabaseUser> {
  const uid = process.geteuid?.() ?? 0;
  const gid = process.getegid?.() ?? 0;
  const { runAs } = question;
  if (uid !== 0) {
    if (runAs === null || runAs.uid === uid) return { kind: 'self', uid, gid };
    throw new StartupError(
      `Only root can run PostgreSQL as another user: start Reelgate as root, or unset REELGATE_DB_UID.`,
    );
  }
  if (runAs !== null) {
    if (runAs.uid === 0) throw new StartupError('PostgreSQL refuses to run as root: REELGATE_DB_UID must not be 0.');
    return requireUsable({ kind: 'dropped', ...runAs }, question);
  }
  const namespace = await inNamespace(uid, gid);
  if (namespace !== null && (await obstacle(namespace, question)) === null) return namespace;
  const owner = await stat(question.layout.dataDir);
  const private_ = { kind: 'dropped', uid: PRIVATE_ID, gid: PRIVATE_ID } as const;
  return requireUsable(owner.uid === 0 ? private_ : { kind: 'dropped', uid: owner.uid, gid: owner.gid }, question);
}

/**
 * initdb alone insists that its user has a name in the system's table, as those of containers often have not. Returns a user that
 * can stand in for this one while the cluster is made, or null; `ownCluster` hands the result over.
 */
export async function namedStandIn(user: DatabaseUser): Promise<DatabaseUser | null> {
  if (user.kind === 'self') return inNamespace(user.uid, user.gid);
  const lines = (await readFile('/etc/passwd', 'utf8').catch(() => '')).split('\n');
  const named = lines
    .map((line) => line.split(':').slice(2, 4).map(Number))
    .flatMap(([uid, gid]) => (uid === undefined || gid === undefined || !(uid > 0) ? [] : [{ uid, gid }]));
  const ids = named.find(({ uid }) => uid === NAMESPACE_ID) ?? named[0];
  return ids === undefined ? null : { kind: 'dropped', ...ids };
}

/** Wraps a program so that it runs as the user; none of the wrappers forks, so the process id is the program's own. */
export function commandAs(user: DatabaseUser, file: string, args: readonly string[]): Command {
  switch (user.kind) {
    case 'self':
      return { file, args };
    case 'namespace': {
      const map = ['-U', `--map-user=${NAMESPACE_ID}`, `--map-group=${NAMESPACE_ID}`, '--'];
      return { file: user.unshare, args: [...map, file, ...args] };
    }
    case 'dropped':
      return { file, args, uid: user.uid, gid: user.gid };
  }
}

/** Hands a cluster made under another user to this one; the directory itself goes last, so a cut-off run is repeated. */
export async function ownCluster(pgdata: string, user: DatabaseUser): Promise<void> {
  if (process.geteuid?.() !== 0 || (await stat(pgdata)).uid === user.uid) return;
  for (const entry of await readdir(pgdata, { recursive: true, withFileTypes: true })) {
    await lchown(join(entry.parentPath, entry.name), user.uid, user.gid);
  }
  await lchown(pgdata, user.uid, user.gid);
}

/** Lets the user pass through a directory of ours without letting it list the names. */
export async function openPassage(directory: string, user: DatabaseUser): Promise<void> {
  await chmod(directory, user.kind === 'dropped' ? 0o711 : 0o700);
}

async function requireUsable(user: DatabaseUser, question: Question): Promise<DatabaseUser> {
  const { dataDir } = question.layout;
  const { uid, mode } = await stat(dataDir);
  // Our own data directory: its secrets are files of mode 0600, so a passage gives nothing away.
  if (uid === 0 && (mode & 0o011) !== 0o011) await chmod(dataDir, (mode & 0o7777) | 0o011);
  await openPassage(question.layout.home, user);
  const reason = await obstacle(user, question);
  if (reason === null) return user;
  throw new StartupError(
    `PostgreSQL refuses to run as root, and user id ${user.uid} cannot run it here: ${reason}. Start Reelgate as an ordinary ` +
      `user, set REELGATE_DB_UID to a user id that can, or set DATABASE_URL to a PostgreSQL server.`,
  );
}

async function obstacle(user: DatabaseUser, { layout, binaries, environment }: Question): Promise<string | null> {
  const closed = await closedDirectory(layout.dataDir, user);
  if (closed !== null) return `it may not enter the directory ${closed}`;
  const command = commandAs(user, binaries.postgres, ['--version']);
  const { code, output } = await runProgram(command, environment, PROBE_TIMEOUT_MS);
  return code === 0 ? null : output.trim().split('\n').at(-1) || `${binaries.postgres} does not run`;
}

/** The first directory on the way that the user's plain permissions do not let it pass, or null. */
async function closedDirectory(path: string, user: DatabaseUser): Promise<string | null> {
  const above = dirname(path);
  const closed = above === path ? null : await closedDirectory(above, user);
  if (closed !== null) return closed;
  const { uid, gid, mode } = await stat(path);
  const bit = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
  return (mode & bit) === 0 ? path : null;
}

async function inNamespace(uid: number, gid: number): Promise<DatabaseUser | null> {
  const unshare = await findUnshare();
  return unshare === null ? null : { kind: 'namespace', uid, gid, unshare };
}

async function findUnshare(): Promise<string | null> {
  for (const path of UNSHARE_PATHS) {
    const runs = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (runs) return path;
  }
  return null;
}
