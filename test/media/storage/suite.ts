/** What every storage promises, wherever it keeps its files: named by their content, complete or absent. */

import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { BlobNotFoundError, BlobTooLargeError } from '../../../src/media/storage/storage.ts';
import type { ListedBlob, Storage } from '../../../src/media/storage/storage.ts';

export type StorageUnderTest = {
  readonly storage: Storage;
  /** The names of what is half written, wherever that lies. */
  halfWritten(): Promise<readonly string[]>;
  /** Another one in the same place. */
  again(): Promise<Storage>;
  close(): Promise<void>;
};

export const sha256Of = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
export const contentOf = async (reading: Promise<Readable>): Promise<string> =>
  (await buffer(await reading)).toString();

export async function listed(storage: Storage): Promise<readonly ListedBlob[]> {
  const blobs: ListedBlob[] = [];
  for await (const blob of storage.list()) blobs.push(blob);
  return blobs;
}

/** Each test begins with an empty storage. `open` is given a directory of its own, which is removed with all that is in it. */
export function testStorage(open: (directory: string) => Promise<StorageUnderTest>): void {
  let directory: string;
  let opened: StorageUnderTest;
  let storage: Storage;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'reelgate-storage-'));
    opened = await open(join(directory, 'media'));
    storage = opened.storage;
  });
  afterEach(async () => {
    for await (const { sha256 } of storage.list()) await storage.remove(sha256, Infinity);
  });
  afterAll(async () => {
    await opened.close();
    await rm(directory, { recursive: true, force: true });
  });

  const traces = async (): Promise<readonly unknown[]> => [...(await listed(storage)), ...(await opened.halfWritten())];

  describe('writing', () => {
    it('names a blob by its bytes, however they were cut into chunks', async () => {
      const bytes = randomBytes(300_000);
      const writer = await storage.writer({ maxBytes: 300_000 });
      for (let at = 0; at < bytes.length; at += 70_001) await writer.write(bytes.subarray(at, at + 70_001));
      expect(await writer.commit()).toEqual({ sha256: sha256Of(bytes), bytes: 300_000 });
      expect(bytes.equals(await buffer(await storage.read(sha256Of(bytes))))).toBe(true);
      expect(await opened.halfWritten()).toEqual([]);
    });

    it('stores nothing before the commit, and nothing at all after an abort', async () => {
      const writer = await storage.writer({ maxBytes: 10 });
      await writer.write(Buffer.from('abc'));
      expect(await listed(storage)).toEqual([]);
      await writer.abort();
      await writer.abort();
      expect(await traces()).toEqual([]);
      await expect(writer.write(Buffer.from('d'))).rejects.toThrow('ended');
      await expect(writer.commit()).rejects.toThrow('ended');
    });

    it('refuses the byte beyond the bound and leaves no trace of the rest', async () => {
      const writer = await storage.writer({ maxBytes: 4 });
      await writer.write(Buffer.from('abcd'));
      await expect(writer.write(Buffer.from('e'))).rejects.toThrow(BlobTooLargeError);
      expect(await traces()).toEqual([]);
    });

    it('keeps one copy when many write the same bytes at once', async () => {
      const bytes = randomBytes(200_000);
      const blobs = await Promise.all(Array.from({ length: 12 }, () => storage.put(bytes)));
      expect(new Set(blobs.map((blob) => blob.sha256))).toEqual(new Set([sha256Of(bytes)]));
      expect(await listed(storage)).toMatchObject([{ sha256: sha256Of(bytes), bytes: 200_000 }]);
      expect(await opened.halfWritten()).toEqual([]);
    });

    it('keeps writes in order even when the caller does not wait between them', async () => {
      const writer = await storage.writer({ maxBytes: 1_000 });
      await Promise.all(['one ', 'two ', 'three'].map((text) => writer.write(Buffer.from(text))));
      const { sha256 } = await writer.commit();
      expect(await contentOf(storage.read(sha256))).toBe('one two three');
      expect(sha256).toBe(sha256Of(Buffer.from('one two three')));
    });

    it('stores the empty file too', async () => {
      const { sha256 } = await storage.put(Buffer.alloc(0));
      expect(await storage.stat(sha256)).toEqual({ bytes: 0 });
      expect(await contentOf(storage.read(sha256))).toBe('');
    });
  });

  describe('adopting a finished file', () => {
    it('stores its bytes; the file stays', async () => {
      const path = join(directory, 'render.mp4');
      await writeFile(path, 'a video');
      const { sha256 } = await storage.adopt(path);
      expect(await storage.adopt(path)).toEqual({ sha256, bytes: 7 });
      expect(await contentOf(storage.read(sha256))).toBe('a video');
      await storage.remove(sha256, Infinity);
      expect(await readFile(path, 'utf8')).toBe('a video');
      expect(await traces()).toEqual([]);
    });

    it('takes neither a symbolic link nor a directory nor what is not there', async () => {
      await symlink('/etc/passwd', join(directory, 'link'));
      await expect(storage.adopt(join(directory, 'link'))).rejects.toThrow();
      await expect(storage.adopt(directory)).rejects.toThrow();
      await expect(storage.adopt(join(directory, 'absent'))).rejects.toThrow();
      expect(await traces()).toEqual([]);
    });
  });

  describe('reading', () => {
    it('gives inclusive ranges, the end clipped to the last byte', async () => {
      const { sha256 } = await storage.put(Buffer.from('0123456789'));
      expect(await contentOf(storage.read(sha256, { start: 0, end: 0 }))).toBe('0');
      expect(await contentOf(storage.read(sha256, { start: 3, end: 5 }))).toBe('345');
      expect(await contentOf(storage.read(sha256, { start: 9, end: 1e9 }))).toBe('9');
    });

    it.each([
      [10, 12],
      [5, 4],
      [-1, 3],
      [0.5, 3],
      [Number.NaN, 3],
    ])('refuses the range %s to %s', async (start, end) => {
      const { sha256 } = await storage.put(Buffer.from('0123456789'));
      await expect(storage.read(sha256, { start, end })).rejects.toThrow(RangeError);
    });

    it('gives a local file with the bytes', async () => {
      const { sha256 } = await storage.put(Buffer.from('for a library'));
      expect(await readFile((await storage.localPath(sha256)) ?? '', 'utf8')).toBe('for a library');
    });

    it('knows nothing of blobs that are not there, and removes them all the same', async () => {
      const absent = 'ab'.repeat(32);
      expect([await storage.stat(absent), await storage.localPath(absent)]).toEqual([null, null]);
      await expect(storage.read(absent)).rejects.toThrow(BlobNotFoundError);
      await storage.remove(absent, Infinity);
    });

    it('forgets what was removed', async () => {
      const { sha256 } = await storage.put(Buffer.from('short-lived'));
      await storage.remove(sha256, Infinity);
      await expect(storage.read(sha256)).rejects.toThrow(BlobNotFoundError);
      expect([await storage.stat(sha256), await storage.localPath(sha256), await traces()]).toEqual([null, null, []]);
    });

    it('lists each blob with its size and age', async () => {
      const startedAtMs = Date.now();
      const [one, two] = [await storage.put(Buffer.from('one')), await storage.put(Buffer.from('second'))];
      const found = await listed(storage);
      expect(new Set(found.map((blob) => `${blob.sha256} ${blob.bytes}`))).toEqual(
        new Set([`${one.sha256} 3`, `${two.sha256} 6`]),
      );
      for (const blob of found) expect(blob.modifiedAtMs).toBeGreaterThan(startedAtMs - 5_000);
    });

    it('makes a blob young again when its bytes are stored again, also by a file that is old', async () => {
      const path = join(directory, 'old.mp4');
      await writeFile(path, 'kept');
      await utimes(path, 1, 1);
      const { sha256 } = await storage.put(Buffer.from('kept'));
      const afterMs = Date.now() - 5_000;
      await storage.adopt(path);
      const [blob] = await listed(storage);
      expect(blob?.modifiedAtMs).toBeGreaterThan(afterMs);
      await storage.remove(sha256, afterMs);
      expect(await storage.stat(sha256)).not.toBeNull();
    });
  });

  describe('names that are not names', () => {
    it.each([
      '',
      'abc',
      '../'.repeat(21) + 'a',
      '..%2f..%2fetc/passwd',
      '/etc/passwd',
      'AB'.repeat(32),
      `${'ab'.repeat(31)}a\0`,
      `${'ab'.repeat(32)}\n`,
      `${'ab'.repeat(32)}/x`,
      '..\\'.repeat(21) + 'a',
    ])('no place is made from %j', async (name) => {
      await expect(storage.read(name)).rejects.toThrow(TypeError);
      await expect(storage.stat(name)).rejects.toThrow(TypeError);
      await expect(storage.localPath(name)).rejects.toThrow(TypeError);
      await expect(storage.remove(name, Infinity)).rejects.toThrow(TypeError);
    });
  });

  describe('opening again', () => {
    it('keeps the blobs, and the files being written right now', async () => {
      const { sha256 } = await storage.put(Buffer.from('kept'));
      const writer = await storage.writer({ maxBytes: 100 });
      await writer.write(Buffer.from('going on'));
      const reopened = await opened.again();
      expect(await contentOf(reopened.read(sha256))).toBe('kept');
      const { sha256: written } = await writer.commit();
      expect(await contentOf(reopened.read(written))).toBe('going on');
    });
  });
}
