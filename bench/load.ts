/** A load generator in a process of its own: takes one `LoadJob` after the other, and answers each with what it measured. */

import { Client } from 'undici';

export type LoadJob = {
  /** The clients are spread over them. */
  readonly origins: readonly string[];
  readonly method: 'GET' | 'POST';
  /** Request n goes to the n-th of them, over and over. */
  readonly paths: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  /** `{n}` becomes the number of the request. */
  readonly body: string | null;
  /** Each has a connection of its own. */
  readonly clients: number;
  readonly seconds: number;
  /**
   * Requests sent per second, whatever becomes of them, each timed from the moment it should have gone, but for those of the first
   * second; null: each client sends its next one when it has its answer.
   */
  readonly rate: number | null;
};

export type LoadResult = {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly failed: number;
};

/** Of a steady rate: connections are made. */
const SETTLING_MS = 1_000;

async function run(job: LoadJob): Promise<LoadResult> {
  const clients = Array.from({ length: job.clients }, (_, index) => {
    const origin = job.origins[index % job.origins.length];
    if (origin === undefined) throw new RangeError('a load needs an origin');
    return new Client(origin, { pipelining: 1 });
  });
  const latencies: number[] = [];
  let [answered, failed] = [0, 0];
  const send = async (n: number, atMs: number): Promise<void> => {
    const client = clients[n % clients.length];
    const path = job.paths[n % job.paths.length];
    if (client === undefined || path === undefined) throw new RangeError('a load needs clients and paths');
    const body = job.body === null ? null : job.body.replace('{n}', String(n));
    try {
      const response = await client.request({ path, method: job.method, headers: job.headers, body });
      await response.body.dump();
      if (response.statusCode !== 200) failed += 1;
    } catch {
      failed += 1;
    }
    answered += 1;
    if (job.rate === null || atMs >= startedMs + SETTLING_MS) latencies.push(performance.now() - atMs);
  };
  const startedMs = performance.now();
  await (job.rate === null ? closedLoop(job, startedMs, send) : openLoop(job, job.rate, startedMs, send));
  const seconds = (performance.now() - startedMs) / 1_000;
  await Promise.all(clients.map((client) => client.close()));
  latencies.sort((a, b) => a - b);
  const at = (share: number): number =>
    latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? 0;
  return { perSecond: answered / seconds, p50Ms: at(0.5), p99Ms: at(0.99), failed };
}

type Send = (n: number, atMs: number) => Promise<void>;

async function closedLoop(job: LoadJob, startedMs: number, send: Send): Promise<void> {
  const endMs = startedMs + job.seconds * 1_000;
  const client = async (index: number): Promise<void> => {
    for (let n = index; performance.now() < endMs; n += job.clients) await send(n, performance.now());
  };
  await Promise.all(Array.from({ length: job.clients }, (_, index) => client(index)));
}

async function openLoop(job: LoadJob, rate: number, startedMs: number, send: Send): Promise<void> {
  const sent: Promise<void>[] = [];
  for (let n = 0; n < rate * job.seconds; n += 1) {
    const dueMs = startedMs + (n * 1_000) / rate;
    const earlyMs = dueMs - performance.now();
    if (earlyMs > 0) await delay(Math.ceil(earlyMs));
    sent.push(send(n, dueMs));
  }
  await Promise.all(sent);
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

process.on('message', (job) => {
  void run(job as LoadJob).then((result) => process.send?.(result));
});
