/** Writes jobs as the tasks of `/v1/videos`: one envelope, times in milliseconds, and the status word `succeed`. */

import type { Job, JobState, JobView } from '../../model/job.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import type { Micros } from '../../model/money.ts';
import type { Language } from '../../model/violation.ts';
import type { HttpReply, ListPage } from '../dialect.ts';
import { failureOf, shownSeconds } from '../job-words.ts';

type Status = 'submitted' | 'processing' | 'succeed' | 'failed';

const STATUSES: Readonly<Record<JobState, Status>> = {
  queued: 'submitted',
  submitting: 'submitted',
  running: 'processing',
  collecting: 'processing',
  succeeded: 'succeed',
  failed: 'failed',
  cancelled: 'failed',
  expired: 'failed',
};

/** A request is known by the job it was about. */
export function envelope(jobs: readonly JobView[], data: Json): HttpReply {
  const body = { code: 0, message: 'SUCCEED', request_id: jobs[0]?.job.id ?? '', data };
  return { status: 200, headers: {}, body };
}

export function writeCreated(view: JobView): HttpReply {
  return envelope([view], headOf(view.job));
}

export function writeTask(view: JobView, language: Language): HttpReply {
  return envelope([view], taskOf(view, language));
}

export function writeList({ views }: ListPage, language: Language): HttpReply {
  return envelope(
    views,
    views.map((view) => taskOf(view, language)),
  );
}

/** The task, also as its callback tells it. */
export function taskOf(view: JobView, language: Language): JsonObject {
  const { job, links } = view;
  const isDone = job.state === 'succeeded';
  return {
    ...headOf(job),
    task_status_msg: failureOf(job, language)?.message ?? '',
    ...(isDone ? { watermark_info: { enabled: job.spec.watermark } } : {}),
    ...(isDone && job.chargeMicros !== null ? { final_unit_deduction: units(job.chargeMicros) } : {}),
    task_result: { videos: isDone ? [videoOf(job, links.video)] : [] },
  };
}

function headOf({ id, spec, state, createdAt, updatedAt }: Job): JsonObject {
  return {
    task_id: id,
    task_info: { external_task_id: spec.externalId ?? '', ...parentOf(spec) },
    task_status: STATUSES[state],
    created_at: createdAt.getTime(),
    updated_at: updatedAt.getTime(),
  };
}

/** An extended video names the one that it extends, where a task made it. */
function parentOf({ mode, inputs }: Job['spec']): JsonObject {
  const source = mode === 'extend' ? inputs.find(({ role }) => role === 'source_video') : undefined;
  if (source === undefined || source.jobId === undefined || source.jobId === null) return {};
  const seconds = Math.round((source.durationMs ?? 0) / 1000);
  return { parent_video: { id: source.jobId, duration: String(seconds) } };
}

/** The id of a video is that of its job: it may be sent back as `video_id`. A watermark is in the one file there is. */
function videoOf(job: Job, url: string | null): JsonObject {
  return {
    id: job.id,
    url,
    watermark_url: job.spec.watermark ? url : '',
    duration: String(shownSeconds(job)),
  };
}

/** Of a Kling unit at its list price. */
const MICROS_PER_HUNDREDTH_UNIT = 1_400n;

/** What the account paid, in the units of Kling's price list, rounded to hundredths. */
export function units(micros: Micros): string {
  const hundredths = (micros + MICROS_PER_HUNDREDTH_UNIT / 2n) / MICROS_PER_HUNDREDTH_UNIT;
  const rest = String(hundredths % 100n).padStart(2, '0');
  return `${hundredths / 100n}.${rest}`.replace(/\.?0+$/, '');
}
