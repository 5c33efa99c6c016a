/** Writes jobs as DashScope's tasks: one envelope, with times of Beijing. */

import type { Job, JobState, JobView } from '../../model/job.ts';
import type { JsonObject } from '../../model/json.ts';
import type { Language } from '../../model/violation.ts';
import type { HttpReply, ListPage } from '../dialect.ts';
import { failureOf, shownSeconds } from '../job-words.ts';
import { codeOf } from './write-failure.ts';

export type Status = 'PENDING' | 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'CANCELED';

export const STATUSES: Readonly<Record<JobState, Status>> = {
  queued: 'PENDING',
  submitting: 'PENDING',
  running: 'RUNNING',
  collecting: 'RUNNING',
  succeeded: 'SUCCEEDED',
  failed: 'FAILED',
  cancelled: 'CANCELED',
  expired: 'FAILED',
};

const BEIJING_OFFSET_MS = 8 * 3_600_000;
const LABEL_DIGITS = /^(\d{3,4})p$/;

export function writeCreated({ job }: JobView): HttpReply {
  return reply(job, { task_status: STATUSES[job.state], task_id: job.id });
}

export function writeTask(view: JobView, language: Language): HttpReply {
  const usage = view.job.state === 'succeeded' ? { usage: usageOf(view.job) } : {};
  return reply(view.job, outputOf(view, language), usage);
}

export function writeCancelled({ job }: JobView): HttpReply {
  return { status: 200, headers: {}, body: { request_id: job.id } };
}

export function writeList(found: ListPage, at: { page: number; limit: number }, language: Language): HttpReply {
  const total = found.total ?? found.views.length;
  const body = {
    request_id: found.views[0]?.job.id ?? '',
    data: found.views.map((view) => ({ ...outputOf(view, language), model_name: view.job.spec.requestedModel })),
    total,
    total_page: Math.ceil(total / at.limit),
    page_no: at.page,
    page_size: at.limit,
  };
  return { status: 200, headers: {}, body };
}

/** The request is known by the job it made. */
function reply(job: Job, output: JsonObject, more: JsonObject = {}): HttpReply {
  return { status: 200, headers: {}, body: { request_id: job.id, output, ...more } };
}

function outputOf({ job, links }: JobView, language: Language): JsonObject {
  const failure = failureOf(job, language);
  const isDone = job.state === 'succeeded';
  return {
    task_id: job.id,
    task_status: STATUSES[job.state],
    submit_time: beijing(job.createdAt),
    ...(job.state === 'queued' || job.state === 'submitting' ? {} : { scheduled_time: beijing(job.createdAt) }),
    ...(job.completedAt === null ? {} : { end_time: beijing(job.completedAt) }),
    ...(isDone ? { orig_prompt: job.spec.prompt ?? '', video_url: links.video } : {}),
    ...(failure === null ? {} : { code: codeOf(failure.kind), message: failure.message }),
  };
}

function usageOf(job: Job): JsonObject {
  const { spec, facts } = job;
  const seconds = shownSeconds(job);
  const label = LABEL_DIGITS.exec(spec.resolution)?.[1];
  return {
    duration: seconds,
    size: `${facts?.width ?? spec.width}*${facts?.height ?? spec.height}`,
    input_video_duration: Math.round(
      spec.inputs
        .filter(({ mime }) => mime.startsWith('video/'))
        .reduce((sum, { durationMs }) => sum + (durationMs ?? 0), 0) / 1000,
    ),
    output_video_duration: seconds,
    video_count: spec.count,
    ...(label === undefined ? {} : { SR: Number(label) }),
  };
}

/** `2025-09-29 14:18:52.331`, without a zone. */
function beijing(date: Date): string {
  return new Date(date.getTime() + BEIJING_OFFSET_MS).toISOString().replace('T', ' ').replace('Z', '');
}
