/** What tests of the guarded fetcher start: servers that count who comes, name servers, and the fetcher itself. */

import { createSocket as createUdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, RequestListener } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';

import { createGuardedFetcher } from '../../../src/media/guard/guarded-fetch.ts';
import type { GuardedFetcher, GuardedFetcherOptions } from '../../../src/media/guard/guarded-fetch.ts';
import type { FetchOptions } from '../../../src/media/guard/receive.ts';
import { parseFetchAllow } from '../../../src/media/guard/url-rules.ts';

/** The name of a public host. */
export const NAME = 'media.example.com';

const endings: (() => Promise<unknown>)[] = [];

/** Ends, in the opposite order, whatever a test started here: after each test. */
export async function endAll(): Promise<void> {
  for (const end of endings.splice(0).toReversed()) await end();
}

export type Running = { port: number; connections: number; requests: IncomingMessage[]; allClosed(): Promise<void> };

export async function listen(server: Server, requests: IncomingMessage[] = []): Promise<Running> {
  const sockets = new Set<Socket>();
  const running: Running = {
    port: 0,
    connections: 0,
    requests,
    async allClosed() {
      await Promise.all([...sockets].map((socket) => new Promise((resolve) => socket.once('close', resolve))));
    },
  };
  server.on('connection', (socket: Socket) => {
    running.connections += 1;
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === 'string') throw new Error('The test server has no port.');
  running.port = address.port;
  endings.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return running;
}

export function serve(answer: RequestListener): Promise<Running> {
  const requests: IncomingMessage[] = [];
  return listen(
    createServer((request, response) => {
      requests.push(request);
      answer(request, response);
    }),
    requests,
  );
}

/** A server that speaks bytes rather than HTTP. */
export const serveRaw = (talk: (socket: Socket) => void): Promise<Running> =>
  listen(
    createTcpServer((socket) => {
      socket.resume();
      talk(socket);
    }),
  );

/** Must never see a connection. */
export const canary = (): Promise<Running> => serve((_request, response) => response.end('secret'));

export function fetcher(
  options: Omit<Partial<GuardedFetcherOptions>, 'allow'> & { allow?: string } = {},
): GuardedFetcher {
  const created = createGuardedFetcher({ ...options, allow: parseFetchAllow(options.allow ?? '') });
  endings.push(() => created.close());
  return created;
}

export function get(from: GuardedFetcher, url: string, options: Partial<FetchOptions> = {}) {
  return from.fetch(url, { maxBytes: 1_000_000, deadlineMs: 5_000, sink: () => {}, ...options });
}

/** A name server that answers with the given lists in turn, the last one for ever, and remembers who asked. */
export function dnsFake(...answers: readonly (readonly string[])[]) {
  const queries: string[] = [];
  const resolve = async (host: string): Promise<readonly string[]> => {
    queries.push(host);
    return answers[Math.min(queries.length, answers.length) - 1] ?? [];
  };
  return { queries, resolve };
}

/** A name server on loopback: "name A" or "name AAAA" to the address in hexadecimal; all else does not exist. */
export async function nameServer(records: Readonly<Record<string, string>>) {
  const questions: string[] = [];
  const socket = createUdpSocket('udp4', (query, from) => {
    const labels: string[] = [];
    let at = 12;
    for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
      labels.push(query.toString('latin1', at + 1, at + 1 + length));
      at += 1 + length;
    }
    const type = query.readUInt16BE(at + 1);
    const question = `${labels.join('.')} ${type === 28 ? 'AAAA' : 'A'}`;
    questions.push(question);
    const data = records[question];
    const counts = data === undefined ? '00010000' : '00010001';
    const header = Buffer.from(`${data === undefined ? '8183' : '8180'}${counts}00000000`, 'hex');
    const record = `c00c${type.toString(16).padStart(4, '0')}000100000000${((data?.length ?? 0) / 2).toString(16).padStart(4, '0')}`;
    const answer = Buffer.from(data === undefined ? '' : `${record}${data}`, 'hex');
    socket.send(
      Buffer.concat([query.subarray(0, 2), header, query.subarray(12, at + 5), answer]),
      from.port,
      from.address,
    );
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  endings.push(() => new Promise((resolve) => socket.close(() => resolve(null))));
  return { address: `127.0.0.1:${socket.address().port}`, questions };
}
