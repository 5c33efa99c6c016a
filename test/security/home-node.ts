/** One installation whose nodes come and go with other settings: its database and its files stay. */

import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';

import { readConfig } from '../../src/config.ts';
import { createLog } from '../../src/log.ts';
import { isObject } from '../../src/model/json.ts';
import type { Json, JsonObject } from '../../src/model/json.ts';
import { startReelgate } from '../../src/reelgate.ts';
import type { Overrides } from '../../src/reelgate.ts';
import type { Database } from '../../src/store/database.ts';
import { urlOf } from '../support/reelgate.ts';
import { createTestDatabase } from '../support/test-database.ts';

export type Node = {
  readonly url: string;
  /** Throws unless the admin API takes it. */
  admin(method: string, path: string, body?: Json): Promise<JsonObject>;
  status(path: string, key: string): Promise<number>;
  stop(): Promise<void>;
};

export type HomeOfNodes = {
  readonly db: Database;
  readonly dataDir: string;
  readonly testKey: string;
  /** Rejects with the words of a node that will not start. */
  start(env?: Record<string, string>, overrides?: Overrides): Promise<Node>;
  remove(): Promise<void>;
};

export async function homeOfNodes(): Promise<HomeOfNodes> {
  const database = await createTestDatabase();
  const dataDir = await mkdtemp(join(tmpdir(), 'reelgate-nodes-home-'));
  const adminKey = `sk-rg-admin-${randomBytes(16).toString('hex')}`;
  const testKey = `sk-rg-test-${randomBytes(16).toString('hex')}`;
  const running = new Set<Node>();
  return {
    db: database.db,
    dataDir,
    testKey,
    start: async (env = {}, overrides = {}) => {
      const config = readConfig({
        PORT: '0',
        REELGATE_DATA_DIR: dataDir,
        DATABASE_URL: urlOf(database.connection),
        REELGATE_ADMIN_KEY: adminKey,
        REELGATE_TEST_KEY: testKey,
        ...env,
      });
      const { studioDirectory } = inject('testServer');
      const server = await startReelgate(config, createLog('silent'), { studioDirectory, ...overrides });
      const node: Node = {
        url: server.url,
        admin: (method, path, body) => askAdmin(server.url, adminKey, method, path, body),
        status: async (path, key) =>
          (await fetch(server.url + path, { headers: { authorization: `Bearer ${key}` } })).status,
        stop: async () => {
          running.delete(node);
          await server.stop();
        },
      };
      running.add(node);
      return node;
    },
    remove: async () => {
      for (const node of running) await node.stop();
      await database.drop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

async function askAdmin(url: string, key: string, method: string, path: string, body?: Json): Promise<JsonObject> {
  const response = await fetch(`${url}/admin/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${key}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const answer = (await response.json()) as Json;
  if (!response.ok || !isObject(answer))
    throw new Error(`${method} ${path}: ${response.status} ${JSON.stringify(answer)}`);
  return { status: response.status, ...answer };
}
