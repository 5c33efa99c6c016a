/** What every part of the engine works with, and its bounds. */

import type { Log } from '../log.ts';
import type { GuardedFetcher } from '../media/guard/guarded-fetch.ts';
import type { Inspector } from '../media/inspect/inspect.ts';
import type { Storage } from '../media/storage/storage.ts';
import type { Provider } from '../providers/provider.ts';
import type { Secrets } from '../secrets.ts';
import type { Database, Queryable } from '../store/database.ts';
import type { Channel } from '../store/channels.ts';
import type { CollectTask } from './collect-queue.ts';

/** All times in milliseconds. */
export type EngineLimits = {
  /** How long the answer to a create waits for the vendor's word. */
  readonly answerMs: number;
  /** Total time of one submit call. */
  readonly submitMs: number;
  /** Total time of one check, find or cancel call. */
  readonly checkMs: number;
  /** Longest time between two looks at the table of due jobs. */
  readonly pollMs: number;
  readonly leaseMs: number;
  readonly claimBatch: number;
  readonly maxAttempts: number;
  /** Calls under way at once for due jobs. */
  readonly concurrency: number;
};

export const ENGINE_LIMITS: EngineLimits = {
  answerMs: 10_000,
  submitMs: 30_000,
  checkMs: 20_000,
  pollMs: 250,
  leaseMs: 60_000,
  claimBatch: 100,
  maxAttempts: 4,
  concurrency: 32,
};

export type EngineContext = {
  /** Names this process in leases. */
  readonly node: string;
  readonly db: Database;
  readonly log: Log;
  readonly secrets: Secrets;
  readonly providers: ReadonlyMap<string, Provider>;
  readonly storage: Storage;
  readonly fetcher: GuardedFetcher;
  readonly inspector: Inspector;
  readonly limits: EngineLimits;
  /** All channels that are not deleted, as they are now. */
  readonly channels: () => Promise<readonly Channel[]>;
  /** Queues the copying of a finished video within the transaction that says it is finished. */
  readonly queueCollect: (tx: Queryable, task: CollectTask) => Promise<void>;
  /** Tells the collecting worker that there is work. */
  readonly wakeCollect: () => void;
};
