/** Writes jobs as the tasks of the task API. */

import type { JobState, JobView } from '../../model/job.ts';
import type { JsonObject } from '../../model/json.ts';
import type { Language } from '../../model/violation.ts';
import type { HttpReply, ListPage } from '../dialect.ts';
import { failureOf, shownSeconds } from '../job-words.ts';
import { envelope, units } from './write.ts';

export type TaskStatus = 'submitted' | 'processing' | 'succeeded' | 'failed';

export const TASK_STATUSES: Readonly<Record<JobState, TaskStatus>> = {
  queued: 'submitted',
  submitting: 'submitted',
  running: 'processing',
  collecting: 'processing',
  succeeded: 'succeeded',
  failed: 'failed',
  cancelled: 'failed',
  expired: 'failed',
};

export function writeTaskCreated(view: JobView, language: Language): HttpReply {
  return envelope([view], headOf(view, language));
}

/** The query answers a list, also where one task was asked for. */
export function writeTasks({ views }: Pick<ListPage, 'views'>, language: Language): HttpReply {
  return envelope(
    views,
    views.map((view) => fullTaskOf(view, language)),
  );
}

export function writeTaskPage({ views, hasMore }: ListPage, language: Language): HttpReply {
  const last = views.at(-1);
  return envelope(views, {
    result: views.map((view) => fullTaskOf(view, language)),
    count: views.length,
    next_cursor: hasMore && last !== undefined ? last.job.id : '',
    has_more: hasMore,
  });
}

/** The task, also as its callback tells it. */
export function fullTaskOf(view: JobView, language: Language): JsonObject {
  const { job, links } = view;
  const isDone = job.state === 'succeeded';
  return {
    ...headOf(view, language),
    outputs: isDone ? [{ type: 'video', id: job.id, url: links.video, duration: String(shownSeconds(job)) }] : [],
    billing:
      isDone && job.chargeMicros !== null
        ? [{ charge_type: 'unit', amount: units(job.chargeMicros), package_type: 'video' }]
        : [],
  };
}

function headOf({ job }: JobView, language: Language): JsonObject {
  return {
    id: job.id,
    status: TASK_STATUSES[job.state],
    message: failureOf(job, language)?.message ?? '',
    create_time: job.createdAt.getTime(),
    update_time: job.updatedAt.getTime(),
    external_id: job.spec.externalId ?? '',
  };
}
