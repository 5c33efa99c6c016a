// Names for half-written files that say whose they are, and the removal of those nobody will finish.

import { createHash, randomUUID } from 'node:crypto';
import { lstat, opendir, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

/** No write takes this long; also catches files of machines that no longer exist. */
const ABANDONED_AFTER_MS = 24 * 60 * 60 * 1_000;

/** Tells this process from an earlier one that had the same id, as the first process of a container always has. */
const PROCESS_TOKEN = randomUUID();
const MACHINE = createHash('sha256').update(hostname()).digest('hex').slice(0, 16);
const TEMP_NAME = /^([0-9a-f]{16})\.(\d{1,10})\.([0-9a-f-]{36})\.[0-9a-f-]{36}$/;

/** Fresh names in the directory. */
export function createTempNames(directory: string): () => string {
  return () => join(directory, `${MACHINE}.${process.pid}.${PROCESS_TOKEN}.${randomUUID()}`);
}

/** Removes the files of ended processes of this machine, and of anybody after a day; never one being written here. */
export async function sweepTemps(directory: string): Promise<void> {
  for await (const entry of await opendir(directory)) {
    const path = join(directory, entry.name);
    if (isOfEndedProcess(entry.name) || (await isAbandoned(path))) await rm(path, { force: true, recursive: true });
  }
}

function isOfEndedProcess(name: string): boolean {
  const match = TEMP_NAME.exec(name);
  if (match === null || match[1] !== MACHINE) return false;
  const processId = Number(match[2]);
  if (processId === process.pid) return match[3] !== PROCESS_TOKEN;
  return !isRunning(processId);
}

function isRunning(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    // Not permitted means that it is there and somebody else's.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

async function isAbandoned(path: string): Promise<boolean> {
  try {
    return Date.now() - (await lstat(path)).mtimeMs > ABANDONED_AFTER_MS;
  } catch (error) {
    // Another process that opened the same directory was quicker.
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
}
