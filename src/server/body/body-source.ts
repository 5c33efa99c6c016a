/** The bytes of a request as they arrive, with a bound on their number and on the time between them. */

import type { IncomingMessage } from 'node:http';

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
  for (;;) {
    const next = await within(chunks.next(), bounds.idleMs);
    if (next.done === true) return;
    bytes += next.value.length;
    if (bytes > bounds.maxBytes) throw tooLarge(bounds.maxBytes);
    yield next.value;
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

function within<T>(step: Promise<T>, idleMs: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(silent()), idleMs);
    step.then(resolve, () => reject(failed('invalid_request', 'The connection ended before the body was complete.')));
    const stop = (): void => clearTimeout(timer);
    step.then(stop, stop);
  });
}

function silent(): Error {
  return new StatusError(408, { kind: 'invalid_request', message: 'The body took too long to arrive.' });
}
