/** Writes jobs as MiniMax's version 1 does: bare tasks, the file apart, and a verdict in each body. */

import type { JobState, JobView } from '../../model/job.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import type { Language } from '../../model/violation.ts';
import type { CallbackMessage, HttpReply } from '../dialect.ts';
import { failureOf, unixSeconds } from '../job-words.ts';
import { BASE_CODES } from './write-failure.ts';

type Status = 'Queueing' | 'Processing' | 'Success' | 'Fail';

const STATUSES: Readonly<Record<JobState, Status>> = {
  queued: 'Queueing',
  submitting: 'Queueing',
  running: 'Processing',
  collecting: 'Processing',
  succeeded: 'Success',
  failed: 'Fail',
  cancelled: 'Fail',
  expired: 'Fail',
};

/** Callbacks say it in small letters. */
const CALLBACK_STATUSES: Readonly<Record<Status, string>> = {
  Queueing: 'processing',
  Processing: 'processing',
  Success: 'success',
  Fail: 'failed',
};

const SUCCESS = { status_code: 0, status_msg: 'success' } as const;
const NO_FILE = { status_code: 2013, status_msg: 'invalid params: the task has no file' } as const;

export function writeCreated({ job }: JobView): HttpReply {
  return ok({ task_id: job.id, base_resp: SUCCESS });
}

export function writeTask(view: JobView, language: Language): HttpReply {
  return ok(taskOf(view, language, STATUSES[view.job.state]));
}

/** A task's file has the task's own id; unlike MiniMax's it is no number. */
export function writeFile({ job, links }: JobView): HttpReply {
  if (job.state !== 'succeeded' || links.video === null) return ok({ file: null, base_resp: NO_FILE });
  const file = {
    file_id: job.id,
    created_at: unixSeconds(job.completedAt ?? job.createdAt),
    filename: 'output_aigc.mp4',
    purpose: 'video_generation',
    download_url: links.video,
  };
  return ok({ file, base_resp: SUCCESS });
}

/** Unsigned, as MiniMax's are. */
export function writeCallback(view: JobView): CallbackMessage {
  const body = taskOf(view, 'en', CALLBACK_STATUSES[STATUSES[view.job.state]]);
  return { body, headers: () => ({}) };
}

function taskOf({ job }: JobView, language: Language, status: string): JsonObject {
  const failure = failureOf(job, language);
  const verdict = failure === null ? SUCCESS : { status_code: BASE_CODES[failure.kind], status_msg: failure.message };
  const { facts, spec } = job;
  const file =
    job.state === 'succeeded'
      ? { file_id: job.id, video_width: facts?.width ?? spec.width, video_height: facts?.height ?? spec.height }
      : {};
  return { task_id: job.id, status, ...file, base_resp: verdict };
}

function ok(body: Json): HttpReply {
  return { status: 200, headers: {}, body };
}
