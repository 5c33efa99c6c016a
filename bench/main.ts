/** `npm run bench`: speed as ratios taken in one run, since machines are noisy; absolute figures only tell the order. */

import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import Fastify from 'fastify';

import { readConfig } from '../src/config.ts';
import { createLog } from '../src/log.ts';
import type { VideoSpec } from '../src/model/spec.ts';
import { startReelgate } from '../src/reelgate.ts';
import { readChannel } from '../src/store/channels.ts';
import { insertJob, readJob } from '../src/store/jobs.ts';
import { transition } from '../src/store/transition.ts';
import type { LoadResult } from './load.ts';
import { runLoad } from './run-load.ts';
import { newId } from '../src/new-id.ts';

const SECONDS = 4;
/** Enough to keep either side busy, so that throughput is compared and not the waiting of too few clients. */
const READERS = 64;
const CREATORS = 32;
const TURNS = 5;
const TEST_KEY = `sk-rg-test-${randomBytes(16).toString('hex')}`;
const BIN = fileURLToPath(new URL('../bin/reelgate.mjs', import.meta.url));
const MODEL = 'Kling-3.0-Omni';

const auth = { authorization: `Bearer ${TEST_KEY}`, 'content-type': 'application/json' };

function report(name: string, figure: string, aim: string): void {
  process.stdout.write(`${name.padEnd(58)} ${figure.padStart(16)}   aim: ${aim}\n`);
}

type Video = { readonly id: string; readonly status: string };

async function call(url: string, init: RequestInit = {}): Promise<Video> {
  const response = await globalThis.fetch(url, { headers: auth, ...init });
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  return (await response.json()) as Video;
}

function create(base: string, prompt: string): Promise<Video> {
  return call(`${base}/v1/videos`, {
    method: 'POST',
    body: JSON.stringify({ model: MODEL, prompt, seconds: '5', size: '1280x720' }),
  });
}

async function untilDone(base: string, id: string): Promise<void> {
  for (;;) {
    const video = await call(`${base}/v1/videos/${id}`);
    if (video.status === 'completed') return;
    if (video.status === 'failed') throw new Error('the clip failed');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Both are measured in turns, so that a machine whose speed drifts is fair to both; the median of the turns counts. */
async function statusReads(base: string): Promise<void> {
  const { id } = await create(base, 'a boat [stuck]');
  const url = `${base}/v1/videos/${id}`;
  const answer = await call(url);
  const bare = Fastify();
  bare.get('/v1/videos/:id', async () => answer);
  const bareUrl = `${await bare.listen({ port: 0, host: '127.0.0.1' })}/v1/videos/${id}`;
  const job = { method: 'GET', headers: auth, body: null, connections: READERS, seconds: SECONDS / 2 } as const;
  await runLoad({ ...job, url, seconds: 1 });
  const [ratios, ours]: [number[], LoadResult[]] = [[], []];
  for (let turn = 0; turn < TURNS; turn += 1) {
    const plain = await runLoad({ ...job, url: bareUrl });
    const mine = await runLoad({ ...job, url });
    if (mine.failed > 0) throw new Error(`${mine.failed} status reads failed`);
    ratios.push(mine.perSecond / plain.perSecond);
    ours.push(mine);
  }
  await bare.close();
  report('status reads / bare Fastify route', median(ratios).toFixed(2), '>= 0.5');
  reportLoad('  reads per second', ours);
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

function reportLoad(name: string, loads: readonly LoadResult[]): void {
  const of = (pick: (load: LoadResult) => number): number => median(loads.map(pick));
  const latencies = `${of((load) => load.p50Ms).toFixed(1)}, ${of((load) => load.p99Ms).toFixed(1)}`;
  report(`${name} (p50, p99 ms)`, `${Math.round(of((load) => load.perSecond))} (${latencies})`, '-');
}

type Server = Awaited<ReturnType<typeof startReelgate>>;

async function creates(server: Server): Promise<void> {
  const body = JSON.stringify({ model: MODEL, prompt: 'boat {n} [delay:2h]', seconds: '5' });
  const job = {
    url: `${server.url}/v1/videos`,
    method: 'POST',
    headers: auth,
    body,
    connections: CREATORS,
  } as const;
  await runLoad({ ...job, seconds: 1 });
  const [ratios, ours]: [number[], LoadResult[]] = [[], []];
  for (let turn = 0; turn < TURNS; turn += 1) {
    const direct = await directCreates(server);
    const mine = await runLoad({ ...job, seconds: SECONDS / 2 });
    if (mine.failed > 0) throw new Error(`${mine.failed} creates failed`);
    ratios.push(mine.perSecond / direct);
    ours.push(mine);
  }
  report('creates with commit / the same SQL on the pool', median(ratios).toFixed(2), '>= 0.5');
  reportLoad('  creates per second', ours);
}

/** Per second: the three statements of a create (job and hold, attempt, acceptance), by as many callers as there were clients. */
async function directCreates(server: Server): Promise<number> {
  const { db } = server;
  const sample = await create(server.url, 'the sample [stuck]');
  const record = await readJob(db, sample.id.replace('video_', ''));
  if (record === null || record.channelId === null) throw new Error('the sample job exists');
  const channelId = record.channelId;
  const credentialId = (await readChannel(db, channelId))?.credentials[0]?.id;
  if (credentialId === undefined) throw new Error('the channel has a credential');

  const one = async (): Promise<void> => {
    const spec: VideoSpec = record.spec;
    const made = await insertJob(db, {
      ...record,
      spec,
      id: newId(),
      holdMicros: 0n,
      leaseOwner: 'bench',
      leaseMs: 60_000,
      deadlineMs: 3_600_000,
    });
    if (made === null) throw new Error('the job was made');
    const id = newId();
    const event = { type: 'submitting', data: { channel: 'x' } };
    const opened = await transition(db, made.id, 1, {
      state: 'submitting',
      dueInMs: 60_000,
      event,
      attempt: { kind: 'open', id, channelId, credentialId },
    });
    const task = { id: 't', data: {} };
    await transition(db, made.id, opened ?? 0, {
      state: 'running',
      dueInMs: 3_600_000,
      event: { type: 'accepted', data: {} },
      attempt: { kind: 'close', id, state: 'accepted', task, failure: null },
    });
  };
  let made = 0;
  const started = performance.now();
  const end = started + (SECONDS / 2) * 1_000;
  const caller = async (): Promise<void> => {
    while (performance.now() < end) {
      await one();
      made += 1;
    }
  };
  await Promise.all(Array.from({ length: CREATORS }, caller));
  return made / ((performance.now() - started) / 1_000);
}

async function rendering(base: string): Promise<void> {
  const started = performance.now();
  await untilDone(base, (await create(base, `one clip ${randomBytes(4).toString('hex')}`)).id);
  report('5 s 720p sandbox clip, POST to completed', `${((performance.now() - started) / 1_000).toFixed(1)} s`, '8 s');
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const clips = await Promise.all(
    Array.from({ length: 4 }, (_, index) => create(base, `clip ${index} ${randomBytes(4).toString('hex')}`)),
  );
  await Promise.all(clips.map((clip) => untilDone(base, clip.id)));
  delay.disable();
  report('event-loop delay p99 while four clips render', `${(delay.percentile(99) / 1e6).toFixed(1)} ms`, '< 20 ms');
}

async function startProcess(dataDir: string): Promise<{ child: ChildProcess; readyMs: number; base: string }> {
  const started = performance.now();
  const env = { PATH: process.env['PATH'] ?? '', PORT: '0', REELGATE_DATA_DIR: dataDir, REELGATE_LOG_LEVEL: 'silent' };
  const child = spawn(process.execPath, [BIN], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  const base = await new Promise<string>((resolve, reject) => {
    child.once('exit', () => reject(new Error('the server ended early')));
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const match = /ready at (\S+)/.exec(text);
      if (match?.[1] !== undefined) resolve(match[1]);
    });
  });
  const ready = await globalThis.fetch(`${base}/readyz`);
  if (!ready.ok) throw new Error('the server is not ready');
  return { child, readyMs: performance.now() - started, base };
}

async function stopProcess(child: ChildProcess): Promise<void> {
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await gone;
}

async function starting(): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'reelgate-bench-'));
  const first = await startProcess(dataDir);
  report('ready after the first start', `${(first.readyMs / 1_000).toFixed(1)} s`, '8 s');
  await stopProcess(first.child);
  const later = await startProcess(dataDir);
  report('ready after a later start', `${(later.readyMs / 1_000).toFixed(1)} s`, '3 s');
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  const bytes = await memoryOf(dataDir, later.child.pid ?? 0);
  report('idle memory of server and database (PSS)', `${Math.round(bytes / 2 ** 20)} MB`, '250 MB');
  await stopProcess(later.child);
  await rm(dataDir, { recursive: true, force: true });
}

/** Proportional set size of the server and of every process that runs in its data directory. */
async function memoryOf(dataDir: string, pid: number): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const command = await readFile(`/proc/${entry}/cmdline`, 'utf8').catch(() => '');
    const parent = (await readFile(`/proc/${entry}/stat`, 'utf8').catch(() => '')).split(') ')[1]?.split(' ')[1] ?? '';
    const parentCommand = await readFile(`/proc/${parent}/cmdline`, 'utf8').catch(() => '');
    if (Number(entry) !== pid && !command.includes(dataDir) && !parentCommand.includes(dataDir)) continue;
    const rollup = await readFile(`/proc/${entry}/smaps_rollup`, 'utf8').catch(() => '');
    bytes += Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1] ?? 0) * 1024;
  }
  return bytes;
}

/** `npm run bench -- reads creates` runs those only. */
function wanted(name: string): boolean {
  const names = process.argv.slice(2);
  return names.length === 0 || names.includes(name);
}

async function main(): Promise<void> {
  process.stdout.write(
    `${availableParallelism()} x ${cpus()[0]?.model ?? 'unknown processor'}, Node ${process.versions.node}\n\n`,
  );
  if (wanted('starting')) await starting();
  const dataDir = await mkdtemp(join(tmpdir(), 'reelgate-bench-'));
  const config = readConfig({
    PORT: '0',
    REELGATE_DATA_DIR: dataDir,
    REELGATE_TEST_KEY: TEST_KEY,
    REELGATE_LOG_LEVEL: 'silent',
  });
  const server = await startReelgate(config, createLog('silent'));
  try {
    if (wanted('rendering')) await rendering(server.url);
    if (wanted('reads')) await statusReads(server.url);
    if (wanted('creates')) await creates(server);
  } finally {
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

await main();
