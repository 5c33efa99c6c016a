/** Writes jobs as the unified dialect's task object, with an echo of what was asked. */

import type { Job, JobState, JobView } from '../../model/job.ts';
import type { JsonObject } from '../../model/json.ts';
import type { Language } from '../../model/violation.ts';
import type { HttpReply } from '../dialect.ts';
import { failureOf, publicId, shownProgress, shownSeconds, unixSeconds } from '../job-words.ts';

type Status = 'queued' | 'processing' | 'completed' | 'failed' | 'cancelled';

export const STATUSES: Readonly<Record<JobState, Status>> = {
  queued: 'queued',
  submitting: 'queued',
  running: 'processing',
  collecting: 'processing',
  succeeded: 'completed',
  failed: 'failed',
  cancelled: 'cancelled',
  expired: 'failed',
};

export function writeJob(view: JobView, language: Language): HttpReply {
  const { job, links } = view;
  const { spec, state } = job;
  const failure = failureOf(job, language);
  const isDone = state === 'succeeded';
  const body = {
    id: publicId('video_', job.id),
    object: 'video',
    model: spec.requestedModel,
    status: STATUSES[state],
    progress: shownProgress(state, job.progress),
    created_at: unixSeconds(job.createdAt),
    completed_at: isDone && job.completedAt !== null ? unixSeconds(job.completedAt) : null,
    size: `${spec.width}x${spec.height}`,
    seconds: shownSeconds(job),
    video_url: isDone ? links.video : null,
    thumbnail_url: isDone ? links.thumbnail : null,
    enhanced_prompt: '',
    detail: { input: echo(job) },
    status_update_time: unixSeconds(job.updatedAt),
    ...(failure === null ? {} : { error: { code: failure.kind, message: failure.message } }),
    ...(job.notes.length === 0
      ? {}
      : { warnings: job.notes.map(({ code, param, because }) => ({ code, param, message: because[language] })) }),
  };
  return { status: 200, headers: {}, body };
}

/** Pictures that were not sent as URLs are left out: they would be as long as they were. */
function echo({ spec }: Job): JsonObject {
  const images = spec.inputs.flatMap(({ url }) => (url === null ? [] : [url]));
  return { aspect_ratio: spec.ratio, images, model: spec.requestedModel, prompt: spec.prompt };
}
