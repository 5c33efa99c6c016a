/** `npm run fuzz -- --seed 7 --requests 100000 [--from N]`: sends the requests of a seed to a server of its own and says what broke. */

import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { parseJobId } from '../../../src/model/id.ts';
import { runFuzz } from './run-fuzz.ts';
import type { FuzzOrder, FuzzReport } from './run-fuzz.ts';
import type { Feeling, Hello } from './server.ts';

const USAGE = 'usage: npm run fuzz -- [--seed N] [--requests N] [--from N]';
const SERVER = fileURLToPath(new URL('server.ts', import.meta.url));
const MEGABYTE = 1024 * 1024;
const MAX_REQUESTS = 10_000_000;
const JOBS = 5;

function readOrder(): FuzzOrder | null {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({ options: { seed: text, requests: text, from: text } });
  const [seed, requests, from] = [values.seed ?? '1', values.requests ?? '100000', values.from ?? '0'].map((given) =>
    /^\d{1,9}$/.test(given) ? Number(given) : Number.NaN,
  );
  if (seed === undefined || requests === undefined || from === undefined) return null;
  return [seed, requests, from].some(Number.isNaN) || requests > MAX_REQUESTS ? null : { seed, requests, from };
}

async function main(order: FuzzOrder): Promise<boolean> {
  const dataDir = await mkdtemp(join(tmpdir(), 'reelgate-fuzz-'));
  const child = fork(SERVER, [dataDir], { execArgv: ['--expose-gc'] });
  try {
    const { url, key } = await hear<Hello>(child);
    const jobIds = await Promise.all(Array.from({ length: JOBS }, () => madeJob(url, key)));
    const startedMs = performance.now();
    say(`seed ${order.seed}: ${order.requests} requests from ${order.from}, at ${url}`);
    await feel(child);
    const report = await runFuzz({ url, key, jobIds }, order, async (sent) => say(felt(sent, await feel(child))));
    tell(report, (performance.now() - startedMs) / 1000);
    return report.faults.length === 0 && child.exitCode === null;
  } finally {
    await ended(child);
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function madeJob(url: string, key: string): Promise<string> {
  const response = await fetch(`${url}/v1/videos`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'Kling-3.0-Omni', prompt: 'a cat', seconds: '3' }),
  });
  const { id } = (await response.json()) as { id: string };
  return parseJobId(id) ?? '';
}

function hear<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null): void => reject(new Error(`the server ended with ${code}`));
    child.once('exit', onExit);
    child.once('message', (message) => {
      child.off('exit', onExit);
      resolve(message as T);
    });
  });
}

function feel(child: ChildProcess): Promise<Feeling> {
  const heard = hear<Feeling>(child);
  child.send('how are you');
  return heard;
}

function felt(sent: number, { turnMs, busyMs, heapBytes, rssBytes }: Feeling): string {
  const memory = `heap ${Math.round(heapBytes / MEGABYTE)} MB, process ${Math.round(rssBytes / MEGABYTE)} MB`;
  return `${sent} sent: longest turn ${busyMs.toFixed(0)} ms of work (${turnMs.toFixed(0)} ms by the clock), ${memory}`;
}

function tell({ statuses, routes, slowestMs, faults, left }: FuzzReport, seconds: number): void {
  const counts = [...statuses].toSorted(([a], [b]) => a - b).map(([status, count]) => `${status}: ${count}`);
  say(`${routes} routes, ${seconds.toFixed(0)} s, slowest answer ${slowestMs.toFixed(0)} ms`);
  say(`answers by status (0: left waiting): ${counts.join(', ')}`);
  for (const { number, route, what } of left) say(`left ${number} ${route}: ${what}`);
  for (const { number, route, what } of faults) say(`FAULT ${number} ${route}: ${what}`);
  say(faults.length === 0 ? 'no error of ours, no broken connection' : `${faults.length} faults`);
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null) return resolve();
    child.once('exit', () => resolve());
    child.send('stop');
  });
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

const asked = readOrder();
if (asked === null) {
  process.stderr.write(`${USAGE}\n`);
  process.exitCode = 2;
} else if (!(await main(asked))) process.exitCode = 1;
