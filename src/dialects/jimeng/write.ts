/** Writes jobs as tasks of the visual API: an envelope with a code, whose status says how far the task is. */

import type { JobState, JobView } from '../../model/job.ts';
import type { JsonObject } from '../../model/json.ts';
import type { Language } from '../../model/violation.ts';
import type { HttpReply } from '../dialect.ts';
import { failureOf, publicId } from '../job-words.ts';
import { taskCodeOf } from './write-failure.ts';

type Status = 'in_queue' | 'generating' | 'done' | 'not_found' | 'expired';

/** The API knows no cancel: a task cancelled elsewhere is gone. */
export const STATUSES: Readonly<Record<JobState, Status>> = {
  queued: 'in_queue',
  submitting: 'in_queue',
  running: 'generating',
  collecting: 'generating',
  succeeded: 'done',
  failed: 'done',
  cancelled: 'not_found',
  expired: 'expired',
};

const SUCCESS = { code: 10_000, message: 'Success' };

export function writeSubmitted({ job }: JobView): HttpReply {
  return reply(SUCCESS, { task_id: publicId('', job.id) }, job.id);
}

/** A failed task is told by its code alone: clients take another HTTP status for a failure to ask, and ask again. */
export function writeTask({ job, links }: JobView, language: Language): HttpReply {
  const failure = job.state === 'failed' ? failureOf(job, language) : null;
  const outcome = failure === null ? SUCCESS : { code: taskCodeOf(failure.kind), message: failure.message };
  return reply(outcome, dataOf(STATUSES[job.state], links.video ?? ''), job.id);
}

/** An id that is no task's is a state of tasks here, not a failure. */
export function writeMissing(): HttpReply {
  return reply(SUCCESS, dataOf('not_found', ''), '');
}

function dataOf(status: Status, videoUrl: string): JsonObject {
  return {
    binary_data_base64: videoUrl === '' ? null : [],
    image_urls: null,
    resp_data: '',
    status,
    video_url: videoUrl,
  };
}

/** The request is known by the job it is about. */
function reply({ code, message }: typeof SUCCESS, data: JsonObject, requestId: string): HttpReply {
  return { status: 200, headers: {}, body: { code, data, message, request_id: requestId, status: code } };
}
