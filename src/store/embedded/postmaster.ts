/** One running PostgreSQL main process, whether this process started it or found it running. */

import { spawn, type ChildProcess } from 'node:child_process';
import { open } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { commandAs, type DatabaseUser } from './database-user.ts';
import { postgresFailure } from './failure-sentences.ts';
import type { Layout } from './layout.ts';
import { isPostmaster, type PostmasterFile } from './postmaster-file.ts';
import { serverLogBytes } from './server-log.ts';
import { settingArguments } from './settings.ts';

export type Postmaster = {
  readonly pid: number;
  readonly adopted: boolean;
  /** Where in the server log this process began to write; 0 for one that was found running. */
  readonly logStartBytes: number;
  alive(): Promise<boolean>;
  signal(name: 'SIGINT' | 'SIGQUIT'): void;
};

export type Start = {
  readonly binary: string;
  readonly layout: Layout;
  readonly user: DatabaseUser;
  readonly environment: Readonly<Record<string, string>>;
  readonly socketDir: string;
  readonly overrides: Readonly<Record<string, string>>;
  /** A process id in a stale `postmaster.pid` that now belongs to a program that is not PostgreSQL, or null. */
  readonly strangerPid: number | null;
};

const FAST_SHUTDOWN_MS = 30_000;
const IMMEDIATE_SHUTDOWN_MS = 10_000;
const EXIT_POLL_MS = 20;

/** Spawns PostgreSQL in a session of its own, so that Ctrl-C in the terminal leaves the shutdown to us. */
export async function spawnPostmaster(start: Start): Promise<Postmaster> {
  const { layout, user, environment } = start;
  const log = await open(layout.logFile, 'a', 0o600);
  try {
    const logStartBytes = await serverLogBytes(layout.logFile);
    const settings = settingArguments(start.socketDir, start.overrides);
    const command = commandAs(user, start.binary, ['-D', layout.pgdata, ...settings]);
    const child = spawn(command.file, command.args, {
      env: postmasterEnvironment(environment, start.strangerPid),
      cwd: '/',
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
      ...(command.uid === undefined ? {} : { uid: command.uid }),
      ...(command.gid === undefined ? {} : { gid: command.gid }),
    });
    await spawned(child, layout);
    child.unref();
    return fromChild(child, logStartBytes);
  } finally {
    await log.close();
  }
}

export function adoptPostmaster(file: PostmasterFile): Postmaster {
  return {
    pid: file.pid,
    adopted: true,
    logStartBytes: 0,
    alive: () => isPostmaster(file),
    signal: (name) => signalProcess(file.pid, name),
  };
}

/** Fast shutdown, then immediate shutdown; never SIGKILL. Returns false when it is still there after both. */
export async function stopPostmaster(postmaster: Postmaster): Promise<boolean> {
  if (!(await postmaster.alive())) return true;
  postmaster.signal('SIGINT');
  if (await exitsWithin(postmaster, FAST_SHUTDOWN_MS)) return true;
  postmaster.signal('SIGQUIT');
  return exitsWithin(postmaster, IMMEDIATE_SHUTDOWN_MS);
}

export async function exitsWithin(postmaster: Postmaster, timeoutMs: number): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  while (await postmaster.alive()) {
    if (performance.now() > deadline) return false;
    await delay(EXIT_POLL_MS);
  }
  return true;
}

/**
 * PostgreSQL refuses to start while the process id in a stale `postmaster.pid` is in use by anyone but itself and its ancestors.
 * Naming the stranger as an ancestor passes that one test and keeps all others, above all the one on shared memory.
 */
function postmasterEnvironment(
  environment: Readonly<Record<string, string>>,
  strangerPid: number | null,
): Record<string, string> {
  return strangerPid === null ? { ...environment } : { ...environment, PG_GRANDPARENT_PID: String(strangerPid) };
}

function fromChild(child: ChildProcess, logStartBytes: number): Postmaster {
  return {
    pid: child.pid ?? 0,
    adopted: false,
    logStartBytes,
    alive: async () => child.exitCode === null && child.signalCode === null,
    signal: (name) => {
      child.kill(name);
    },
  };
}

function spawned(child: ChildProcess, layout: Layout): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (error) => reject(postgresFailure('Starting PostgreSQL', layout.dataDir, error.message)));
  });
}

function signalProcess(pid: number, name: 'SIGINT' | 'SIGQUIT'): void {
  try {
    process.kill(pid, name);
  } catch {
    // It ended between the look and the signal, which is what the signal was for.
  }
}
