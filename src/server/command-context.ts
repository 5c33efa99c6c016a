/** What the commands of a dialect work with, and what is known of the request they answer. */

import type { FastifyReply, FastifyRequest } from 'fastify';

import type { Dialect } from '../dialects/dialect.ts';
import type { Language } from '../model/violation.ts';
import type { ApiKey } from '../store/accounts.ts';
import type { StreamBounds } from './bounds.ts';
import type { ServerDependencies } from './dependencies.ts';
import type { GuardedCreate } from './idempotency.ts';
import type { JobReader } from './job-reader.ts';
import type { StreamSlots } from './stream-slots.ts';

export type CommandContext = {
  readonly deps: ServerDependencies;
  readonly readJob: JobReader;
  readonly nowMs: () => number;
  /** Aborts when the server stops, for answers that wait. */
  readonly closing: AbortSignal;
  readonly create: GuardedCreate;
  readonly slots: StreamSlots;
  readonly streams: StreamBounds;
  /** Whether the request's key still holds, for answers that go on for long. */
  readonly isStillGood: (request: FastifyRequest) => Promise<boolean>;
};

export type Asked = {
  readonly dialect: Dialect;
  readonly key: ApiKey;
  readonly language: Language;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
};
