/** The life of a job as a table: what may happen in each state, and what follows. Pure. */

import type { JobState } from '../model/job.ts';

export type LifeEvent =
  /** An attempt is about to call a vendor. */
  | 'submit'
  | 'accept'
  /** The vendor said no, and another channel may be tried. */
  | 'refuse'
  /** Nobody took the job. */
  | 'reject'
  /** No complete answer came: the vendor may have the job or not. */
  | 'lose'
  /** Every channel that could serve is busy. */
  | 'postpone'
  | 'progress'
  /** The vendor says the video is ready. */
  | 'finish'
  /** The vendor says it will not become one. */
  | 'fail'
  /** The same, and another vendor may be asked. */
  | 'retry'
  | 'collect'
  /** The finished video could not be copied this time. */
  | 'stumble'
  | 'cancel'
  | 'expire';

export type Step = {
  readonly to: JobState;
  readonly money: 'keep' | 'capture' | 'release';
  /** The entry in the job's history; null where it would only be noise. */
  readonly event: string | null;
};

const step = (to: JobState, event: string | null, money: Step['money'] = 'keep'): Step => ({ to, event, money });

export const LIFECYCLE: Readonly<Record<JobState, Readonly<Partial<Record<LifeEvent, Step>>>>> = {
  queued: {
    submit: step('submitting', 'submitting'),
    postpone: step('queued', null),
    reject: step('failed', 'failed', 'release'),
    cancel: step('cancelled', 'cancelled', 'release'),
    expire: step('expired', 'expired', 'release'),
  },
  submitting: {
    accept: step('running', 'accepted'),
    refuse: step('queued', 'refused'),
    reject: step('failed', 'failed', 'release'),
    lose: step('submitting', 'outcome_unknown'),
    postpone: step('submitting', null),
    expire: step('expired', 'expired', 'release'),
  },
  running: {
    progress: step('running', null),
    finish: step('collecting', 'finished'),
    fail: step('failed', 'failed', 'release'),
    retry: step('queued', 'vendor_failed'),
    cancel: step('cancelled', 'cancelled', 'release'),
    expire: step('expired', 'expired', 'release'),
  },
  collecting: {
    postpone: step('collecting', null),
    stumble: step('collecting', 'copy_failed'),
    collect: step('succeeded', 'succeeded', 'capture'),
    expire: step('expired', 'expired', 'release'),
  },
  succeeded: {},
  failed: {},
  cancelled: {},
  expired: {},
};

/** What `event` does to a job in `state`; null if it can do nothing there. */
export function stepOf(state: JobState, event: LifeEvent): Step | null {
  return LIFECYCLE[state][event] ?? null;
}
