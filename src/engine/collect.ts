/** Makes a finished video ours: copied, probed, with stills, and only then settled on what was delivered. */

import type { VideoFacts } from '../model/job.ts';
import type { Micros } from '../model/money.ts';
import { charge } from '../model/price.ts';
import type { OutputSource } from '../providers/provider.ts';
import { findStills, insertAsset } from '../store/assets.ts';
import type { Asset } from '../store/assets.ts';
import { readJob } from '../store/jobs.ts';
import type { JobOutputs, JobRecord } from '../store/jobs.ts';
import { advance } from './advance.ts';
import type { CollectTask } from './collect-queue.ts';
import type { EngineContext } from './engine-context.ts';
import { newId } from '../new-id.ts';

export const MAX_VIDEO_BYTES = 4 * 1024 * 1024 * 1024;
const COPY_DEADLINE_MS = 10 * 60_000;
const THUMBNAIL_MIME = 'image/webp';
const SPRITESHEET_MIME = 'image/jpeg';
const VIDEO_MIME = 'video/mp4';

type Copied = { readonly sha256: string; readonly bytes: number; readonly facts: VideoFacts };

/** Throws where another try may help; the queue calls again. Doing it twice is harmless. */
export async function collectJob(context: EngineContext, task: CollectTask): Promise<void> {
  const job = await readJob(context.db, task.jobId);
  if (job === null || job.state !== 'collecting') return;
  const copied = await copy(context, task.video);
  const outputs = await storeOutputs(context, job, copied);
  const done = await advance(context.db, job, 'collect', {
    facts: copied.facts,
    outputs,
    progress: 100,
    chargeMicros: chargeFor(job, copied.facts),
  });
  if (done === null) throw new Error('the job changed while its video was copied');
}

function chargeFor(job: JobRecord, facts: VideoFacts): Micros {
  if (job.price === null || job.quoteMicros === null) return 0n;
  return job.mode === 'test' ? 0n : charge(job.spec, job.price, job.quoteMicros, facts.durationMs);
}

async function copy(context: EngineContext, source: OutputSource): Promise<Copied> {
  const blob = source.from === 'file' ? await context.storage.adopt(source.path) : await download(context, source.url);
  const path = await context.storage.localPath(blob.sha256);
  const facts = path === null ? null : await context.inspector.probe(path);
  if (facts === null) throw new Error('what the vendor delivered is not a readable video');
  return { ...blob, facts };
}

async function download(context: EngineContext, url: string): Promise<{ sha256: string; bytes: number }> {
  const writer = await context.storage.writer({ maxBytes: MAX_VIDEO_BYTES });
  try {
    const outcome = await context.fetcher.fetch(url, {
      maxBytes: MAX_VIDEO_BYTES,
      deadlineMs: COPY_DEADLINE_MS,
      sink: (chunk) => writer.write(chunk),
    });
    if (!outcome.ok) throw new Error(`the video could not be copied: ${outcome.message}`);
    return await writer.commit();
  } catch (error) {
    await writer.abort();
    throw error;
  }
}

async function storeOutputs(context: EngineContext, job: JobRecord, copied: Copied): Promise<JobOutputs> {
  const base = { accountId: job.accountId, jobId: job.id };
  const video: Asset = {
    ...base,
    id: newId(),
    kind: 'video',
    sha256: copied.sha256,
    mime: VIDEO_MIME,
    bytes: copied.bytes,
    width: copied.facts.width,
    height: copied.facts.height,
    durationMs: copied.facts.durationMs,
  };
  const stills = (await knownStills(context, copied.sha256)) ?? (await makeStills(context, copied.sha256));
  await insertAsset(context.db, video);
  const ids: { thumbnail: string | null; spritesheet: string | null } = { thumbnail: null, spritesheet: null };
  for (const still of stills) {
    const asset: Asset = { ...base, ...still, id: newId(), durationMs: null };
    await insertAsset(context.db, asset);
    ids[still.kind] = asset.id;
  }
  return { video: video.id, ...ids };
}

type Still = Pick<Asset, 'sha256' | 'mime' | 'bytes' | 'width' | 'height'> & {
  readonly kind: 'thumbnail' | 'spritesheet';
};

/** Identical videos have identical stills. */
async function knownStills(context: EngineContext, videoSha256: string): Promise<readonly Still[] | null> {
  const found: Still[] = (await findStills(context.db, videoSha256)).flatMap((still) =>
    still.kind === 'thumbnail' || still.kind === 'spritesheet' ? [{ ...still, kind: still.kind }] : [],
  );
  return found.length === 2 ? found : null;
}

/** None for a codec that cannot be decoded here: the video is delivered all the same. */
async function makeStills(context: EngineContext, videoSha256: string): Promise<readonly Still[]> {
  const path = await context.storage.localPath(videoSha256);
  const stills = path === null ? null : await context.inspector.stills(path);
  if (stills === null) return [];
  const size = { width: null, height: null };
  return [
    { kind: 'thumbnail', mime: THUMBNAIL_MIME, ...size, ...(await context.storage.put(stills.thumbnail)) },
    { kind: 'spritesheet', mime: SPRITESHEET_MIME, ...size, ...(await context.storage.put(stills.spritesheet)) },
  ];
}
