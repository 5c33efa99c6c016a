/** Writes jobs as OpenAI's Video object, with the extra keys that clients of resale gateways read. */

import type { AssetVariant, Job, JobState, JobView } from '../../model/job.ts';
import type { JsonObject } from '../../model/json.ts';
import type { Language } from '../../model/violation.ts';
import type { HttpReply, ListPage } from '../dialect.ts';
import { failureOf, publicId, shownCost, shownProgress, shownSeconds, unixSeconds } from '../job-words.ts';

type Status = 'queued' | 'in_progress' | 'completed' | 'failed';

/** OpenAI's pollers stop at any fifth word, so that there is none. */
export const STATUSES: Readonly<Record<JobState, Status>> = {
  queued: 'queued',
  submitting: 'queued',
  running: 'in_progress',
  collecting: 'in_progress',
  succeeded: 'completed',
  failed: 'failed',
  cancelled: 'failed',
  expired: 'failed',
};

export function writeJob(view: JobView, language: Language): HttpReply {
  const headers: Record<string, string> = {};
  if (view.pollAfterMs !== null) headers['openai-poll-after-ms'] = String(Math.ceil(view.pollAfterMs));
  return { status: 200, headers, body: videoObject(view, language) };
}

export function writeList(page: ListPage, language: Language): HttpReply {
  const { views } = page;
  const first = views[0];
  const last = views[views.length - 1];
  const body = {
    object: 'list',
    data: views.map((view) => videoObject(view, language)),
    first_id: first === undefined ? null : publicId('video_', first.job.id),
    last_id: last === undefined ? null : publicId('video_', last.job.id),
    has_more: page.hasMore,
    ...(page.missing === undefined ? {} : { missing: page.missing }),
  };
  return { status: 200, headers: {}, body };
}

export function writeDeleted(id: string): HttpReply {
  return { status: 200, headers: {}, body: { id: publicId('video_', id), object: 'video.deleted', deleted: true } };
}

export function writeAddress(view: JobView, variant: AssetVariant, url: string): HttpReply {
  const expiresAt = view.linksExpireAt === null ? null : unixSeconds(view.linksExpireAt);
  const body = { id: publicId('video_', view.job.id), object: 'video.content', variant, url, expires_at: expiresAt };
  return { status: 200, headers: {}, body };
}

export function videoObject(view: JobView, language: Language): JsonObject {
  const { job, links } = view;
  const { spec } = job;
  const isDone = job.state === 'succeeded';
  const id = publicId('video_', job.id);
  return {
    id,
    object: 'video',
    model: spec.requestedModel,
    status: STATUSES[job.state],
    progress: shownProgress(job.state, job.progress),
    created_at: unixSeconds(job.createdAt),
    completed_at: isDone && job.completedAt !== null ? unixSeconds(job.completedAt) : null,
    expires_at: isDone && view.linksExpireAt !== null ? unixSeconds(view.linksExpireAt) : null,
    prompt: spec.prompt,
    size: `${spec.width}x${spec.height}`,
    seconds: String(shownSeconds(job)),
    remixed_from_video_id: sourceOf(job),
    error: errorOf(job, language),
    task_id: id,
    quality: 'standard',
    video_url: isDone ? links.video : null,
    thumbnail_url: isDone ? links.thumbnail : null,
    metadata: metadataOf(job, isDone ? links.video : null),
    cost: shownCost(job),
    warnings: job.notes.map((note) => ({ code: note.code, param: note.param, message: note.because[language] })),
  };
}

/** The own video that this one was made from. */
function sourceOf({ spec }: Job): string | null {
  const source = spec.inputs.find((input) => input.role === 'source_video')?.jobId ?? null;
  return source === null ? null : publicId('video_', source);
}

/** What the video is: measured once it is there, asked for until then. */
function metadataOf(job: Job, url: string | null): JsonObject {
  const { spec, facts } = job;
  return {
    url,
    duration: facts === null ? spec.seconds : facts.durationMs / 1000,
    width: facts?.width ?? spec.width,
    height: facts?.height ?? spec.height,
    resolution: spec.resolution,
    ratio: spec.ratio,
    fps: facts?.fps ?? spec.fps,
    audio: facts === null ? spec.audio : facts.audioCodec !== null,
    seed: spec.seed,
    payload: spec.payload,
  };
}

function errorOf(job: Job, language: Language): JsonObject | null {
  const failure = failureOf(job, language);
  if (failure === null) return null;
  const code = failure.kind === 'content_rejected' ? 'moderation_blocked' : failure.kind;
  return { code, message: failure.message };
}
