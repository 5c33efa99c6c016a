/** Runs the load generator beside this process and brings back its figures. */

import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import { askProcess } from './ask-process.ts';
import type { LoadJob, LoadResult } from './load.ts';

const LOAD = fileURLToPath(new URL('./load.ts', import.meta.url));

/** Throws if a request failed: a figure with failures in it says nothing. */
export async function runLoad(job: LoadJob): Promise<LoadResult> {
  const result = await measureLoad(job);
  throwIfFailed(result);
  return result;
}

/** One after the other, by one generator, whose code is compiled when it comes to the later ones. Throws as `runLoad` does. */
export async function runLoads(jobs: readonly LoadJob[]): Promise<readonly LoadResult[]> {
  const results: LoadResult[] = [];
  await withGenerator(async (measure) => {
    for (const job of jobs) {
      const result = await measure(job);
      throwIfFailed(result);
      results.push(result);
    }
  });
  return results;
}

/** With the failures counted, where some are to be expected. */
export async function measureLoad(job: LoadJob): Promise<LoadResult> {
  return withGenerator((measure) => measure(job));
}

async function withGenerator<T>(use: (measure: (job: LoadJob) => Promise<LoadResult>) => Promise<T>): Promise<T> {
  const generator = fork(LOAD);
  try {
    return await use((job) => askProcess<LoadResult>(generator, job));
  } finally {
    if (generator.connected) generator.disconnect();
  }
}

function throwIfFailed({ failed }: LoadResult): void {
  if (failed > 0) throw new Error(`${failed} requests failed`);
}
