/** A whole server whose files lie in an S3 store: made, downloaded, sent to, deleted, and not lost when the store is away. */

import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import OpenAI, { toFile } from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { readConfig } from '../../src/config.ts';
import { sweepFiles } from '../../src/engine/upkeep.ts';
import { openStorage } from '../../src/media/storage/open-storage.ts';
import type { OpenStorage } from '../../src/media/storage/storage.ts';
import { sniffMedia } from '../../src/media/sniff.ts';
import { picture } from '../support/pictures.ts';
import { startTestReelgate } from '../support/reelgate.ts';
import type { TestReelgate } from '../support/reelgate.ts';
import { startS3Server } from '../support/s3-server.ts';
import type { S3Server } from '../support/s3-server.ts';

let s3: S3Server;
let reelgate: TestReelgate;
let openai: OpenAI;
/** The same store, as an operator sees it. */
let store: OpenStorage;
let directory: string;
beforeAll(async () => {
  s3 = await startS3Server();
  reelgate = await startTestReelgate(s3.env());
  openai = new OpenAI({ baseURL: `${reelgate.url}/v1`, apiKey: reelgate.testKey });
  directory = await mkdtemp(join(tmpdir(), 'reelgate-s3-e2e-'));
  store = await openStorage(directory, readConfig(s3.env()).storage);
});
afterAll(async () => {
  await store.close();
  await reelgate.stop();
  await s3.close();
  await rm(directory, { recursive: true, force: true });
});

/** Makes a video of a picture that is uploaded along; the id. */
async function make(prompt: string, turn = 0): Promise<string> {
  const image = await toFile(picture(320, 180, turn), 'first.png', { type: 'image/png' });
  const { id } = await openai.videos.create({
    model: 'viduq3-pro',
    prompt,
    seconds: '1' as '4',
    input_reference: image,
  });
  expect(await reelgate.ended(id)).toMatchObject({ status: 'completed' });
  return id;
}

function content(server: TestReelgate, path: string, init: RequestInit = {}): Promise<Response> {
  const headers = { authorization: `Bearer ${server.testKey}`, ...Object.fromEntries(new Headers(init.headers)) };
  return fetch(`${server.url}/v1/videos/${path}`, { ...init, headers });
}

const bytesOf = async (response: Response): Promise<Buffer> => Buffer.from(await response.arrayBuffer());

async function stored(): Promise<number> {
  let blobs = 0;
  for await (const _ of store.storage.list()) blobs += 1;
  return blobs;
}

describe('a video in the store', () => {
  let id: string;
  beforeAll(async () => {
    id = await make('a boat on the way to another place');
  });

  it('lies there with its stills and the picture it was made of, and nowhere else', async () => {
    expect(await stored()).toBe(4);
    expect(await readdir(reelgate.dataDir)).not.toContain('assets');
  });

  it('is downloaded whole, in ranges, and with its stills', async () => {
    const whole = await bytesOf(await openai.videos.downloadContent(id));
    expect(sniffMedia(whole)).toMatchObject({ mime: 'video/mp4' });
    const range = async (asked: string): Promise<[number, Buffer]> => {
      const response = await content(reelgate, `${id}/content`, { headers: { range: asked } });
      return [response.status, await bytesOf(response)];
    };
    expect(await range('bytes=0-0')).toEqual([206, whole.subarray(0, 1)]);
    expect(await range('bytes=100-1099')).toEqual([206, whole.subarray(100, 1100)]);
    expect(await range('bytes=-500')).toEqual([206, whole.subarray(-500)]);
    expect((await range(`bytes=${whole.length}-`))[0]).toBe(416);
    const head = await content(reelgate, `${id}/content`, { method: 'HEAD' });
    expect(head.headers.get('content-length')).toBe(String(whole.length));
    for (const [variant, mime] of [
      ['thumbnail', 'image/webp'],
      ['spritesheet', 'image/jpeg'],
    ] as const)
      expect(sniffMedia(await bytesOf(await openai.videos.downloadContent(id, { variant })))).toMatchObject({ mime });
  });

  it('is had from the store itself where the operator says so', async () => {
    const sending = await startTestReelgate(s3.env('&presign=1'), {}, reelgate);
    try {
      const answer = await content(sending, `${id}/content`, { redirect: 'manual' });
      expect([answer.status, answer.headers.get('cache-control')]).toEqual([302, 'no-store']);
      expect(answer.headers.get('location')).toMatch(new RegExp(`^${s3.url}/videos/media/[0-9a-f]{64}\\?`));
      const client = new OpenAI({ baseURL: `${sending.url}/v1`, apiKey: sending.testKey });
      const whole = await bytesOf(await openai.videos.downloadContent(id));
      expect(whole.equals(await bytesOf(await client.videos.downloadContent(id)))).toBe(true);
      const part = await content(sending, `${id}/content`, { headers: { range: 'bytes=5-9' } });
      expect([part.status, await bytesOf(part)]).toEqual([206, whole.subarray(5, 10)]);
      const etag = answer.headers.get('etag') ?? '';
      expect((await content(sending, `${id}/content`, { headers: { 'if-none-match': etag } })).status).toBe(304);
      const head = await content(sending, `${id}/content`, { method: 'HEAD', redirect: 'manual' });
      expect([head.status, head.headers.get('content-length')]).toEqual([200, String(whole.length)]);
    } finally {
      await sending.stop();
    }
  });

  it('is gone from it when it is deleted and the next sweep has passed', async () => {
    const kept = await make('another boat that stays', 1);
    const before = await stored();
    await openai.videos.delete(id);
    const never = new AbortController().signal;
    expect(await sweepFiles({ db: reelgate.db, storage: store.storage }, Date.now() + 60_000, never)).toBe(4);
    expect(await stored()).toBe(before - 4);
    expect((await openai.videos.downloadContent(kept)).status).toBe(200);
  });
});

describe('a store that is away', () => {
  it('costs no video: it is collected when the store is back', async () => {
    const down = s3.break(/./, 'reset', 10_000);
    const body = { model: 'viduq3-pro', prompt: 'a boat that waits', seconds: '1' };
    const { body: created } = await reelgate.ask('POST', '/v1/videos', { body });
    const id = String(Object(created).id);
    await down;
    s3.mend();
    expect(await reelgate.ended(id)).toMatchObject({ status: 'completed' });
    expect((await content(reelgate, `${id}/content`)).status).toBe(200);
  });

  it('is told to clients as something that passes', async () => {
    const id = await make('a boat that is asked for too early');
    void s3.break(/./, 'reset', 10_000);
    const answer = await content(reelgate, `${id}/content`);
    expect([answer.status, answer.headers.has('retry-after')]).toEqual([503, true]);
    expect(await answer.text()).toContain('The server cannot reach its media storage at the moment.');
    s3.mend();
    expect((await content(reelgate, `${id}/content`)).status).toBe(200);
  });
});
