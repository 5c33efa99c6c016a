/** Reads PostgreSQL's own `postmaster.pid`, and tells whether the process it names is really that PostgreSQL. */

import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';

export type PostmasterFile = {
  readonly pid: number;
  /** As PostgreSQL was told it; null while the file is still being written. */
  readonly dataDirectory: string | null;
  readonly port: number | null;
  readonly socketDir: string | null;
  /** `starting`, `ready`, `stopping`, ...; null while the file is still being written. */
  readonly status: string | null;
};

const PS_TIMEOUT_MS = 2_000;

/** Null when no PostgreSQL runs and the last one ended cleanly. */
export async function readPostmasterFile(pgdata: string): Promise<PostmasterFile | null> {
  const text = await readFile(join(pgdata, 'postmaster.pid'), 'utf8').catch(() => null);
  if (text === null) return null;
  const line = (index: number): string | null => text.split('\n')[index]?.trim() || null;
  const pid = Number(line(0));
  if (!Number.isSafeInteger(pid) || pid <= 0) return null;
  const port = Number(line(3));
  return {
    pid,
    dataDirectory: line(1),
    port: Number.isSafeInteger(port) && port > 0 ? port : null,
    socketDir: line(4),
    status: line(7),
  };
}

/** True only for a live postmaster started on the data directory that its file names; a reused process id is not one. */
export async function isPostmaster(file: PostmasterFile): Promise<boolean> {
  const words = await commandLine(file.pid);
  const program = words[0];
  const at = words.indexOf('-D');
  if (program === undefined || basename(program) !== 'postgres' || at < 1) return false;
  // A file still being written counts as live: the safe side.
  return file.dataDirectory === null || words[at + 1] === file.dataDirectory;
}

/** Empty for a process that is gone or a zombie. */
async function commandLine(pid: number): Promise<readonly string[]> {
  if (process.platform === 'linux') {
    const text = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    return text.split('\0');
  }
  const listed = await promisify(execFile)('/bin/ps', ['-ww', '-o', 'command=', '-p', String(pid)], {
    timeout: PS_TIMEOUT_MS,
  }).catch(() => ({ stdout: '' }));
  // ps joins the words with spaces; a directory's own spaces are put back by taking all up to the next option.
  const [program = '', rest = ''] = listed.stdout.trim().split(/ -D (.*)/s);
  return [program, '-D', rest.split(' -c ')[0] ?? ''];
}
