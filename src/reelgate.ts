/** Puts the parts together into a running server, and takes them apart again in the right order. */

import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import type { Config } from './config.ts';
import { DIALECTS } from './dialects/index.ts';
import { openCollectQueue } from './engine/collect-queue.ts';
import { createEngine } from './engine/create-engine.ts';
import { ENGINE_LIMITS } from './engine/engine-context.ts';
import { createExpectations } from './engine/expectations.ts';
import { createHealth } from './engine/health.ts';
import { createLiveCatalogue } from './engine/live-catalogue.ts';
import { createLiveChannels } from './engine/live-channels.ts';
import { createEventFollower } from './engine/event-follower.ts';
import type { Deed, Watch } from './engine/watch.ts';
import type { EngineLimits } from './engine/engine-context.ts';
import { prepareInstallation } from './first-start.ts';
import type { FirstKeys } from './first-start.ts';
import { startAudits } from './ledger/audit-schedule.ts';
import type { Log } from './log.ts';
import { startMeasuring } from './measure.ts';
import { createMetrics } from './metrics.ts';
import type { Metrics } from './metrics.ts';
import { parseFetchAllow } from './media/guard/fetch-allow.ts';
import { createGuardedFetcher } from './media/guard/guarded-fetch.ts';
import type { GuardedFetcherOptions } from './media/guard/guarded-fetch.ts';
import { openInspector } from './media/inspect/inspect.ts';
import { openStorage } from './media/storage/open-storage.ts';
import { StorageUnavailableError } from './media/storage/storage.ts';
import type { OpenStorage } from './media/storage/storage.ts';
import { watchRoom } from './media/storage/room.ts';
import type { Space } from './media/storage/room.ts';
import { openStudio } from './media/studio/studio.ts';
import { newId } from './new-id.ts';
import { operatorKey, readSecretFile, secretPath } from './operator-key.ts';
import { createProviders } from './providers/index.ts';
import { VendorConnections } from './providers/http.ts';
import type { Provider } from './providers/provider.ts';
import type { Secrets } from './secrets.ts';
import { createApp } from './server/app.ts';
import { callbackWriter } from './server/callback-writer.ts';
import type { LoadReading } from './server/load.ts';
import { createJobWriter } from './store/job-writer.ts';
import { openDatabase } from './store/database.ts';
import type { Database, DatabaseConnection } from './store/database.ts';
import { startEmbeddedPostgres } from './store/embedded/embedded-postgres.ts';
import { StartupError } from './store/embedded/startup-error.ts';
import { settleRestoredEvents } from './store/event-feed.ts';
import { migrate, MIGRATIONS } from './store/migrate.ts';
import { VERSION } from './version.ts';

const STUDIO_CACHE_BYTES = 4 * 1024 * 1024 * 1024;

export type Reelgate = {
  readonly url: string;
  readonly firstKeys: FirstKeys;
  readonly db: Database;
  stop(): Promise<void>;
};

/** What tests may set and operators may not. */
export type Overrides = {
  readonly limits?: Partial<EngineLimits>;
  readonly studioDirectory?: string;
  /** Clips drawn at one time. */
  readonly studioWorkers?: number;
  /** Besides, or instead of, the providers of this build with the same names. */
  readonly providers?: readonly Provider[];
  /** How names are resolved for user-given URLs, and how long their servers may take. */
  readonly fetcher?: Omit<GuardedFetcherOptions, 'allow'>;
  /** The clock by which requests are counted, and keys and links end. */
  readonly requestNowMs?: () => number;
  /** The space on the disk of a directory. */
  readonly readSpace?: (directory: string) => Promise<Space>;
  /** The clock by which channels rest after failures. */
  readonly nowMs?: () => number;
  /** How busy the event loop is. */
  readonly load?: () => LoadReading;
};

type Closer = () => Promise<unknown>;

/** Throws `StartupError` or `ConfigError` with one sentence; whatever was started by then is stopped. */
export async function startReelgate(config: Config, log: Log, overrides: Overrides = {}): Promise<Reelgate> {
  const closers: Closer[] = [];
  const stop = async (): Promise<void> => {
    for (const close of closers.splice(0).reverse()) {
      await close().catch((error: unknown) => log.error({ error: String(error) }, 'a part did not stop cleanly'));
    }
  };
  try {
    return await start(config, log, overrides, closers, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function start(
  config: Config,
  log: Log,
  overrides: Overrides,
  closers: Closer[],
  stop: Closer,
): Promise<Reelgate> {
  await makeDataDirectory(config.dataDir);
  const { db, events, queue, installation } = await openBooks(config, log, closers);
  const { studio, room, ...tools } = await openTools(config, overrides, closers);
  const { metrics, watch } = await startWatching(config, db, log, closers);
  const { secrets } = installation;

  const address = Promise.withResolvers<string>();
  const own = (overrides.providers ?? []).map((provider) => [provider.name, provider] as const);
  const providers = new Map([...createProviders({ studio }), ...own]);
  const catalogue = createLiveCatalogue(db, new Set(providers.keys()), log);
  await catalogue.refresh();
  const shared = { db, log, secrets, providers, catalogue, room, keptDays: config.keptDays };
  const context = {
    ...shared,
    ...tools,
    node: `${process.pid}-${randomBytes(4).toString('hex')}`,
    newId,
    limits: { ...ENGINE_LIMITS, ...overrides.limits },
    health: createHealth(overrides.nowMs ?? Date.now),
    expectations: createExpectations(db, catalogue.now),
    publicUrl: config.publicUrl,
    channels: createLiveChannels(db),
    writeJob: createJobWriter(db),
    queueCollect: queue.send,
    wakeCollect: queue.wake,
    wakeReaders: events.nudge,
    watch,
    writeCallback: callbackWriter(DIALECTS, { secrets, catalogue }, address.promise),
  };
  const engine = createEngine(context, queue, config.databaseUrl === null);
  await engine.start();
  closers.push(() => engine.stop());
  studio.onFinished(() => engine.wake());
  const audits = startAudits(db, log);
  closers.push(async () => audits.stop());

  let url = '';
  const app = await createApp({
    ...shared,
    engine,
    events,
    storage: tools.storage,
    fetcher: tools.fetcher,
    dialects: DIALECTS,
    get publicUrl() {
      return config.publicUrl ?? url;
    },
    adminKeyDigest: installation.adminKeyDigest,
    operatorKeyDigest: await operatorKeyDigest(config, secrets),
    version: VERSION,
    metrics,
    metricsToken: config.metricsToken,
    trustedProxies: config.trustedProxies,
    addressLimits: config.addressLimits,
    shedDelayMs: config.shedDelayMs,
    drainMs: config.drainMs,
    ...(overrides.requestNowMs === undefined ? {} : { nowMs: overrides.requestNowMs }),
    ...(overrides.load === undefined ? {} : { load: overrides.load }),
  });
  // Other nodes take over what vendors have while this one still answers.
  closers.push(() => Promise.all([app.close(), engine.drain()]));
  url = await listen(app, config);
  address.resolve(config.publicUrl ?? url);
  return { url, firstKeys: installation.firstKeys, db, stop: async () => void (await stop()) };
}

/** The database as this build needs it, and what follows and queues in it. */
async function openBooks(config: Config, log: Log, closers: Closer[]) {
  const connection = await databaseConnection(config, log, closers);
  const db = openDatabase({ connection, maxConnections: config.databasePoolSize, applicationName: 'reelgate' });
  closers.push(() => db.close());
  await migrate(db, MIGRATIONS);
  await settleRestoredEvents(db);
  const events = createEventFollower(db, log);
  closers.push(() => events.stop());
  const installation = await prepareInstallation(config, db);
  const queue = await openCollectQueue(connection, log);
  closers.push(() => queue.stop());
  return { db, events, queue, installation };
}

/** What handles files and reaches other servers. */
async function openTools(config: Config, overrides: Overrides, closers: Closer[]) {
  const { storage, close: closeStorage } = await storageOf(config);
  closers.push(closeStorage);
  const room = watchRoom(config.dataDir, config.room, overrides.readSpace);
  const studio = openStudio({
    directory: overrides.studioDirectory ?? join(config.dataDir, 'studio'),
    ...(overrides.studioWorkers === undefined ? {} : { workers: overrides.studioWorkers }),
    maxBytes: STUDIO_CACHE_BYTES,
  });
  closers.push(() => studio.close());
  const inspector = openInspector();
  closers.push(() => inspector.close());
  const fetcher = createGuardedFetcher({ allow: parseFetchAllow(config.fetchAllow), ...overrides.fetcher });
  closers.push(() => fetcher.close());
  const connections = new VendorConnections();
  closers.push(() => connections.close());
  return { storage, room, studio, inspector, fetcher, connections };
}

/** Metrics always, traces where they are wanted: only then is their code loaded. */
async function startWatching(
  config: Config,
  db: Database,
  log: Log,
  closers: Closer[],
): Promise<{ readonly metrics: Metrics; readonly watch: Watch }> {
  const metrics = createMetrics();
  const measuring = startMeasuring(metrics, db);
  closers.push(async () => measuring.stop());
  if (config.traces === null) return { metrics, watch: measuring };
  const { startTracing } = await import('./traces.ts');
  const tracing = startTracing(config.traces, VERSION, log);
  closers.push(() => tracing.stop());
  const deed = (done: Deed): void => {
    measuring.deed(done);
    tracing.deed(done);
  };
  return { metrics, watch: { deed } };
}

/** Made after the secret of a new installation was. */
async function operatorKeyDigest(config: Config, secrets: Secrets): Promise<Buffer> {
  const secret = config.secret ?? (await readSecretFile(config.dataDir));
  if (secret === null) throw new StartupError(`The secret in ${secretPath(config.dataDir)} is empty.`);
  return secrets.digestKey(operatorKey(secret));
}

async function listen(app: Awaited<ReturnType<typeof createApp>>, config: Config): Promise<string> {
  try {
    return await app.listen({ port: config.port, host: config.host });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    const why = { EADDRINUSE: 'is in use by another program', EACCES: 'may not be used by this user' }[code];
    if (why === undefined) throw error;
    throw new StartupError(`The port ${config.port} on ${config.host} ${why}. Choose another with PORT.`);
  }
}

async function makeDataDirectory(dataDir: string): Promise<void> {
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new StartupError(
      `The data directory ${dataDir} cannot be made: ${error instanceof Error ? error.message : String(error)}.`,
    );
  }
}

async function storageOf(config: Config): Promise<OpenStorage> {
  try {
    return await openStorage(config.dataDir, config.storage);
  } catch (error) {
    throw error instanceof StorageUnavailableError ? new StartupError(error.message) : error;
  }
}

async function databaseConnection(config: Config, log: Log, closers: Closer[]): Promise<DatabaseConnection> {
  if (config.databaseUrl !== null) return { url: config.databaseUrl };
  const postgres = await startEmbeddedPostgres({
    dataDir: config.dataDir,
    log: (level, message) => log[level](message),
    runAs: config.databaseUser,
  });
  closers.push(() => postgres.stop());
  return postgres.connection;
}
