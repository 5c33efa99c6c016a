/** The HTTP part of every fake vendor: what it saw, and answers it is told to give. */

import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { Json } from '../../src/model/json.ts';
import type { FakeAnswer, SeenRequest } from '../providers/suite.ts';

export type FakeServer = {
  readonly url: string;
  readonly seen: SeenRequest[];
  answerNext(answer: FakeAnswer): void;
  close(): Promise<void>;
};

/** `body` is the parsed JSON, or the fields of a form with a word for each file; null if it was neither; `raw` the bytes, as signatures need them. */
export type Asked = SeenRequest & { readonly raw: Buffer; readonly url: URL };

export async function startFakeServer(answer: (asked: Asked) => FakeAnswer | Promise<FakeAnswer>): Promise<FakeServer> {
  const seen: SeenRequest[] = [];
  const ordered: FakeAnswer[] = [];
  const server = createServer((request, response) => void serve(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const raw = Buffer.concat(chunks);
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
    const path = request.url ?? '/';
    const asked: Asked = {
      method: request.method ?? '',
      path,
      headers,
      body: (await formOf(raw, headers['content-type'])) ?? jsonOf(raw),
      raw,
      url: new URL(path, base),
    };
    const { method, body } = asked;
    seen.push({ method, path, headers, body });
    const given = ordered.shift() ?? (await answer(asked));
    const answerHeaders = { 'content-type': 'application/json', ...given.headers };
    // A video is written as one character for each byte.
    response
      .writeHead(given.status, answerHeaders)
      .end(given.body, answerHeaders['content-type'].startsWith('video/') ? 'latin1' : 'utf8');
  }

  return {
    url: base,
    seen,
    answerNext: (given) => ordered.push(given),
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

export function reply(status: number, body: Json): FakeAnswer {
  return { status, body: JSON.stringify(body) };
}

/** A file is told by its type and length. */
async function formOf(raw: Buffer, type = ''): Promise<Json> {
  if (!type.startsWith('multipart/form-data')) return null;
  const form = await new Response(new Uint8Array(raw), { headers: { 'content-type': type } }).formData();
  return Object.fromEntries(
    [...form].map(([name, value]) => [
      name,
      typeof value === 'string' ? value : `(file ${value.name}, ${value.type}, ${value.size} bytes)`,
    ]),
  );
}

function jsonOf(raw: Buffer): Json {
  try {
    return JSON.parse(raw.toString('utf8')) as Json;
  } catch {
    return null;
  }
}
