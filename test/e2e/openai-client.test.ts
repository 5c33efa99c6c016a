/** The unmodified `openai` package, the last two majors of it, against a running server: only the address is ours. */

import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import OpenAI, { toFile } from 'openai';
import OpenAI6, { toFile as toFile6 } from 'openai-6';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { openInspector } from '../../src/media/inspect/inspect.ts';
import type { Inspector } from '../../src/media/inspect/inspect.ts';
import { sniffMedia } from '../../src/media/sniff.ts';
import { picture } from '../support/pictures.ts';
import { startTestReelgate } from '../support/reelgate.ts';
import type { TestReelgate } from '../support/reelgate.ts';
import { savedAs } from '../support/saved-file.ts';

const MODEL = 'Kling-3.0-Omni';
const SHORT = { model: MODEL, seconds: '3', size: '1280x720' } as unknown as OpenAI.VideoCreateParams;
const BOAT = { ...SHORT, prompt: 'a paper boat on a neon river' };
const SNOW = { prompt: 'the same in the snow' };

/** To the types of this file both are the newer one, of which the older has all that is used here. */
const PACKAGES = [
  { name: 'openai 7', Client: OpenAI, fileOf: toFile },
  { name: 'openai 6', Client: OpenAI6 as unknown as typeof OpenAI, fileOf: toFile6 as unknown as typeof toFile },
];

let reelgate: TestReelgate;
let pictures: Server;
let pictureUrl: string;
let inspector: Inspector;

/** Clips are drawn once and used again; a noisy machine takes its time for the first. */
vi.setConfig({ testTimeout: 120_000 });

beforeAll(async () => {
  pictures = createServer((_, response) => response.setHeader('content-type', 'image/png').end(picture(640, 360)));
  await new Promise<void>((resolve) => pictures.listen(0, '127.0.0.1', resolve));
  const { port } = pictures.address() as AddressInfo;
  pictureUrl = `http://127.0.0.1:${port}/first.png`;
  reelgate = await startTestReelgate({ REELGATE_FETCH_ALLOW: `127.0.0.1:${port}` });
  inspector = openInspector({ workers: 1 });
});
afterAll(async () => {
  await inspector.close();
  pictures.close();
  await reelgate.stop();
});

async function bytesOf(response: Response): Promise<Buffer> {
  return Buffer.from(await response.arrayBuffer());
}

describe.each(PACKAGES)('the package $name', ({ Client, fileOf }) => {
  const clientOf = (apiKey: string): OpenAI => new Client({ baseURL: `${reelgate.url}/v1`, apiKey, maxRetries: 0 });
  let openai: OpenAI;
  beforeAll(() => {
    openai = clientOf(reelgate.testKey);
  });

  async function completed(id: string): Promise<OpenAI.Video> {
    await reelgate.ended(id);
    return openai.videos.retrieve(id);
  }

  async function boat(): Promise<OpenAI.Video> {
    return completed((await openai.videos.create(BOAT)).id);
  }

  it('makes a video from text, waits, and downloads what was asked for', async () => {
    const made = await openai.videos.create(BOAT);
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
    const file = await fileOf(picture(1280, 720), 'first.png', { type: 'image/png' });
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

  it('remixes a video, which keeps its model, length and size', async () => {
    const first = await boat();
    const made = await openai.videos.remix(first.id, SNOW);
    expect(made).toMatchObject({ remixed_from_video_id: first.id, model: MODEL, seconds: '3', size: '1280x720' });
    expect(await completed(made.id)).toMatchObject({ status: 'completed', ...SNOW });
    await expect(openai.videos.remix('video_x', SNOW)).rejects.toBeInstanceOf(Client.NotFoundError);
  });

  it('edits a video of its own or an uploaded one, and goes on after it', async () => {
    const { id } = await boat();
    const video = await fileOf(await bytesOf(await openai.videos.downloadContent(id)), 'boat.mp4');
    const edited = await openai.videos.edit({ ...SNOW, video: { id } });
    const redone = await openai.videos.edit({ ...SNOW, video, model: MODEL } as OpenAI.VideoEditParams);
    const onward = { prompt: 'it sails on', video: { id }, model: 'viduq2-turbo', seconds: '1' };
    const extended = await openai.videos.extend(onward as unknown as OpenAI.VideoExtendParams);
    const made = [edited, redone, extended];
    expect(made.map((one) => one.remixed_from_video_id)).toEqual([id, null, id]);
    expect(made.map((one) => `${one.seconds} s ${one.size}`)).toEqual(['3 s 1280x720', '3 s 1280x720', '1 s 1280x720']);
    for (const one of made) expect((await completed(one.id)).status).toBe('completed');
  });

  it('is told which models can do what the model at hand cannot', async () => {
    const first = await openai.videos.create({ ...SHORT, prompt: 'x [fail:generation_failed]' });
    const extending = openai.videos.extend({ video: { id: first.id }, prompt: 'on', seconds: '4' });
    await expect(extending).rejects.toThrow(/Kling-3.0-Omni does not offer extend; models that do: .*Vidu-q2-pro/);
    const upload = { prompt: 'x', video: await fileOf(Buffer.from('no video'), 'x.mp4') };
    await expect(openai.videos.edit(upload)).rejects.toThrow(/'model' is required and must be one that offers edit: /);
    const remix = openai.videos.remix(first.id, { prompt: 'x' });
    await expect(remix).rejects.toThrow(/'id' cannot be used: it is not the id of a finished video of yours/);
    const { video } = upload;
    await expect(openai.videos.createCharacter({ name: 'Ann', video })).rejects.toBeInstanceOf(Client.BadRequestError);
  });

  it('lists the models, and reads one by any of its names', async () => {
    const names: string[] = [];
    for await (const model of openai.models.list()) names.push(model.id);
    expect(names).toContain(MODEL);
    expect(await openai.models.retrieve('sora-2')).toMatchObject({ id: 'sora-2', object: 'model' });
    await expect(openai.models.retrieve('nobody')).rejects.toBeInstanceOf(Client.NotFoundError);
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
    await expect(openai.videos.retrieve(gone)).rejects.toBeInstanceOf(Client.NotFoundError);
  });

  it('throws its own error classes', async () => {
    const stranger = clientOf('sk-rg-test-nobody');
    await expect(openai.videos.create({ ...SHORT, prompt: 'x', seconds: '2' as '4' })).rejects.toMatchObject({
      constructor: Client.BadRequestError,
      param: 'seconds',
      code: 'invalid_value',
    });
    await expect(stranger.videos.retrieve('video_x')).rejects.toBeInstanceOf(Client.AuthenticationError);
    await expect(openai.videos.retrieve('video_x')).rejects.toBeInstanceOf(Client.NotFoundError);
    await expect(openai.videos.create({ ...SHORT, prompt: 'x [refuse:rate_limited]' })).rejects.toBeInstanceOf(
      Client.RateLimitError,
    );
  });
});
