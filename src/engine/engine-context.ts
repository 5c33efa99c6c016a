/** What every part of the engine works with, and its bounds. */

import type { Log } from '../log.ts';
import type { GuardedFetcher } from '../media/guard/guarded-fetch.ts';
import type { Inspector } from '../media/inspect/inspect.ts';
import type { Room } from '../media/storage/room.ts';
import type { Storage } from '../media/storage/storage.ts';
import type { VendorConnections } from '../providers/http.ts';
import type { KeptDays } from '../model/retention.ts';
import type { Provider } from '../providers/provider.ts';
import type { Secrets } from '../secrets.ts';
import type { Database, Queryable } from '../store/database.ts';
import type { WriteJob } from '../store/job-writer.ts';
import type { CollectTask } from './collect-queue.ts';
import type { Expectations } from './expectations.ts';
import type { Health } from './health.ts';
import type { LiveCatalogue } from './live-catalogue.ts';
import type { LiveChannels } from './live-channels.ts';
import type { CallbackWriter } from './notify/own-callback.ts';
import type { Watch } from './watch.ts';

/** All times in milliseconds. */
export type EngineLimits = {
  /** How long the answer to a create waits for the vendor's word. */
  readonly answerMs: number;
  /** The fetch of one input. */
  readonly inputMs: number;
  /** Total time of one submit call. */
  readonly submitMs: number;
  /** All attempts of a job together, until it waits or fails; and how much of that must be left for another one. */
  readonly roundMs: number;
  readonly attemptMs: number;
  /** Total time of one check, find or cancel call. */
  readonly checkMs: number;
  /** Longest time between two looks at the table of due jobs. */
  readonly pollMs: number;
  readonly leaseMs: number;
  readonly claimBatch: number;
  readonly maxAttempts: number;
  /** Submits of queued jobs under way at once. */
  readonly concurrency: number;
  /** Jobs that a vendor has, in this node's hands at once; and calls about them under way at one channel. */
  readonly checks: number;
  readonly channelCalls: number;
};

export const ENGINE_LIMITS: EngineLimits = {
  answerMs: 10_000,
  inputMs: 20_000,
  submitMs: 30_000,
  roundMs: 30_000,
  attemptMs: 5_000,
  checkMs: 20_000,
  pollMs: 250,
  leaseMs: 60_000,
  claimBatch: 100,
  maxAttempts: 4,
  concurrency: 32,
  checks: 512,
  channelCalls: 16,
};

export type EngineContext = {
  /** Names this process in leases. */
  readonly node: string;
  /** Ids of rows, in the order they are made. */
  readonly newId: () => string;
  readonly db: Database;
  readonly log: Log;
  readonly secrets: Secrets;
  readonly providers: ReadonlyMap<string, Provider>;
  readonly storage: Storage;
  readonly fetcher: GuardedFetcher;
  /** To vendors, apart for each channel. */
  readonly connections: VendorConnections;
  readonly inspector: Inspector;
  readonly limits: EngineLimits;
  /** How this node's calls to channels and with credentials went lately. */
  readonly health: Health;
  /** How long each model's jobs take. */
  readonly expectations: Expectations;
  /** Where vendors reach this server; null where no public address is known. */
  readonly publicUrl: string | null;
  /** The models there are. */
  readonly catalogue: LiveCatalogue;
  readonly channels: LiveChannels;
  /** Puts new jobs on record, with their holds. */
  readonly writeJob: WriteJob;
  /** Queues the copying of a finished video within the transaction that says it is finished. */
  readonly queueCollect: (tx: Queryable, task: CollectTask) => Promise<void>;
  /** Tells the collecting worker that there is work. */
  readonly wakeCollect: () => void;
  /** Writes callbacks in the words of the APIs that jobs come through. */
  readonly writeCallback?: CallbackWriter;
  /** How long accounts keep what they have, unless they say otherwise. */
  readonly keptDays?: KeptDays;
  /** Whether there is room for more; absent where nobody looks. */
  readonly room?: Room;
  /** Tells those who wait on this node that it may have changed a job. */
  readonly wakeReaders?: () => void;
  /** Hears of the work that is done. */
  readonly watch?: Watch;
};
