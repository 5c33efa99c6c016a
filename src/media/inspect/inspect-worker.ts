// The thread in which a file from outside is opened: whatever it holds, only this thread can suffer.
import { parentPort } from 'node:worker_threads';
import { readAudioFacts, readVideoFacts } from './facts.ts';
import type { AudioFacts, VideoFacts } from './facts.ts';
import { makeStills } from './stills.ts';
import type { StillsBytes, StillsOptions } from './stills.ts';
import type { WorkerReport } from './worker-pool.ts';

export type InspectJob =
  | { readonly kind: 'video'; readonly path: string }
  | { readonly kind: 'audio'; readonly path: string }
  | { readonly kind: 'stills'; readonly path: string; readonly options: StillsOptions };

export type InspectResult = VideoFacts | AudioFacts | StillsBytes | null;

async function inspect(job: InspectJob): Promise<InspectResult> {
  switch (job.kind) {
    case 'video':
      return readVideoFacts(job.path);
    case 'audio':
      return readAudioFacts(job.path);
    case 'stills':
      return makeStills(job.path, job.options);
  }
}

parentPort?.on('message', async (job: InspectJob) => {
  let report: WorkerReport<never, InspectResult>;
  try {
    report = { kind: 'done', result: await inspect(job) };
  } catch (error) {
    report = { kind: 'failed', message: error instanceof Error ? error.message : String(error) };
  }
  parentPort?.postMessage(report);
});
