/** Each redirect is judged as the first URL was, and carries nothing along. */

import type { IncomingMessage } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';

import { canary, endAll, fetcher, get, serve } from './servers.ts';

afterEach(endAll);

describe('redirects', () => {
  /** A server on loopback whose every path but /end redirects to the given place. */
  async function redirecting(location: (request: IncomingMessage) => string, status = 302) {
    const server = await serve((request, response) => {
      if (request.url === '/end') response.end('arrived');
      else response.writeHead(status, { location: location(request), 'set-cookie': 'a=b' }).end('<a href="/end">');
    });
    return { server, url: `http://127.0.0.1:${server.port}/`, from: fetcher({ allow: `127.0.0.1:${server.port}` }) };
  }

  it.each([301, 302, 303, 307, 308])(
    'of status %s are followed, and their bodies are not the media',
    async (status) => {
      const { url, from } = await redirecting(() => '/end', status);
      const chunks: Buffer[] = [];
      const outcome = await get(from, url, { sink: (chunk) => void chunks.push(chunk) });
      expect(outcome).toEqual({ ok: true, finalUrl: `${url}end`, contentType: null, bytes: 7 });
      expect(Buffer.concat(chunks).toString()).toBe('arrived');
    },
  );

  it('carry nothing along, and each goes over a connection of its own', async () => {
    const { server, url, from } = await redirecting(() => '/end');
    await get(from, url, { accept: 'image/*' });
    const names = server.requests.map((request) => Object.keys(request.headers).toSorted());
    expect(names[1]).toEqual(['accept', 'accept-encoding', 'connection', 'host', 'user-agent', 'via']);
    expect(server.requests[1]?.headers).toMatchObject({ accept: 'image/*', 'accept-encoding': 'identity' });
    expect(server.connections).toBe(2);
  });

  it.each([
    ...['http://127.0.0.1:PORT/', 'http://localhost:PORT/', '//0x7f000001:PORT/', 'http://[::ffff:127.0.0.1]:PORT/'],
    ...['http://169.254.169.254/', 'http://metadata.google.internal/', 'http://secret-host/', 'file:///etc/passwd'],
    ...[
      'http://user:pw@127.0.0.1:PORT/',
      'gopher://127.0.0.1:PORT/',
      'data:text/html,x',
      'http://[',
      'http://8.8.8.8:22/',
    ],
  ])('to %s are refused before a connection', async (location) => {
    const trap = await canary();
    const { url, from } = await redirecting(() => location.replace('PORT', String(trap.port)));
    const outcome = await get(from, url);
    expect(outcome).toMatchObject({ ok: false, reason: 'url_not_allowed' });
    expect(trap.connections).toBe(0);
    expect(JSON.stringify(outcome)).not.toMatch(/127|169|secret|internal/);
  });

  it("carry a caller's own headers on the same host, and to no other", async () => {
    const other = await serve((_request, response) => void response.end('arrived'));
    const headers = { authorization: 'Bearer secret' };
    const same = await redirecting(() => '/end');
    await get(same.from, same.url, { headers });
    const away = await redirecting(() => `http://127.0.0.1:${other.port}/`);
    const both = fetcher({ allow: `127.0.0.1:${away.server.port},127.0.0.1:${other.port}` });
    expect(await get(both, away.url, { headers })).toMatchObject({ ok: true });
    const sent = [...same.server.requests, ...away.server.requests, ...other.requests];
    expect(sent.map((request) => request.headers.authorization)).toEqual([
      'Bearer secret',
      'Bearer secret',
      'Bearer secret',
      undefined,
    ]);
  });

  it('end after three', async () => {
    const three = await redirecting((request) => ({ '/': '/1', '/1': '/2' })[request.url ?? ''] ?? '/end');
    expect(await get(three.from, three.url)).toMatchObject({ ok: true });
    const loop = await redirecting(() => '/');
    expect(await get(loop.from, loop.url)).toMatchObject({ ok: false, reason: 'too_many_redirects' });
    expect(loop.server.requests).toHaveLength(4);
  });

  it('without a place to go, or of a kind that is none, are a bad status', async () => {
    const server = await serve((request, response) => response.writeHead(request.url === '/a' ? 302 : 304).end());
    const from = fetcher({ allow: '127.0.0.1' });
    for (const path of ['a', 'b']) {
      expect(await get(from, `http://127.0.0.1:${server.port}/${path}`)).toMatchObject({ reason: 'bad_status' });
    }
  });
});
