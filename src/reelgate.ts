/** Puts the parts together into a running server, and takes them apart again in the right order. */

import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';

import type { Config } from './config.ts';
import { DIALECTS } from './dialects/index.ts';
import { openCollectQueue } from './engine/collect-queue.ts';
import { createEngine } from './engine/create-engine.ts';
import { ENGINE_LIMITS } from './engine/engine-context.ts';
import { createExpectations } from './engine/expectations.ts';
import { createHealth } from './engine/health.ts';
import { createEventFollower } from './engine/event-follower.ts';
import type { Deed, Watch } from './engine/watch.ts';
import type { EngineLimits } from './engine/engine-context.ts';
import { sharedRead } from './engine/shared-read.ts';
import { prepareInstallation } from './first-start.ts';
import type { FirstKeys } from './first-start.ts';
import { startAudits } from './ledger/audit-schedule.ts';
import type { Log } from './log.ts';
import { startMeasuring } from './measure.ts';
import { createMetrics } from './metrics.ts';
import type { Metrics } from './metrics.ts';
import { parseFetchAllow } from './media/guard/fetch-allow.ts';
import { createGuardedFetcher } from './media/guard/guarded-fetch.ts';
import { openInspector } from './media/inspect/inspect.ts';
import { openDiskStorage } from './media/storage/disk-storage.ts';
import { openStudio } from './media/studio/studio.ts';
import { newId } from './new-id.ts';
import { createProviders } from './providers/index.ts';
import type { Provider } from './providers/provider.ts';
import { createApp } from './server/app.ts';
import { callbackWriter } from './server/callback-writer.ts';
import type { LoadReading } from './server/load.ts';
import { listChannels } from './store/channels.ts';
import { openDatabase } from './store/database.ts';
import type { Database, DatabaseConnection } from './store/database.ts';
import { startEmbeddedPostgres } from './store/embedded/embedded-postgres.ts';
import { StartupError } from './store/embedded/startup-error.ts';
import { settleRestoredEvents } from './store/event-feed.ts';
import { migrate } from './store/migrate.ts';

export const VERSION = '0.1.0';

const MIGRATIONS = fileURLToPath(new URL('./store/migrations', import.meta.url));
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

  const storage = await openDiskStorage(join(config.dataDir, 'assets'));
  const studio = openStudio({
    directory: overrides.studioDirectory ?? join(config.dataDir, 'studio'),
    ...(overrides.studioWorkers === undefined ? {} : { workers: overrides.studioWorkers }),
    maxBytes: STUDIO_CACHE_BYTES,
  });
  closers.push(() => studio.close());
  const inspector = openInspector();
  closers.push(() => inspector.close());
  const fetcher = createGuardedFetcher({ allow: parseFetchAllow(config.fetchAllow) });
  closers.push(() => fetcher.close());

  const { metrics, watch } = await startWatching(config, db, log, closers);

  const address = Promise.withResolvers<string>();
  const own = (overrides.providers ?? []).map((provider) => [provider.name, provider] as const);
  const providers = new Map([...createProviders({ studio }), ...own]);
  const context = {
    node: `${process.pid}-${randomBytes(4).toString('hex')}`,
    newId,
    db,
    log,
    secrets: installation.secrets,
    providers,
    storage,
    fetcher,
    inspector,
    limits: { ...ENGINE_LIMITS, ...overrides.limits },
    health: createHealth(overrides.nowMs ?? Date.now),
    expectations: createExpectations(db),
    publicUrl: config.publicUrl,
    channels: sharedRead(() => listChannels(db)),
    queueCollect: queue.send,
    wakeCollect: queue.wake,
    wakeReaders: events.nudge,
    watch,
    writeCallback: callbackWriter(DIALECTS, installation.secrets, address.promise),
  };
  const engine = createEngine(context, queue, config.databaseUrl === null);
  await engine.start();
  closers.push(() => engine.stop());
  studio.onFinished(() => engine.wake());
  const audits = startAudits(db, log);
  closers.push(async () => audits.stop());

  let url = '';
  const app = await createApp({
    db,
    engine,
    events,
    storage,
    secrets: installation.secrets,
    fetcher,
    log,
    dialects: DIALECTS,
    providers,
    get publicUrl() {
      return config.publicUrl ?? url;
    },
    adminKeyDigest: installation.adminKeyDigest,
    version: VERSION,
    metrics,
    metricsToken: config.metricsToken,
    dataDir: config.dataDir,
    trustedProxies: config.trustedProxies,
    addressLimits: config.addressLimits,
    shedDelayMs: config.shedDelayMs,
    drainMs: config.drainMs,
    ...(overrides.load === undefined ? {} : { load: overrides.load }),
  });
  // Other nodes take over what vendors have while this one still answers.
  closers.push(() => Promise.all([app.close(), engine.drain()]));
  url = await listen(app, config);
  address.resolve(config.publicUrl ?? url);
  return { url, firstKeys: installation.firstKeys, db, stop: async () => void (await stop()) };
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
