/** A web server of everything that a stranger's URL may lead to: good files, redirects, bombs and lies. */

import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { gzipSync } from 'node:zlib';

import { picture } from '../../support/pictures.ts';

export type Farm = {
  readonly base: string;
  /** `host:port`. */
  readonly host: string;
  readonly port: number;
  /** Paths that were asked for, in order. */
  readonly asked: readonly string[];
  close(): Promise<void>;
};

type Field = (response: ServerResponse, query: URLSearchParams) => void;

const MEGABYTE = 1024 * 1024;
const DRIP_MS = 50;
const BOMB_BYTES = 64 * MEGABYTE;
const GOOD = picture(640, 360);

const file =
  (type: string, bytes: Buffer, headers: Record<string, string> = {}): Field =>
  (response) =>
    void response.writeHead(200, { 'content-type': type, 'content-length': bytes.length, ...headers }).end(bytes);

/** What lies where. */
const FIELDS: Readonly<Record<string, Field>> = {
  '/picture.png': file('image/png', GOOD),
  '/to': (response, query) => void response.writeHead(302, { location: query.get('url') ?? '' }).end(),
  '/loop': (response) => void response.writeHead(302, { location: '/loop' }).end(),
  '/hops': (response, query) => {
    const left = Number(query.get('left'));
    response.writeHead(302, { location: left === 0 ? '/picture.png' : `/hops?left=${left - 1}` }).end();
  },
  '/headers-for-ever': (response) => {
    response.socket?.write('HTTP/1.1 200 OK\r\n');
    drip(response, () => response.socket?.write('x-more: 1\r\n'));
  },
  '/drip': (response) => {
    response.writeHead(200, { 'content-type': 'image/png' });
    drip(response, () => response.write('x'));
  },
  '/huge': (response) => {
    response.writeHead(200, { 'content-type': 'image/png', 'content-length': 10 * 1024 * MEGABYTE });
    response.write(GOOD);
  },
  '/endless': (response) => {
    response.writeHead(200, { 'content-type': 'image/png' });
    pour(response);
  },
  '/inflating': file('image/png', gzipSync(Buffer.alloc(BOMB_BYTES)), { 'content-encoding': 'gzip' }),
  '/html': file('image/png', Buffer.from('<html><script>alert(1)</script></html>')),
  '/svg': file('image/png', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>')),
  '/xml': file(
    'image/png',
    Buffer.from('<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'),
  ),
  '/yaml': file('image/png', Buffer.from('a: &a ["x","x"]\nb: [*a,*a]\n')),
  '/zip': file('image/png', Buffer.from('504b030414000000000000000000', 'hex')),
  '/empty': file('image/png', Buffer.alloc(0)),
  '/giant.png': file('image/png', pngOf(50_000, 50_000)),
};

export async function openFarm(): Promise<Farm> {
  const asked: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://farm.invalid');
    asked.push(url.pathname);
    const field = FIELDS[url.pathname];
    if (field === undefined) response.writeHead(404).end();
    else field(response, url.searchParams);
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    base: `http://127.0.0.1:${port}`,
    host: `127.0.0.1:${port}`,
    port,
    asked,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Goes on until the other side has had enough. */
function drip(response: ServerResponse, one: () => unknown): void {
  const timer = setInterval(one, DRIP_MS);
  response.once('close', () => clearInterval(timer));
}

function pour(response: ServerResponse): void {
  const chunk = Buffer.alloc(MEGABYTE);
  const more = (): void => {
    while (!response.destroyed && response.write(chunk));
  };
  response.on('drain', more);
  response.on('error', () => undefined);
  more();
}

/** A PNG that says how large it is, and is no more than that. */
function pngOf(width: number, height: number): Buffer {
  const header = Buffer.concat([Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'), Buffer.alloc(8)]);
  header.writeUInt32BE(width, 16);
  header.writeUInt32BE(height, 20);
  return Buffer.concat([header, Buffer.from('08020000000000000000', 'hex')]);
}
