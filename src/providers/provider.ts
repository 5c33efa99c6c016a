/** The southbound contract: what the code for one vendor's wire protocol must and may do. */

import type { Failure, FailureKind } from '../model/failure.ts';
import type { Json, JsonObject } from '../model/json.ts';
import type { SpecInput, VideoSpec } from '../model/spec.ts';

/** The vendor's record of our job. `data` is the provider's own and survives restarts with the job. */
export type UpstreamTask = { readonly id: string; readonly data: JsonObject };

/** Where a finished file lies: at an address, or on this machine. */
export type OutputSource =
  | { readonly from: 'url'; readonly url: string }
  | { readonly from: 'file'; readonly path: string };

/** What the vendor says it used, as the price may need it; null where it does not say. */
export type Usage = { readonly seconds: number | null; readonly tokens: bigint | null };

export type SubmitResult =
  | { readonly kind: 'accepted'; readonly task: UpstreamTask; readonly checkAfterMs: number | null }
  | { readonly kind: 'refused'; readonly failure: Failure };

export type CheckResult =
  | { readonly kind: 'waiting'; readonly progress: number | null; readonly checkAfterMs: number | null }
  | { readonly kind: 'done'; readonly video: OutputSource; readonly usage: Usage }
  | { readonly kind: 'failed'; readonly failure: Failure };

/** The bytes of an input, as a file on this machine. */
export type InputFiles = { path(input: Pick<SpecInput, 'sha256'>): Promise<string> };

export type HttpRequest = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Joined to the channel's base URL. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: Json;
};
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

/** Everything a provider may touch of the world; each fixture can replay it. */
export type ProviderIo = {
  readonly http: (request: HttpRequest) => Promise<HttpResponse>;
  /** The channel's key in the vendor's own format. */
  readonly credential: string;
  readonly now: () => Date;
  /** Unique per attempt, at most 36 characters; sent to the vendor wherever it has a place for it. */
  readonly attemptToken: string;
  readonly callbackUrl: string | null;
  readonly files: InputFiles;
  /** Aborts when the call's total deadline has passed. */
  readonly signal: AbortSignal;
};

export type CheckIo = ProviderIo & {
  /** How many checks of this task came before this one. */
  readonly checksBefore: number;
};

export type Provider = {
  readonly name: string;
  readonly baseUrl: string;
  /** True for a provider that makes a video of any spec, whatever the catalogue says of it. */
  readonly servesEveryModel: boolean;
  /** Explains what is wrong with a credential's format; null if it is well formed. */
  readonly credentialFault: (credential: string) => string | null;
  readonly errors: Readonly<Record<string, FailureKind>>;
  /**
   * One submit. Throws `UpstreamSilence` when no complete answer came; any other throw counts as unknown outcome too.
   */
  submit(spec: VideoSpec, upstream: JsonObject, io: ProviderIo): Promise<SubmitResult>;
  /** Throws when the vendor could not be asked; that never fails a job. */
  check(task: UpstreamTask, io: CheckIo): Promise<CheckResult>;
  /** Looks for a task by the attempt's token; null: the vendor is sure that it has none. */
  find?(spec: VideoSpec, upstream: JsonObject, io: ProviderIo): Promise<UpstreamTask | null>;
  /** `false`: it is too late to cancel. */
  cancel?(task: UpstreamTask, io: ProviderIo): Promise<boolean>;
};
