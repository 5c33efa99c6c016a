/** What a first user meets: a test key, the sandbox, one server with its own database in this process. */

import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import Fastify from 'fastify';

import { readConfig } from '../src/config.ts';
import { createLog } from '../src/log.ts';
import { startReelgate } from '../src/reelgate.ts';
import type { LoadJob, LoadResult } from './load.ts';
import { jsonHeaders } from './requests.ts';
import { runLoad } from './run-load.ts';
import { median, ms, row, title } from './table.ts';

const TEST_KEY = `sk-rg-test-${randomBytes(16).toString('hex')}`;
const MODEL = 'Kling-3.0-Omni';
const TURNS = 5;
const SECONDS = 2;
/** Enough to keep either side busy, so that throughput is compared and not the waiting of too few clients. */
const READERS = 64;
const CLIPS = 4;
const POLL_MS = 50;

export async function rendering(): Promise<void> {
  title(
    'The sandbox',
    `A 5 s clip of 720p, from its create to completed; then ${CLIPS} of them at once, and the event loop meanwhile.`,
  );
  await withServer(async (base) => {
    const startedMs = performance.now();
    await untilDone(base, (await create(base, freshPrompt())).id);
    row('one clip', ms(performance.now() - startedMs), '8 s');
    const loop = monitorEventLoopDelay({ resolution: 1 });
    loop.enable();
    const clips = await Promise.all(Array.from({ length: CLIPS }, () => create(base, freshPrompt())));
    await Promise.all(clips.map((clip) => untilDone(base, clip.id)));
    loop.disable();
    row('delay of the event loop, p99', ms(loop.percentile(99) / 1e6), '< 20 ms');
  });
}

export async function reads(): Promise<void> {
  title(
    'Status reads',
    `${READERS} clients read the status of one job, against the same answer from a bare Fastify route. ${TURNS} turns, the median.`,
  );
  await withServer(async (base) => {
    const { id } = await create(base, 'a boat [stuck]');
    const path = `/v1/videos/${id}`;
    const answer = await call(base, path);
    const bare = Fastify();
    bare.get('/v1/videos/:id', async () => answer);
    const bareBase = await bare.listen({ port: 0, host: '127.0.0.1' });
    const shape = { method: 'GET', paths: [path], headers: jsonHeaders(TEST_KEY), body: null, rate: null } as const;
    const job: LoadJob = { ...shape, origins: [base], clients: READERS, seconds: SECONDS };
    await runLoad(job);
    const [ratios, ours]: [number[], LoadResult[]] = [[], []];
    // In turns, so that a machine whose speed drifts is fair to both.
    for (let turn = 0; turn < TURNS; turn += 1) {
      const plain = await runLoad({ ...job, origins: [bareBase] });
      const mine = await runLoad(job);
      ratios.push(mine.perSecond / plain.perSecond);
      ours.push(mine);
    }
    await bare.close();
    const of = (pick: (load: LoadResult) => number): number => median(ours.map(pick));
    row('reads per second', Math.round(of((load) => load.perSecond)).toString());
    row('p50 and p99', `${ms(of((load) => load.p50Ms))}, ${ms(of((load) => load.p99Ms))}`);
    row('ratio to a bare route', median(ratios).toFixed(2), '>= 0.5');
  });
}

async function withServer(measure: (base: string) => Promise<void>): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'reelgate-bench-'));
  const env = { PORT: '0', REELGATE_DATA_DIR: dataDir, REELGATE_TEST_KEY: TEST_KEY };
  const server = await startReelgate(readConfig(env), createLog('silent'));
  try {
    await measure(server.url);
  } finally {
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

type Video = { readonly id: string; readonly status: string };

async function call(base: string, path: string, init: RequestInit = {}): Promise<Video> {
  const response = await globalThis.fetch(base + path, { headers: jsonHeaders(TEST_KEY), ...init });
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  return (await response.json()) as Video;
}

function create(base: string, prompt: string): Promise<Video> {
  const body = JSON.stringify({ model: MODEL, prompt, seconds: '5', size: '1280x720' });
  return call(base, '/v1/videos', { method: 'POST', body });
}

/** The same prompt is the same clip, which is drawn once. */
function freshPrompt(): string {
  return `clip ${randomBytes(4).toString('hex')}`;
}

async function untilDone(base: string, id: string): Promise<void> {
  for (;;) {
    const video = await call(base, `/v1/videos/${id}`);
    if (video.status === 'completed') return;
    if (video.status === 'failed') throw new Error('the clip failed');
    await delay(POLL_MS);
  }
}
