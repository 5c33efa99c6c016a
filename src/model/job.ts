/** Our record of one video to be made, as every part of the server and every dialect sees it. */

import type { Failure } from './failure.ts';
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

/** A job with all that an answer about it may show. */
export type JobView = {
  readonly job: Job;
  readonly links: JobLinks;
  /** When the links stop working; null while there are none. */
  readonly linksExpireAt: Date | null;
  /** When asking again is worth while, in milliseconds; null once the job has ended. */
  readonly pollAfterMs: number | null;
};
