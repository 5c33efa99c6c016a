/** A whole HTTP server on a real port, a database and a storage of its own; the engine is handed in. */

import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import type { FastifyInstance } from 'fastify';

import { DIALECTS } from '../../src/dialects/index.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { createEventFollower } from '../../src/engine/event-follower.ts';
import { createLiveCatalogue } from '../../src/engine/live-catalogue.ts';
import type { EventFollower } from '../../src/engine/event-follower.ts';
import type { Log } from '../../src/log.ts';
import { createGuardedFetcher } from '../../src/media/guard/guarded-fetch.ts';
import { parseFetchAllow } from '../../src/media/guard/fetch-allow.ts';
import { USUAL_ROOM, watchRoom } from '../../src/media/storage/room.ts';
import { openDiskStorage } from '../../src/media/storage/disk-storage.ts';
import type { Storage } from '../../src/media/storage/storage.ts';
import { parseUsd } from '../../src/model/money.ts';
import type { KeyMode } from '../../src/model/job.ts';
import type { Provider } from '../../src/providers/provider.ts';
import { createMetrics } from '../../src/metrics.ts';
import { createSecrets, newKey } from '../../src/secrets.ts';
import type { Secrets } from '../../src/secrets.ts';
import { createApp } from '../../src/server/app.ts';
import type { StreamBounds } from '../../src/server/bounds.ts';
import { IDLE } from '../../src/server/load.ts';
import type { LoadReading } from '../../src/server/load.ts';
import { insertKey } from '../../src/store/accounts.ts';
import type { NewKey, RequestLimits } from '../../src/store/accounts.ts';
import type { Database } from '../../src/store/database.ts';
import { accountWith } from './rows.ts';
import { newId } from '../../src/new-id.ts';
import { createTestDatabase } from './test-database.ts';
import type { TestDatabase } from './test-database.ts';

/** What an engine is built from; `directory` is thrown away with the server. */
export type EngineParts = {
  readonly db: Database;
  readonly connection: TestDatabase['connection'];
  readonly storage: Storage;
  readonly secrets: Secrets;
  readonly log: Log;
  readonly directory: string;
};

/** A started engine and its providers; `stop` ends everything that was opened for them. */
export type TestEngine = {
  readonly engine: Engine;
  readonly providers: ReadonlyMap<string, Provider>;
  stop(): Promise<void>;
};

export type TestServerOptions = {
  readonly makeEngine: (parts: EngineParts) => Promise<TestEngine>;
  readonly nowMs?: () => number;
  readonly streamBounds?: Partial<StreamBounds>;
  readonly trustedProxies?: readonly string[];
  readonly addressLimits?: RequestLimits;
  readonly load?: () => LoadReading;
};

export type IssuedKey = { readonly key: string; readonly id: string; readonly accountId: string };

export type TestServer = {
  readonly url: string;
  readonly db: Database;
  readonly app: FastifyInstance;
  readonly storage: Storage;
  readonly secrets: Secrets;
  readonly events: EventFollower;
  readonly directory: string;
  readonly adminKey: string;
  /** A test-mode key of the server's first account. */
  readonly testKey: string;
  /** The same with its ids. */
  readonly test: IssuedKey;
  /** Every line logged so far, as JSON text. */
  readonly logLines: readonly string[];
  /** Calls `/admin/v1<path>` with the admin key; a plain object as `json` becomes the body. */
  admin(path: string, init?: RequestInit & { json?: unknown }): Promise<Response>;
  /** A new account with this balance (decimal USD, default "100"), and a live key of it. */
  liveKey(accountBalanceUsd?: string): Promise<string>;
  /** A key with anything about it chosen, of the first account unless told otherwise. */
  issueKey(over?: Partial<NewKey> & { readonly mode?: KeyMode }): Promise<IssuedKey>;
  close(): Promise<void>;
};

export async function startTestServer(options: TestServerOptions): Promise<TestServer> {
  const database = await createTestDatabase();
  const { db, connection } = database;
  const directory = await mkdtemp(join(tmpdir(), 'reelgate-server-test-'));
  const storage = await openDiskStorage(join(directory, 'assets'));
  const secrets = createSecrets(randomBytes(32).toString('base64url'));
  const logLines: string[] = [];
  const log = pino({ level: 'debug', base: null }, { write: (line: string) => void logLines.push(line) });
  const running = await options.makeEngine({ db, connection, storage, secrets, log, directory });
  const events = createEventFollower(db, log);
  const fetcher = createGuardedFetcher({ allow: parseFetchAllow('') });
  const adminKey = newKey('admin');
  let url = '';
  const app = await createApp({
    db,
    engine: running.engine,
    catalogue: createLiveCatalogue(db, new Set(running.providers.keys()), log),
    events,
    storage,
    secrets,
    fetcher,
    log,
    dialects: DIALECTS,
    providers: running.providers,
    get publicUrl() {
      return url;
    },
    adminKeyDigest: secrets.digestKey(adminKey),
    version: '0.0.0-test',
    metrics: createMetrics(),
    metricsToken: null,
    room: watchRoom(directory, USUAL_ROOM),
    trustedProxies: options.trustedProxies ?? [],
    addressLimits: options.addressLimits ?? {},
    shedDelayMs: 200,
    drainMs: 0,
    load: options.load ?? (() => IDLE),
    ...(options.nowMs === undefined ? {} : { nowMs: options.nowMs }),
    ...(options.streamBounds === undefined ? {} : { streamBounds: options.streamBounds }),
  });
  url = await app.listen({ port: 0, host: '127.0.0.1' });
  const firstAccount = await accountWith(db, 0n);

  const issueKey: TestServer['issueKey'] = async (over = {}) => {
    const mode = over.mode ?? 'test';
    const key = newKey(mode);
    const row: NewKey = {
      id: newId(),
      accountId: firstAccount,
      name: 'A key',
      mode,
      prefix: key.slice(0, 14),
      tail: key.slice(-4),
      models: null,
      allowedIps: null,
      limits: {},
      expiresAt: null,
      digest: secrets.digestKey(key),
      ...over,
    };
    await insertKey(db, row);
    return { key, id: row.id, accountId: row.accountId };
  };
  const test = await issueKey();

  return {
    url,
    db,
    app,
    storage,
    secrets,
    events,
    directory,
    adminKey,
    testKey: test.key,
    test,
    logLines,
    admin: (path, { json, headers, ...init } = {}) =>
      fetch(`${url}/admin/v1${path}`, {
        ...init,
        headers: {
          authorization: `Bearer ${adminKey}`,
          ...(json === undefined ? {} : { 'content-type': 'application/json' }),
          ...Object.fromEntries(new Headers(headers)),
        },
        ...(json === undefined ? {} : { body: JSON.stringify(json) }),
      }),
    liveKey: async (accountBalanceUsd = '100') => {
      const accountId = await accountWith(db, parseUsd(accountBalanceUsd) ?? 0n);
      return (await issueKey({ accountId, mode: 'live' })).key;
    },
    issueKey,
    close: async () => {
      await app.close();
      await events.stop();
      await running.stop();
      await fetcher.close();
      await database.drop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
