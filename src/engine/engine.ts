/** The engine's face: what the server may ask of it. */

import type { ApiKey } from '../store/accounts.ts';
import type { JobRecord } from '../store/jobs.ts';
import type { Failure } from '../model/failure.ts';
import type { ReadRequest } from '../model/request.ts';

export type CreateOrder = { readonly key: ApiKey; readonly dialect: string; readonly read: ReadRequest };

export type CreateOutcome =
  | { readonly ok: true; readonly job: JobRecord }
  | { readonly ok: false; readonly failure: Failure };

export type Engine = {
  /** Makes the job, submits it, and answers with what the vendor said or, after the answer time, with the queued job. */
  create(order: CreateOrder): Promise<CreateOutcome>;
  /** Cancels an unfinished job. `null`: done (or it had ended already). */
  cancel(jobId: string): Promise<Failure | null>;
  /** Tells the engine that a job may be due. */
  wake(): void;
  start(): Promise<void>;
  /** Waits for calls under way, at most as long as they may last, then hands their leases on. */
  stop(): Promise<void>;
};
