/** Writes jobs as Vidu's tasks and creations. */

import { isTerminal } from '../../model/job.ts';
import type { JobView } from '../../model/job.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import type { ModeName, VideoSpec } from '../../model/spec.ts';
import type { BalanceView, HttpReply } from '../dialect.ts';
import { failureOf, publicId, shownProgress, shownSeconds } from '../job-words.ts';
import { creditsFor, creditsIn, errorCode, STATES, TYPES } from './words.ts';

const ID_PREFIX = '';

export function writeTask(view: JobView): HttpReply {
  return answer(taskBody(view));
}

export function writeCreations(view: JobView): HttpReply {
  return answer(creationsBody(view));
}

/** A balance has no limit of its own on how many tasks run at once. */
export function writeCredits({ availableMicros, openJobs }: BalanceView): HttpReply {
  const remains = [
    { type: 'metered', credit_remain: creditsIn(availableMicros), current_concurrency: openJobs, queue_count: 0 },
  ];
  return answer({ remains, packages: [] });
}

/** What the request said, and what was decided for it. */
export function taskBody({ job }: JobView): JsonObject {
  const { spec } = job;
  const { vendor } = spec;
  return {
    task_id: publicId(ID_PREFIX, job.id),
    type: TYPES[spec.mode],
    state: STATES[job.state],
    model: spec.requestedModel,
    style: vendor['style'] ?? 'general',
    prompt: spec.prompt ?? '',
    images: spec.inputs.flatMap(({ url, mime }) => (url === null || !mime.startsWith('image/') ? [] : [url])),
    duration: shownSeconds(job),
    seed: spec.seed ?? 0,
    aspect_ratio: ratioOf(spec),
    resolution: spec.resolution,
    movement_amplitude: vendor['movement_amplitude'] ?? 'auto',
    created_at: job.createdAt.toISOString(),
    credits: creditsFor(job.chargeMicros ?? job.quoteMicros),
    payload: spec.payload ?? '',
    bgm: spec.bgm,
    audio: spec.audio,
    cus_priority: 0,
    off_peak: spec.offPeak,
    watermark: spec.watermark,
    is_rec: vendor['is_rec'] ?? false,
    wm_position: vendor['wm_position'] ?? 3,
    wm_url: vendor['wm_url'] ?? '',
    meta_data: vendor['meta_data'] ?? '',
    client_request_id: vendor['client_request_id'] ?? '',
    ...effectOf(vendor),
  };
}

/** How the task is, and what it made. Nothing is spent before it has ended. */
export function creationsBody(view: JobView): JsonObject {
  const { job } = view;
  const failure = failureOf(job, 'en');
  return {
    id: publicId(ID_PREFIX, job.id),
    state: STATES[job.state],
    err_code: failure === null ? '' : errorCode(failure.kind),
    credits: isTerminal(job.state) ? creditsFor(job.chargeMicros) : 0,
    payload: job.spec.payload ?? '',
    bgm: job.spec.bgm,
    off_peak: job.spec.offPeak,
    progress: shownProgress(job.state, job.progress),
    creations: creationsOf(view),
  };
}

function creationsOf({ job, links }: JobView): readonly Json[] {
  const { facts, spec } = job;
  if (links.video === null || facts === null) return [];
  const { width, height, fps, durationMs } = facts;
  return [
    {
      id: publicId(ID_PREFIX, job.id),
      url: links.video,
      cover_url: links.thumbnail ?? '',
      watermarked_url: spec.watermark ? links.video : '',
      video: { duration: durationMs / 1000, fps: fps ?? spec.fps, resolution: { width, height } },
    },
  ];
}

/** Where the client chooses the shape; elsewhere the picture or video has it. */
const SHAPED_MODES: readonly ModeName[] = ['text', 'reference'];

function ratioOf(spec: VideoSpec): string {
  return SHAPED_MODES.includes(spec.mode) ? spec.ratio : '';
}

const EFFECT_KEYS = ['template', 'story'] as const;

function effectOf(vendor: JsonObject): JsonObject {
  return Object.fromEntries(
    EFFECT_KEYS.flatMap((key) => (vendor[key] === undefined ? [] : [[key, vendor[key]] as const])),
  );
}

function answer(body: JsonObject): HttpReply {
  return { status: 200, headers: {}, body };
}
