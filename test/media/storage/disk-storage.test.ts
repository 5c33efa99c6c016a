/** Files on the disk: what every storage promises, and what a directory promises besides. */

import { spawnSync } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { lstat, mkdir, mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { openDiskStorage } from '../../../src/media/storage/disk-storage.ts';
import type { Storage } from '../../../src/media/storage/storage.ts';
import { listed, sha256Of, testStorage } from './suite.ts';

describe('every storage', () => {
  testStorage(async (path) => ({
    storage: await openDiskStorage(path),
    halfWritten: () => readdir(join(path, 'tmp')),
    again: () => openDiskStorage(path),
    close: () => Promise.resolve(),
  }));
});

describe('a directory', () => {
  let directory: string;
  let storage: Storage;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'reelgate-storage-'));
    storage = await openDiskStorage(join(directory, 'media'));
  });
  afterEach(async () => {
    await rm(directory, { recursive: true, force: true });
  });

  const temps = (): Promise<string[]> => readdir(join(directory, 'media', 'tmp'));

  describe('files', () => {
    it('and directories are kept from everybody else on the machine', async () => {
      const { sha256 } = await storage.put(Buffer.from('private'));
      const path = join(directory, 'media', sha256.slice(0, 2), sha256);
      expect(statSync(path).mode & 0o777).toBe(0o600);
      expect(statSync(join(path, '..')).mode & 0o777).toBe(0o700);
      expect(statSync(join(directory, 'media')).mode & 0o777).toBe(0o700);
    });

    it('are read to the end although they are removed meanwhile', async () => {
      const bytes = randomBytes(1_000_000);
      const { sha256 } = await storage.put(bytes);
      const stream = await storage.read(sha256);
      await storage.remove(sha256, Infinity);
      expect(bytes.equals(await buffer(stream))).toBe(true);
    });

    it('are never symbolic links that someone planted among them', async () => {
      const name = 'cd'.repeat(32);
      await symlink('/etc/passwd', join(directory, 'media', 'cd', name));
      await expect(storage.read(name)).rejects.toThrow();
      expect([await storage.stat(name), await storage.localPath(name), await listed(storage)]).toEqual([
        null,
        null,
        [],
      ]);
    });
  });

  describe('adopting a finished file', () => {
    it('shares the bytes with the source', async () => {
      const path = join(directory, 'render.mp4');
      await writeFile(path, 'a video', { mode: 0o644 });
      const { sha256 } = await storage.adopt(path);
      expect((await lstat(path)).ino).toBe((await lstat((await storage.localPath(sha256)) ?? '')).ino);
      expect((await lstat((await storage.localPath(sha256)) ?? '')).mode & 0o777).toBe(0o600);
    });

    const otherDisk = '/dev/shm';
    const hasOtherDisk = existsSync(otherDisk) && statSync(otherDisk).dev !== statSync(tmpdir()).dev;
    it.skipIf(!hasOtherDisk)('copies it from another file system', async () => {
      const path = join(otherDisk, `reelgate-${randomUUID()}`);
      const bytes = randomBytes(2_500_000);
      await writeFile(path, bytes);
      try {
        expect(await storage.adopt(path)).toEqual({ sha256: sha256Of(bytes), bytes: bytes.length });
        expect(bytes.equals(await readFile(path))).toBe(true);
      } finally {
        await rm(path);
      }
      expect(bytes.equals(await buffer(await storage.read(sha256Of(bytes))))).toBe(true);
      expect(await temps()).toEqual([]);
    });
  });

  describe('opening again', () => {
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
      const module = new URL('../../../src/media/storage/disk-storage.ts', import.meta.url).href;
      const shell = 'mount -t tmpfs -o size=3m,mode=700 none "$1" && exec "$2" --input-type=module -e "$3" "$4" "$1"';
      const result = spawnSync('unshare', ['-rm', 'sh', '-c', shell, 'sh', mount, process.execPath, script, module], {
        encoding: 'utf8',
      });
      const sentence = 'StorageFullError: The media storage is full; free some space or move it to a larger disk.';
      expect(result.stderr).toBe('');
      expect(JSON.parse(result.stdout)).toEqual({ failures: [sentence, sentence], bytes: 100_000, temps: [] });
    });
  });
});
