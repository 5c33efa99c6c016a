/** Keeps a second Reelgate server away from a data directory that is in use. */

import { open, readFile, rename, writeFile } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { unwritable } from './failure-sentences.ts';
import type { Layout } from './layout.ts';
import { StartupError } from './startup-error.ts';

export type DataDirectoryLock = { release(): void };

const SQLITE_BUSY = 5;
const SQLITE_PRIMARY_CODE_MASK = 0xff;

/** Also keeps the handles from being collected, which would let go of the lock. */
const held = new Set<DatabaseSync>();

/**
 * Takes the lock or throws StartupError naming the holder.
 *
 * SQLite's exclusive transaction is a POSIX record lock, the one kernel lock that Node can take without native code: the kernel
 * drops it when the holder dies in any way, children do not inherit it, and no process id is trusted. Never open the file otherwise.
 */
export async function lockDataDirectory(layout: Layout): Promise<DataDirectoryLock> {
  // 'wx' creates the file and never opens an existing one: closing it here would drop this process's own lock.
  const created = await open(layout.lockFile, 'wx', 0o600).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return null;
    throw unwritable(layout.dataDir, error);
  });
  await created?.close();
  const database = await openExclusively(layout);
  held.add(database);
  const lock = {
    release(): void {
      if (held.delete(database)) database.close();
    },
  };
  try {
    await nameHolder(layout);
  } catch (error) {
    lock.release();
    throw unwritable(layout.dataDir, error);
  }
  return lock;
}

async function openExclusively(layout: Layout): Promise<DatabaseSync> {
  let database: DatabaseSync | null = null;
  try {
    database = new DatabaseSync(layout.lockFile, { timeout: 0 });
    database.exec('pragma journal_mode = memory; begin exclusive');
    return database;
  } catch (error) {
    database?.close();
    const code = error instanceof Error && 'errcode' in error ? Number(error.errcode) : 0;
    if ((code & SQLITE_PRIMARY_CODE_MASK) !== SQLITE_BUSY) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new StartupError(
        `The lock file ${layout.lockFile} cannot be locked (${reason}). ` +
          `Put the data directory on a local disk, or set DATABASE_URL.`,
      );
    }
    throw new StartupError(
      `The data directory ${layout.dataDir} is already in use by another Reelgate server${await holder(layout)}. ` +
        `Stop that server first, or give this one a directory of its own with REELGATE_DATA_DIR.`,
    );
  }
}

async function nameHolder(layout: Layout): Promise<void> {
  const temporary = `${layout.holderFile}.new`;
  await writeFile(temporary, `${JSON.stringify({ pid: process.pid })}\n`, { mode: 0o600 });
  await rename(temporary, layout.holderFile);
}

/** Only for the sentence; the lock itself trusts no process id. */
async function holder(layout: Layout): Promise<string> {
  const text = await readFile(layout.holderFile, 'utf8').catch(() => '');
  const match = /"pid":\s*(\d+)/.exec(text);
  return match === null ? '' : ` (process ${match[1]})`;
}
