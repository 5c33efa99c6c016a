/** Writes jobs as MiniMax's version 2 does. */

import type { JobState, JobView } from '../../model/job.ts';
import type { JsonObject } from '../../model/json.ts';
import type { Language } from '../../model/violation.ts';
import type { CallbackMessage, HttpReply, ListPage } from '../dialect.ts';
import { failureOf, shownSeconds, unixSeconds } from '../job-words.ts';
import { BASE_CODES } from './write-failure.ts';

const STATUSES: Readonly<Record<JobState, string>> = {
  queued: 'queued',
  submitting: 'queued',
  running: 'running',
  collecting: 'running',
  succeeded: 'succeeded',
  failed: 'failed',
  cancelled: 'cancelled',
  expired: 'expired',
};

const SECOND_MS = 1000;

export function writeCreatedV2({ job }: JobView): HttpReply {
  return { status: 200, headers: {}, body: { task_id: job.id } };
}

export function writeTaskV2(view: JobView, language: Language): HttpReply {
  return { status: 200, headers: {}, body: { task: taskOf(view, language) } };
}

export function writeListV2(page: ListPage, language: Language): HttpReply {
  const items = page.views.map((view) => taskOf(view, language));
  return { status: 200, headers: {}, body: { items, total: page.total ?? items.length } };
}

/** Unsigned, as MiniMax's are. */
export function writeCallbackV2(view: JobView): CallbackMessage {
  return { body: { task: taskOf(view, 'en') }, headers: () => ({}) };
}

function taskOf({ job, links }: JobView, language: Language): JsonObject {
  const { spec } = job;
  const failure = failureOf(job, language);
  const seconds = shownSeconds(job);
  const inputs = spec.inputs.filter(({ mime }) => mime.startsWith('video/'));
  const inputSeconds = Math.ceil(inputs.reduce((sum, { durationMs }) => sum + (durationMs ?? 0), 0) / SECOND_MS);
  const done =
    job.state === 'succeeded'
      ? {
          content: { url: links.video, prompt: spec.prompt ?? '' },
          usage: {
            total_seconds: seconds + inputSeconds,
            input_seconds: inputSeconds,
            output_seconds: seconds,
            input_image_count: spec.inputs.filter(({ mime }) => mime.startsWith('image/')).length,
          },
        }
      : {};
  return {
    id: job.id,
    model: spec.requestedModel,
    status: STATUSES[job.state],
    created_at: unixSeconds(job.createdAt),
    updated_at: unixSeconds(job.updatedAt),
    resolution: spec.resolution.toUpperCase(),
    duration: seconds,
    ratio: spec.ratio,
    ...done,
    ...(failure === null ? {} : { error: { code: String(BASE_CODES[failure.kind]), message: failure.message } }),
  };
}
