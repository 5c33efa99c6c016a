/** A PostgreSQL that is just there: found or started, watched, restarted when it dies, and stopped with the server. */

import { rmdir } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { findBinaries } from './binaries.ts';
import type { EmbeddedConnection } from './boot-checks.ts';
import { bringUp, type BringUp, type Log, type Running } from './bring-up.ts';
import { lockDataDirectory, type DataDirectoryLock } from './data-directory-lock.ts';
import { chooseDatabaseUser } from './database-user.ts';
import { fileSystemWarning, prepareLayout, type Layout } from './layout.ts';
import { restoreLibraryLinks } from './library-links.ts';
import { stopPostmaster } from './postmaster.ts';
import { boundServerLog } from './server-log.ts';

export type EmbeddedPostgresOptions = {
  /** Made when missing; everything of the database lives in its `postgres` folder. */
  readonly dataDir: string;
  readonly log: Log;
  /** Who PostgreSQL runs as when this process is root; null lets the supervisor choose. */
  readonly runAs?: { readonly uid: number; readonly gid: number } | null;
  /** For tests only: server settings that win over ours, durability included, and over the checks of it. */
  readonly settings?: Readonly<Record<string, string>>;
};

export type EmbeddedPostgres = {
  readonly connection: EmbeddedConnection;
  /** True when the PostgreSQL of an earlier, killed server was still running and was taken over. */
  readonly adopted: boolean;
  readonly serverVersion: string;
  /** Ends PostgreSQL and lets go of the data directory; close the pools first. Safe to call again. */
  stop(): Promise<void>;
};

const WATCH_MS = 250;
const LOG_CHECK_MS = 60_000;
const FIRST_RESTART_DELAY_MS = 100;
const LAST_RESTART_DELAY_MS = 15_000;

/** Resolves when the database serves; throws StartupError with one plain sentence when it cannot. */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const startedAt = performance.now();
  const layout = await prepareLayout(options.dataDir);
  const lock = await lockDataDirectory(layout);
  try {
    const stopping = new AbortController();
    const context = await prepare(options, layout, stopping.signal);
    const running = await bringUp(context);
    const supervisor = new Supervisor(context, running, lock, stopping);
    const { pid, adopted } = running.postmaster;
    const { serverVersion } = running.facts;
    const elapsedMs = Math.round(performance.now() - startedAt);
    const verb = adopted ? 'Took over the running' : 'Started';
    options.log('info', `${verb} PostgreSQL ${serverVersion} (process ${pid}) in ${elapsedMs} ms.`);
    return { connection: running.connection, adopted, serverVersion, stop: () => supervisor.stop() };
  } catch (error) {
    lock.release();
    throw error;
  }
}

async function prepare(options: EmbeddedPostgresOptions, layout: Layout, signal: AbortSignal): Promise<BringUp> {
  const warning = await fileSystemWarning(layout);
  if (warning !== null) options.log('warn', warning);
  const binaries = await findBinaries();
  const libraries = await restoreLibraryLinks(binaries.packageRoot, layout.linksDir);
  const environment = childEnvironment(libraries);
  const user = await chooseDatabaseUser({ layout, binaries, environment, runAs: options.runAs ?? null });
  return { layout, binaries, user, environment, overrides: options.settings ?? {}, log: options.log, signal };
}

/** All that PostgreSQL gets to see: never our own environment, which holds secrets. */
function childEnvironment(libraries: string | null): Readonly<Record<string, string>> {
  const base = { LANG: 'C', LC_ALL: 'C', TZ: 'UTC' };
  if (libraries === null) return base;
  return { ...base, [process.platform === 'darwin' ? 'DYLD_LIBRARY_PATH' : 'LD_LIBRARY_PATH']: libraries };
}

class Supervisor {
  readonly #context: BringUp;
  readonly #lock: DataDirectoryLock;
  readonly #stopping: AbortController;
  readonly #watching: Promise<void>;
  /** Null while a restart is under way. */
  #running: Running | null;
  #stopped: Promise<void> | null = null;

  constructor(context: BringUp, running: Running, lock: DataDirectoryLock, stopping: AbortController) {
    this.#context = context;
    this.#running = running;
    this.#lock = lock;
    this.#stopping = stopping;
    this.#watching = this.#watch();
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#shutDown();
    return this.#stopped;
  }

  async #shutDown(): Promise<void> {
    const { layout, log } = this.#context;
    this.#stopping.abort();
    await this.#watching;
    const running = this.#running;
    if (running !== null) {
      const { postmaster, connection } = running;
      if (!(await stopPostmaster(postmaster))) {
        log('warn', `PostgreSQL (process ${postmaster.pid}) has not ended yet; the next start takes it over.`);
      } else if (!connection.host.startsWith(layout.home)) {
        await rmdir(connection.host).catch(() => undefined);
      }
    }
    this.#lock.release();
  }

  /** Polls, because the end of a PostgreSQL that another process started raises no event here. */
  async #watch(): Promise<void> {
    let logCheckAt = performance.now() + LOG_CHECK_MS;
    while (await this.#pause(WATCH_MS)) {
      if (performance.now() > logCheckAt) {
        logCheckAt = performance.now() + LOG_CHECK_MS;
        await boundServerLog(this.#context.layout.logFile);
      }
      const running = this.#running;
      if (running === null || (await running.postmaster.alive())) continue;
      const { pid } = running.postmaster;
      this.#context.log('warn', `PostgreSQL (process ${pid}) ended unexpectedly: starting it again.`);
      await this.#restart();
    }
  }

  /** Tries until it works or the server stops: a full disk may be freed at any time, and the server answers 503 meanwhile. */
  async #restart(): Promise<void> {
    this.#running = null;
    const startedAt = performance.now();
    let delayMs = FIRST_RESTART_DELAY_MS;
    do {
      try {
        this.#running = await bringUp(this.#context);
        const elapsedMs = Math.round(performance.now() - startedAt);
        this.#context.log('info', `PostgreSQL serves again after ${elapsedMs} ms.`);
        return;
      } catch (error) {
        if (this.#stopping.signal.aborted) return;
        this.#context.log('warn', error instanceof Error ? error.message : String(error));
      }
      delayMs = Math.min(delayMs * 2, LAST_RESTART_DELAY_MS);
    } while (await this.#pause(delayMs));
  }

  /** False as soon as the server stops. */
  #pause(durationMs: number): Promise<boolean> {
    const { signal } = this.#stopping;
    return delay(durationMs, true, { signal, ref: false }).catch(() => false);
  }
}
