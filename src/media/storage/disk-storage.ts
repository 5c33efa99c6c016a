// Blobs in a local directory: `<directory>/ab/ab…` by SHA-256, complete and durable from the moment they have a name.

import { createHash } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import { link, lstat, mkdir, open, opendir, rename, rm, unlink } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Readable } from 'node:stream';

import { assertBlobName, BlobNotFoundError, BlobTooLargeError, StorageFullError } from './storage.ts';
import type { BlobWriter, ListedBlob, Storage, StoredBlob } from './storage.ts';
import { createTempNames, sweepTemps } from './temp-files.ts';

const DIRECTORY_MODE = 0o700;
const FILE_MODE = 0o600;
const SHARD = /^[0-9a-f]{2}$/;
const SHARDS = 256;
/** Between two pieces of this size other work gets its turn: hashing is synchronous. */
const PIECE_BYTES = 1_048_576;

/** Why a hard link cannot be made here although a copy can: other file system, no links there, or not our file. */
const CANNOT_LINK: readonly string[] = ['EXDEV', 'EPERM', 'EACCES', 'EMLINK', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'];

/**
 * Opens (and creates) the store. Half-written files of processes that are gone are removed. Several processes of one
 * machine may share a directory. Throws when the directory cannot be written.
 */
export async function openDiskStorage(directory: string): Promise<Storage> {
  const root = resolve(directory);
  const temps = join(root, 'tmp');
  await mkdir(temps, { recursive: true, mode: DIRECTORY_MODE });
  // All made now, so that no commit depends on a directory entry that is not yet on the disk.
  for (let shard = 0; shard < SHARDS; shard += 1) {
    await mkdir(join(root, shard.toString(16).padStart(2, '0')), { recursive: true, mode: DIRECTORY_MODE });
  }
  await syncDirectory(root);
  await sweepTemps(temps);
  return diskStorage(root, temps);
}

function diskStorage(root: string, temps: string): Storage {
  const nextTemp = createTempNames(temps);
  const pathOf = (sha256: string): string => {
    assertBlobName(sha256);
    return join(root, sha256.slice(0, 2), sha256);
  };

  async function writer({ maxBytes }: { maxBytes: number }): Promise<BlobWriter> {
    const temp = nextTemp();
    const handle = await whenFull(open(temp, 'wx', FILE_MODE));
    return new DiskBlobWriter(temp, handle, maxBytes, pathOf);
  }

  async function put(bytes: Buffer): Promise<StoredBlob> {
    return copyIn(pieces(bytes), await writer({ maxBytes: bytes.length }));
  }

  async function adopt(path: string): Promise<StoredBlob> {
    const source = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    try {
      if (!(await source.stat()).isFile()) throw new TypeError('Only a regular file can be stored.');
      const linked = await linkIn(source, path, nextTemp(), pathOf);
      if (linked !== null) return linked;
      const chunks = source.createReadStream({ start: 0, autoClose: false, highWaterMark: PIECE_BYTES });
      return await copyIn(chunks, await writer({ maxBytes: Number.MAX_SAFE_INTEGER }));
    } finally {
      await source.close();
    }
  }

  async function stat(sha256: string): Promise<{ bytes: number } | null> {
    const found = await orNull(lstat(pathOf(sha256)));
    return found !== null && found.isFile() ? { bytes: found.size } : null;
  }

  return {
    writer,
    put,
    adopt,
    stat,
    read: async (sha256, range) => openForReading(sha256, pathOf(sha256), range ?? null),
    async localPath(sha256) {
      return (await stat(sha256)) === null ? null : pathOf(sha256);
    },
    async remove(sha256, storedBeforeMs) {
      const path = pathOf(sha256);
      const found = await orNull(lstat(path));
      if (found === null || storedAtMs(found) >= storedBeforeMs) return;
      await orNull(unlink(path));
      await syncDirectory(join(path, '..'));
    },
    list: () => listBlobs(root),
  };
}

class DiskBlobWriter implements BlobWriter {
  readonly #temp: string;
  readonly #handle: FileHandle;
  readonly #maxBytes: number;
  readonly #pathOf: (sha256: string) => string;
  readonly #hash = createHash('sha256');
  #bytes = 0;
  #ended = false;

  constructor(temp: string, handle: FileHandle, maxBytes: number, pathOf: (sha256: string) => string) {
    this.#temp = temp;
    this.#handle = handle;
    this.#maxBytes = maxBytes;
    this.#pathOf = pathOf;
  }

  async write(chunk: Buffer): Promise<void> {
    this.#assertOpen();
    const position = this.#bytes;
    this.#bytes += chunk.length;
    try {
      if (this.#bytes > this.#maxBytes) throw new BlobTooLargeError(this.#maxBytes);
      this.#hash.update(chunk);
      await whenFull(writeAll(this.#handle, chunk, position));
    } catch (error) {
      await this.abort();
      throw error;
    }
  }

  async commit(): Promise<StoredBlob> {
    this.#assertOpen();
    const sha256 = this.#hash.digest('hex');
    try {
      await whenFull(this.#handle.sync());
      await moveIn(this.#temp, this.#pathOf(sha256));
    } catch (error) {
      await this.abort();
      throw error;
    }
    this.#ended = true;
    await this.#handle.close();
    return { sha256, bytes: this.#bytes };
  }

  async abort(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    await this.#handle.close();
    await rm(this.#temp, { force: true });
  }

  #assertOpen(): void {
    if (this.#ended) throw new Error('This blob writer has ended.');
  }
}

async function copyIn(chunks: AsyncIterable<Buffer> | Iterable<Buffer>, writer: BlobWriter): Promise<StoredBlob> {
  try {
    for await (const chunk of chunks) await writer.write(chunk);
    return await writer.commit();
  } finally {
    await writer.abort();
  }
}

function* pieces(bytes: Buffer): Iterable<Buffer> {
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) yield bytes.subarray(at, at + PIECE_BYTES);
}

/** Gives the open file a second name among the blobs; null when only a copy will do. */
async function linkIn(
  source: FileHandle,
  path: string,
  temp: string,
  pathOf: (sha256: string) => string,
): Promise<StoredBlob | null> {
  try {
    const before = await source.stat();
    try {
      await link(path, temp);
      await source.chmod(FILE_MODE);
    } catch (error) {
      if (CANNOT_LINK.includes(codeOf(error))) return null;
      throw asStorageError(error);
    }
    const linked = await lstat(temp);
    const { sha256, bytes } = await hashOf(source);
    const after = await source.stat();
    const isSame = linked.ino === before.ino && linked.dev === before.dev;
    if (!isSame || after.size !== before.size || after.mtimeMs !== before.mtimeMs || bytes !== after.size) {
      throw new Error('The file to store changed while it was being stored.');
    }
    await whenFull(source.sync());
    await moveIn(temp, pathOf(sha256));
    return { sha256, bytes };
  } finally {
    // Also after success: renaming onto another name of the same file leaves both names.
    await rm(temp, { force: true });
  }
}

async function hashOf(source: FileHandle): Promise<StoredBlob> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of source.createReadStream({ start: 0, autoClose: false, highWaterMark: PIECE_BYTES })) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { sha256: hash.digest('hex'), bytes };
}

/** Replaces a blob of the same name, whose bytes are the same, so that its age shows the latest use. */
async function moveIn(temp: string, path: string): Promise<void> {
  await whenFull(rename(temp, path));
  await syncDirectory(join(path, '..'));
}

async function openForReading(
  sha256: string,
  path: string,
  range: { start: number; end: number } | null,
): Promise<Readable> {
  const handle = await orNull(open(path, constants.O_RDONLY | constants.O_NOFOLLOW));
  if (handle === null) throw new BlobNotFoundError(sha256);
  const { size } = await handle.stat();
  if (range === null) return createReadStream(path, { fd: handle });
  const isWhole = Number.isSafeInteger(range.start) && Number.isSafeInteger(range.end);
  if (!isWhole || range.start < 0 || range.end < range.start || range.start >= size) {
    await handle.close();
    throw new RangeError(`The range holds no byte of a stored file of ${size} bytes.`);
  }
  return createReadStream(path, { fd: handle, start: range.start, end: Math.min(range.end, size - 1) });
}

async function* listBlobs(root: string): AsyncGenerator<ListedBlob> {
  for await (const shard of await opendir(root)) {
    if (!shard.isDirectory() || !SHARD.test(shard.name)) continue;
    for await (const entry of await opendir(join(root, shard.name))) {
      const found = entry.isFile() ? await orNull(lstat(join(root, shard.name, entry.name))) : null;
      if (found === null) continue;
      yield { sha256: entry.name, bytes: found.size, modifiedAtMs: storedAtMs(found) };
    }
  }
}

/** A file that was adopted has the age of its bytes, but its inode shows when it got its name here. */
function storedAtMs(found: { readonly mtimeMs: number; readonly ctimeMs: number }): number {
  return Math.max(found.mtimeMs, found.ctimeMs);
}

async function writeAll(handle: FileHandle, chunk: Buffer, position: number): Promise<void> {
  let done = 0;
  while (done < chunk.length) {
    const { bytesWritten } = await handle.write(chunk, done, chunk.length - done, position + done);
    if (bytesWritten === 0) throw new Error('The disk accepted no more bytes.');
    done += bytesWritten;
  }
}

async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, constants.O_RDONLY);
  try {
    await whenFull(handle.sync());
  } finally {
    await handle.close();
  }
}

async function whenFull<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw asStorageError(error);
  }
}

function asStorageError(error: unknown): unknown {
  return ['ENOSPC', 'EDQUOT'].includes(codeOf(error)) ? new StorageFullError(error) : error;
}

async function orNull<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
