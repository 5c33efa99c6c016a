/** Words and figures of a job that every dialect shows in its own place. */

import type { Failure, FailureKind } from '../model/failure.ts';
import { parseJobId } from '../model/id.ts';
import type { Job, JobState } from '../model/job.ts';
import type { JsonObject } from '../model/json.ts';
import { formatUsd } from '../model/money.ts';
import type { Micros } from '../model/money.ts';
import { violationMessage } from '../model/violation.ts';
import type { Language } from '../model/violation.ts';

/** Sentences for ends that carry no failure of their own. */
const ENDS: Readonly<Record<'failed' | 'cancelled' | 'expired', Readonly<Record<Language, string>>>> = {
  failed: { en: 'The video could not be made.', zh: '视频生成失败。' },
  cancelled: { en: 'The job was cancelled.', zh: '任务已取消。' },
  expired: { en: 'The job did not finish before its deadline.', zh: '任务未能在期限内完成。' },
};

/** How a job ended without a video. */
export type JobFailure = { readonly kind: FailureKind; readonly message: string };

/** Null for a job that has a video or may still get one. */
export function failureOf(job: Pick<Job, 'state' | 'failure'>, language: Language): JobFailure | null {
  switch (job.state) {
    case 'queued':
    case 'submitting':
    case 'running':
    case 'collecting':
    case 'succeeded':
      return null;
    case 'cancelled':
    case 'expired':
      return { kind: job.state, message: endMessage(job.failure, job.state, language) };
    case 'failed':
      return { kind: job.failure?.kind ?? 'generation_failed', message: endMessage(job.failure, 'failed', language) };
  }
}

function endMessage(failure: Failure | null, end: keyof typeof ENDS, language: Language): string {
  return failure === null ? ENDS[end][language] : failureMessage(failure, language);
}

/** Every violation in a sentence of its own, else the failure's message. */
export function failureMessage(failure: Failure, language: Language): string {
  const violations = failure.violations ?? [];
  if (violations.length === 0) return failure.message;
  return violations.map((fault) => violationMessage(fault, language)).join(' ');
}

/** 0 to 100, and 100 only for a video that is there. */
export function shownProgress(state: JobState, progress: number): number {
  return state === 'succeeded' ? 100 : Math.min(Math.max(Math.floor(progress), 0), 99);
}

/** Length of the video in whole seconds, at least 1: measured once it is there, asked for until then. */
export function shownSeconds(job: Pick<Job, 'spec' | 'facts'>): number {
  return job.facts === null ? job.spec.seconds : Math.max(1, Math.round(job.facts.durationMs / 1000));
}

/** What the job is expected to cost, what is held for it, and what was charged: decimal USD, null where not known. */
export function shownCost(job: Pick<Job, 'quoteMicros' | 'holdMicros' | 'chargeMicros' | 'mode'>): JsonObject {
  const usd = (micros: Micros | null): string | null => (micros === null ? null : formatUsd(micros));
  const { quoteMicros, holdMicros, chargeMicros, mode } = job;
  return {
    currency: 'USD',
    quote: usd(quoteMicros),
    hold: usd(holdMicros),
    charge: usd(chargeMicros),
    test: mode === 'test',
  };
}

export function unixSeconds(date: Date): number {
  return Math.floor(date.getTime() / 1000);
}

/** The id with the prefix of a dialect, whatever the dialect it was given in. */
export function publicId(prefix: 'video_' | 'task_' | '', id: string): string {
  return `${prefix}${parseJobId(id) ?? id}`;
}
