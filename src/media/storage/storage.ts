// What the rest of the server knows about stored files: blobs named by their SHA-256, wherever they are kept.

import type { Readable } from 'node:stream';

/** `sha256` is 64 lower-case hexadecimal digits. */
export type StoredBlob = { sha256: string; bytes: number };

export type ListedBlob = StoredBlob & {
  /** When these bytes were last stored, again or for the first time; milliseconds since 1970. */
  modifiedAtMs: number;
};

/** One blob being written; exactly one of `commit` and `abort` ends it, and `abort` after an end does nothing. */
export type BlobWriter = {
  /** Throws BlobTooLargeError beyond the writer's `maxBytes`, and StorageFullError; what was written is then discarded. */
  write(chunk: Buffer): Promise<void>;
  /** Resolves once the blob would survive a power cut. */
  commit(): Promise<StoredBlob>;
  abort(): Promise<void>;
};

/** Every `sha256` argument must be one; anything else throws a TypeError before any place is computed from it. */
export type Storage = {
  writer(options: { maxBytes: number }): Promise<BlobWriter>;
  put(bytes: Buffer): Promise<StoredBlob>;
  /** Stores a finished local file, which stays where it is and must not be changed afterwards: it may share its bytes. */
  adopt(path: string): Promise<StoredBlob>;
  /**
   * The bytes, or the inclusive range of them; an `end` beyond the last byte means the last byte.
   * Throws BlobNotFoundError, and RangeError for a range that holds no byte of the blob.
   */
  read(sha256: string, range?: { start: number; end: number }): Promise<Readable>;
  stat(sha256: string): Promise<{ bytes: number } | null>;
  /** A local file holding the bytes, for libraries that want a path; null when there is no such blob. Read only. */
  localPath(sha256: string): Promise<string | null>;
  /** Unless its bytes were stored, again or for the first time, at `storedBeforeMs` or later. Removing what is not there is fine. */
  remove(sha256: string, storedBeforeMs: number): Promise<void>;
  /** Every blob, in no particular order; blobs that come or go meanwhile may or may not be seen. */
  list(): AsyncIterable<ListedBlob>;
  /**
   * Where anyone may get the bytes for a few minutes, ranges too, under these two headers. Absent where clients are to get
   * them through this server.
   */
  address?(sha256: string, headers: { contentType: string; contentDisposition: string }): Promise<string>;
};

/** A storage and what ends it. */
export type OpenStorage = { readonly storage: Storage; close(): Promise<void> };

export class BlobTooLargeError extends Error {
  readonly maxBytes: number;

  constructor(maxBytes: number) {
    super(`The file is larger than the ${maxBytes} bytes allowed.`);
    this.name = 'BlobTooLargeError';
    this.maxBytes = maxBytes;
  }
}

export class BlobNotFoundError extends Error {
  constructor(sha256: string) {
    super(`There is no stored file ${sha256}.`);
    this.name = 'BlobNotFoundError';
  }
}

export class StorageFullError extends Error {
  constructor(cause: unknown) {
    super('The media storage is full; free some space or move it to a larger disk.', { cause });
    this.name = 'StorageFullError';
  }
}

/** The place where files are kept does not answer, or refuses us. */
export class StorageUnavailableError extends Error {
  constructor(message: string, cause: unknown) {
    super(message, { cause });
    this.name = 'StorageUnavailableError';
  }
}

const SHA256 = /^[0-9a-f]{64}$/;

export function isBlobName(text: string): boolean {
  return SHA256.test(text);
}

/** Throws a TypeError unless the text is a blob name: no place is ever computed from anything else. */
export function assertBlobName(sha256: string): void {
  if (!isBlobName(sha256)) throw new TypeError('A stored file is named by 64 lower-case hexadecimal digits.');
}
