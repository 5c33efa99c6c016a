/** One installation whose nodes come and go with other settings: its database and its files stay. */

import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';

import { readConfig } from '../../src/config.ts';
import { createLog } from '../../src/log.ts';
import type { Json, JsonObject } from '../../src/model/json.ts';
import { startReelgate } from '../../src/reelgate.ts';
import type { Overrides } from '../../src/reelgate.ts';
import type { Database } from '../../src/store/database.ts';
import { ask } from '../process/shop.ts';
import { urlOf } from '../support/reelgate.ts';
import { createTestDatabase } from '../support/test-database.ts';

export type Node = {
  readonly url: string;
  /** With the status of the answer; throws unless the admin API did what was asked. */
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
        admin: async (method, path, body) => {
          const reply = await ask(server.url, adminKey, method, `/admin/v1${path}`, body === undefined ? {} : { body });
          if (reply.status >= 300) throw new Error(`${method} ${path}: ${reply.status} ${JSON.stringify(reply.body)}`);
          return { status: reply.status, ...reply.body };
        },
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
