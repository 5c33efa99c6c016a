/** Where the embedded database keeps its files below the data directory, and the checks that we may keep them there. */

import { createHash } from 'node:crypto';
import { access, chmod, chown, constants, lstat, mkdir, realpath, rm, stat, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unwritable } from './failure-sentences.ts';
import { StartupError } from './startup-error.ts';

/** Who PostgreSQL runs as, as the kernel sees it. */
type Owner = { readonly uid: number; readonly gid: number };

export type Layout = {
  /** Symbolic links resolved. */
  readonly dataDir: string;
  readonly home: string;
  readonly lockFile: string;
  readonly holderFile: string;
  readonly logFile: string;
  readonly linksDir: string;
  /** Appears complete or not at all: initdb works beside it and the result is renamed here. */
  readonly clusterRoot: string;
  readonly pgdata: string;
  readonly passwordFile: string;
  readonly systemIdentifierFile: string;
};

export const SOCKET_PORT = 5432;

const SOCKET_NAME = `.s.PGSQL.${SOCKET_PORT}`;

/** The smallest limit of `sun_path` among the supported systems (macOS 104, Linux 108), less the final NUL. */
const SOCKET_PATH_LIMIT_BYTES = 103;

const VOLATILE_FILE_SYSTEMS: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0x01021997, '9p'],
  [0x01021994, 'tmpfs'],
  [0x858458f6, 'ramfs'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB'],
]);

/** Creates `<dataDir>/postgres` and proves that it can be written; throws StartupError with the reason. */
export async function prepareLayout(dataDir: string): Promise<Layout> {
  try {
    const asRoot = process.geteuid?.() === 0;
    await mkdir(dataDir, { recursive: true, mode: asRoot ? 0o711 : 0o700 });
    const layout = layoutOf(await realpath(dataDir));
    await mkdir(layout.home, { recursive: true, mode: 0o700 });
    await refuseForeignHome(layout);
    await access(layout.home, constants.W_OK | constants.X_OK);
    return layout;
  } catch (error) {
    throw error instanceof StartupError ? error : unwritable(dataDir, error);
  }
}

/** A directory for the Unix socket that only the database user and root can enter; returns its path. */
export async function prepareSocketDir(layout: Layout, user: Owner): Promise<string> {
  const preferred = join(layout.home, 'run');
  if (fits(preferred)) {
    await mkdir(preferred, { recursive: true, mode: 0o700 });
    await makePrivate(preferred, user);
    return preferred;
  }
  const name = `reelgate-${createHash('sha256').update(layout.dataDir).digest('hex').slice(0, 16)}`;
  const candidates = [join(await realpath(tmpdir()), name), join('/tmp', name)];
  const path = candidates.find(fits) ?? join('/tmp', name);
  await mkdir(path, { mode: 0o700 }).catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw unwritable(path, error);
  });
  await refuseForeignDirectory(path, user);
  await makePrivate(path, user);
  return path;
}

/**
 * The socket has a lock file with a process id of its own, which may have been given to another program since. Only for a socket
 * whose PostgreSQL is known to be dead; the lock on the data itself, `postmaster.pid`, is never touched.
 */
export async function removeStaleSocket(socketDir: string): Promise<void> {
  await rm(join(socketDir, SOCKET_NAME), { force: true });
  await rm(join(socketDir, `${SOCKET_NAME}.lock`), { force: true });
}

/** A sentence for the operator when the file system under the data directory is a poor home for a database. */
export async function fileSystemWarning(layout: Pick<Layout, 'home' | 'dataDir'>): Promise<string | null> {
  const { type } = await statfs(layout.home);
  const name = VOLATILE_FILE_SYSTEMS.get(type);
  if (name === undefined) return null;
  const why =
    name === 'tmpfs' || name === 'ramfs' ? 'everything is lost when the machine restarts' : 'it may lose writes';
  return `The data directory ${layout.dataDir} is on ${name}: ${why}. Use a local disk, or set DATABASE_URL.`;
}

function layoutOf(dataDir: string): Layout {
  const home = join(dataDir, 'postgres');
  const clusterRoot = join(home, 'cluster');
  return {
    dataDir,
    home,
    lockFile: join(home, 'lock'),
    holderFile: join(home, 'holder.json'),
    logFile: join(home, 'server.log'),
    linksDir: join(home, 'lib'),
    clusterRoot,
    pgdata: join(clusterRoot, 'pgdata'),
    passwordFile: join(clusterRoot, 'password'),
    systemIdentifierFile: join(clusterRoot, 'system-identifier'),
  };
}

async function refuseForeignHome(layout: Layout): Promise<void> {
  const uid = process.geteuid?.() ?? 0;
  const owner = (await stat(layout.home)).uid;
  if (uid === 0 || owner === uid) return;
  throw new StartupError(
    `The database in ${layout.home} belongs to user id ${owner}, but Reelgate runs as user id ${uid}. ` +
      `Run Reelgate as its owner, or hand the directory over with: chown -R ${uid} ${layout.home}`,
  );
}

async function refuseForeignDirectory(path: string, user: Owner): Promise<void> {
  const found = await lstat(path);
  const ours = found.uid === user.uid || found.uid === process.geteuid?.();
  if (found.isDirectory() && ours && (found.mode & 0o077) === 0) return;
  throw new StartupError(
    `The socket directory ${path} exists but is not private to this user. ` +
      `Remove it, or choose a shorter REELGATE_DATA_DIR so that it is not needed.`,
  );
}

async function makePrivate(path: string, user: Owner): Promise<void> {
  await chmod(path, 0o700);
  if ((await stat(path)).uid !== user.uid) await chown(path, user.uid, user.gid);
}

function fits(directory: string): boolean {
  return Buffer.byteLength(join(directory, SOCKET_NAME)) <= SOCKET_PATH_LIMIT_BYTES;
}
