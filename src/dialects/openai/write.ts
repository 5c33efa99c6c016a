/** Writes jobs as OpenAI's Video object, with the extra keys that clients of resale gateways read. */

import { parseJobId } from '../../model/id.ts';
import type { AssetVariant, Job, JobState, JobView } from '../../model/job.ts';
import type { JsonObject } from '../../model/json.ts';
import { formatUsd } from '../../model/money.ts';
import type { Micros } from '../../model/money.ts';
import type { Language } from '../../model/violation.ts';
import type { HttpReply, ListPage } from '../dialect.ts';
import { failureMessage } from './write-failure.ts';

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

/** Sentences for ends that carry no failure of their own. */
const ENDS: Readonly<Record<'failed' | 'cancelled' | 'expired', Readonly<Record<Language, string>>>> = {
  failed: { en: 'The video could not be made.', zh: '视频生成失败。' },
  cancelled: { en: 'The job was cancelled.', zh: '任务已取消。' },
  expired: { en: 'The job did not finish before its deadline.', zh: '任务未能在期限内完成。' },
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
    first_id: first === undefined ? null : publicId(first.job.id),
    last_id: last === undefined ? null : publicId(last.job.id),
    has_more: page.hasMore,
    ...(page.missing === undefined ? {} : { missing: page.missing }),
  };
  return { status: 200, headers: {}, body };
}

export function writeDeleted(id: string): HttpReply {
  return { status: 200, headers: {}, body: { id: publicId(id), object: 'video.deleted', deleted: true } };
}

export function writeAddress(view: JobView, variant: AssetVariant, url: string): HttpReply {
  const expiresAt = view.linksExpireAt === null ? null : unixSeconds(view.linksExpireAt);
  const body = { id: publicId(view.job.id), object: 'video.content', variant, url, expires_at: expiresAt };
  return { status: 200, headers: {}, body };
}

export function videoObject(view: JobView, language: Language): JsonObject {
  const { job, links } = view;
  const { spec } = job;
  const isDone = job.state === 'succeeded';
  const id = publicId(job.id);
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
    seconds: String(job.facts === null ? spec.seconds : Math.max(1, Math.round(job.facts.durationMs / 1000))),
    remixed_from_video_id: null,
    error: errorOf(job, language),
    task_id: id,
    quality: 'standard',
    video_url: isDone ? links.video : null,
    thumbnail_url: isDone ? links.thumbnail : null,
    metadata: metadataOf(job, isDone ? links.video : null),
    cost: {
      currency: 'USD',
      quote: usd(job.quoteMicros),
      hold: usd(job.holdMicros),
      charge: usd(job.chargeMicros),
      test: job.mode === 'test',
    },
    warnings: job.notes.map((note) => ({ code: note.code, param: note.param, message: note.because[language] })),
  };
}

/** 100 only for a video that is there. */
export function shownProgress(state: JobState, progress: number): number {
  return state === 'succeeded' ? 100 : Math.min(Math.max(Math.floor(progress), 0), 99);
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
  switch (job.state) {
    case 'queued':
    case 'submitting':
    case 'running':
    case 'collecting':
    case 'succeeded':
      return null;
    case 'cancelled':
    case 'expired':
      return { code: job.state, message: endMessage(job, job.state, language) };
    case 'failed':
      return { code: failureCode(job), message: endMessage(job, 'failed', language) };
  }
}

function failureCode(job: Job): string {
  const kind = job.failure?.kind ?? 'generation_failed';
  return kind === 'content_rejected' ? 'moderation_blocked' : kind;
}

function endMessage(job: Job, end: keyof typeof ENDS, language: Language): string {
  return job.failure === null ? ENDS[end][language] : failureMessage(job.failure, language);
}

function usd(micros: Micros | null): string | null {
  return micros === null ? null : formatUsd(micros);
}

export function unixSeconds(date: Date): number {
  return Math.floor(date.getTime() / 1000);
}

/** The id as this dialect dresses it, whatever the dialect it was given in. */
export function publicId(id: string): string {
  return `video_${parseJobId(id) ?? id}`;
}
