/** The one client that talks to vendors: no redirects, bounded bodies, a total deadline, and honest silence. */

import { openAsBlob } from 'node:fs';

import { Agent, request } from 'undici';
import type { Dispatcher } from 'undici';

import { takeFilesOut } from './inline-files.ts';
import type { FileWriter } from './inline-files.ts';
import { UpstreamSilence } from './provider.ts';
import type { FormPart, HttpRequest, HttpResponse } from './provider.ts';

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

/** Channels with connections of their own at once; one that was used longest ago makes room. */
const MAX_CHANNELS = 1_000;
const CONNECT_MS = 10_000;

/** Connections apart for each name: what a vendor leaves on one, or does to one, concerns no other channel. */
export class VendorConnections {
  readonly #agents = new Map<string, Agent>();

  of(name: string): Dispatcher {
    const agent = this.#agents.get(name) ?? new Agent({ connect: { timeout: CONNECT_MS } });
    // Kept in the order of use.
    this.#agents.delete(name);
    this.#agents.set(name, agent);
    const [oldest] = this.#agents.keys();
    if (this.#agents.size > MAX_CHANNELS && oldest !== undefined) {
      void this.#agents.get(oldest)?.close();
      this.#agents.delete(oldest);
    }
    return agent;
  }

  /** Ends what is still under way. */
  async close(): Promise<void> {
    await Promise.all(Array.from(this.#agents.values(), (agent) => agent.destroy()));
    this.#agents.clear();
  }
}

export type Line = {
  readonly connections?: Dispatcher;
  /** The Reelgates that asked before this one; it adds itself, so that a chain that is a circle is noticed. */
  readonly hops?: number;
};

/** Throws `UpstreamSilence` where no complete answer came. `openFile`: where files go that stand inside answers. */
export function createHttp(
  baseUrl: string,
  signal: AbortSignal,
  openFile: () => Promise<FileWriter> = noPlaceForFiles,
  { connections, hops }: Line = {},
): (wanted: HttpRequest) => Promise<HttpResponse> {
  const via = hops === undefined ? {} : { via: Array.from({ length: hops + 1 }, () => '1.1 reelgate').join(', ') };
  return async (wanted) => {
    const { body, type } = await bodyOf(wanted);
    try {
      const response = await request(addressOf(baseUrl, wanted.path), {
        method: wanted.method,
        headers: { ...(type === null ? {} : { 'content-type': type }), ...wanted.headers, ...via },
        body,
        signal,
        ...(connections === undefined ? {} : { dispatcher: connections }),
      });
      return {
        status: response.statusCode,
        headers: plainHeaders(response.headers),
        text: await boundedText(
          wanted.filesIn === undefined ? response.body : takeFilesOut(response.body, wanted.filesIn, openFile),
        ),
      };
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : '';
      throw new UpstreamSilence(`no answer from the vendor${code === '' ? '' : ` (${code})`}`, !NEVER_SENT.has(code));
    }
  };
}

function addressOf(baseUrl: string, path: string): string {
  return /^https?:\/\//.test(path) ? path : baseUrl.replace(/\/+$/, '') + path;
}

function noPlaceForFiles(): Promise<FileWriter> {
  throw new RangeError('there is no place for files that stand inside answers');
}

type Body = { readonly body: string | Buffer | null; readonly type: string | null };

async function bodyOf({ json, text, form }: HttpRequest): Promise<Body> {
  if (form !== undefined) return formOf(form);
  return json === undefined
    ? { body: text ?? null, type: null }
    : { body: JSON.stringify(json), type: 'application/json' };
}

/** In one piece: servers want to know how long it is. */
async function formOf(parts: readonly FormPart[]): Promise<Body> {
  const form = new FormData();
  for (const part of parts) {
    if ('text' in part) form.append(part.name, part.text);
    else form.append(part.name, await openAsBlob(part.path, { type: part.mime }), part.fileName);
  }
  const encoded = new Response(form);
  return { body: Buffer.from(await encoded.arrayBuffer()), type: encoded.headers.get('content-type') };
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
