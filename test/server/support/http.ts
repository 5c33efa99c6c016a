/** Requests as tests write them. */

import { connect } from 'node:net';

import type { TestServer } from '../../support/test-server.ts';

export type Call = RequestInit & { readonly json?: unknown; readonly key?: string | null };

/** With the server's test key unless `key` says otherwise; `null` sends none. */
export function call(server: TestServer, path: string, { json, key, headers, ...init }: Call = {}): Promise<Response> {
  const sent = new Headers(headers);
  if (key !== null && !sent.has('authorization')) sent.set('authorization', `Bearer ${key ?? server.testKey}`);
  if (json !== undefined) sent.set('content-type', 'application/json');
  const body = json === undefined ? {} : { body: JSON.stringify(json) };
  return fetch(`${server.url}${path}`, { ...init, ...body, headers: sent });
}

export type ErrorBody = {
  readonly error: {
    readonly message: string;
    readonly code: string;
    readonly param: string | null;
    readonly request_id: string;
  };
};

export async function errorOf(response: Response): Promise<ErrorBody['error']> {
  const body = (await response.json()) as ErrorBody;
  return body.error;
}

/** Sends bytes as they are and gives everything that came back until the server closed the connection. */
export function raw(server: TestServer, text: string | Buffer): Promise<string> {
  const { hostname, port } = new URL(server.url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname);
    const chunks: Buffer[] = [];
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', reject);
    socket.on('close', () => resolve(Buffer.concat(chunks).toString()));
    socket.write(text);
  });
}
