/** The bytes of a request as they arrive, with a bound on their number and on the time between them. */

import type { IncomingMessage } from 'node:http';

import { BODY_BOUNDS } from '../bounds.ts';
import { failed, StatusError } from '../fail.ts';

export type SourceBounds = { readonly maxBytes: number; readonly idleMs: number };

/**
 * The chunks of the body in order. Throws `body_too_large`, 408 after `idleMs` of silence, and `invalid_request` when
 * the client goes away. The connection stays open when the reader stops early, so that an answer can be sent.
 */
export async function* bodyChunks(request: IncomingMessage, bounds: SourceBounds): AsyncGenerator<Buffer> {
  if (declaredBytes(request) > bounds.maxBytes) throw tooLarge(bounds.maxBytes);
  const chunks: AsyncIterator<Buffer> = request.iterator({ destroyOnReturn: false });
  let bytes = 0;
  try {
    for (;;) {
      const next = await within(chunks.next().catch(cutOff), bounds.idleMs);
      if (next.done === true) return;
      bytes += next.value.length;
      if (bytes > bounds.maxBytes) throw tooLarge(bounds.maxBytes);
      yield next.value;
    }
  } finally {
    // Not awaited: after a silence it only ends with the connection.
    chunks.return?.().catch(() => undefined);
  }
}

/** The length that the client announced; 0 if it did not. */
export function declaredBytes(request: IncomingMessage): number {
  const text = request.headers['content-length'];
  return text === undefined ? 0 : Number(text);
}

export function tooLarge(maxBytes: number): Error {
  return failed('body_too_large', `The body is larger than the ${maxBytes} bytes allowed here.`);
}

export function busy(): Error {
  const message = 'The server is busy with other large requests. Try again shortly, or send media by URL.';
  return failed('limit_exceeded', message, BODY_BOUNDS.busyRetryMs);
}

/** The step's own outcome, or 408 if it has none after `idleMs`. */
export function within<T>(step: Promise<T>, idleMs: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(silent()), idleMs);
    const stop = (): void => clearTimeout(timer);
    step.then(resolve, reject);
    step.then(stop, stop);
  });
}

function cutOff(): never {
  throw failed('invalid_request', 'The connection ended before the body was complete.');
}

function silent(): Error {
  return new StatusError(408, { kind: 'invalid_request', message: 'The body took too long to arrive.' });
}
