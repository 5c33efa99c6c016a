/** Writes a backup: one snapshot of all rows and, if asked for, the stored files, into a file that appears whole or not at all. */

import { createHash } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

import type { Storage } from '../../media/storage/storage.ts';
import { listBlobNames, withSnapshot } from '../../store/backup.ts';
import type { BackupTable, Snapshot } from '../../store/backup.ts';
import type { Database } from '../../store/database.ts';
import { VERSION } from '../../version.ts';
import { CliError } from '../exit.ts';
import { assetName, CHUNK_BYTES, chunkName, FORMAT, FORMAT_VERSION, HEADER_NAME, MANIFEST_NAME } from './archive.ts';
import type { Header, Manifest } from './archive.ts';
import { openBooks } from './books.ts';
import { writeTar } from './tar.ts';
import type { TarWriter } from './tar.ts';

export type BackupOptions = {
  readonly db: Database;
  /** Must not exist yet. */
  readonly path: string;
  /** Where the stored files are that belong into the backup; null for none of them. */
  readonly assets: Storage | null;
};

export type BackupSummary = {
  readonly file: string;
  readonly taken_at: string;
  readonly rows: number;
  readonly tables: number;
  readonly assets: number;
  readonly missing_assets: number;
  readonly bytes: number;
};

const FILE_MODE = 0o600;
const BLOBS_PER_PAGE = 500;
const MAX_MISSING_NAMED = 1_000;
const compress = promisify(gzip);

/** May run beside a working server. Throws `CliError` where the file exists or cannot be made. */
export async function createBackup({ db, path, assets }: BackupOptions): Promise<BackupSummary> {
  const part = `${path}.part`;
  await refuseExisting(path);
  const file = await open(part, 'wx', FILE_MODE).catch((error: unknown) => {
    throw new CliError('refused', `${part} cannot be made: ${error instanceof Error ? error.message : String(error)}.`);
  });
  try {
    const summary = await write(file, db, assets).finally(() => file.close());
    await rename(part, path);
    return { file: path, ...summary };
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}

async function refuseExisting(path: string): Promise<void> {
  const existing = await open(path, 'r').catch(() => null);
  if (existing === null) return;
  await existing.close();
  throw new CliError('refused', `${path} exists already: a backup never writes over another one.`);
}

/** The entries written so far that the manifest is to vouch for. */
type Written = { readonly tar: TarWriter; readonly entries: Manifest['entries'] };

async function write(file: FileHandle, db: Database, assets: Storage | null): Promise<Omit<BackupSummary, 'file'>> {
  const { written, header, rows, ledger, takenAt } = await withSnapshot(db, async (snapshot) => {
    const written: Written = { tar: writeTar(file, Math.floor(snapshot.takenAt.getTime() / 1000)), entries: [] };
    const header = headerOf(snapshot);
    await add(written, HEADER_NAME, jsonBytes(header));
    return { written, header, takenAt: snapshot.takenAt, ...(await writeRows(written, snapshot)) };
  });
  const stored = await writeAssets(written, db, assets, takenAt);
  const manifest: Manifest = { format: FORMAT, entries: written.entries, rows, ledger, assets: stored };
  const bytes = jsonBytes(manifest);
  await written.tar.add(MANIFEST_NAME, bytes.length, [bytes]);
  await written.tar.end();
  return {
    taken_at: header.taken_at,
    rows: Object.values(rows).reduce((sum, count) => sum + count, 0),
    tables: header.tables.length,
    assets: stored.count,
    missing_assets: stored.missing.length,
    bytes: (await file.stat()).size,
  };
}

function headerOf(snapshot: Snapshot): Header {
  return {
    format: FORMAT,
    version: FORMAT_VERSION,
    reelgate: VERSION,
    postgres: snapshot.serverVersion,
    taken_at: snapshot.takenAt.toISOString(),
    migrations: [...snapshot.migrations],
    tables: snapshot.tables.map(({ name, columns }) => ({ name, columns: [...columns] })),
  };
}

async function writeRows(
  written: Written,
  snapshot: Snapshot,
): Promise<{ rows: Record<string, number>; ledger: Record<string, string> }> {
  const rows: Record<string, number> = {};
  const books = openBooks();
  for (const table of snapshot.tables) {
    let count = 0;
    let chunk = 0;
    for await (const lines of chunksOf(snapshot, table)) {
      for (const line of lines) books.add(table, line);
      count += lines.length;
      chunk += 1;
      await add(written, chunkName(table.name, chunk), await compress(`${lines.join('\n')}\n`));
    }
    rows[table.name] = count;
  }
  return { rows, ledger: { ...books.totals() } };
}

/** Lines that together come to about the size of a chunk. */
async function* chunksOf(snapshot: Snapshot, table: BackupTable): AsyncGenerator<readonly string[]> {
  let lines: string[] = [];
  let bytes = 0;
  for await (const fetched of snapshot.rowsOf(table)) {
    for (const line of fetched) {
      lines.push(line);
      bytes += Buffer.byteLength(line) + 1;
      if (bytes < CHUNK_BYTES) continue;
      yield lines;
      lines = [];
      bytes = 0;
    }
  }
  if (lines.length > 0) yield lines;
}

/** Files never change under their name; one that was deleted since the snapshot is named as missing. */
async function writeAssets(
  { tar }: Written,
  db: Database,
  assets: Storage | null,
  before: Date,
): Promise<Manifest['assets']> {
  const stored = { included: assets !== null, count: 0, bytes: 0, missing: new Array<string>() };
  let after = '';
  while (assets !== null) {
    const names = await listBlobNames(db, { after, before, limit: BLOBS_PER_PAGE });
    for (const sha256 of names) {
      const found = await assets.stat(sha256);
      if (found === null) {
        if (stored.missing.length < MAX_MISSING_NAMED) stored.missing.push(sha256);
        continue;
      }
      await tar.add(assetName(sha256), found.bytes, await assets.read(sha256));
      stored.count += 1;
      stored.bytes += found.bytes;
    }
    if (names.length < BLOBS_PER_PAGE) break;
    after = names.at(-1) ?? after;
  }
  return stored;
}

async function add({ tar, entries }: Written, name: string, bytes: Buffer): Promise<void> {
  await tar.add(name, bytes.length, [bytes]);
  entries.push({ name, sha256: createHash('sha256').update(bytes).digest('hex') });
}

function jsonBytes(value: unknown): Buffer {
  return Buffer.from(`${JSON.stringify(value, null, 2)}\n`);
}
