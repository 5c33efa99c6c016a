/** The one client that talks to vendors: no redirects, bounded bodies, a total deadline, and honest silence. */

import { request } from 'undici';

import { UpstreamSilence } from './provider.ts';
import type { HttpRequest, HttpResponse } from './provider.ts';

/** Kept in memory, for as many calls as are under way at once. Videos come another way. */
const MAX_RESPONSE_BYTES = 4 * 1024 * 1024;

/** Errors after which no byte of the request can have reached the vendor. */
const NEVER_SENT = new Set([
  'ENOTFOUND',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** Throws `UpstreamSilence` where no complete answer came. */
export function createHttp(baseUrl: string, signal: AbortSignal): (wanted: HttpRequest) => Promise<HttpResponse> {
  return async (wanted) => {
    try {
      const response = await request(baseUrl.replace(/\/+$/, '') + wanted.path, {
        method: wanted.method,
        headers: { ...(wanted.json === undefined ? {} : { 'content-type': 'application/json' }), ...wanted.headers },
        body: wanted.json === undefined ? null : JSON.stringify(wanted.json),
        signal,
      });
      return {
        status: response.statusCode,
        headers: plainHeaders(response.headers),
        text: await boundedText(response.body),
      };
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : '';
      throw new UpstreamSilence(`no answer from the vendor${code === '' ? '' : ` (${code})`}`, !NEVER_SENT.has(code));
    }
  };
}

async function boundedText(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > MAX_RESPONSE_BYTES) throw new Error('the answer is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function plainHeaders(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name.toLowerCase(), String(value)]],
    ),
  );
}
