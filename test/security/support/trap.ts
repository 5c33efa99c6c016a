/** Listens where nobody must ever be led, and counts who comes. */

import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';

export type Trap = {
  readonly port: number;
  connections(): number;
  close(): Promise<void>;
};

/** On every address of the machine, of both families. */
export async function setTrap(port = 0, host?: string): Promise<Trap> {
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    socket.on('error', () => undefined);
    socket.end('HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nsecret');
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, ...(host === undefined ? {} : { host }) }, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => connections,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
