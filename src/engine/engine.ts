/** The engine's face: what the server may ask of it. */

import type { ApiKey } from '../store/accounts.ts';
import type { JobRecord } from '../store/jobs.ts';
import type { Failure } from '../model/failure.ts';
import type { ReadRequest } from '../model/request.ts';
import type { TaskDesk } from './task-desk.ts';
import type { RoutingDesk } from './routing-desk.ts';

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
};

/** `replayed`: this is the answer to an earlier create, and nothing was made now. */
export type CreateOutcome =
  | { readonly ok: true; readonly job: JobRecord; readonly replayed?: boolean }
  | { readonly ok: false; readonly failure: Failure; readonly replayed?: boolean };

export type Engine = {
  /** Makes the job, submits it, and answers with what the vendor said or, after the answer time, with the queued job. */
  create(order: CreateOrder): Promise<CreateOutcome>;
  /** Cancels an unfinished job. `null`: done (or it had ended already). */
  cancel(jobId: string): Promise<Failure | null>;
  readonly routing: RoutingDesk;
  /** What vendors and operators say about tasks. */
  readonly tasks: TaskDesk;
  /** Tells the engine that a job may be due. */
  wake(): void;
  start(): Promise<void>;
  /** Waits for calls under way, at most as long as they may last, then hands their leases on. */
  stop(): Promise<void>;
};
