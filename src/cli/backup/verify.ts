/** Reads a backup from end to end and says whether it is whole: every digest, every count, and the sums of the ledger. */

import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

import { CliError } from '../exit.ts';
import { unreadable } from '../files.ts';
import { kindOf, MANIFEST_NAME, MAX_CHUNK_BYTES, readHeader, readManifest } from './archive.ts';
import type { Header, Manifest } from './archive.ts';
import { openBooks, sameTotals } from './books.ts';
import type { Books } from './books.ts';
import { BrokenTarError, readTar } from './tar.ts';
import type { TarEntry } from './tar.ts';

export type Verified = {
  readonly header: Header;
  readonly manifest: Manifest;
  /** In words; none: the backup can be relied on. */
  readonly faults: readonly string[];
};

const MAX_FAULTS = 20;
const expand = promisify(gunzip);

/** Throws `CliError` for a file that is no backup at all or was cut off. */
export async function verifyBackup(path: string): Promise<Verified> {
  return withBackup(path, async (file) => {
    const reading: Reading = {
      header: null,
      digests: new Map(),
      rows: new Map(),
      books: openBooks(),
      assets: { count: 0, bytes: 0 },
      faults: [],
    };
    let manifest: Manifest | null = null;
    for await (const entry of readTar(file)) {
      if (manifest !== null) reading.faults.push(`${entry.name} comes after the ${MANIFEST_NAME}`);
      if (entry.name === MANIFEST_NAME) manifest = readManifest(await bytesOf(entry));
      else await readEntry(reading, entry);
    }
    const { header } = reading;
    if (manifest === null || header === null)
      throw new CliError('failed', `${path} is only the beginning of a backup: its ${MANIFEST_NAME} is missing.`);
    compare(reading, header, manifest);
    return { header, manifest, faults: reading.faults.slice(0, MAX_FAULTS) };
  });
}

/** Lends the open file; says in plain words what is wrong with one that cannot be read. */
export async function withBackup<T>(path: string, use: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await open(path, 'r').catch((error: unknown) => {
    throw unreadable(path, error);
  });
  try {
    return await use(file);
  } catch (error) {
    if (error instanceof BrokenTarError) throw new CliError('failed', `${path} is no whole backup: ${error.message}.`);
    throw error;
  } finally {
    await file.close();
  }
}

/** An entry that is small by its nature, as bytes. */
export async function bytesOf(entry: TarEntry): Promise<Buffer> {
  if (entry.bytes > MAX_CHUNK_BYTES) throw new BrokenTarError(`${entry.name} is larger than any backup makes it`);
  const chunks: Buffer[] = [];
  for await (const chunk of entry.chunks) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** The rows in a chunk. */
export async function linesOf(bytes: Buffer): Promise<readonly string[]> {
  const text = await expand(bytes, { maxOutputLength: MAX_CHUNK_BYTES });
  return text.toString('utf8').trimEnd().split('\n');
}

type Reading = {
  header: Header | null;
  readonly digests: Map<string, string>;
  readonly rows: Map<string, number>;
  readonly books: Books;
  readonly assets: { count: number; bytes: number };
  readonly faults: string[];
};

async function readEntry(reading: Reading, entry: TarEntry): Promise<void> {
  const kind = kindOf(entry.name);
  switch (kind.kind) {
    case 'asset':
      return readAsset(reading, kind.sha256, entry);
    case 'header': {
      const bytes = await bytesOf(entry);
      reading.header = readHeader(bytes);
      note(reading, entry.name, bytes);
      return;
    }
    case 'chunk': {
      const bytes = await bytesOf(entry);
      note(reading, entry.name, bytes);
      await readChunk(reading, kind.table, entry.name, bytes);
      return;
    }
    default:
      reading.faults.push(`it holds ${entry.name}, which no backup does`);
  }
}

async function readAsset({ assets, faults }: Reading, sha256: string, entry: TarEntry): Promise<void> {
  const hash = createHash('sha256');
  for await (const chunk of entry.chunks) hash.update(chunk);
  if (hash.digest('hex') !== sha256) faults.push(`the bytes of ${entry.name} have changed`);
  assets.count += 1;
  assets.bytes += entry.bytes;
}

async function readChunk(reading: Reading, table: string, name: string, bytes: Buffer): Promise<void> {
  const known = reading.header?.tables.find((candidate) => candidate.name === table);
  const lines = await linesOf(bytes).catch(() => null);
  if (lines === null || known === undefined) {
    reading.faults.push(`${name} cannot be read`);
    return;
  }
  reading.rows.set(table, (reading.rows.get(table) ?? 0) + lines.length);
  for (const line of lines) reading.books.add(known, line);
}

function note({ digests }: Reading, name: string, bytes: Buffer): void {
  digests.set(name, createHash('sha256').update(bytes).digest('hex'));
}

function compare(reading: Reading, header: Header, manifest: Manifest): void {
  const { digests, rows, books, assets, faults } = reading;
  for (const { name, sha256 } of manifest.entries) {
    if (digests.get(name) !== sha256) faults.push(`the bytes of ${name} have changed, or it is missing`);
  }
  if (digests.size !== manifest.entries.length) faults.push('it holds entries that its manifest does not know');
  for (const { name } of header.tables) {
    const [found, said] = [rows.get(name) ?? 0, manifest.rows[name] ?? 0];
    if (found !== said) faults.push(`${name} has ${found} rows, but should have ${said}`);
  }
  if (assets.count !== manifest.assets.count || assets.bytes !== manifest.assets.bytes)
    faults.push(`it holds ${assets.count} stored files, but should hold ${manifest.assets.count}`);
  if (!sameTotals(books.totals(), manifest.ledger)) faults.push('the sums of the ledger are not those of the manifest');
  faults.push(...books.faults());
}
