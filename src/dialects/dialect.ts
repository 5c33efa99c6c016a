/** The northbound contract: a dialect reads requests of one API shape and writes answers in it. Pure. */

import type { Failure } from '../model/failure.ts';
import type { AssetVariant, JobState, JobView } from '../model/job.ts';
import type { Json } from '../model/json.ts';
import type { ReadRequest, Upload } from '../model/request.ts';
import type { Language, Violation } from '../model/violation.ts';

/** A file of a multipart body: the field it came in, and where it lies. */
export type IncomingFile = { readonly field: string; readonly upload: Upload };

/** A request as the server hands it over: parsed, authenticated, without sockets. */
export type Incoming = {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  /** The JSON body, or the fields of a multipart body as nested objects; null if there was none. */
  readonly body: Json;
  readonly files: readonly IncomingFile[];
  /** True if scalars are all text because the body was multipart. */
  readonly multipart: boolean;
};

export type ListQuery = { readonly after: string | null; readonly limit: number; readonly order: 'asc' | 'desc' };

export type Command =
  | { readonly kind: 'create'; readonly read: ReadRequest }
  | { readonly kind: 'get'; readonly id: string }
  | { readonly kind: 'list'; readonly query: ListQuery }
  /** Several jobs at once, by ids as the client spelled them. */
  | { readonly kind: 'batch'; readonly ids: readonly string[] }
  /** What happens to one job, or to all of them where `id` is null, as it happens. */
  | { readonly kind: 'events'; readonly id: string | null }
  | { readonly kind: 'delete'; readonly id: string }
  | { readonly kind: 'content'; readonly id: string; readonly variant: AssetVariant; readonly as: 'bytes' | 'address' };

export type ReadResult =
  | { readonly ok: true; readonly command: Command }
  | { readonly ok: false; readonly violations: readonly Violation[] };

export type HttpReply = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Json;
};

export type Route = {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** With `:name` parameters. */
  readonly path: string;
  readonly summary: string;
  /** What the OpenAPI document says of the body. */
  readonly bodySchema: object | null;
  read(incoming: Incoming): ReadResult;
};

export type ListPage = {
  readonly views: readonly JobView[];
  readonly hasMore: boolean;
  /** Of a batch: the ids that are none of the account's jobs. */
  readonly missing?: readonly string[];
};

/** What a job's owner hears of; `progress` is no entry of the job's history. */
export const EVENT_TYPES = [
  'created',
  'submitting',
  'accepted',
  'refused',
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

export type EventView = {
  readonly jobId: string;
  readonly type: EventType;
  /** What the job became with the event. */
  readonly state: JobState;
  /** 0 to 100. */
  readonly progress: number;
  readonly at: Date;
  /** The whole job, with the event that ends it; null with any other, and once it is deleted. */
  readonly view: JobView | null;
};

/** One event of a stream: its name, and what it says. */
export type StreamEvent = { readonly name: string; readonly data: Json };

export type Dialect = {
  readonly name: string;
  /** Put before the UUID in this dialect's ids. */
  readonly idPrefix: 'video_' | 'task_';
  readonly routes: readonly Route[];
  writeJob(view: JobView, command: 'create' | 'get', language: Language): HttpReply;
  writeList(page: ListPage, language: Language): HttpReply;
  writeDeleted(id: string): HttpReply;
  writeEvent(event: EventView, language: Language): StreamEvent;
  /** The address of a file, for clients that asked for JSON instead of bytes. */
  writeAddress(view: JobView, variant: AssetVariant, url: string): HttpReply;
  writeFailure(failure: Failure, language: Language, requestId: string): HttpReply;
};
