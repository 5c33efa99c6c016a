// The ways a guarded fetch can end without a body, and the error that carries one out of the network code.

export type FetchFailureReason =
  | 'url_invalid'
  | 'url_not_allowed'
  | 'unresolvable'
  | 'unreachable'
  | 'too_large'
  | 'timeout'
  | 'bad_status'
  | 'too_many_redirects'
  | 'encoding';

/** `message` is a sentence for the client: no address, no host of a redirect, nothing from a response body. */
export class FetchRefusal extends Error {
  readonly reason: FetchFailureReason;

  constructor(reason: FetchFailureReason, message: string) {
    super(message);
    this.name = 'FetchRefusal';
    this.reason = reason;
  }
}

/** Settles like the promise, or rejects with the signal's reason as soon as it aborts; the work itself is abandoned. */
export async function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const onAbort = (): void => aborted.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** The `code` of a Node or undici error; an error without one, or a failed assertion, is a bug rather than the network. */
export function networkErrorCode(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  // The one undici error that may come without its code.
  if (error.name === 'HTTPParserError') return 'HPE_INVALID';
  if (!('code' in error) || typeof error.code !== 'string') return null;
  return error.code === 'ERR_ASSERTION' || error.code === 'UND_ERR_INVALID_ARG' ? null : error.code;
}
