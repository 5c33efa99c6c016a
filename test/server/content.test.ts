/** Downloads: ranges, caches, variants, signed links, and what happens when a file or a client goes away. */

import { readdir, readlink, truncate } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { readAsset } from '../../src/store/assets.ts';
import type { JobRecord } from '../../src/store/jobs.ts';
import { startTestServer } from '../support/test-server.ts';
import type { TestServer } from '../support/test-server.ts';
import { call, errorOf } from './support/http.ts';
import { finishJob, moveJob, queuedJob, rowEngine } from './support/row-engine.ts';

const BYTES = Buffer.from('0123456789');
const HOUR_MS = 3_600_000;

let nowMs = Date.now();
let server: TestServer;
let job: JobRecord;
let path: string;
beforeAll(async () => {
  server = await startTestServer({ makeEngine: rowEngine, nowMs: () => nowMs });
  job = await finishJob(server, await queuedJob(server), BYTES);
  path = `/v1/videos/video_${job.id}/content`;
});
afterAll(() => server.close());

describe('a download', () => {
  it('is the file with its type, length, tag and a name', async () => {
    const response = await call(server, path);
    expect(response.status).toBe(200);
    expect(await response.text()).toBe('0123456789');
    const { 'x-request-id': _id, date: _date, ...headers } = Object.fromEntries(response.headers);
    expect(headers).toEqual({
      'accept-ranges': 'bytes',
      'cache-control': 'private',
      connection: 'keep-alive',
      'keep-alive': 'timeout=72',
      'content-disposition': `inline; filename="video_${job.id}.mp4"`,
      'content-length': '10',
      'content-security-policy': 'sandbox',
      'content-type': 'video/mp4',
      etag: expect.stringMatching(/^"[0-9a-f]{64}"$/),
      'x-content-type-options': 'nosniff',
    });
  });

  it('answers HEAD with the same headers and no bytes, whatever the range', async () => {
    const response = await call(server, path, { method: 'HEAD', headers: { range: 'bytes=2-3' } });
    expect([response.status, response.headers.get('content-length'), await response.text()]).toEqual([200, '10', '']);
  });

  it.each([
    ['bytes=0-3', 206, '0123', 'bytes 0-3/10'],
    ['bytes=4-', 206, '456789', 'bytes 4-9/10'],
    ['bytes=-3', 206, '789', 'bytes 7-9/10'],
    ['bytes=-99', 206, '0123456789', 'bytes 0-9/10'],
    ['bytes=9-99', 206, '9', 'bytes 9-9/10'],
    ['bytes=0-0', 206, '0', 'bytes 0-0/10'],
    ['BYTES = 0-1', 206, '01', 'bytes 0-1/10'],
    ['bytes=10-', 416, null, 'bytes */10'],
    ['bytes=5-2', 416, null, 'bytes */10'],
    ['bytes=-0', 416, null, 'bytes */10'],
    ['bytes=-', 416, null, 'bytes */10'],
    ['bytes=a-b', 416, null, 'bytes */10'],
    ['bytes=--5', 416, null, 'bytes */10'],
    ['bytes=99999999999999999999-', 416, null, 'bytes */10'],
    ['bytes=0-1,4-5', 200, '0123456789', null],
    [`bytes=${'0-0,'.repeat(1000)}1-1`, 200, '0123456789', null],
    ['lines=0-1', 200, '0123456789', null],
  ])('of %s answers %i', async (range, status, body, contentRange) => {
    const response = await call(server, path, { headers: { range } });
    expect(response.status).toBe(status);
    expect(response.headers.get('content-range')).toBe(contentRange);
    const text = await response.text();
    if (body !== null) expect([text, response.headers.get('content-length')]).toEqual([body, `${body.length}`]);
    else expect(text).toContain('range_not_satisfiable');
  });

  it('is not sent again to whoever has it', async () => {
    const etag = (await call(server, path, { method: 'HEAD' })).headers.get('etag') ?? '';
    for (const tags of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const response = await call(server, path, { headers: { 'if-none-match': tags } });
      expect([response.status, await response.text(), response.headers.get('etag')]).toEqual([304, '', etag]);
    }
    expect((await call(server, path, { headers: { 'if-none-match': '"other"' } })).status).toBe(200);
  });

  it('goes on where it stopped only if the file is still the same', async () => {
    const etag = (await call(server, path, { method: 'HEAD' })).headers.get('etag') ?? '';
    const range = 'bytes=5-';
    const same = await call(server, path, { headers: { range, 'if-range': etag } });
    expect([same.status, await same.text()]).toEqual([206, '56789']);
    for (const other of ['"other"', `W/${etag}`, 'Wed, 21 Oct 2026 07:28:00 GMT']) {
      const response = await call(server, path, { headers: { range, 'if-range': other } });
      expect([response.status, await response.text()]).toEqual([200, '0123456789']);
    }
  });

  it('gives the thumbnail, says what is missing, and refuses unknown variants', async () => {
    const thumbnail = await call(server, `${path}?variant=thumbnail`);
    expect(thumbnail.headers.get('content-type')).toBe('image/webp');
    expect(thumbnail.headers.get('content-disposition')).toBe(`inline; filename="video_${job.id}_thumbnail.webp"`);
    expect((await call(server, `${path}?variant=spritesheet`)).status).toBe(404);
    const unknown = await call(server, `${path}?variant=poster`);
    expect([unknown.status, (await errorOf(unknown)).param]).toEqual([400, 'variant']);
  });

  it('of a video that is not finished says to wait, and of a failed one that there is none', async () => {
    const unfinished = await queuedJob(server);
    const early = await call(server, `/v1/videos/${unfinished.id}/content`);
    expect([early.status, early.headers.get('retry-after')]).toEqual([409, '1']);
    const failure = { kind: 'generation_failed', message: 'It failed.' } as const;
    await moveJob(server, unfinished, { state: 'failed', dueInMs: null, event: null, failure });
    const late = await call(server, `/v1/videos/${unfinished.id}/content`);
    expect([late.status, (await errorOf(late)).message]).toEqual([404, 'There is no file: the job ended as failed.']);
  });

  it('is an address for clients that want JSON', async () => {
    const response = await call(server, path, { headers: { accept: 'application/json' } });
    const { url } = (await response.json()) as { url: string };
    expect(await (await fetch(url)).text()).toBe('0123456789');
  });
});

describe('a signed link', () => {
  it('needs no key, takes ranges, and stays the same while a client polls', async () => {
    const link = await videoLink(job);
    const response = await fetch(link, { headers: { range: 'bytes=1-2' } });
    expect([response.status, await response.text()]).toEqual([206, '12']);
    expect((await fetch(link, { method: 'HEAD' })).headers.get('content-length')).toBe('10');
    expect(await videoLink(job)).toBe(link);
    const expires = Number(new URL(link).searchParams.get('expires')) * 1000;
    expect(expires % HOUR_MS).toBe(0);
    expect(expires - nowMs).toBeGreaterThanOrEqual(24 * HOUR_MS);
    expect(expires - nowMs).toBeLessThanOrEqual(25 * HOUR_MS);
  });

  it('is refused when anything about it was changed', async () => {
    const link = new URL(await videoLink(job));
    const other = new URL(await videoLink(await finishJob(server, await queuedJob(server), Buffer.from('other'))));
    const altered = [
      with_(link, (url) => url.searchParams.set('expires', String(Number(url.searchParams.get('expires')) + 1))),
      with_(link, (url) => url.searchParams.set('expires', '9'.repeat(400))),
      with_(link, (url) => url.searchParams.set('signature', 'AAAA')),
      with_(link, (url) => url.searchParams.delete('signature')),
      with_(link, (url) => url.searchParams.delete('expires')),
      with_(link, (url) => url.searchParams.append('signature', 'AAAA')),
      with_(link, (url) => (url.pathname = other.pathname)),
      with_(link, (url) => (url.pathname = '/files/..%2f..%2fetc%2fpasswd')),
      with_(link, (url) => (url.pathname = '/files/01900000-0000-7000-8000-000000000000')),
    ];
    for (const url of altered) {
      const response = await fetch(url);
      expect([url.href, response.status]).toEqual([url.href, 403]);
      expect(response.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    }
    const post = await fetch(link, { method: 'POST' });
    expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });

  it('ends at its time, and with the video', async () => {
    const own = await finishJob(server, await queuedJob(server), Buffer.from('short-lived'));
    const link = await videoLink(own);
    await call(server, `/v1/videos/${own.id}`, { method: 'DELETE' });
    expect((await fetch(link)).status).toBe(410);
    const lasting = await videoLink(job);
    nowMs += 25 * HOUR_MS;
    const response = await fetch(lasting);
    expect([response.status, ((await response.json()) as { detail: string }).detail]).toEqual([
      403,
      'This link has expired. Ask for the video again to get a new one.',
    ]);
  });
});

describe('a file in trouble', () => {
  it('is never cut short silently: a lost one is gone, a damaged one is an error of ours', async () => {
    const lost = await finishJob(server, await queuedJob(server), Buffer.from('to be lost'));
    await server.storage.remove(await blobOf(lost), Infinity);
    expect((await call(server, `/v1/videos/${lost.id}/content`)).status).toBe(410);
    const damaged = await finishJob(server, await queuedJob(server), Buffer.from('to be damaged'));
    await truncate((await server.storage.localPath(await blobOf(damaged))) ?? '', 4);
    const response = await call(server, `/v1/videos/${damaged.id}/content`);
    expect([response.status, (await errorOf(response)).code]).toEqual([500, 'server_error']);
  });

  it('that shrinks while it is sent ends the connection, not the download', async () => {
    const big = await finishJob(server, await queuedJob(server), Buffer.alloc(32 * 1024 * 1024, 'x'));
    const response = await call(server, `/v1/videos/${big.id}/content`);
    const reader = response.body?.getReader();
    await reader?.read();
    await truncate((await server.storage.localPath(await blobOf(big))) ?? '', 1000);
    await expect(async () => {
      for (;;) {
        const { done } = (await reader?.read()) ?? { done: true };
        if (done) return;
      }
    }).rejects.toThrow();
  });

  it('is closed when the client leaves in the middle', async () => {
    const big = await finishJob(server, await queuedJob(server), Buffer.alloc(32 * 1024 * 1024, 'y'));
    const file = await server.storage.localPath(await blobOf(big));
    const { hostname, port } = new URL(server.url);
    const headers = { authorization: `Bearer ${server.testKey}` };
    const leaving = request({ hostname, port, path: `/v1/videos/${big.id}/content`, headers });
    await new Promise<void>((resolve) => {
      leaving.on('response', (response) => response.once('data', () => resolve()));
      leaving.on('error', () => undefined);
      leaving.end();
    });
    expect(await openFiles()).toContain(file);
    leaving.destroy();
    await vi.waitFor(async () => expect(await openFiles()).not.toContain(file));
  });
});

async function blobOf(record: JobRecord): Promise<string> {
  const asset = await readAsset(server.db, record.outputs?.video ?? '');
  return asset?.sha256 ?? '';
}

async function videoLink(record: JobRecord): Promise<string> {
  const response = await call(server, `/v1/videos/${record.id}`);
  return ((await response.json()) as { video_url: string }).video_url;
}

function with_(url: URL, change: (copy: URL) => unknown): URL {
  const copy = new URL(url);
  change(copy);
  return copy;
}

async function openFiles(): Promise<string[]> {
  const descriptors = await readdir('/proc/self/fd');
  const targets = descriptors.map((name) => readlink(join('/proc/self/fd', name)).catch(() => ''));
  return Promise.all(targets);
}
