/** A real web server that is told things, and remembers what it was told and how often it was connected to. */

import { createServer } from 'node:http';
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

export type Heard = { readonly path: string; readonly headers: IncomingHttpHeaders; readonly body: string };

export type Receiver = {
  readonly url: string;
  /** `host:port`. */
  readonly host: string;
  readonly heard: readonly Heard[];
  readonly connections: () => number;
  /** Most requests that were open at one moment. */
  readonly mostAtOnce: () => number;
  /** How it answers from now on: a status with headers, or what it does with the response. */
  answer(how: number | [number, Record<string, string>] | ((response: ServerResponse, heard: Heard) => void)): void;
  /** Resolves once it has heard this many in all. */
  hears(count: number): Promise<readonly Heard[]>;
  close(): Promise<void>;
};

export async function startReceiver(): Promise<Receiver> {
  const heard: Heard[] = [];
  const sockets = new Set<Socket>();
  let waiting: { count: number; resolve: () => void }[] = [];
  let connections = 0;
  let open = 0;
  let mostAtOnce = 0;
  let how: Parameters<Receiver['answer']>[0] = 200;
  const server = createServer((request, response) => {
    open += 1;
    mostAtOnce = Math.max(mostAtOnce, open);
    response.once('close', () => {
      open -= 1;
    });
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const one = { path: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks).toString() };
      heard.push(one);
      if (typeof how === 'function') how(response, one);
      else if (typeof how === 'number') response.writeHead(how).end('noted');
      else response.writeHead(how[0], how[1]).end('noted');
      for (const wait of waiting) if (wait.count <= heard.length) wait.resolve();
      waiting = waiting.filter((wait) => wait.count > heard.length);
    });
  });
  server.on('connection', (socket: Socket) => {
    connections += 1;
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/hook`,
    host: `127.0.0.1:${port}`,
    heard,
    connections: () => connections,
    mostAtOnce: () => mostAtOnce,
    answer: (next) => {
      how = next;
    },
    hears: async (count) => {
      const enough = Promise.withResolvers<void>();
      if (heard.length >= count) enough.resolve();
      else waiting.push({ count, resolve: () => enough.resolve() });
      await enough.promise;
      return heard;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
