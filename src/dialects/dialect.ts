/** The northbound contract: a dialect reads requests of one API shape and writes answers in it. Pure. */

import type { Failure } from '../model/failure.ts';
import type { AssetVariant, JobView } from '../model/job.ts';
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

export type ListPage = { readonly views: readonly JobView[]; readonly hasMore: boolean };

export type Dialect = {
  readonly name: string;
  /** Put before the UUID in this dialect's ids. */
  readonly idPrefix: 'video_' | 'task_';
  readonly routes: readonly Route[];
  writeJob(view: JobView, command: 'create' | 'get', language: Language): HttpReply;
  writeList(page: ListPage, language: Language): HttpReply;
  writeDeleted(id: string): HttpReply;
  /** The address of a file, for clients that asked for JSON instead of bytes. */
  writeAddress(view: JobView, variant: AssetVariant, url: string): HttpReply;
  writeFailure(failure: Failure, language: Language, requestId: string): HttpReply;
};
