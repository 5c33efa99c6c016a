/** Makes one PostgreSQL serve the cluster: the one that already runs, or else a new one; never a second. */

import { setTimeout as delay } from 'node:timers/promises';
import type { Binaries } from './binaries.ts';
import {
  askServer,
  DATABASE_NAME,
  durabilityFault,
  requireSameCluster,
  type EmbeddedConnection,
  type ServerFacts,
} from './boot-checks.ts';
import { ensureCluster, OWNER_ROLE, readPassword, readSystemIdentifier, writeSystemIdentifier } from './cluster.ts';
import type { DatabaseUser } from './database-user.ts';
import { postgresFailure } from './failure-sentences.ts';
import { prepareSocketDir, removeStaleSocket, SOCKET_PORT, type Layout } from './layout.ts';
import { adoptPostmaster, spawnPostmaster, stopPostmaster, type Postmaster } from './postmaster.ts';
import { isPostmaster, readPostmasterFile, type PostmasterFile } from './postmaster-file.ts';
import { boundServerLog, serverLogTail } from './server-log.ts';
import { StartupError } from './startup-error.ts';

export type Log = (level: 'info' | 'warn', message: string) => void;

export type BringUp = {
  readonly layout: Layout;
  readonly binaries: Binaries;
  readonly user: DatabaseUser;
  readonly environment: Readonly<Record<string, string>>;
  readonly overrides: Readonly<Record<string, string>>;
  readonly log: Log;
  /** Ends the waiting; what was started by then is stopped again. */
  readonly signal: AbortSignal;
};

export type Running = {
  readonly postmaster: Postmaster;
  readonly connection: EmbeddedConnection;
  readonly facts: ServerFacts;
};

const POLL_MS = 10;
const SILENCE_LIMIT_MS = 1_500;
const RECOVERY_NOTICE_MS = 3_000;
const RECOVERY_LIMIT_MS = 600_000;
const OLD_MEMORY_LIMIT_MS = 10_000;
const OLD_MEMORY_RETRY_MS = 100;

/** The backends of a killed postmaster hold its shared memory until they notice, usually within milliseconds. */
const OLD_MEMORY_IN_USE = /pre-existing shared memory block .* is still in use/;

/** Waits out a recovery. Throws StartupError, or the signal's reason. */
export async function bringUp(context: BringUp): Promise<Running> {
  const file = await readPostmasterFile(context.layout.pgdata);
  const running = file !== null && (await isPostmaster(file)) ? await adopt(context, file) : null;
  return running ?? start(context);
}

/** Null when the PostgreSQL found running has ended, by itself or because it was of no use to us. */
async function adopt(context: BringUp, found: PostmasterFile): Promise<Running | null> {
  const { layout, log, signal } = context;
  const postmaster = adoptPostmaster(found);
  const password = await readPassword(layout);
  const identifier = await readSystemIdentifier(layout);
  const notice = recoveryNotice(context);
  let silentSince = performance.now();
  while (await postmaster.alive()) {
    signal.throwIfAborted();
    const file = (await readPostmasterFile(layout.pgdata)) ?? found;
    const connection = connectionTo(file.socketDir, file.port, password);
    const answer = connection === null ? null : await askServer(connection);
    if (connection !== null && answer?.kind === 'facts') {
      await requireSameCluster(answer.facts, layout, identifier);
      const objection = objectionTo(context, answer.facts);
      if (objection === null) return { postmaster, connection, facts: answer.facts };
      log('info', `Restarting the PostgreSQL that was already running (process ${found.pid}): ${objection}`);
      await end(postmaster, layout);
      return null;
    }
    if (answer?.kind === 'not_yet') silentSince = performance.now();
    notice();
    if (performance.now() - silentSince > SILENCE_LIMIT_MS) {
      log('warn', `The PostgreSQL that was already running (process ${found.pid}) does not answer: restarting it.`);
      await end(postmaster, layout);
      return null;
    }
    await delay(POLL_MS);
  }
  return null;
}

async function start(context: BringUp): Promise<Running> {
  const { layout, user, log } = context;
  await boundServerLog(layout.logFile);
  await ensureCluster(context);
  const password = await readPassword(layout);
  const socketDir = await prepareSocketDir(layout, user);
  const giveUpAt = performance.now() + OLD_MEMORY_LIMIT_MS;
  for (;;) {
    const stranger = await strangerPid(layout);
    if (stranger !== null) await removeStaleSocket(socketDir);
    const postmaster = await spawnPostmaster({
      ...context,
      binary: context.binaries.postgres,
      socketDir,
      strangerPid: stranger,
    });
    try {
      const running = await untilReady(context, postmaster, { ...owner(password), host: socketDir, port: SOCKET_PORT });
      if (running !== null) {
        await acceptStarted(context, running.facts);
        return running;
      }
    } catch (error) {
      await stopPostmaster(postmaster);
      throw error;
    }
    const said = await serverLogTail(layout.logFile, postmaster.logStartBytes);
    if (!OLD_MEMORY_IN_USE.test(said) || performance.now() > giveUpAt) {
      throw postgresFailure('Starting PostgreSQL', layout.dataDir, said);
    }
    log('info', 'Waiting for the processes of the last PostgreSQL to end.');
    await delay(OLD_MEMORY_RETRY_MS, undefined, { signal: context.signal });
  }
}

/** Null when the process ended before it served. */
async function untilReady(
  context: BringUp,
  postmaster: Postmaster,
  connection: EmbeddedConnection,
): Promise<Running | null> {
  const notice = recoveryNotice(context);
  while (await postmaster.alive()) {
    context.signal.throwIfAborted();
    const file = await readPostmasterFile(context.layout.pgdata);
    if (file !== null && file.pid === postmaster.pid && file.status === 'ready') {
      const answer = await askServer(connection);
      if (answer.kind === 'facts') return { postmaster, connection, facts: answer.facts };
    }
    notice();
    await delay(POLL_MS);
  }
  return null;
}

async function acceptStarted({ layout, overrides }: BringUp, facts: ServerFacts): Promise<void> {
  const identifier = await readSystemIdentifier(layout);
  await requireSameCluster(facts, layout, identifier);
  const fault = durabilityFault(facts, overrides);
  if (fault !== null) throw new StartupError(fault);
  if (identifier === null) await writeSystemIdentifier(layout, facts.systemIdentifier);
}

function objectionTo({ binaries, overrides }: BringUp, facts: ServerFacts): string | null {
  if (facts.serverVersion === binaries.version) return durabilityFault(facts, overrides);
  return `it is version ${facts.serverVersion}, and this Reelgate carries ${binaries.version}.`;
}

async function end(postmaster: Postmaster, layout: Layout): Promise<void> {
  if (await stopPostmaster(postmaster)) return;
  throw new StartupError(
    `A PostgreSQL (process ${postmaster.pid}) holds the data directory ${layout.dataDir}, does not serve, and does not end. ` +
      `Look at ${layout.logFile}; end that process, then start Reelgate again.`,
  );
}

/** The process id in a `postmaster.pid` that a killed PostgreSQL left behind; by now it may be any program's. */
async function strangerPid(layout: Layout): Promise<number | null> {
  const file = await readPostmasterFile(layout.pgdata);
  return file === null || (await isPostmaster(file)) ? null : file.pid;
}

/** Says once that a start takes long, and throws StartupError when it takes too long. */
function recoveryNotice({ layout, log }: BringUp): () => void {
  const startedAt = performance.now();
  let said = false;
  return () => {
    const elapsedMs = performance.now() - startedAt;
    if (elapsedMs > RECOVERY_LIMIT_MS) {
      throw new StartupError(`PostgreSQL did not become ready within ten minutes: look at ${layout.logFile}.`);
    }
    if (said || elapsedMs < RECOVERY_NOTICE_MS) return;
    said = true;
    log('info', 'PostgreSQL is still getting ready, probably replaying its log after an unclean end.');
  };
}

function connectionTo(socketDir: string | null, port: number | null, password: string): EmbeddedConnection | null {
  return socketDir === null || port === null ? null : { ...owner(password), host: socketDir, port };
}

function owner(password: string): Pick<EmbeddedConnection, 'user' | 'password' | 'database'> {
  return { user: OWNER_ROLE, password, database: DATABASE_NAME };
}
