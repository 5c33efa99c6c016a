/** Writes jobs whole: what was asked, what was decided, what it costs, and how far it is. */

import type { Attempt, Job, JobHistory, JobView } from '../../model/job.ts';
import type { JsonObject } from '../../model/json.ts';
import { formatUsd } from '../../model/money.ts';
import type { Micros } from '../../model/money.ts';
import type { VideoSpec } from '../../model/spec.ts';
import type { Language } from '../../model/violation.ts';
import type { HttpReply, ListPage } from '../dialect.ts';
import { failureOf, publicId } from '../job-words.ts';
import { eventData } from './event-data.ts';

const SECOND_MS = 1000;

export function writeJob(view: JobView, language: Language): HttpReply {
  const headers: Record<string, string> = {};
  if (view.pollAfterMs !== null) headers['retry-after'] = String(Math.ceil(view.pollAfterMs / SECOND_MS));
  return { status: 200, headers, body: jobBody(view, language) };
}

export function writeList(page: ListPage, language: Language): HttpReply {
  const last = page.views.at(-1);
  const body = {
    data: page.views.map((view) => jobBody(view, language)),
    has_more: page.hasMore,
    next: page.hasMore && last !== undefined ? publicId('video_', last.job.id) : null,
  };
  return { status: 200, headers: {}, body };
}

export function jobBody(view: JobView, language: Language): JsonObject {
  const { job } = view;
  return {
    id: publicId('video_', job.id),
    external_id: job.spec.externalId ?? null,
    state: job.state,
    progress: job.state === 'succeeded' ? 100 : job.progress,
    mode: job.mode,
    dialect: job.dialect,
    spec: specBody(job.spec),
    notes: job.notes.map(({ code, param, because }) => ({ code, param, message: because[language] })),
    money: {
      currency: 'USD',
      quote: usd(job.quoteMicros),
      hold: usd(job.holdMicros),
      charge: usd(job.chargeMicros),
    },
    failure: failureBody(job, language),
    video: videoBody(view),
    created_at: job.createdAt.toISOString(),
    updated_at: job.updatedAt.toISOString(),
    completed_at: job.completedAt?.toISOString() ?? null,
    deadline_at: job.deadlineAt.toISOString(),
    ...(view.history === undefined ? {} : historyBody(view.history, language)),
  };
}

/** Every default decided, in the words of a request. */
export function specBody(spec: VideoSpec): JsonObject {
  return {
    model: spec.requestedModel,
    canonical_model: spec.model,
    mode: spec.mode,
    scene: spec.scene,
    prompt: spec.prompt,
    negative_prompt: spec.negativePrompt,
    inputs: spec.inputs.map(({ role, mime, bytes, width, height, durationMs, url }) => ({
      role,
      url,
      mime,
      bytes,
      width,
      height,
      duration_ms: durationMs,
    })),
    seconds: spec.seconds,
    billed_seconds: spec.billedSeconds,
    resolution: spec.resolution,
    ratio: spec.ratio,
    size: `${spec.width}x${spec.height}`,
    fps: spec.fps,
    audio: spec.audio,
    bgm: spec.bgm,
    seed: spec.seed,
    count: spec.count,
    off_peak: spec.offPeak,
    motion_level: spec.motionLevel,
    watermark: spec.watermark,
    callback_url: spec.callbackUrl,
    payload: spec.payload,
    user: spec.user,
    vendor: spec.vendor,
  };
}

function failureBody(job: Job, language: Language): JsonObject | null {
  const failure = failureOf(job, language);
  return failure === null ? null : { kind: failure.kind, message: failure.message };
}

/** Null until there is one. */
function videoBody({ job, links, linksExpireAt }: JobView): JsonObject | null {
  const { facts } = job;
  if (job.state !== 'succeeded') return null;
  return {
    url: links.video,
    thumbnail_url: links.thumbnail,
    spritesheet_url: links.spritesheet,
    expires_at: linksExpireAt?.toISOString() ?? null,
    duration_ms: facts?.durationMs ?? null,
    width: facts?.width ?? null,
    height: facts?.height ?? null,
    fps: facts?.fps ?? null,
    video_codec: facts?.videoCodec ?? null,
    audio_codec: facts?.audioCodec ?? null,
  };
}

function historyBody({ attempts, events }: JobHistory, language: Language): JsonObject {
  return { attempts: attempts.map(attemptBody), events: events.map((event) => eventData(event, language)) };
}

function attemptBody({ number, state, failure, createdAt, answeredAt }: Attempt): JsonObject {
  return {
    number,
    state,
    failure,
    created_at: createdAt.toISOString(),
    answered_at: answeredAt?.toISOString() ?? null,
  };
}

function usd(micros: Micros | null): string | null {
  return micros === null ? null : formatUsd(micros);
}
