/** Writes jobs in the two shapes that clients of `/v1/video/generations` read, both in one answer. */

import type { Job, JobState, JobView } from '../../model/job.ts';
import type { JsonObject } from '../../model/json.ts';
import type { ModeName } from '../../model/spec.ts';
import type { Language } from '../../model/violation.ts';
import type { HttpReply } from '../dialect.ts';
import { failureOf, publicId, shownCost, shownProgress, shownSeconds, unixSeconds } from '../job-words.ts';

/** The word of the documented page, and that of the envelope. */
type Words = {
  readonly status: 'queued' | 'processing' | 'succeeded' | 'failed';
  readonly envelope: 'QUEUED' | 'IN_PROGRESS' | 'SUCCESS' | 'FAILURE';
};

const QUEUED: Words = { status: 'queued', envelope: 'QUEUED' };
const PROCESSING: Words = { status: 'processing', envelope: 'IN_PROGRESS' };
const FAILED: Words = { status: 'failed', envelope: 'FAILURE' };

const STATUSES: Readonly<Record<JobState, Words>> = {
  queued: QUEUED,
  submitting: QUEUED,
  running: PROCESSING,
  collecting: PROCESSING,
  succeeded: { status: 'succeeded', envelope: 'SUCCESS' },
  failed: FAILED,
  cancelled: FAILED,
  expired: FAILED,
};

const ACTIONS: Readonly<Record<ModeName, string>> = {
  text: 'textGenerate',
  first_frame: 'generate',
  first_last: 'firstTailGenerate',
  reference: 'referenceGenerate',
  motion_control: 'generate',
  avatar_i2v: 'generate',
  lip_sync: 'generate',
  template_effect: 'generate',
  edit: 'remixGenerate',
  extend: 'remixGenerate',
  upscale: 'remixGenerate',
  multi_frame: 'referenceGenerate',
};

/** A time that has not come yet. */
const NOT_YET = 0;

export function writeCreated(view: JobView, language: Language): HttpReply {
  return { status: 200, headers: {}, body: { ...taskOf(view.job), ...warningsOf(view.job, language) } };
}

export function writeFound(view: JobView, language: Language): HttpReply {
  const { job, links } = view;
  const failure = failureOf(job, language);
  const url = job.state === 'succeeded' ? links.video : null;
  const body = {
    ...taskOf(job),
    format: 'mp4',
    url,
    metadata: metadataOf(job),
    cost: shownCost(job),
    error: failure === null ? null : { code: failure.kind, message: failure.message },
    code: 'success',
    message: '',
    data: envelopeOf(job, url, failure?.message ?? ''),
    ...warningsOf(job, language),
  };
  return { status: 200, headers: {}, body };
}

function taskOf(job: Job): JsonObject {
  const id = publicId('task_', job.id);
  return {
    id,
    task_id: id,
    object: 'video.generation.job',
    model: job.spec.requestedModel,
    status: STATUSES[job.state].status,
    progress: shownProgress(job.state, job.progress),
    created_at: unixSeconds(job.createdAt),
  };
}

/** What the video is: measured once it is there, asked for until then. */
function metadataOf(job: Job): JsonObject {
  const { spec, facts } = job;
  return {
    duration: shownSeconds(job),
    fps: facts?.fps ?? spec.fps,
    width: facts?.width ?? spec.width,
    height: facts?.height ?? spec.height,
    seed: spec.seed,
  };
}

/** The vendor's own words, which others put under the inner `data`, are told to nobody. */
function envelopeOf(job: Job, url: string | null, failReason: string): JsonObject {
  const madeAt = unixSeconds(job.createdAt);
  const { envelope } = STATUSES[job.state];
  return {
    task_id: publicId('task_', job.id),
    action: ACTIONS[job.spec.mode],
    status: envelope,
    // Older clients look here for the video's address.
    fail_reason: url ?? failReason,
    result_url: url ?? '',
    submit_time: madeAt,
    start_time: envelope === 'QUEUED' ? NOT_YET : madeAt,
    finish_time: job.completedAt === null ? NOT_YET : unixSeconds(job.completedAt),
    progress: `${shownProgress(job.state, job.progress)}%`,
    properties: { input: job.spec.prompt ?? '' },
    data: null,
  };
}

function warningsOf(job: Job, language: Language): JsonObject {
  if (job.notes.length === 0) return {};
  return { warnings: job.notes.map(({ code, param, because }) => ({ code, param, message: because[language] })) };
}
