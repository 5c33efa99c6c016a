/** A real server process with its own embedded database, which tests may kill as they like. */

import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { openDatabase } from '../../src/store/database.ts';
import type { Database } from '../../src/store/database.ts';
import { visitEmbeddedPostgres } from '../../src/store/embedded/visit.ts';

/** Written by processes that end in good order: the next ones start in half the time. */
const COMPILED = join(tmpdir(), 'reelgate-compiled');

const BIN = fileURLToPath(new URL('../../bin/reelgate.mjs', import.meta.url));

export type ServerProcess = {
  readonly child: ChildProcess;
  readonly url: string;
  readonly readyMs: number;
  exited(): Promise<number | null>;
  /** All that it has written by now. */
  said(): string;
};

export type Home = {
  readonly dataDir: string;
  readonly adminKey: string;
  /** Resolves once the server says it is ready; throws with its words if it ends before. */
  start(env?: Record<string, string>): Promise<ServerProcess>;
  remove(): Promise<void>;
};

export type HomeOptions = {
  /** What all of its servers start with. */
  readonly env?: Readonly<Record<string, string>>;
  /** How `remove` ends what still runs. */
  readonly endWith?: 'SIGTERM' | 'SIGKILL';
};

export async function newHome(options: HomeOptions = {}): Promise<Home> {
  const dataDir = await mkdtemp(join(tmpdir(), 'reelgate-home-'));
  const adminKey = `sk-rg-admin-${randomBytes(16).toString('hex')}`;
  const started: ServerProcess[] = [];
  return {
    dataDir,
    adminKey,
    start: async (env = {}) => {
      const server = await startProcess({
        PORT: '0',
        REELGATE_DATA_DIR: dataDir,
        REELGATE_ADMIN_KEY: adminKey,
        REELGATE_LOG_LEVEL: 'error',
        ...options.env,
        ...env,
      });
      started.push(server);
      return server;
    },
    remove: async () => {
      for (const server of started) {
        server.child.kill(options.endWith ?? 'SIGTERM');
        await server.exited();
      }
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** Gives `work` a connection to the embedded database of a running server. */
export async function withDatabase<T>({ dataDir }: Home, work: (db: Database) => Promise<T>): Promise<T> {
  const connection = await visitEmbeddedPostgres(dataDir);
  if (connection === null) throw new Error('the database is not running');
  const db = openDatabase({ connection, maxConnections: 1 });
  return work(db).finally(() => db.close());
}

/** Resolves once the server says it is ready; throws with its words if it ends before. */
export function startProcess(env: Record<string, string>): Promise<ServerProcess> {
  return spawnProcess(env).ready;
}

export type StartingProcess = Pick<ServerProcess, 'child' | 'exited'> & {
  /** Rejects with the server's words if it ends before it is ready. */
  readonly ready: Promise<ServerProcess>;
};

export function spawnProcess(env: Record<string, string>): StartingProcess {
  const began = performance.now();
  const child = spawn(process.execPath, [BIN], {
    // How late its event loop is depends on what else the machine does.
    env: { PATH: process.env['PATH'] ?? '', NODE_COMPILE_CACHE: COMPILED, REELGATE_SHED_DELAY_MS: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exit = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  const exited = (): Promise<number | null> => exit;
  let text = '';
  const ready = new Promise<ServerProcess>((resolve, reject) => {
    const read = (chunk: Buffer): void => {
      text += chunk.toString();
      const url = /ready at (\S+)/.exec(text)?.[1];
      if (url !== undefined) resolve({ child, url, readyMs: performance.now() - began, exited, said: () => text });
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('exit', () => reject(new Error(text)));
  });
  return { child, exited, ready };
}
