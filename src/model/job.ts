/** Our record of one video to be made, as every part of the server and every dialect sees it. */

import type { Failure, FailureKind } from './failure.ts';
import type { Micros } from './money.ts';
import type { ModeName, VideoSpec } from './spec.ts';
import type { Note } from './violation.ts';

export const JOB_STATES = [
  'queued',
  'submitting',
  'running',
  'collecting',
  'succeeded',
  'failed',
  'cancelled',
  'expired',
] as const;
export type JobState = (typeof JOB_STATES)[number];

export const TERMINAL_STATES: readonly JobState[] = ['succeeded', 'failed', 'cancelled', 'expired'];

export function isTerminal(state: JobState): boolean {
  return TERMINAL_STATES.includes(state);
}

export type KeyMode = 'live' | 'test';

/** What the delivered video turned out to be; `fps` and the codecs are null where the file does not say. */
export type VideoFacts = {
  readonly durationMs: number;
  readonly width: number;
  readonly height: number;
  readonly fps: number | null;
  readonly videoCodec: string;
  readonly audioCodec: string | null;
};

export type Job = {
  /** UUIDv7; the core of the public id in every dialect. */
  readonly id: string;
  readonly accountId: string;
  readonly keyId: string;
  readonly mode: KeyMode;
  readonly dialect: string;
  readonly state: JobState;
  readonly version: number;
  readonly spec: VideoSpec;
  readonly notes: readonly Note[];
  /** 0 to 100. */
  readonly progress: number;
  readonly failure: Failure | null;
  /** Null where the model has no price yet. */
  readonly quoteMicros: Micros | null;
  readonly holdMicros: Micros;
  /** Null until the job is settled. */
  readonly chargeMicros: Micros | null;
  readonly facts: VideoFacts | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly completedAt: Date | null;
  /** When the job ends as `expired` if nothing is heard. */
  readonly deadlineAt: Date;
};

/** Which of an account's jobs a list is of; what is absent leaves all in. */
export type JobFilter = {
  readonly states?: readonly JobState[];
  readonly ids?: readonly string[];
  readonly externalIds?: readonly string[];
  /** The name that the client used, without regard to case. */
  readonly model?: string;
  readonly modes?: readonly ModeName[];
  readonly offPeak?: boolean;
  readonly createdFrom?: Date;
  /** Not itself included. */
  readonly createdTo?: Date;
};

export const ASSET_VARIANTS = ['video', 'thumbnail', 'spritesheet'] as const;
export type AssetVariant = (typeof ASSET_VARIANTS)[number];

/** Signed addresses that need no header, present once the file exists. */
export type JobLinks = { readonly [variant in AssetVariant]: string | null };

/** One submit of a job, as its owner may see it. */
export type Attempt = {
  readonly number: number;
  readonly state: 'submitting' | 'accepted' | 'refused' | 'unknown';
  /** Why it was refused, or what became of it. */
  readonly failure: FailureKind | null;
  readonly createdAt: Date;
  readonly answeredAt: Date | null;
};

/** What a job's owner hears of; `progress` is no entry of the job's history. */
export const EVENT_TYPES = [
  'created',
  'submitting',
  'accepted',
  'refused',
  'vendor_failed',
  'outcome_unknown',
  'progress',
  'finished',
  'copy_failed',
  'succeeded',
  'failed',
  'cancelled',
  'expired',
  'deleted',
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/** An entry of a job's history: what happened, and what the job became with it. */
export type PastEvent = { readonly type: EventType; readonly state: JobState; readonly at: Date };

export type JobHistory = { readonly attempts: readonly Attempt[]; readonly events: readonly PastEvent[] };

/** A job with all that an answer about it may show. */
export type JobView = {
  readonly job: Job;
  readonly links: JobLinks;
  /** When the links stop working; null while there are none. */
  readonly linksExpireAt: Date | null;
  /** When asking again is worth while, in milliseconds; null once the job has ended. */
  readonly pollAfterMs: number | null;
  /** Absent where the answer does not show it. */
  readonly history?: JobHistory;
};
