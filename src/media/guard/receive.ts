// What an answer to a guarded fetch must be for its body to count, and how the body reaches the sink.

import type { Dispatcher } from 'undici';

import { FetchRefusal } from './fetch-refusal.ts';
import type { FetchAllow } from './fetch-allow.ts';

export type FetchOptions = {
  /** More body than this is refused, by `content-length` when declared and by counting in any case. */
  maxBytes: number;
  /** Bounds the whole fetch: names, connections, redirects, headers and body. */
  deadlineMs: number;
  /** Receives the body in order; the next chunk waits for it. May have seen a part of a body that then fails. */
  sink: (chunk: Buffer) => void | Promise<void>;
  /** The `accept` header. */
  accept?: string;
  /** Sent to the host of the URL, and to no other that it redirects to. */
  headers?: Readonly<Record<string, string>>;
  /** The rest of a file of which `start` bytes were had before, if it is still the same; any other answer is `bad_status`. */
  from?: { readonly start: number; readonly validator: string };
  /** Told of the answer before the first byte of its body. */
  onHead?: (head: FetchHead) => void;
  /** Reachable besides what the operator allowed: a host of the operator's own. */
  alsoAllow?: FetchAllow;
  /** Gives the fetch up, as if its time had passed. */
  signal?: AbortSignal;
};

export type FetchHead = {
  readonly contentType: string | null;
  /** Of the whole file; null where the server does not say. */
  readonly totalBytes: number | null;
  /** With this, the rest of the same file can be asked for; null where the server offers no such thing. */
  readonly validator: string | null;
};

/** A redirect to follow, or the end. */
type HopResult = { location: string } | { contentType: string | null; bytes: number };

const REDIRECT_STATUSES: readonly number[] = [301, 302, 303, 307, 308];
/** Whole representations only: a partial or empty answer to a plain GET is not the media. */
const BODY_STATUSES: readonly number[] = [200, 203];
const PARTIAL_STATUS = 206;

/** Carries the sink's error past the network's error handling. */
export class SinkError extends Error {
  override readonly cause: unknown;

  constructor(cause: unknown) {
    super('The sink of a guarded fetch failed.');
    this.cause = cause;
  }
}

export function rangeHeaders({ from }: FetchOptions): Record<string, string> {
  return from === undefined ? {} : { range: `bytes=${from.start}-`, 'if-range': from.validator };
}

export async function receive(
  response: Dispatcher.ResponseData,
  options: FetchOptions,
  signal: AbortSignal,
): Promise<HopResult> {
  const { statusCode, headers, body } = response;
  const location = headers['location'];
  if (REDIRECT_STATUSES.includes(statusCode) && typeof location === 'string') return { location };
  if (!isWanted(response, options)) {
    throw new FetchRefusal('bad_status', `The host answered the URL with HTTP status ${statusCode}.`);
  }
  refuseEncodings(response);
  const tooLarge = new FetchRefusal('too_large', `The file is larger than the ${options.maxBytes} bytes allowed.`);
  if (Number(headers['content-length'] ?? 0) > options.maxBytes) throw tooLarge;

  options.onHead?.(headOf(response, options));
  let bytes = 0;
  for await (const chunk of body) {
    if (!Buffer.isBuffer(chunk)) throw new TypeError('A response body chunk is not a Buffer.');
    bytes += chunk.length;
    if (bytes > options.maxBytes) throw tooLarge;
    await deliver(options.sink, chunk);
    signal.throwIfAborted();
  }
  const contentType = headers['content-type'];
  return { contentType: typeof contentType === 'string' ? contentType : null, bytes };
}

async function deliver(sink: FetchOptions['sink'], chunk: Buffer): Promise<void> {
  try {
    await sink(chunk);
  } catch (error) {
    throw new SinkError(error);
  }
}

/** Nothing is ever inflated here, so a small body can never become a large one. */
function refuseEncodings({ headers }: Dispatcher.ResponseData): void {
  const contentEncoding = String(headers['content-encoding'] ?? 'identity').trim();
  const transferEncoding = String(headers['transfer-encoding'] ?? 'chunked').trim();
  if (!/^(identity)?$/i.test(contentEncoding) || !/^chunked$/i.test(transferEncoding)) {
    throw new FetchRefusal('encoding', 'The host sent the file compressed although it was asked not to.');
  }
}

/** The rest of a file must begin where what is here ends. */
function isWanted({ statusCode, headers }: Dispatcher.ResponseData, { from }: FetchOptions): boolean {
  if (from === undefined) return BODY_STATUSES.includes(statusCode);
  return statusCode === PARTIAL_STATUS && String(headers['content-range'] ?? '').startsWith(`bytes ${from.start}-`);
}

function headOf({ headers }: Dispatcher.ResponseData, { from }: FetchOptions): FetchHead {
  const type = headers['content-type'];
  const length = Number(headers['content-length'] ?? Number.NaN);
  const etag = String(headers['etag'] ?? '');
  const modified = String(headers['last-modified'] ?? '');
  // A weak tag does not vouch for the bytes.
  const validator = etag !== '' && !etag.startsWith('W/') ? etag : modified;
  return {
    contentType: typeof type === 'string' ? type : null,
    totalBytes: Number.isInteger(length) ? length + (from?.start ?? 0) : null,
    validator: validator === '' || headers['accept-ranges'] === 'none' ? null : validator,
  };
}
