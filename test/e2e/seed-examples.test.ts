/** Every request of the five documents, sent as printed: a finished video that can be downloaded, or the document's own refusal. */

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { openInspector } from '../../src/media/inspect/inspect.ts';
import type { Inspector } from '../../src/media/inspect/inspect.ts';
import { sniffMedia } from '../../src/media/sniff.ts';
import type { Json, JsonObject } from '../../src/model/json.ts';
import { smallClip } from '../support/clips.ts';
import { serveMedia } from '../support/media-server.ts';
import type { MediaServer } from '../support/media-server.ts';
import { picture } from '../support/pictures.ts';
import { objectOf, startTestReelgate } from '../support/reelgate.ts';
import type { Answer, TestReelgate } from '../support/reelgate.ts';
import { savedAs } from '../support/saved-file.ts';
import { SEED_REQUESTS } from './seed-requests.ts';
import type { SeedRequest } from './seed-requests.ts';

/** Square, so that a video that takes its shape from a picture has few pixels. */
const SIDE = 640;
/** Of a minute each. */
const MAX_WAITS = 4;
const ADDRESS = /https:\/\/[a-z0-9.-]+(\/[^"]*)/g;

/** How each kind of job is asked for, and where the answer has the state and the address of the video. */
const READS: Readonly<Record<string, { path(id: string): string; url: string; done: string }>> = {
  '/v1/videos': { path: (id) => `/v1/videos/${id}`, url: 'video_url', done: 'completed' },
  '/v1/video/create': { path: (id) => `/v1/video/query?id=${id}`, url: 'video_url', done: 'completed' },
  '/v1/video/generations': { path: (id) => `/v1/video/generations/${id}`, url: 'url', done: 'succeeded' },
};

let reelgate: TestReelgate;
let media: MediaServer;
let inspector: Inspector;
/** All are made at once, as a busy server would have it. */
let answers: ReadonlyMap<SeedRequest, Promise<Answer>>;

/** The clips are almost a minute's work for one processor. */
vi.setConfig({ testTimeout: 240_000 });

beforeAll(async () => {
  media = await serveMedia(await filesOf(SEED_REQUESTS));
  reelgate = await startTestReelgate({ REELGATE_FETCH_ALLOW: media.host }, { studioWorkers: 2 });
  inspector = openInspector({ workers: 1 });
  answers = new Map(SEED_REQUESTS.map((request) => [request, send(request)]));
});
afterAll(async () => {
  await inspector.close();
  await reelgate.stop();
  await media.close();
});

/** Whatever the documents' addresses lead to. */
async function filesOf(requests: readonly SeedRequest[]): Promise<Record<string, { type: string; bytes: Buffer }>> {
  const clip = { type: 'video/mp4', bytes: await smallClip() };
  const paths = [
    ...new Set(requests.flatMap(({ body }) => Array.from(body.matchAll(ADDRESS), ([, path = '']) => path))),
  ];
  const files = ['/filled-in.png', ...paths].map((path, turn) => {
    const still = { type: 'image/png', bytes: picture(SIDE, SIDE, turn) };
    return [path, path.endsWith('.mp4') ? clip : still] as const;
  });
  return Object.fromEntries(files);
}

function bodyOf({ body, fill = [] }: SeedRequest): string {
  const filled = fill.reduce((text, [placeholder, value]) => text.replace(placeholder, value), body);
  return filled.replaceAll(ADDRESS, `${media.base}$1`);
}

async function send(request: SeedRequest): Promise<Answer> {
  const [method = '', path = ''] = request.route.split(' ');
  const headers = { authorization: `Bearer ${reelgate.testKey}`, 'content-type': 'application/json' };
  const response = await fetch(reelgate.url + path, { method, headers, body: bodyOf(request) });
  return { status: response.status, headers: response.headers, body: (await response.json()) as Json };
}

/** The job as its own API answers it once it has ended. */
async function ended(request: SeedRequest, id: string): Promise<{ isDone: boolean; url: string }> {
  const read = READS[request.route.replace('POST ', '')];
  if (read === undefined) throw new Error(`nobody knows how to ask for what ${request.route} made`);
  for (let waits = 0; waits < MAX_WAITS; waits += 1) {
    const answer = await reelgate.ask('GET', read.path(id), { headers: { prefer: 'wait=60' } });
    const body = objectOf(answer.body);
    const isDone = body['status'] === read.done;
    if (isDone || body['status'] === 'failed') return { isDone, url: String(body[read.url]) };
  }
  throw new Error(`${id} did not end`);
}

function messageOf(body: JsonObject): string {
  const { error } = body;
  return String(objectOf(typeof error === 'object' && error !== null ? error : body)['message']);
}

describe.each([...new Set(SEED_REQUESTS.map(({ file }) => file))])('%s', (file) => {
  const requests = SEED_REQUESTS.filter((request) => request.file === file);

  it.each(requests)('$heading', async (request) => {
    const answer = await answers.get(request);
    const body = objectOf(answer?.body ?? null);
    if ('refused' in request.ends) {
      expect(answer?.status).toBe(400);
      expect(messageOf(body)).toContain(request.ends.refused);
      return;
    }
    expect(messageOf({ message: '', ...body })).toBe('');
    const job = await ended(request, String(body['id']));
    expect(job.isDone).toBe(true);
    const mp4 = Buffer.from(await (await fetch(job.url)).arrayBuffer());
    expect(sniffMedia(mp4)).toMatchObject({ kind: 'video', mime: 'video/mp4' });
    const { width, height, seconds } = request.ends.video;
    const facts = await savedAs('video.mp4', mp4, (path) => inspector.probe(path));
    expect(facts).toMatchObject({ width, height });
    expect(Math.round((facts?.durationMs ?? 0) / 1000)).toBe(seconds);
  });
});

describe('POST /v1/videos/estimate', () => {
  const requests = SEED_REQUESTS.filter(({ route, ends }) => route === 'POST /v1/videos' && 'video' in ends);

  it.each(requests)('says beforehand what $file, $heading, is quoted', async (request) => {
    const made = objectOf((await answers.get(request))?.body ?? null);
    const body = JSON.parse(bodyOf(request)) as Json;
    const estimate = await reelgate.ask('POST', '/v1/videos/estimate', { body });
    expect(estimate.body).toMatchObject({
      model: made['model'] ?? null,
      seconds: made['seconds'] ?? null,
      currency: 'USD',
      amount_usd: objectOf(made['cost'] ?? null)['quote'] ?? null,
      hold_usd: '0.00',
    });
  });
});
