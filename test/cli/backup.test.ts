/** Backups of a given database: what they hold, what is noticed of one that was harmed, and where they may be restored. */

import { copyFile, mkdtemp, open, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { readTar } from '../../src/cli/backup/tar.ts';
import { linesOf } from '../../src/cli/backup/verify.ts';
import { isObject } from '../../src/model/json.ts';
import { migrate, MIGRATIONS } from '../../src/store/migrate.ts';
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
  return cli(words, {
    env: { DATABASE_URL: node.databaseUrl, REELGATE_DATA_DIR: node.dataDir, REELGATE_SECRET: SECRET },
  });
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

/** What a server that only sits there goes on writing. */
const RESTLESS = ['migration', 'node', 'upkeep', 'audit_run'];

/** Every row of every table as text. */
async function contentsOf({ db }: Pick<TestDatabase, 'db'>): Promise<Record<string, string[]>> {
  const tables = await db.query<{ name: string }>(
    `select relname as name from pg_class
     where relkind = 'r' and relnamespace = 'public'::regnamespace and relname <> all($1)`,
    [RESTLESS],
  );
  const contents: Record<string, string[]> = {};
  for (const { name } of tables) {
    const found = await db.query<{ line: string }>(`select row_to_json(t)::text as line from "${name}" t order by 1`);
    contents[name] = found.map(({ line }) => line);
  }
  return contents;
}

async function harmed(harm: (path: string) => Promise<void>): Promise<string> {
  const path = join(directory, `${newId()}.tar`);
  await copyFile(whole, path);
  await harm(path);
  return path;
}

/** Turns one byte of the file around, at the end of this text. */
function flipAfter(text: string): (path: string) => Promise<void> {
  return async (path) => {
    const bytes = await readFile(path);
    const place = bytes.indexOf(text) + 512 + 30;
    bytes[place] = (bytes[place] ?? 0) ^ 0xff;
    await writeFile(path, bytes);
  };
}

describe('a backup', () => {
  it('is found good, with its rows and the sums of its ledger', async () => {
    const verified = await source(['backup', 'verify', whole]);
    expect(verified.code).toBe(0);
    expect(jsonOf(verified)).toMatchObject({
      ok: true,
      faults: [],
      rows: { account: 2, job: 1 },
      ledger_micros: { 'book granted': '-10000000', 'accounts held': '0' },
      assets: { included: true, missing: 0 },
    });
  });

  it('brings back every row exactly, and every file', async () => {
    const target = await emptyDatabase();
    const dataDir = join(directory, 'elsewhere');
    const restored = await restoreInto(target, whole, dataDir);
    expect([restored.code, restored.error]).toEqual([0, '']);
    expect(jsonOf(restored)).toMatchObject({ audit: { ok: true } });
    expect(await contentsOf(target)).toEqual(await contentsOf(node));
    const blobs = await node.db.query<{ sha256: string }>('select distinct sha256 from asset where deleted_at is null');
    expect(blobs.length).toBeGreaterThan(0);
    for (const { sha256 } of blobs) {
      const [one, other] = [node.dataDir, dataDir].map((home) => join(home, 'assets', sha256.slice(0, 2), sha256));
      expect(await readFile(other ?? '')).toEqual(await readFile(one ?? ''));
    }
  });

  it('lets new rows follow the old ones: no number is given out twice', async () => {
    const target = await emptyDatabase();
    expect((await restoreInto(target, whole)).code).toBe(0);
    const [row] = await target.db.query<{ next: bigint; last: bigint }>(
      `select nextval(pg_get_serial_sequence('event', 'seq')) as next, (select max(seq) from event) as last`,
    );
    expect(row?.next).toBe((row?.last ?? 0n) + 1n);
  });

  it('holds no secret in the clear, and is readable by its owner only', async () => {
    const file = await open(whole, 'r');
    let rows = 0;
    for await (const entry of readTar(file)) {
      const chunks: Buffer[] = [];
      for await (const chunk of entry.chunks) chunks.push(chunk);
      const lines = entry.name.endsWith('.gz')
        ? await linesOf(Buffer.concat(chunks))
        : [Buffer.concat(chunks).toString()];
      rows += lines.length;
      for (const line of lines) expect([CREDENTIAL, SECRET].filter((secret) => line.includes(secret))).toEqual([]);
    }
    await file.close();
    expect(rows).toBeGreaterThan(10);
    expect((await stat(whole)).mode & 0o777).toBe(0o600);
  });

  it('is never written over another one', async () => {
    expect(await source(['backup', 'create', whole])).toMatchObject({
      code: 4,
      error: `reelgate: ${whole} exists already: a backup never writes over another one.\n`,
    });
  });

  it.each([
    ['a changed row', flipAfter('tables/job/000001.jsonl.gz'), /"bytes of tables\/job\/000001|have changed/],
    ['a changed file', flipAfter('assets/'), /the bytes of assets\/[0-9a-f]{64} have changed/],
  ])('with %s is found out, and not restored', async (_what, harm, sentence) => {
    const path = await harmed(harm);
    const verified = await source(['backup', 'verify', path]);
    expect([verified.code, verified.out]).toEqual([1, expect.stringMatching(sentence)]);
    const target = await emptyDatabase();
    expect((await restoreInto(target, path)).code).toBe(1);
    expect(await target.db.query(`select from pg_class where relname = 'job'`)).toEqual([]);
  });

  it('that was cut off is found out', async () => {
    const path = await harmed(async (file) => truncate(file, Math.floor((await stat(file)).size / 1024) * 512));
    expect(await source(['backup', 'verify', path])).toMatchObject({
      code: 1,
      error: expect.stringMatching(/is no whole backup|only the beginning of a backup/),
    });
  });

  it('made by an older Reelgate is brought up to this one, and one by a newer is not', async () => {
    const older = await emptyDatabase();
    await migrate(older.db, MIGRATIONS, 4);
    await older.db.query(`insert into account (id, name) values ($1, 'From before there were budgets')`, [newId()]);
    const path = join(directory, 'older.tar');
    const env = { DATABASE_URL: urlOf(older.connection), REELGATE_DATA_DIR: directory };
    expect((await cli(['backup', 'create', path], { env })).code).toBe(0);
    const target = await emptyDatabase();
    expect((await restoreInto(target, path)).code).toBe(0);
    expect(await target.db.query('select name, budget_daily_micros from account')).toEqual([
      { name: 'From before there were budgets', budget_daily_micros: null },
    ]);
    expect(await migrate(target.db, MIGRATIONS)).toMatchObject({ applied: [] });

    await older.db.query(`insert into migration (version, name, checksum) values (5, '0005-other.sql', 'other')`);
    const newer = join(directory, 'newer.tar');
    expect((await cli(['backup', 'create', newer], { env })).code).toBe(0);
    expect(await restoreInto(await emptyDatabase(), newer)).toMatchObject({
      code: 4,
      error: expect.stringContaining('whose database this one does not know'),
    });
  });

  it('is restored into an empty place only', async () => {
    const again = await cli(['backup', 'restore', whole], {
      env: { DATABASE_URL: node.databaseUrl, REELGATE_DATA_DIR: join(directory, 'x') },
    });
    expect(again).toMatchObject({ code: 4, error: expect.stringContaining('The database is not empty') });
  });

  it.each([
    ['nothing.tar', 2, 'there is no such file'],
    ['clip.mp4', 1, 'is no whole backup'],
  ])('is not %s', async (name, code, sentence) => {
    expect(await source(['backup', 'verify', join(directory, name)])).toMatchObject({
      code,
      error: expect.stringContaining(sentence),
    });
  });
});
