/** The southbound contract: what the code for one vendor's wire protocol must and may do. */

import type { Failure, FailureKind } from '../model/failure.ts';
import type { InputLimits } from '../model/input-limit.ts';
import type { Json, JsonObject } from '../model/json.ts';
import type { Micros } from '../model/money.ts';
import type { ModeName, SpecInput, VideoSpec } from '../model/spec.ts';

/** The vendor's record of our job. `data` is the provider's own and survives restarts with the job. */
export type UpstreamTask = { readonly id: string; readonly data: JsonObject };

/** Where a finished file lies: at an address, on this machine, or in our storage already. */
export type OutputSource =
  /** `withCredential`: it is given out to the channel's credential only, on the channel's own host (`videoHeaders`). */
  | { readonly from: 'url'; readonly url: string; readonly withCredential?: true }
  | { readonly from: 'file'; readonly path: string }
  | { readonly from: 'storage'; readonly sha256: string };

/** What the vendor says it used, as the price may need it; null where it does not say. */
export type Usage = {
  readonly seconds: number | null;
  readonly tokens: bigint | null;
  /** What the vendor says that it charged for the task, in micro-USD; absent where it does not say. */
  readonly costMicros?: Micros;
};

export type SubmitResult =
  | { readonly kind: 'accepted'; readonly task: UpstreamTask; readonly checkAfterMs: number | null }
  | { readonly kind: 'refused'; readonly failure: Failure };

export type CheckResult =
  | { readonly kind: 'waiting'; readonly progress: number | null; readonly checkAfterMs: number | null }
  | { readonly kind: 'done'; readonly video: OutputSource; readonly usage: Usage }
  | { readonly kind: 'failed'; readonly failure: Failure };

export type InputFiles = {
  /** The bytes of an input, as a file on this machine. */
  path(input: Pick<SpecInput, 'sha256'>): Promise<string>;
  /** Where the vendor can fetch an input for a day from now; null if no public address of this server is known. */
  link(input: Pick<SpecInput, 'assetId'>): string | null;
};

export type HttpRequest = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Joined to the channel's base URL; or a whole address, for vendors that answer at several hosts. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: Json;
  /** A body as it stands instead of `json`; its type is among the headers. */
  readonly text?: string;
  /** A form instead of `json`. */
  readonly form?: readonly FormPart[];
  /**
   * Members of the answer's JSON that hold whole files in base64: each file goes to our storage while it arrives, and its
   * SHA-256 stands in its place.
   */
  readonly filesIn?: readonly string[];
};
export type FormPart =
  | { readonly name: string; readonly text: string }
  /** A file on this machine. */
  | { readonly name: string; readonly path: string; readonly mime: string; readonly fileName: string };
export type HttpResponse = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
};

/** Thrown by `http` when no complete answer came: `sent` tells whether the vendor may have seen the request. */
export class UpstreamSilence extends Error {
  readonly sent: boolean;

  constructor(message: string, sent: boolean) {
    super(message);
    this.name = 'UpstreamSilence';
    this.sent = sent;
  }
}

/** Thrown by any call that the vendor put off, such as with 429: it is not called again for that long. */
export class UpstreamBusy extends Error {
  readonly retryAfterMs: number;

  constructor(message: string, retryAfterMs: number) {
    super(message);
    this.name = 'UpstreamBusy';
    this.retryAfterMs = retryAfterMs;
  }
}

/** Everything a provider may touch of the world; each fixture can replay it. */
export type ProviderIo = {
  readonly http: (request: HttpRequest) => Promise<HttpResponse>;
  /** The channel's address: what some vendors sign, and what tells two APIs of one vendor apart. */
  readonly baseUrl: string;
  /** The channel's key in the vendor's own format. */
  readonly credential: string;
  readonly now: () => Date;
  /** Unique per attempt, at most 36 characters; sent to the vendor wherever it has a place for it. */
  readonly attemptToken: string;
  readonly callbackUrl: string | null;
  readonly files: InputFiles;
  /** The task in which the vendor made the video of an own job for this very credential; null if it made none. */
  readonly taskOf: (jobId: string) => Promise<UpstreamTask | null>;
  /** Aborts when the call's total deadline has passed. */
  readonly signal: AbortSignal;
};

export type CheckIo = ProviderIo & {
  /** How many checks of this task came before this one. */
  readonly checksBefore: number;
};

/** What sending a submit again, with the token it had, came to. `duplicate`: the vendor had it already. */
export type ReplayResult =
  | { readonly kind: 'accepted'; readonly task: UpstreamTask }
  | { readonly kind: 'duplicate'; readonly task: UpstreamTask | null }
  | { readonly kind: 'refused'; readonly failure: Failure };

/** A task that the vendor lists for the time of a submit. */
export type ListedTask = {
  readonly task: UpstreamTask;
  /** Our token as the vendor gives it back; null where it does not. */
  readonly token: string | null;
  /** Whether everything the vendor shows of it (model, prompt, length …) is as in our submit. */
  readonly fits: boolean;
  /** True if the vendor showed the prompt, and it is ours: then only a submit of the same prompt could have made it. */
  readonly samePrompt: boolean;
};

export type TimeWindow = { readonly from: Date; readonly to: Date };

/** An HTTP request to our callback address; from whom is not known. */
export type IncomingCallback = {
  readonly method: 'GET' | 'POST';
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
};

export type CallbackReply = { readonly status: number; readonly contentType: string; readonly body: string };

/** `task`, where the callback names one, is only a hint. `forged`: the vendor signs its callbacks and this is not so signed. */
export type CallbackReading =
  | { readonly kind: 'notice'; readonly task: UpstreamTask | null; readonly reply: CallbackReply | null }
  | { readonly kind: 'handshake'; readonly reply: CallbackReply }
  | { readonly kind: 'forged' };

/** What the vendor says of a credential; `message` is for the operator and holds no secret. */
export type CredentialTest = { readonly ok: boolean; readonly message: string };

export type Provider = {
  readonly name: string;
  readonly baseUrl: string;
  /** True for a provider that makes a video of any spec, whatever the catalogue says of it. */
  readonly servesEveryModel: boolean;
  /**
   * For a wire behind which any model may be: it serves, besides what the catalogue says, the models that a channel names in
   * `models` or `model_map`, or any, and has words for these modes of them.
   */
  readonly openTo?: { readonly models: 'named' | 'any'; readonly modes: readonly ModeName[] };
  /** True where a refusal or silence is what the request asked for: it reaches the client as it is, and no channel rests for it. */
  readonly refusalsAreFinal?: boolean;
  /** How its users write the credential, for the reference; an API key if absent. */
  readonly credentialForm?: string;
  /** Explains what is wrong with a credential's format; null if it is well formed. */
  readonly credentialFault: (credential: string) => string | null;
  readonly errors: Readonly<Record<string, FailureKind>>;
  /** Those of them that do not say, in answer to a submit, whether a task was made; none if absent. */
  readonly undecided?: readonly string[];
  /** The files that the vendor takes for such a video; absent where its pages set no limits. */
  inputLimits?(spec: VideoSpec, upstream: JsonObject): InputLimits;
  /** Failures of accepted jobs that the vendor charges for like a finished video; none if absent. */
  readonly billsFailures?: readonly FailureKind[];
  /**
   * One submit. Throws `UpstreamSilence` when no complete answer came; any other throw counts as unknown outcome too.
   */
  submit(spec: VideoSpec, upstream: JsonObject, io: ProviderIo): Promise<SubmitResult>;
  /** Throws when the vendor could not be asked; that never fails a job. */
  check(task: UpstreamTask, io: CheckIo): Promise<CheckResult>;
  /** Looks for a task by the attempt's token; null: the vendor is sure that it has none. */
  find?(spec: VideoSpec, upstream: JsonObject, io: ProviderIo): Promise<UpstreamTask | null>;
  /** Asks the vendor, at no cost, whether it takes the credential. Throws where it could not be asked. */
  testCredential?(io: ProviderIo): Promise<CredentialTest>;
  /** `false`: it is too late to cancel. */
  cancel?(task: UpstreamTask, io: ProviderIo): Promise<boolean>;
  /** The vendor's batch query: up to `max` tasks of one credential. A task missing in the answer was not answered for. */
  readonly checkMany?: {
    readonly max: number;
    /** False for a task that can only be asked about by itself; absent where there is none such. */
    takes?(task: UpstreamTask): boolean;
    ask(tasks: readonly UpstreamTask[], io: ProviderIo): Promise<ReadonlyMap<string, CheckResult>>;
  };
  /** Only for vendors that refuse a token they know: then sending a submit again can never make a second task. */
  readonly replay?: {
    readonly duplicatesRefused: true;
    /** How long the vendor remembers a token. */
    readonly rememberedHours: number;
    resubmit(spec: VideoSpec, upstream: JsonObject, io: ProviderIo): Promise<ReplayResult>;
  };
  /** The account's tasks made in `window`. Throws where the vendor could not be asked. */
  listRecent?(
    spec: VideoSpec,
    upstream: JsonObject,
    window: TimeWindow,
    io: ProviderIo,
  ): Promise<readonly ListedTask[]>;
  /** The headers with which the vendor gives out a video that it keeps behind the credential. */
  videoHeaders?(credential: string): Readonly<Record<string, string>>;
  /** How long the vendor can be asked about a task after it was made; a day if absent. */
  readonly taskRetentionHours?: number;
  /** Answers a vendor's handshake and checks its signature; a callback is only ever a reason to ask the vendor. */
  readCallback?(incoming: IncomingCallback, io: ProviderIo): Promise<CallbackReading>;
};
