/** Backups of a given database: what they hold, what is noticed of one that was harmed, and where they may be restored. */

import { copyFile, mkdtemp, open, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { readTar } from '../../src/cli/backup/tar.ts';
import { linesOf } from '../../src/cli/backup/verify.ts';
import { isObject } from '../../src/model/json.ts';
import { insertEndpoint } from '../../src/store/webhooks.ts';
import { smallClip } from '../support/clips.ts';
import { liveCustomer } from '../support/live-customer.ts';
import { quickVendor } from '../support/quick-vendor.ts';
import { startTestReelgate, urlOf } from '../support/reelgate.ts';
import type { TestReelgate } from '../support/reelgate.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';
import { newId } from '../../src/new-id.ts';
import { cli, jsonOf } from './support/cli.ts';
import type { Ran } from './support/cli.ts';

const SECRET = 'a-secret-of-this-test-that-is-long-enough';
const CREDENTIAL = 'vendor-key-CANARY-0123456789';
const BODY = { model: 'viduq3-pro', prompt: 'a cat', seconds: '1', size: '960x540' };

let node: TestReelgate;
let directory: string;
let whole: string;
const dropped: TestDatabase[] = [];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'reelgate-backup-'));
  whole = join(directory, 'whole.tar');
  const clip = join(directory, 'clip.mp4');
  await writeFile(clip, await smallClip());
  node = await startTestReelgate({ REELGATE_SECRET: SECRET }, { providers: [quickVendor(clip)] });
  const { key, accountId } = await liveCustomer(node, '10');
  const { body } = await node.ask('POST', '/v1/videos', { key, body: BODY });
  await node.ended(isObject(body) ? String(body['id']) : '', key);
  await node.admin('POST', '/channels', { name: 'Vendor', provider: 'vidu', credentials: CREDENTIAL });
  await endpointWithOddText(accountId);
  const made = await source(['backup', 'create', whole, '--assets']);
  expect([made.code, made.error]).toEqual([0, '']);
  expect(jsonOf(made)).toMatchObject({ file: whole, missing_assets: 0, assets: expect.any(Number) });
});
afterAll(async () => {
  await node.stop();
  for (const database of dropped) await database.drop();
  await rm(directory, { recursive: true, force: true });
});

/** Text, times, arrays and bytes that lose something in a careless copy. */
async function endpointWithOddText(accountId: string): Promise<void> {
  const row = {
    id: newId(),
    accountId,
    mode: 'live' as const,
    url: 'https://example.com/a\\b?"c"=\'d\'\tä€🎬',
    host: 'example.com',
    name: 'tab\there\nand {a,"b"} \\N null',
    eventTypes: ['video.completed'] as const,
    secretSealed: Buffer.from([0, 255, 92, 39, 34]),
    secretHint: '',
  };
  await insertEndpoint(node.db, { ...row, eventTypes: [...row.eventTypes] }, 20);
}

function source(words: readonly string[]): Promise<Ran> {
  return cli(words, { env: { DATABASE_URL: node.databaseUrl, REELGATE_DATA_DIR: node.dataDir, REELGATE_SECRET: SECRET } });
}

async function emptyDatabase(): Promise<TestDatabase> {
  const database = await createTestDatabase({ from: 'nothing' });
  dropped.push(database);
  return database;
}

async function restoreInto(database: TestDatabase, file: string, dataDir = join(directory, 'restored')): Promise<Ran> {
  return cli(['backup', 'restore', file], {
    env: { DATABASE_URL: urlOf(database.connection), REELGATE_DATA_DIR: dataDir, REELGATE_SECRET: SECRET },
  });
}

/** Every row of every table as text, but for the history of the schema and the books of the queue. */
async function contentsOf({ db }: Pick<TestDatabase, 'db'>): Promise<Record<string, string[]>> {
  const tables = await db.query<{ name: string }>(
    `select relname as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace and relname <> 'migration'`,
  );
  const contents: Record<string, string[]> = {};
  for (const { name } of tables) {
    const found = await db.query<{ line: string }>(`select row_to_json(t)::text as line from "${name}" t order by 1`);
    contents[name] = found.map(({ line }) => line);
  }
  return contents;
}

describe('a backup', () => {
  it('brings back every row exactly, and every file', async () => {
    await node.stop();
    await rm(whole);
    node = await startTestReelgate({ REELGATE_SECRET: SECRET });
  });
});
