// Stored files: named by their content, complete or absent, private, and never found by a path that a user wrote.

import { spawnSync } from 'node:child_process';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { lstat, mkdir, mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { openDiskStorage } from '../../src/media/storage/disk-storage.ts';
import { BlobNotFoundError, BlobTooLargeError } from '../../src/media/storage/storage.ts';
import type { ListedBlob, Storage } from '../../src/media/storage/storage.ts';

let directory: string;
let storage: Storage;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'reelgate-storage-'));
  storage = await openDiskStorage(join(directory, 'media'));
});

afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

const sha256Of = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
const temps = (): Promise<string[]> => readdir(join(directory, 'media', 'tmp'));
const contentOf = async (reading: Promise<Readable>): Promise<string> => (await buffer(await reading)).toString();

async function listed(): Promise<readonly ListedBlob[]> {
  const blobs: ListedBlob[] = [];
  for await (const blob of storage.list()) blobs.push(blob);
  return blobs;
}

describe('writing', () => {
  it('names a blob by its bytes, however they were cut into chunks', async () => {
    const bytes = randomBytes(300_000);
    const writer = await storage.writer({ maxBytes: 300_000 });
    for (let at = 0; at < bytes.length; at += 70_001) await writer.write(bytes.subarray(at, at + 70_001));
    expect(await writer.commit()).toEqual({ sha256: sha256Of(bytes), bytes: 300_000 });
    expect(await buffer(await storage.read(sha256Of(bytes)))).toEqual(bytes);
    expect(await temps()).toEqual([]);
  });

  it('stores nothing before the commit, and nothing at all after an abort', async () => {
    const writer = await storage.writer({ maxBytes: 10 });
    await writer.write(Buffer.from('abc'));
    expect(await listed()).toEqual([]);
    await writer.abort();
    await writer.abort();
    expect([await listed(), await temps()]).toEqual([[], []]);
    await expect(writer.write(Buffer.from('d'))).rejects.toThrow('ended');
    await expect(writer.commit()).rejects.toThrow('ended');
  });

  it('refuses the byte beyond the bound and leaves no trace of the rest', async () => {
    const writer = await storage.writer({ maxBytes: 4 });
    await writer.write(Buffer.from('abcd'));
    await expect(writer.write(Buffer.from('e'))).rejects.toThrow(BlobTooLargeError);
    expect([await listed(), await temps()]).toEqual([[], []]);
  });

  it('keeps one copy when many write the same bytes at once', async () => {
    const bytes = randomBytes(200_000);
    const blobs = await Promise.all(Array.from({ length: 12 }, () => storage.put(bytes)));
    expect(new Set(blobs.map((blob) => blob.sha256))).toEqual(new Set([sha256Of(bytes)]));
    expect(await listed()).toMatchObject([{ sha256: sha256Of(bytes), bytes: 200_000 }]);
    expect(await temps()).toEqual([]);
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

  it('keeps files and directories from everybody else on the machine', async () => {
    const { sha256 } = await storage.put(Buffer.from('private'));
    const path = join(directory, 'media', sha256.slice(0, 2), sha256);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(path, '..')).mode & 0o777).toBe(0o700);
    expect(statSync(join(directory, 'media')).mode & 0o777).toBe(0o700);
  });
});

describe('adopting a finished file', () => {
  it('shares the bytes with the source, which stays', async () => {
    const path = join(directory, 'render.mp4');
    await writeFile(path, 'a video', { mode: 0o644 });
    const { sha256 } = await storage.adopt(path);
    expect(await storage.adopt(path)).toEqual({ sha256, bytes: 7 });
    expect(await contentOf(storage.read(sha256))).toBe('a video');
    expect((await lstat(path)).ino).toBe((await lstat((await storage.localPath(sha256)) ?? '')).ino);
    expect((await lstat((await storage.localPath(sha256)) ?? '')).mode & 0o777).toBe(0o600);
    await storage.remove(sha256, Infinity);
    expect(await readFile(path, 'utf8')).toBe('a video');
    expect(await temps()).toEqual([]);
  });

  const otherDisk = '/dev/shm';
  const hasOtherDisk = existsSync(otherDisk) && statSync(otherDisk).dev !== statSync(tmpdir()).dev;
  it.skipIf(!hasOtherDisk)('copies it from another file system', async () => {
    const path = join(otherDisk, `reelgate-${randomUUID()}`);
    const bytes = randomBytes(2_500_000);
    await writeFile(path, bytes);
    try {
      expect(await storage.adopt(path)).toEqual({ sha256: sha256Of(bytes), bytes: bytes.length });
      expect(await readFile(path)).toEqual(bytes);
    } finally {
      await rm(path);
    }
    expect(await buffer(await storage.read(sha256Of(bytes)))).toEqual(bytes);
    expect(await temps()).toEqual([]);
  });

  it('takes neither a symbolic link nor a directory nor what is not there', async () => {
    await symlink('/etc/passwd', join(directory, 'link'));
    await expect(storage.adopt(join(directory, 'link'))).rejects.toThrow();
    await expect(storage.adopt(directory)).rejects.toThrow();
    await expect(storage.adopt(join(directory, 'absent'))).rejects.toThrow();
    expect([await listed(), await temps()]).toEqual([[], []]);
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

  it('finishes although the blob is removed meanwhile', async () => {
    const bytes = randomBytes(1_000_000);
    const { sha256 } = await storage.put(bytes);
    const stream = await storage.read(sha256);
    await storage.remove(sha256, Infinity);
    expect(await buffer(stream)).toEqual(bytes);
    await expect(storage.read(sha256)).rejects.toThrow(BlobNotFoundError);
  });

  it('knows nothing of blobs that are not there, and removes them all the same', async () => {
    const absent = 'ab'.repeat(32);
    expect([await storage.stat(absent), await storage.localPath(absent)]).toEqual([null, null]);
    await storage.remove(absent, Infinity);
  });

  it('lists each blob with its size and age', async () => {
    const startedAtMs = Date.now();
    const [one, two] = [await storage.put(Buffer.from('one')), await storage.put(Buffer.from('second'))];
    const found = await listed();
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
    const [blob] = await listed();
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
  ])('no path is made from %j', async (name) => {
    await expect(storage.read(name)).rejects.toThrow(TypeError);
    await expect(storage.stat(name)).rejects.toThrow(TypeError);
    await expect(storage.localPath(name)).rejects.toThrow(TypeError);
    await expect(storage.remove(name, Infinity)).rejects.toThrow(TypeError);
  });

  it('a symbolic link planted among the blobs is not followed', async () => {
    const name = 'cd'.repeat(32);
    await symlink('/etc/passwd', join(directory, 'media', 'cd', name));
    await expect(storage.read(name)).rejects.toThrow();
    expect([await storage.stat(name), await storage.localPath(name), await listed()]).toEqual([null, null, []]);
  });
});

describe('opening again', () => {
  it('keeps the blobs, and the files being written right now', async () => {
    const { sha256 } = await storage.put(Buffer.from('kept'));
    const writer = await storage.writer({ maxBytes: 100 });
    await writer.write(Buffer.from('going on'));
    const reopened = await openDiskStorage(join(directory, 'media'));
    expect(await contentOf(reopened.read(sha256))).toBe('kept');
    const { sha256: written } = await writer.commit();
    expect(await contentOf(reopened.read(written))).toBe('going on');
  });

  it('removes what ended processes left half written, and strangers only after a day', async () => {
    const machine = sha256Of(Buffer.from(hostname())).slice(0, 16);
    const ended = spawnSync(process.execPath, ['-e', '']).pid;
    const name = (host: string, processId: number): string => `${host}.${processId}.${randomUUID()}.${randomUUID()}`;
    const ours = [name(machine, ended), name(machine, process.pid)];
    const [elsewhere, old, odd] = [name('0'.repeat(16), ended), name('0'.repeat(16), 1), 'note.txt'];
    const tmp = join(directory, 'media', 'tmp');
    for (const file of [...ours, elsewhere, old, odd]) await writeFile(join(tmp, file), 'half');
    await utimes(join(tmp, old), 1, 1);
    await openDiskStorage(join(directory, 'media'));
    expect((await temps()).toSorted()).toEqual([elsewhere, odd].toSorted());
  });

  it('says so when the place is taken by a file', async () => {
    await writeFile(join(directory, 'taken'), '');
    await expect(openDiskStorage(join(directory, 'taken'))).rejects.toThrow();
  });
});

describe('a full disk', () => {
  const canMount = (): boolean =>
    process.platform === 'linux' && spawnSync('unshare', ['-rm', 'mount', '-t', 'tmpfs', 'x', '/mnt']).status === 0;

  it.skipIf(!canMount())('is told as a sentence, leaves no trace, and passes when there is room again', async () => {
    const mount = join(directory, 'small');
    await mkdir(mount);
    const script = `
      const { openDiskStorage } = await import(process.argv[1]);
      const storage = await openDiskStorage(process.argv[2]);
      const failures = [];
      for (let round = 0; round < 2; round += 1) {
        await storage.put(Buffer.alloc(4 << 20, round)).catch((error) => failures.push(error.name + ': ' + error.message));
      }
      const { bytes } = await storage.put(Buffer.alloc(100_000, 7));
      const { readdirSync } = await import('node:fs');
      console.log(JSON.stringify({ failures, bytes, temps: readdirSync(process.argv[2] + '/tmp') }));
    `;
    const module = new URL('../../src/media/storage/disk-storage.ts', import.meta.url).href;
    const shell = 'mount -t tmpfs -o size=3m,mode=700 none "$1" && exec "$2" --input-type=module -e "$3" "$4" "$1"';
    const result = spawnSync('unshare', ['-rm', 'sh', '-c', shell, 'sh', mount, process.execPath, script, module], {
      encoding: 'utf8',
    });
    const sentence = 'StorageFullError: The media storage is full; free some space or move it to a larger disk.';
    expect(result.stderr).toBe('');
    expect(JSON.parse(result.stdout)).toEqual({ failures: [sentence, sentence], bytes: 100_000, temps: [] });
  });
});
