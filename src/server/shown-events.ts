/** Which entries of a job's history its owner is shown, and what the job was after each. */

import { EVENT_TYPES } from '../model/job.ts';
import type { EventType, JobState } from '../model/job.ts';

/** What a job is after each kind of event. */
const STATES: Readonly<Record<Exclude<EventType, 'progress' | 'deleted'>, JobState>> = {
  created: 'queued',
  submitting: 'submitting',
  accepted: 'running',
  refused: 'queued',
  vendor_failed: 'queued',
  outcome_unknown: 'submitting',
  finished: 'collecting',
  copy_failed: 'collecting',
  succeeded: 'succeeded',
  failed: 'failed',
  cancelled: 'cancelled',
  expired: 'expired',
};

/** Null for entries of the history that are the operator's. `jobState` is the job's now. */
export function shownEvent(type: string, jobState: JobState): { type: EventType; state: JobState } | null {
  const known = EVENT_TYPES.find((candidate) => candidate === type) ?? 'progress';
  if (known === 'progress') return null;
  return { type: known, state: known === 'deleted' ? jobState : STATES[known] };
}
