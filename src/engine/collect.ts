/** Makes a finished video ours: copied, probed, with stills, and only then settled on what was delivered. */

import type { StoredBlob } from '../media/storage/storage.ts';
import type { VideoFacts } from '../model/job.ts';
import type { Micros } from '../model/money.ts';
import { charge } from '../model/price.ts';
import { findStills, insertAssets } from '../store/assets.ts';
import type { Asset } from '../store/assets.ts';
import { readJob } from '../store/jobs.ts';
import type { JobOutputs, JobRecord } from '../store/jobs.ts';
import { isDatabaseUnavailable } from '../store/database.ts';
import { noteFailedCopy, readVendorOutput } from '../store/vendor-outputs.ts';
import type { VendorSource } from '../store/vendor-outputs.ts';
import { advance } from './advance.ts';
import type { CollectTask } from './collect-queue.ts';
import type { EngineContext } from './engine-context.ts';
import { lackOfRoom } from './lack-of-room.ts';
import { recollectMs } from './schedule.ts';
import { copyVideo, wayTo } from './vendor-video.ts';
import { tellDeed } from './watch.ts';

/** Writes tried when the job changes meanwhile: someone looked at it, and the copy is as good as before. */
const MAX_WRITES = 5;
const MAX_FAULT_CHARS = 300;
const THUMBNAIL_MIME = 'image/webp';
const SPRITESHEET_MIME = 'image/jpeg';
const VIDEO_MIME = 'video/mp4';

type Copied = { readonly sha256: string; readonly bytes: number; readonly facts: VideoFacts };

/** Doing it twice is harmless. A copy that fails is noted on the job, whose next look at the vendor asks for it again. */
export async function collectJob(context: EngineContext, task: CollectTask): Promise<void> {
  const startedMs = Date.now();
  const job = await readJob(context.db, task.jobId);
  if (job === null || job.state !== 'collecting') return;
  const output = await readVendorOutput(context.db, job.id);
  if (output === null) throw new Error(`the job ${job.id} is to be collected, but nothing says from where`);
  // The owner gets it from the vendor meanwhile.
  const lack = await lackOfRoom(context.room);
  if (lack !== null) return noteFailure(context, job, lack.message);
  const copied = await copy(context, job, output.source).catch((error: unknown) => faultOf(error));
  const outcome = typeof copied === 'string' ? 'failed' : 'copied';
  tellDeed(context, startedMs, { what: 'collect', jobId: job.id, outcome, facts: { model: job.spec.model } });
  if (typeof copied === 'string') return noteFailure(context, job, copied);
  const outputs = await storeOutputs(context, job, copied);
  await conclude(context, job, copied.facts, outputs);
}

async function conclude(
  context: EngineContext,
  copiedFor: JobRecord,
  facts: VideoFacts,
  outputs: JobOutputs,
): Promise<void> {
  let job: JobRecord | null = copiedFor;
  for (let writes = 0; writes < MAX_WRITES && job?.state === 'collecting'; writes += 1) {
    const change = { facts, outputs, progress: 100, chargeMicros: chargeFor(job, facts) };
    if ((await advance(context.db, job, 'collect', change)) !== null) return;
    job = await readJob(context.db, job.id);
  }
  if (job?.state === 'collecting') throw new Error('the job kept changing while its video was copied');
}

/** A database that is away says nothing of the video: the queue tries again. */
function faultOf(error: unknown): string {
  if (isDatabaseUnavailable(error)) throw error;
  return (error instanceof Error ? error.message : String(error)).slice(0, MAX_FAULT_CHARS);
}

async function noteFailure(context: EngineContext, copiedFor: JobRecord, fault: string): Promise<void> {
  context.log.warn({ job: copiedFor.id, error: fault }, 'a finished video could not be copied');
  let job: JobRecord | null = copiedFor;
  for (let writes = 0; writes < MAX_WRITES && job?.state === 'collecting'; writes += 1) {
    const current: JobRecord = job;
    const noted = await context.db
      .transaction(async (tx) => {
        const failures = await noteFailedCopy(tx, current.id, fault);
        const change = { dueInMs: recollectMs(failures), data: { fault, failures } };
        const stumbled = await advance(tx, current, 'stumble', change);
        if (stumbled === null) throw new ChangedMeanwhile();
        return true;
      })
      .catch(unlessChanged);
    if (noted) return;
    job = await readJob(context.db, current.id);
  }
}

class ChangedMeanwhile extends Error {}

function unlessChanged(error: unknown): false {
  if (error instanceof ChangedMeanwhile) return false;
  throw error;
}

function chargeFor(job: JobRecord, facts: VideoFacts): Micros {
  if (job.price === null || job.quoteMicros === null) return 0n;
  return job.mode === 'test' ? 0n : charge(job.spec, job.price, job.quoteMicros, facts.durationMs);
}

async function copy(context: EngineContext, job: JobRecord, source: VendorSource): Promise<Copied> {
  const blob = await bring(context, job, source);
  const path = await context.storage.localPath(blob.sha256);
  const facts = path === null ? null : await context.inspector.probe(path);
  if (facts === null) throw new Error('what the vendor delivered is not a readable video');
  return { ...blob, facts };
}

async function bring(context: EngineContext, job: JobRecord, source: VendorSource): Promise<StoredBlob> {
  switch (source.from) {
    case 'url':
      return copyVideo(context, await wayTo(context, job, source));
    case 'file':
      return context.storage.adopt(source.path);
    case 'storage': {
      const found = await context.storage.stat(source.sha256);
      if (found === null) throw new Error('the video that came within the vendor’s answer is not in storage');
      return { sha256: source.sha256, bytes: found.bytes };
    }
  }
}

async function storeOutputs(context: EngineContext, job: JobRecord, copied: Copied): Promise<JobOutputs> {
  const base = { accountId: job.accountId, jobId: job.id };
  const video: Asset = {
    ...base,
    id: context.newId(),
    kind: 'video',
    sha256: copied.sha256,
    mime: VIDEO_MIME,
    bytes: copied.bytes,
    width: copied.facts.width,
    height: copied.facts.height,
    durationMs: copied.facts.durationMs,
  };
  const stills = (await knownStills(context, copied.sha256)) ?? (await makeStills(context, copied.sha256));
  const kept: Asset[] = stills.map((still) => ({ ...base, ...still, id: context.newId(), durationMs: null }));
  await insertAssets(context.db, [video, ...kept]);
  const idOf = (kind: Still['kind']): string | null => kept.find((still) => still.kind === kind)?.id ?? null;
  return { video: video.id, thumbnail: idOf('thumbnail'), spritesheet: idOf('spritesheet') };
}

type Still = Pick<Asset, 'sha256' | 'mime' | 'bytes' | 'width' | 'height'> & {
  readonly kind: 'thumbnail' | 'spritesheet';
};

/** Identical videos have identical stills. */
async function knownStills(context: EngineContext, videoSha256: string): Promise<readonly Still[] | null> {
  const found: Still[] = (await findStills(context.db, videoSha256)).flatMap(
    ({ kind, sha256, mime, bytes, width, height }) =>
      kind === 'thumbnail' || kind === 'spritesheet' ? [{ kind, sha256, mime, bytes, width, height }] : [],
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
