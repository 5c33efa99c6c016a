/** What a create asks of the engine, and what comes of it. */

import type { Failure } from '../model/failure.ts';
import type { ReadRequest } from '../model/request.ts';
import type { ApiKey } from '../store/accounts.ts';
import type { JobRecord } from '../store/jobs.ts';

/** How a create that was sent before is known again. */
export type CreateIdentity = {
  /** A digest of what is asked for, whatever way it is spelled. */
  readonly fingerprint: Buffer;
  readonly idempotencyKey: string | null;
  /** The client says that it sent this create before and heard nothing. */
  readonly isRetry: boolean;
};

export type CreateOrder = {
  readonly key: ApiKey;
  readonly dialect: string;
  readonly read: ReadRequest;
  readonly identity?: CreateIdentity;
  /** Reelgates that the request came through before this one; none unless said. */
  readonly hops?: number;
  /** The W3C `traceparent` that came along, as it came. */
  readonly traceparent?: string | null;
};

/** `replayed`: this is the answer to an earlier create, and nothing was made now. */
export type CreateOutcome =
  | { readonly ok: true; readonly job: JobRecord; readonly replayed?: boolean }
  | { readonly ok: false; readonly failure: Failure; readonly replayed?: boolean };
