/** A load generator in a process of its own: `node bench/load.ts <job as JSON>` prints what it measured as JSON. */

import { Pool } from 'undici';

export type LoadJob = {
  readonly url: string;
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  /** `{n}` becomes the number of the request. */
  readonly body: string | null;
  readonly connections: number;
  readonly seconds: number;
};

export type LoadResult = {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly failed: number;
};

async function run(job: LoadJob): Promise<LoadResult> {
  const url = new URL(job.url);
  const pool = new Pool(url.origin, { connections: job.connections, pipelining: 1 });
  const latencies: number[] = [];
  let [sent, failed] = [0, 0];
  const started = performance.now();
  const end = started + job.seconds * 1_000;
  const client = async (): Promise<void> => {
    while (performance.now() < end) {
      const at = performance.now();
      sent += 1;
      const body = job.body === null ? null : job.body.replace('{n}', String(sent));
      const response = await pool.request({
        path: url.pathname + url.search,
        method: job.method,
        headers: job.headers,
        body,
      });
      await response.body.dump();
      if (response.statusCode !== 200) failed += 1;
      latencies.push(performance.now() - at);
    }
  };
  await Promise.all(Array.from({ length: job.connections }, client));
  const seconds = (performance.now() - started) / 1_000;
  await pool.close();
  latencies.sort((a, b) => a - b);
  const at = (share: number): number =>
    latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? 0;
  return { perSecond: latencies.length / seconds, p50Ms: at(0.5), p99Ms: at(0.99), failed };
}

if (process.argv[2] !== undefined) {
  process.stdout.write(JSON.stringify(await run(JSON.parse(process.argv[2]) as LoadJob)));
}
