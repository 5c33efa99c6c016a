/** Files in an S3 store: what every storage promises, and what is promised when the store stumbles. */

import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { readConfig } from '../../../src/config.ts';
import { openLocalCopies } from '../../../src/media/storage/local-copies.ts';
import { openS3Bucket } from '../../../src/media/storage/s3-client.ts';
import { readS3 } from '../../../src/media/storage/s3-reading.ts';
import { openStorage } from '../../../src/media/storage/open-storage.ts';
import { StorageFullError, StorageUnavailableError } from '../../../src/media/storage/storage.ts';
import type { OpenStorage, Storage } from '../../../src/media/storage/storage.ts';
import { startS3Server } from '../../support/s3-server.ts';
import type { S3Fault, S3Server } from '../../support/s3-server.ts';
import { contentOf, listed, sha256Of, testStorage } from './suite.ts';

const MEGABYTE = 1024 * 1024;

let s3: S3Server;
beforeAll(async () => {
  s3 = await startS3Server();
});
afterAll(() => s3.close());

async function open(directory: string, env: Record<string, string> = s3.env()): Promise<OpenStorage> {
  return openStorage(directory, readConfig(env).storage);
}

async function empty(storage: Storage): Promise<void> {
  for await (const { sha256 } of storage.list()) await storage.remove(sha256, Infinity);
}

describe('every storage', () => {
  testStorage(async (directory) => {
    const first = await open(directory);
    const opened = [first];
    return {
      storage: first.storage,
      halfWritten: () => readdir(join(directory, 'copies', 'tmp')),
      again: async () => {
        const other = await open(directory);
        opened.push(other);
        return other.storage;
      },
      close: async () => {
        for (const one of opened) await one.close();
      },
    };
  });
});

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'reelgate-s3-test-'));
});
afterEach(async () => {
  s3.mend();
  await rm(directory, { recursive: true, force: true });
});

describe('a store that stumbles', () => {
  let opened: OpenStorage;
  let storage: Storage;
  beforeEach(async () => {
    opened = await open(directory);
    storage = opened.storage;
  });
  afterEach(async () => {
    s3.mend();
    await empty(storage);
    await opened.close();
  });

  it.each<[S3Fault]>([['error'], ['reset'], ['lost']])('a small file is stored through two of: %s', async (fault) => {
    void s3.break(/^PUT /, fault, 2);
    const { sha256 } = await storage.put(Buffer.from('small'));
    expect(await listed(storage)).toMatchObject([{ sha256, bytes: 5 }]);
    expect(await contentOf(storage.read(sha256))).toBe('small');
  });

  it.each<[S3Fault, string, RegExp]>([
    ['error', 'beginning', /^POST .*\?uploads/],
    ['reset', 'second part', /^PUT .*partNumber=2/],
    ['lost', 'third part', /^PUT .*partNumber=3/],
    ['lost', 'end', /^POST .*uploadId=/],
  ])('a large file is stored in parts through: %s at its %s', async (fault, _where, pattern) => {
    const bytes = randomBytes(12 * MEGABYTE);
    void s3.break(pattern, fault);
    const writer = await storage.writer({ maxBytes: bytes.length });
    for (let at = 0; at < bytes.length; at += MEGABYTE) await writer.write(bytes.subarray(at, at + MEGABYTE));
    expect(await writer.commit()).toEqual({ sha256: sha256Of(bytes), bytes: bytes.length });
    expect(await listed(storage)).toMatchObject([{ sha256: sha256Of(bytes), bytes: bytes.length }]);
    expect(bytes.equals(await buffer(await storage.read(sha256Of(bytes))))).toBe(true);
    expect(await s3.uploads()).toEqual([]);
  });

  it('a file that breaks off while it is read goes on where it stopped, byte by byte the same', async () => {
    const bytes = randomBytes(MEGABYTE);
    const { sha256 } = await storage.put(bytes);
    void s3.break(/^GET .*[0-9a-f]{64}/, 'cut', 3);
    expect(bytes.equals(await buffer(await storage.read(sha256)))).toBe(true);
    void s3.break(/^GET .*[0-9a-f]{64}/, 'cut', 3);
    const part = await buffer(await storage.read(sha256, { start: 1_000, end: 900_000 }));
    expect(bytes.subarray(1_000, 900_001).equals(part)).toBe(true);
  });

  it('a file in whose middle the store falls silent goes on too', async () => {
    const bytes = randomBytes(MEGABYTE);
    const { sha256 } = await storage.put(bytes);
    const s3Options = readConfig(s3.env()).storage;
    if (s3Options === null) throw new Error('the settings name a store');
    const bucket = await openS3Bucket(s3Options);
    void s3.break(/^GET .*[0-9a-f]{64}/, 'silent', 2);
    expect(bytes.equals(await buffer(await readS3(bucket, sha256, null, 300)))).toBe(true);
    bucket.client.destroy();
  });

  it('a reader that leaves ends the transfer', async () => {
    const { sha256 } = await storage.put(randomBytes(8 * MEGABYTE));
    const reading = await storage.read(sha256);
    await new Promise((resolve) => reading.once('data', resolve));
    reading.destroy();
    await expect(buffer(reading)).rejects.toThrow();
  });

  it('many readers that take nothing keep nobody else from it', async () => {
    const { sha256 } = await storage.put(randomBytes(8 * MEGABYTE));
    const readers = await Promise.all(Array.from({ length: 60 }, () => storage.read(sha256)));
    const { bytes } = await storage.put(Buffer.from('meanwhile'));
    expect(bytes).toBe(9);
    for (const reader of readers) reader.destroy();
  });

  it('one that is down is told in bounded time; nothing half is left, and it works when it is back', async () => {
    void s3.break(/./, 'reset', 10_000);
    await expect(storage.put(Buffer.from('kept'))).rejects.toThrow(StorageUnavailableError);
    await expect(storage.stat('ab'.repeat(32))).rejects.toThrow('The media storage does not work at the moment');
    s3.mend();
    expect(await listed(storage)).toEqual([]);
    expect((await storage.put(Buffer.from('kept'))).bytes).toBe(4);
  });

  it('one that is full says so', async () => {
    void s3.break(/^PUT /, 'full');
    await expect(storage.put(Buffer.from('too much'))).rejects.toThrow(StorageFullError);
    void s3.break(/^PUT .*partNumber=2/, 'full');
    await expect(storage.put(randomBytes(12 * MEGABYTE))).rejects.toThrow(StorageFullError);
    expect([await listed(storage), await s3.uploads()]).toEqual([[], []]);
  });
});

describe('several nodes with one store', () => {
  it('read what another one stored, and check it against its name', async () => {
    const [one, other] = [await open(directory), await open(join(directory, 'other'))];
    const { sha256 } = await one.storage.put(Buffer.from('shared'));
    const paths = await Promise.all(Array.from({ length: 5 }, () => other.storage.localPath(sha256)));
    expect(await readFile(paths[0] ?? '', 'utf8')).toBe('shared');
    expect(s3.requests.filter((line) => line.startsWith('GET') && line.includes(sha256))).toHaveLength(1);

    const damaged = await one.storage.put(Buffer.from('to be damaged'));
    const { bucket, url } = s3;
    await fetch(`${url}/${bucket}/media/${damaged.sha256}`, { method: 'PUT', body: 'other bytes' });
    await expect(other.storage.localPath(damaged.sha256)).rejects.toThrow('other bytes than its name says');
    await empty(one.storage);
    await Promise.all([one.close(), other.close()]);
  });

  it('keep a local copy for an hour after its last use', async () => {
    let nowMs = Date.now();
    const copies = await openLocalCopies(directory, () => nowMs);
    const [used, unused] = [await copies.disk.put(Buffer.from('used')), await copies.disk.put(Buffer.from('unused'))];
    nowMs += 61 * 60_000;
    const path = await copies.path(used.sha256, () => Promise.reject(new Error('it is there')));
    await copies.sweep();
    expect(await readFile(path, 'utf8')).toBe('used');
    expect(await copies.disk.stat(unused.sha256)).toBeNull();
  });

  it('give up what a process that is long gone left half uploaded, and nothing younger', async () => {
    const begin = (): Promise<unknown> =>
      fetch(`${s3.url}/${s3.bucket}/media/${'ab'.repeat(32)}?uploads`, { method: 'POST' });
    await begin();
    const [old = ''] = await s3.uploads();
    await utimes(old, 1, 1);
    await begin();
    const node = await open(directory);
    await node.close();
    const left = await s3.uploads();
    expect(left).toHaveLength(1);
    expect(left).not.toContain(old);
    await rm(left[0] ?? '', { recursive: true });
  });
});

describe('clients that are sent to the store', () => {
  it('get the bytes without a key, ranges too, as what they are', async () => {
    const node = await open(directory, s3.env('&presign=1'));
    const { sha256 } = await node.storage.put(Buffer.from('0123456789'));
    const shown = { contentType: 'video/mp4', contentDisposition: 'inline; filename="video_1.mp4"' };
    const address = (await node.storage.address?.(sha256, shown)) ?? '';
    const whole = await fetch(address);
    expect(await whole.text()).toBe('0123456789');
    expect((await fetch(address, { headers: { range: 'bytes=2-4' } })).status).toBe(206);
    const asked = new URL(address).searchParams;
    expect(asked.get('response-content-type')).toBe(shown.contentType);
    expect(asked.get('response-content-disposition')).toBe(shown.contentDisposition);
    expect(asked.get('X-Amz-Expires')).toBe('900');
    await node.storage.remove(sha256, Infinity);
    await node.close();
  });

  it('are not, unless the operator says so', async () => {
    const node = await open(directory);
    expect(node.storage.address).toBeUndefined();
    await node.close();
  });
});

describe('a store that cannot be used', () => {
  it.each([
    ['there is no such bucket', 's3://nowhere?endpoint=', {}, "there is no bucket 'nowhere'"],
    ['the key is unknown', 's3://videos?endpoint=', { AWS_ACCESS_KEY_ID: 'stranger' }, 'AWS_ACCESS_KEY_ID'],
  ])('ends the start with a sentence: %s', async (_, place, key, sentence) => {
    const env = { ...s3.env(), ...key, REELGATE_STORAGE: `${place}${s3.url}` };
    await expect(open(directory, env)).rejects.toThrow(StorageUnavailableError);
    await expect(open(directory, env)).rejects.toThrow(sentence);
  });

  it('ends the start with a sentence: nobody answers', async () => {
    const env = { ...s3.env(), REELGATE_STORAGE: 's3://videos?endpoint=http://127.0.0.1:9' };
    await expect(open(directory, env)).rejects.toThrow(
      'The media storage cannot be used: http://127.0.0.1:9 answered: ECONNREFUSED.',
    );
  });
});
