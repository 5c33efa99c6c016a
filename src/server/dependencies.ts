/** What the server is given to work with, and what it adds to each request. */

import type { AuthForm, Dialect, HttpReply, IncomingFile } from '../dialects/dialect.ts';
import type { Engine } from '../engine/engine.ts';
import type { EventFollower } from '../engine/event-follower.ts';
import type { LiveCatalogue } from '../engine/live-catalogue.ts';
import type { Log } from '../log.ts';
import type { GuardedFetcher } from '../media/guard/guarded-fetch.ts';
import type { Room } from '../media/storage/room.ts';
import type { Storage } from '../media/storage/storage.ts';
import type { Failure } from '../model/failure.ts';
import type { KeptDays } from '../model/retention.ts';
import type { Language } from '../model/violation.ts';
import type { Provider } from '../providers/provider.ts';
import type { Secrets } from '../secrets.ts';
import type { Metrics } from '../metrics.ts';
import type { ApiKey, RequestLimits } from '../store/accounts.ts';
import type { StreamBounds } from './bounds.ts';
import type { LoadReading } from './load.ts';
import type { Database } from '../store/database.ts';

export type ServerDependencies = {
  readonly db: Database;
  readonly engine: Engine;
  readonly catalogue: LiveCatalogue;
  /** Wakes answers that wait for a job. */
  readonly events: EventFollower;
  readonly storage: Storage;
  readonly secrets: Secrets;
  /** Judges the URLs that clients want to be told at. */
  readonly fetcher: GuardedFetcher;
  readonly log: Log;
  /** The first one answers for addresses that belong to none. */
  readonly dialects: readonly Dialect[];
  /** Where clients reach this server, without a slash at the end; read each time a link is made. */
  readonly publicUrl: string;
  readonly adminKeyDigest: Buffer;
  /** Of the key that whoever can read the secret can make (`operator-key.ts`). */
  readonly operatorKeyDigest?: Buffer;
  readonly version: string;
  readonly metrics: Metrics;
  /** Opens `/metrics` besides the admin key; null: nothing else does. */
  readonly metricsToken: string | null;
  /** Addresses and networks whose `X-Forwarded-For` is believed. */
  readonly trustedProxies: readonly string[];
  /** How often one address may ask on this node. */
  readonly addressLimits: RequestLimits;
  /** How long the server takes connections after it began to close. */
  readonly drainMs: number;
  /** How late the event loop may be before creates are refused, in milliseconds; 0: they never are. */
  readonly shedDelayMs: number;
  /** How busy the event loop is; measured by default. */
  readonly load?: () => LoadReading;
  readonly providers: ReadonlyMap<string, Provider>;
  /** How long accounts keep what they have, unless they say otherwise. */
  readonly keptDays?: KeptDays;
  /** Whether the disk has room for more. */
  readonly room: Room;
  /** Milliseconds since 1970; the system's clock by default. */
  readonly nowMs?: () => number;
  /** Other bounds of event streams than the usual ones. */
  readonly streamBounds?: Partial<StreamBounds>;
};

export type FailureWriter = (failure: Failure, language: Language, requestId: string) => HttpReply;

declare module 'fastify' {
  interface FastifyRequest {
    /** The key the request came with; null on routes without one. */
    apiKey: ApiKey | null;
    /** Files of a multipart body, already in storage. */
    formFiles: readonly IncomingFile[];
    isForm: boolean;
  }
  interface FastifyContextConfig {
    /** How failures of this route are written. */
    writeFailure?: FailureWriter;
    /** Whether the route takes multipart bodies. */
    takesForms?: boolean;
    /** Ways to send the key besides the usual ones. */
    auth?: readonly AuthForm[];
  }
}
