/** The engine's face: what the server may ask of it. */

import type { Failure } from '../model/failure.ts';
import type { CreateOrder, CreateOutcome } from './create-order.ts';
import type { TaskDesk } from './task-desk.ts';
import type { RoutingDesk } from './routing-desk.ts';

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
  /** Takes up nothing more and hands on, within two seconds, the jobs that a vendor has. Creates still work. */
  drain(): Promise<void>;
  /** Drains, waits for submits under way as long as they may last, then hands on what is left. */
  stop(): Promise<void>;
};
