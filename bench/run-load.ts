/** Runs the load generator beside this process and brings back its figures. */

import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import { askProcess } from './ask-process.ts';
import type { LoadJob, LoadResult } from './load.ts';

const LOAD = fileURLToPath(new URL('./load.ts', import.meta.url));

/** Throws if a request failed: a figure with failures in it says nothing. */
export async function runLoad(job: LoadJob): Promise<LoadResult> {
  const result = await askProcess<LoadResult>(fork(LOAD), job);
  if (result.failed > 0) throw new Error(`${result.failed} requests failed`);
  return result;
}
