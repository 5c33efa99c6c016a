/** Writes jobs as Ark's tasks: what was made, how many tokens it took, and the settings it was made with. */

import type { Job, JobState, JobView } from '../../model/job.ts';
import { JOB_STATES } from '../../model/job.ts';
import type { JsonObject } from '../../model/json.ts';
import type { Language } from '../../model/violation.ts';
import type { CallbackMessage, HttpReply, ListPage } from '../dialect.ts';
import { failureOf, publicId, shownSeconds, unixSeconds } from '../job-words.ts';
import { taskCodeOf } from './write-failure.ts';

type Status = 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled' | 'expired';

export const STATUSES: Readonly<Record<JobState, Status>> = {
  queued: 'queued',
  submitting: 'queued',
  running: 'running',
  collecting: 'running',
  succeeded: 'succeeded',
  failed: 'failed',
  cancelled: 'cancelled',
  expired: 'expired',
};
export const STATE_WORDS: readonly Status[] = [...new Set(JOB_STATES.map((state) => STATUSES[state]))];

/** Settings that a task repeats where they were given. */
const ECHOED = ['tools', 'safety_identifier', 'priority'];

/** Ark bills 24 frames a second and one more, in pixels by 1024. */
const TOKEN_FRAMES_PER_SECOND = 24;
const PIXELS_PER_TOKEN = 1024;

export function writeCreated({ job }: JobView): HttpReply {
  return { status: 200, headers: {}, body: { id: publicId('', job.id) } };
}

export function writeTask(view: JobView, language: Language): HttpReply {
  return { status: 200, headers: {}, body: taskOf(view, language) };
}

export function writeList(page: ListPage, language: Language): HttpReply {
  const items = page.views.map((view) => taskOf(view, language));
  return { status: 200, headers: {}, body: { items, total: page.total ?? items.length } };
}

/** The task as it is queried; Ark signs no callback. */
export function writeCallback(view: JobView): CallbackMessage {
  return { body: taskOf(view, 'en'), headers: () => ({}) };
}

function taskOf(view: JobView, language: Language): JsonObject {
  const { job } = view;
  const failure = job.state === 'failed' ? failureOf(job, language) : null;
  return {
    id: publicId('', job.id),
    model: job.spec.requestedModel,
    status: STATUSES[job.state],
    error: failure === null ? null : { code: taskCodeOf(failure.kind), message: failure.message },
    ...(job.state === 'succeeded' ? resultOf(view) : {}),
    created_at: unixSeconds(job.createdAt),
    updated_at: unixSeconds(job.updatedAt),
    service_tier: job.spec.offPeak ? 'flex' : 'default',
    execution_expires_after: Math.round((job.deadlineAt.getTime() - job.createdAt.getTime()) / 1000),
    ...Object.fromEntries(Object.entries(job.spec.vendor).filter(([key]) => ECHOED.includes(key))),
  };
}

function resultOf({ job, links }: JobView): JsonObject {
  const { spec, facts } = job;
  const tokens = tokensOf(job);
  return {
    content: { video_url: links.video },
    usage: { completion_tokens: tokens, total_tokens: tokens },
    ...(spec.seed === null ? {} : { seed: spec.seed }),
    resolution: spec.resolution,
    ratio: spec.ratio,
    duration: shownSeconds(job),
    framespersecond: Math.round(facts?.fps ?? spec.fps),
    generate_audio: spec.audio,
    draft: spec.vendor['draft'] === true,
  };
}

function tokensOf(job: Job): number {
  const { width, height } = job.facts ?? job.spec;
  const frames = TOKEN_FRAMES_PER_SECOND * shownSeconds(job) + 1;
  return Math.ceil((width * height * frames) / PIXELS_PER_TOKEN);
}
