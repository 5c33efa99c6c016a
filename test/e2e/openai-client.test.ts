/** The unmodified `openai` package against a running server: only the address is ours. */

import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import OpenAI, { toFile } from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { openInspector } from '../../src/media/inspect/inspect.ts';
import type { Inspector } from '../../src/media/inspect/inspect.ts';
import { sniffMedia } from '../../src/media/sniff.ts';
import { picture } from '../support/pictures.ts';
import { startTestReelgate } from '../support/reelgate.ts';
import type { TestReelgate } from '../support/reelgate.ts';
import { savedAs } from '../support/saved-file.ts';

const MODEL = 'Kling-3.0-Omni';
const SHORT = { model: MODEL, seconds: '3', size: '1280x720' } as unknown as OpenAI.VideoCreateParams;

let reelgate: TestReelgate;
let openai: OpenAI;
let pictures: Server;
let pictureUrl: string;
let inspector: Inspector;

beforeAll(async () => {
  pictures = createServer((_, response) => response.setHeader('content-type', 'image/png').end(picture(640, 360)));
  await new Promise<void>((resolve) => pictures.listen(0, '127.0.0.1', resolve));
  const { port } = pictures.address() as AddressInfo;
  pictureUrl = `http://127.0.0.1:${port}/first.png`;
  reelgate = await startTestReelgate({ REELGATE_FETCH_ALLOW: `127.0.0.1:${port}` });
  openai = new OpenAI({ baseURL: `${reelgate.url}/v1`, apiKey: reelgate.testKey, maxRetries: 0 });
  inspector = openInspector({ workers: 1 });
});
afterAll(async () => {
  await inspector.close();
  pictures.close();
  await reelgate.stop();
});

async function completed(id: string): Promise<OpenAI.Video> {
  await reelgate.ended(id);
  return openai.videos.retrieve(id);
}

async function bytesOf(response: Response): Promise<Buffer> {
  return Buffer.from(await response.arrayBuffer());
}

describe('the openai package', () => {
  it('makes a video from text, waits, and downloads what was asked for', async () => {
    const made = await openai.videos.create({ ...SHORT, prompt: 'a paper boat on a neon river' });
    expect(made).toMatchObject({ object: 'video', model: MODEL, size: '1280x720', seconds: '3', error: null });
    const video = await completed(made.id);
    expect(video).toMatchObject({ status: 'completed', progress: 100, seconds: '3' });
    const mp4 = await bytesOf(await openai.videos.downloadContent(video.id));
    const facts = await savedAs('video.mp4', mp4, (path) => inspector.probe(path));
    expect(facts).toMatchObject({ width: 1280, height: 720, fps: 24 });
    expect(Math.abs((facts?.durationMs ?? 0) - 3_000)).toBeLessThanOrEqual(42);
    const still = await bytesOf(await openai.videos.downloadContent(video.id, { variant: 'thumbnail' }));
    expect(sniffMedia(still)).toMatchObject({ kind: 'image', mime: 'image/webp' });
    const sheet = await bytesOf(await openai.videos.downloadContent(video.id, { variant: 'spritesheet' }));
    expect(sniffMedia(sheet)).toMatchObject({ kind: 'image', mime: 'image/jpeg' });
  });

  it('makes a video from a picture file', async () => {
    const file = await toFile(picture(1280, 720), 'first.png', { type: 'image/png' });
    const made = await openai.videos.create({ ...SHORT, prompt: 'it moves', input_reference: file });
    expect((await completed(made.id)).status).toBe('completed');
  });

  it('makes a video from a picture’s URL', async () => {
    const made = await openai.videos.create({
      ...SHORT,
      prompt: 'it moves',
      input_reference: { image_url: pictureUrl },
    });
    expect((await completed(made.id)).status).toBe('completed');
  });

  it('pages through the list, and deletes', async () => {
    const ids: string[] = [];
    for (const word of ['one', 'two', 'three'])
      ids.push((await openai.videos.create({ ...SHORT, prompt: `${word} [fail:generation_failed]` })).id);
    for (const id of ids) await reelgate.ended(id);
    const listed: string[] = [];
    for await (const video of openai.videos.list({ limit: 2 })) listed.push(video.id);
    expect(listed.slice(0, 3)).toEqual(ids.toReversed());
    const [gone = ''] = ids;
    expect(await openai.videos.delete(gone)).toEqual({ id: gone, object: 'video.deleted', deleted: true });
    await expect(openai.videos.retrieve(gone)).rejects.toBeInstanceOf(OpenAI.NotFoundError);
  });

  it('throws its own error classes', async () => {
    const stranger = new OpenAI({ baseURL: `${reelgate.url}/v1`, apiKey: 'sk-rg-test-nobody', maxRetries: 0 });
    await expect(openai.videos.create({ ...SHORT, prompt: 'x', seconds: '2' as '4' })).rejects.toMatchObject({
      constructor: OpenAI.BadRequestError,
      param: 'seconds',
      code: 'invalid_value',
    });
    await expect(stranger.videos.retrieve('video_x')).rejects.toBeInstanceOf(OpenAI.AuthenticationError);
    await expect(openai.videos.retrieve('video_x')).rejects.toBeInstanceOf(OpenAI.NotFoundError);
    await expect(openai.videos.create({ ...SHORT, prompt: 'x [refuse:rate_limited]' })).rejects.toBeInstanceOf(
      OpenAI.RateLimitError,
    );
  });
});
