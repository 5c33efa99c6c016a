/** The whole server, as `npm start` puts it together, on a database and a data directory of its own. */

import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';

import { readConfig } from '../../src/config.ts';
import { parseJson } from '../../src/dialects/fields.ts';
import { createLog } from '../../src/log.ts';
import { isObject } from '../../src/model/json.ts';
import type { Json, JsonObject } from '../../src/model/json.ts';
import { startReelgate } from '../../src/reelgate.ts';
import type { Overrides } from '../../src/reelgate.ts';
import { IDLE } from '../../src/server/load.ts';
import type { Database, DatabaseConnection } from '../../src/store/database.ts';
import { createTestDatabase } from './test-database.ts';

export type Answer = { readonly status: number; readonly headers: Headers; readonly body: Json };

export type TestReelgate = {
  readonly url: string;
  readonly testKey: string;
  readonly adminKey: string;
  readonly db: Database;
  readonly dataDir: string;
  readonly databaseUrl: string;
  /** A request with a key, or without one where `key` is null. */
  ask(
    method: string,
    path: string,
    options?: { key?: string | null; body?: Json; headers?: Record<string, string> },
  ): Promise<Answer>;
  admin(method: string, path: string, body?: Json): Promise<JsonObject>;
  /** Reads a video until it has ended. */
  ended(id: string, key?: string): Promise<JsonObject>;
  stop(): Promise<void>;
};

const POLL_MS = 30;
const MAX_POLLS = 2_000;

/** A second one with the database, the files and the keys of the first is started `beside` it, and stopped before it. */
export async function startTestReelgate(
  env: Record<string, string> = {},
  overrides: Overrides = {},
  beside: TestReelgate | null = null,
): Promise<TestReelgate> {
  const database = beside === null ? await createTestDatabase() : null;
  const dataDir = beside?.dataDir ?? (await mkdtemp(join(tmpdir(), 'reelgate-data-')));
  const databaseUrl = database === null ? (beside?.databaseUrl ?? '') : urlOf(database.connection);
  const keys = beside ?? {
    adminKey: `sk-rg-admin-${randomBytes(16).toString('hex')}`,
    testKey: `sk-rg-test-${randomBytes(16).toString('hex')}`,
  };
  const config = readConfig({
    PORT: '0',
    REELGATE_DATA_DIR: dataDir,
    DATABASE_URL: databaseUrl,
    REELGATE_ADMIN_KEY: keys.adminKey,
    REELGATE_TEST_KEY: keys.testKey,
    ...env,
  });
  const { studioDirectory } = inject('testServer');
  const server = await startReelgate(config, createLog(process.env['TEST_LOG'] === undefined ? 'silent' : 'debug'), {
    studioDirectory,
    // The clients of a test keep this process busy too.
    load: () => IDLE,
    ...overrides,
  });
  const ask: TestReelgate['ask'] = async (method, path, options = {}) => {
    const { key = keys.testKey, body, headers = {} } = options;
    const response = await fetch(path.startsWith('http') ? path : server.url + path, {
      method,
      headers: {
        ...(key === null ? {} : { authorization: `Bearer ${key}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: text === '' ? null : parsed(text),
    };
  };
  return {
    url: server.url,
    adminKey: keys.adminKey,
    testKey: keys.testKey,
    db: server.db,
    dataDir,
    databaseUrl,
    ask,
    admin: async (method, path, body) => {
      const answer = await ask(method, `/admin/v1${path}`, {
        key: keys.adminKey,
        ...(body === undefined ? {} : { body }),
      });
      if (answer.status >= 400) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
      return isObject(answer.body) ? answer.body : {};
    },
    ended: async (id, key = keys.testKey) => {
      for (let polls = 0; polls < MAX_POLLS; polls += 1) {
        const { body } = await ask('GET', `/v1/videos/${id}`, { key });
        if (isObject(body) && (body['status'] === 'completed' || body['status'] === 'failed')) return body;
        await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      }
      throw new Error(`the video ${id} did not end`);
    },
    stop: async () => {
      await server.stop();
      if (database === null) return;
      await database.drop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** The body as an object; fails the test where it is none. */
export function objectOf(body: Json): JsonObject {
  if (!isObject(body)) throw new Error(`an object was expected, not ${JSON.stringify(body)}`);
  return body;
}

/** The value of a JSON text; any other text as it is. */
function parsed(text: string): Json {
  const value = parseJson(text);
  return value === undefined ? text : value;
}

/** The connection as a `DATABASE_URL`. */
export function urlOf(connection: DatabaseConnection): string {
  if ('url' in connection) return connection.url;
  const { host, port, user, password, database } = connection;
  const query = new URLSearchParams({ host, port: String(port) });
  return `postgres://${encodeURIComponent(user)}:${encodeURIComponent(password)}@localhost/${database}?${query.toString()}`;
}
