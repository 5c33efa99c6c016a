// The process in which a file from outside is opened: whatever it holds, only this process can suffer.
import { readAudioFacts, readVideoFacts } from './facts.ts';
import type { AudioFacts, VideoFacts } from './facts.ts';
import { fitPicture } from './fit-picture.ts';
import type { FittedPicture, PictureLimit } from './fit-picture.ts';
import { serveJobs } from './serve-jobs.ts';
import { makeStills } from './stills.ts';
import type { StillsBytes, StillsOptions } from './stills.ts';

export type InspectJob =
  | { readonly kind: 'video'; readonly path: string }
  | { readonly kind: 'audio'; readonly path: string }
  | { readonly kind: 'stills'; readonly path: string; readonly options: StillsOptions }
  | { readonly kind: 'fit'; readonly path: string; readonly mime: string; readonly limit: PictureLimit };

export type InspectResult = VideoFacts | AudioFacts | StillsBytes | FittedPicture | null;

async function inspect(job: InspectJob): Promise<InspectResult> {
  switch (job.kind) {
    case 'video':
      return readVideoFacts(job.path);
    case 'audio':
      return readAudioFacts(job.path);
    case 'stills':
      return makeStills(job.path, job.options);
    case 'fit':
      return fitPicture(job.path, job.mime, job.limit);
  }
}

serveJobs(inspect);
