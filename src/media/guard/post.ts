// What a guarded POST takes and gives: no redirect is followed and only the beginning of the answer is read.

import type { Dispatcher } from 'undici';

import type { FetchFailureReason } from './fetch-refusal.ts';

export type PostOptions = {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Bounds the whole exchange: names, connection, request, headers and what is read of the body. */
  readonly deadlineMs: number;
  /** No more of the answer's body than this is read. */
  readonly maxAnswerBytes: number;
};

export type PostOutcome =
  | {
      readonly ok: true;
      /** Any status, a redirect's too. */
      readonly status: number;
      readonly retryAfter: string | null;
      /** The beginning of the body, as far as it came in time. */
      readonly answer: Buffer;
    }
  | { readonly ok: false; readonly reason: FetchFailureReason; readonly message: string };

/** An answer whose headers are here counts, whatever becomes of its body. */
export async function readAnswer(response: Dispatcher.ResponseData, maxBytes: number): Promise<PostOutcome> {
  const retryAfter = response.headers['retry-after'];
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of response.body) {
      if (!Buffer.isBuffer(chunk)) throw new TypeError('A response body chunk is not a Buffer.');
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes >= maxBytes) break;
    }
  } catch (error) {
    if (error instanceof TypeError) throw error;
  }
  return {
    ok: true,
    status: response.statusCode,
    retryAfter: typeof retryAfter === 'string' ? retryAfter : null,
    answer: Buffer.concat(chunks).subarray(0, maxBytes),
  };
}
