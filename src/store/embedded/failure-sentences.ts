/** Turns what the system or PostgreSQL said about a failed start into one sentence that tells the operator what to do. */

import { StartupError } from './startup-error.ts';

const DISK_FULL = /No space left on device|Disk quota exceeded/;
const MISSING_LIBRARY = /error while loading shared libraries: ([^:\s]+)|Library not loaded: (\S+)/;
const NO_MEMORY = /Cannot allocate memory|could not (?:map|create) (?:anonymous )?shared memory/;
const DENIED = /^.*(?:Permission denied|Operation not permitted|Read-only file system).*$/m;

const SYSTEM_REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOTDIR: 'a part of the path is a file, not a directory',
  ENOENT: 'a part of the path does not exist',
  ENAMETOOLONG: 'the path is too long',
  EIO: 'the disk reports an input/output error',
};

/** For an error of the file system below the data directory. */
export function unwritable(path: string, error: unknown): StartupError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'ENOSPC' || code === 'EDQUOT') return diskFull(path);
  const reason = SYSTEM_REASONS[code] ?? (error instanceof Error ? error.message : String(error));
  return new StartupError(`The data directory ${path} is not writable: ${reason}.`);
}

/** For a PostgreSQL program that ended; `output` is the end of what it printed. */
export function postgresFailure(what: string, path: string, output: string): StartupError {
  if (DISK_FULL.test(output)) return diskFull(path);
  const library = MISSING_LIBRARY.exec(output);
  if (library !== null) {
    const name = library[1] ?? library[2] ?? '';
    return new StartupError(
      `PostgreSQL needs the system library ${name}, which this machine does not have. ` +
        `Install it, or set DATABASE_URL to use a PostgreSQL server of your own.`,
    );
  }
  if (NO_MEMORY.test(output)) {
    return new StartupError(`There is not enough memory to run PostgreSQL. It said: ${lastLine(output)}`);
  }
  const denied = DENIED.exec(output);
  if (denied !== null) {
    return new StartupError(`PostgreSQL may not use its files in ${path}. It said: ${denied[0].trim()}`);
  }
  const said = output.trim() === '' ? ' It said nothing.' : ` The last it said:\n${output.trimEnd()}`;
  return new StartupError(`${what} failed.${said}`);
}

function diskFull(path: string): StartupError {
  return new StartupError(`The disk that holds ${path} is full. Free some space and start Reelgate again.`);
}

function lastLine(output: string): string {
  return output.trimEnd().split('\n').at(-1) ?? '';
}
