/** No answer, however false, large or short, makes us swell or leak. */

import { once } from 'node:events';
import { createServer as createTcpServer } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';

import { endAll, fetcher, get, serve, serveRaw } from './servers.ts';
import type { Running } from './servers.ts';

afterEach(endAll);

describe('answers', () => {
  const local = () => fetcher({ allow: '127.0.0.1' });
  const urlOf = (server: Running): string => `http://127.0.0.1:${server.port}/`;

  it('reach the sink in order and with back-pressure', async () => {
    const body = Buffer.alloc(700_000, 'reelgate');
    const server = await serve((_request, response) =>
      response.writeHead(200, { 'content-type': 'video/mp4' }).end(body),
    );
    const chunks: Buffer[] = [];
    let busy = false;
    const sink = async (chunk: Buffer): Promise<void> => {
      expect(busy).toBe(false);
      busy = true;
      await new Promise(setImmediate);
      chunks.push(chunk);
      busy = false;
    };
    const outcome = await get(local(), urlOf(server), { sink });
    expect(outcome).toEqual({ ok: true, finalUrl: urlOf(server), contentType: 'video/mp4', bytes: body.length });
    expect(Buffer.concat(chunks).equals(body)).toBe(true);
    await server.allClosed();
  });

  it('may be empty, and may be exactly as large as allowed', async () => {
    const server = await serve((request, response) => response.end(request.url === '/' ? '' : '0123456789'));
    expect(await get(local(), urlOf(server))).toMatchObject({ ok: true, bytes: 0 });
    expect(await get(local(), `${urlOf(server)}ten`, { maxBytes: 10 })).toMatchObject({ ok: true, bytes: 10 });
  });

  it('of any other status are refused, and their bodies are not repeated', async () => {
    const server = await serve((request, response) =>
      response.writeHead(Number(request.url?.slice(1)), { 'content-encoding': 'gzip' }).end('secret'),
    );
    const from = local();
    for (const status of [201, 204, 206, 400, 401, 404, 500, 503]) {
      const outcome = await get(from, `${urlOf(server)}${status}`, { sink: () => expect.unreachable() });
      expect(outcome).toMatchObject({ reason: 'bad_status', message: expect.stringContaining(String(status)) });
      expect(JSON.stringify(outcome)).not.toContain('secret');
    }
  });

  it('that declare too large a body are refused before a byte of it', async () => {
    const server = await serveRaw((socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 10000000000\r\n\r\nxxxx');
    });
    const outcome = await get(local(), urlOf(server), { sink: () => expect.unreachable() });
    expect(outcome).toMatchObject({ ok: false, reason: 'too_large' });
    await server.allClosed();
  });

  it('that never end are cut off at the bound', async () => {
    const server = await serve((_request, response) => {
      const pour = (): void => {
        while (response.write(Buffer.alloc(16_384)));
        response.once('drain', pour);
      };
      pour();
    });
    let seen = 0;
    const outcome = await get(local(), urlOf(server), {
      maxBytes: 100_000,
      sink: (chunk) => void (seen += chunk.length),
    });
    expect(outcome).toMatchObject({ ok: false, reason: 'too_large' });
    expect(seen).toBeLessThanOrEqual(100_000);
    await server.allClosed();
  });

  it.each([
    ['content-encoding: gzip', 'x'],
    ['content-encoding: identity, gzip', 'x'],
    ['content-encoding: br', 'x'],
    ['content-encoding: gzip\r\ncontent-encoding: gzip', 'x'],
    ['transfer-encoding: gzip, chunked', '1\r\nx\r\n0\r\n\r\n'],
  ])('with %s are refused unread', async (header, body) => {
    const server = await serveRaw((socket) => {
      const framing = header.startsWith('transfer') ? '' : `content-length: ${body.length}\r\n`;
      socket.end(`HTTP/1.1 200 OK\r\n${framing}${header}\r\n\r\n${body}`);
    });
    const outcome = await get(local(), urlOf(server), { sink: () => expect.unreachable() });
    expect(outcome).toMatchObject({ ok: false, reason: 'encoding' });
  });

  it('that would inflate two hundred times stay as small as they were sent', async () => {
    const bomb = gzipSync(Buffer.alloc(5_000_000));
    const server = await serve((_request, response) => response.end(bomb));
    expect(await get(local(), urlOf(server))).toMatchObject({ ok: true, bytes: bomb.length });
  });

  it('that stop short of the declared length are no answer', async () => {
    const server = await serveRaw((socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nshort'));
    expect(await get(local(), urlOf(server))).toMatchObject({ ok: false, reason: 'unreachable' });
    const chunked = await serveRaw((socket) =>
      socket.end('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nshort\r\n'),
    );
    expect(await get(local(), urlOf(chunked))).toMatchObject({ ok: false, reason: 'unreachable' });
  });

  it.each([
    ['that are not HTTP', 'SSH-2.0-OpenSSH_9.9\r\n\r\n'],
    ['with two lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nxx'],
    ['with large headers', `HTTP/1.1 200 OK\r\nx-large: ${'x'.repeat(20_000)}\r\ncontent-length: 0\r\n\r\n`],
    ['that say nothing', ''],
  ])('%s are no answer', async (_name, text) => {
    const server = await serveRaw((socket) => socket.end(text));
    expect(await get(local(), urlOf(server), { deadlineMs: 2_000 })).toMatchObject({
      ok: false,
      reason: 'unreachable',
    });
    expect(server.connections).toBe(1);
  });

  it('that nobody gives are told apart from refusals', async () => {
    const server = createTcpServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = address !== null && typeof address === 'object' ? address.port : 0;
    await new Promise((resolve) => server.close(resolve));
    expect(await get(local(), `http://127.0.0.1:${port}/`)).toMatchObject({ ok: false, reason: 'unreachable' });
  });
});
