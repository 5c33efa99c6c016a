/** The northbound contract: a dialect reads requests of one API shape and writes answers in it. Pure. */

import type { ModelRow } from '../model/catalogue.ts';
import type { Failure } from '../model/failure.ts';
import type { AssetVariant, EventType, JobFilter, JobState, JobView } from '../model/job.ts';
import type { Json } from '../model/json.ts';
import type { Micros } from '../model/money.ts';
import type { PriceSnapshot } from '../model/price.ts';
import type { ReadRequest, Upload } from '../model/request.ts';
import type { VideoSpec } from '../model/spec.ts';
import type { Language, Note, Violation } from '../model/violation.ts';

/** A file of a multipart body: the field it came in, and where it lies. */
export type IncomingFile = { readonly field: string; readonly upload: Upload };

/** A request as the server hands it over: parsed, authenticated, without sockets. */
export type Incoming = {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  /** Every value of each name of the query, in order, for names that may be repeated. */
  readonly queryAll: Readonly<Record<string, readonly string[]>>;
  readonly headers: Readonly<Record<string, string>>;
  /** The JSON body, or the fields of a multipart body as nested objects; null if there was none. */
  readonly body: Json;
  readonly files: readonly IncomingFile[];
  /** True if scalars are all text because the body was multipart. */
  readonly multipart: boolean;
};

/** One page of the account's jobs, by a cursor or by pages left out. */
export type ListQuery = {
  readonly after: string | null;
  readonly limit: number;
  readonly order: 'asc' | 'desc';
  /** Jobs left out before the first. */
  readonly skip?: number;
  readonly filter?: JobFilter;
  /** The answer tells how many jobs there are in all. */
  readonly counted?: boolean;
};

/** `cancel` leaves the record; `delete` removes it, after a cancel where the job is not ended; `refuse` is a conflict. */
export type DeleteStep = 'cancel' | 'delete' | 'refuse';

export type JobWriter = (view: JobView, language: Language) => HttpReply;

/** By which of its names a job is asked for: ours, the one that its client gave it, or whichever fits. */
export type IdKind = 'own' | 'external' | 'any';

/** What a request asks for, and how what is found is written where the dialect's `writeJob` does not do it. */
export type Command =
  | {
      readonly kind: 'create';
      readonly read: ReadRequest;
      /** The id of an own job whose model, length and frame fill what the request leaves open. */
      readonly from?: string;
      readonly write?: JobWriter;
      /** The answer is a stream of events that waits for the end of the job, and ends with the text that this writes. */
      readonly untilEnded?: (view: JobView, language: Language) => string;
    }
  /** What a create would cost. */
  | { readonly kind: 'estimate'; readonly read: ReadRequest; readonly write: QuoteWriter }
  | {
      readonly kind: 'get';
      readonly id: string;
      readonly by?: IdKind;
      readonly write?: JobWriter;
      /** Answers an id that is none of the account's jobs, where that is no failure. */
      readonly writeMissing?: () => HttpReply;
      /** The view tells of the job's attempts and past events. */
      readonly withHistory?: boolean;
    }
  | { readonly kind: 'list'; readonly query: ListQuery; readonly write: ListWriter }
  /** Several jobs at once, by ids as the client spelled them. */
  | { readonly kind: 'batch'; readonly ids: readonly string[]; readonly by?: IdKind; readonly write: ListWriter }
  /** What happens to one job, or to all of them where `id` is null, as it happens. */
  | { readonly kind: 'events'; readonly id: string | null; readonly write: EventWriter }
  /** Ends a job that is not ended; its record stays. `ended`: what an ended job means: its state again, or a conflict. */
  | { readonly kind: 'cancel'; readonly id: string; readonly ended: 'answer' | 'refuse'; readonly write: JobWriter }
  | {
      readonly kind: 'delete';
      readonly id: string;
      /** What is done to a job in each state; a job in any state is deleted where this is absent. */
      readonly steps?: Readonly<Record<JobState, DeleteStep>>;
      readonly write: (id: string) => HttpReply;
    }
  | { readonly kind: 'content'; readonly id: string; readonly variant: AssetVariant }
  /** The address of a file, for clients that asked for JSON instead of bytes. */
  | { readonly kind: 'address'; readonly id: string; readonly variant: AssetVariant; readonly write: AddressWriter }
  | { readonly kind: 'models'; readonly write: (models: readonly ModelCard[]) => HttpReply }
  | { readonly kind: 'model'; readonly name: string; readonly write: (model: ModelCard) => HttpReply }
  /** What the account has left. */
  | { readonly kind: 'balance'; readonly write: (balance: BalanceView) => HttpReply };

/** A model as clients are shown it. */
export type ModelCard = { readonly row: ModelRow; readonly isServed: boolean };

export type Quote = {
  readonly spec: VideoSpec;
  readonly notes: readonly Note[];
  /** Null where the model has no price. */
  readonly amountMicros: Micros | null;
  readonly price: PriceSnapshot | null;
  /** What would be held: nothing in test mode. */
  readonly holdMicros: Micros;
};

/** Micro-USD; jobs that are not ended are counted up to a bound. */
export type BalanceView = {
  readonly availableMicros: Micros;
  readonly heldMicros: Micros;
  readonly openJobs: number;
};

export type ReadResult =
  | { readonly ok: true; readonly command: Command }
  | { readonly ok: false; readonly violations: readonly Violation[] };

export type HttpReply = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Json;
  /** Sent instead of the body's JSON, as the `content-type` among the headers says. */
  readonly text?: string;
};

/** What a request counts as: something new or changed, or a look. */
export type LimitClass = 'submit' | 'read';

/** How clients of an API send their key; `bearer` and `bare` (no word before it) are taken everywhere. */
export const AUTH_FORMS = ['bearer', 'bare', 'token', 'google-header', 'google-query', 'signed', 'jwt'] as const;
export type AuthForm = (typeof AUTH_FORMS)[number];

export type Route = {
  readonly method: 'GET' | 'POST' | 'DELETE' | 'PUT' | 'PATCH';
  /** With `:name` parameters. A word after a colon inside a step, such as `:model::predict`, is written with two colons. */
  readonly path: string;
  readonly summary: string;
  /** Where one address does both, its parameters tell. */
  readonly limitClass: LimitClass | ((asked: Pick<Incoming, 'params' | 'query'>) => LimitClass);
  /** What the OpenAPI document says of the body; null for a route that takes none. */
  readonly bodySchema: object | null;
  /** The same of the query, a schema of an object; absent where there is none. */
  readonly querySchema?: object;
  /** The body may be left out. */
  readonly bodyOptional?: boolean;
  read(incoming: Incoming): ReadResult;
};

export type ListPage = {
  readonly views: readonly JobView[];
  readonly hasMore: boolean;
  /** Of a batch: the ids that are none of the account's jobs. */
  readonly missing?: readonly string[];
  /** How many jobs there are in all, counted up to a bound; absent where the query did not ask. */
  readonly total?: number;
};

export type AddressWriter = (view: JobView, variant: AssetVariant, url: string) => HttpReply;

export type QuoteWriter = (quote: Quote, language: Language) => HttpReply;

export type ListWriter = (page: ListPage, language: Language) => HttpReply;

/** What a client is told at its `callback_url`, as its own API would tell it. `headers` sign this one try. */
export type CallbackMessage = { readonly body: Json; headers(raw: string, at: Date): Readonly<Record<string, string>> };

/** Where a callback goes, and the account's secret that signs it. */
export type CallbackTarget = { readonly url: string; readonly secret: string };

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

export type EventWriter = (event: EventView, language: Language) => StreamEvent;

export type Dialect = {
  readonly name: string;
  /** What people call it. */
  readonly title: string;
  /** Put before the UUID in this dialect's ids. */
  readonly idPrefix: 'video_' | 'task_' | '';
  /** Beginnings of addresses at which this dialect answers also where it has no route. */
  readonly prefixes: readonly string[];
  /** Besides `bearer` and `bare`. */
  readonly auth?: readonly AuthForm[];
  readonly routes: readonly Route[];
  writeJob(view: JobView, command: 'create' | 'get', language: Language): HttpReply;
  /** What `callback_url` is told of a job's end; absent where that is what webhook endpoints are told. */
  writeCallback?(view: JobView, target: CallbackTarget): CallbackMessage;
  writeFailure(failure: Failure, language: Language, requestId: string): HttpReply;
};
