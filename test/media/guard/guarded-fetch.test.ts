/** The guarded fetcher keeps to its time, to TLS, and leaves nothing behind. */

import { createServer as createTlsServer } from 'node:https';
import { afterEach, describe, expect, it } from 'vitest';

import { makeCertificate } from '../certificate.ts';
import { dnsFake, endAll, fetcher, get, listen, NAME, serve, serveRaw } from './servers.ts';
import type { Running } from './servers.ts';

afterEach(endAll);

describe('time', () => {
  const url = (server: Running): string => `http://127.0.0.1:${server.port}/`;

  it('is up for a body that comes byte by byte, however alive it looks', async () => {
    const server = await serve((_request, response) => {
      const drip = setInterval(() => response.write('x'), 10);
      response.on('close', () => clearInterval(drip));
    });
    const outcome = await get(fetcher({ allow: '127.0.0.1' }), url(server), { deadlineMs: 150 });
    expect(outcome).toMatchObject({ ok: false, reason: 'timeout' });
    await server.allClosed();
  });

  it('is up for headers that never end, long before the deadline', async () => {
    const server = await serveRaw((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n');
      const drip = setInterval(() => socket.write('x: y\r\n'), 10);
      socket.on('close', () => clearInterval(drip));
    });
    const patient = fetcher({ allow: '127.0.0.1', limits: { headersTimeoutMs: 100 } });
    expect(await get(patient, url(server), { deadlineMs: 20_000 })).toMatchObject({ ok: false, reason: 'timeout' });
    await server.allClosed();
  });

  it('is up for a TLS handshake that is never answered', async () => {
    const server = await serveRaw(() => {});
    const from = fetcher({ allow: '127.0.0.1' });
    const outcome = await get(from, `https://127.0.0.1:${server.port}/`, { deadlineMs: 150 });
    expect(outcome).toMatchObject({ ok: false, reason: 'timeout' });
    await server.allClosed();
  });

  it('is one budget for all redirects', async () => {
    const server = await serve((_request, response) => {
      setTimeout(() => response.writeHead(302, { location: '/' }).end(), 80);
    });
    const outcome = await get(fetcher({ allow: '127.0.0.1' }), url(server), { deadlineMs: 150 });
    expect(outcome).toMatchObject({ ok: false, reason: 'timeout' });
  });
});

describe('TLS', () => {
  async function serveTls(names: readonly string[], options: { expired?: boolean } = {}) {
    const certificate = makeCertificate(names, options);
    const serverNames: (string | false | null)[] = [];
    const server = createTlsServer(certificate, (_request, response) => {
      response.writeHead(_request.url === '/down' ? 302 : 200, { location: 'http://127.0.0.1/' }).end('media');
    });
    server.on('secureConnection', (socket) => serverNames.push(socket.servername));
    server.on('tlsClientError', () => {});
    const running = await listen(server);
    const { resolve } = dnsFake(['127.0.0.1']);
    const trusting = fetcher({ allow: '127.0.0.1', resolve, certificateAuthorities: [certificate.cert] });
    const doubting = fetcher({ allow: '127.0.0.1', resolve });
    return { url: `https://${NAME}:${running.port}/`, port: running.port, serverNames, trusting, doubting };
  }

  it('is verified against the name although the connection goes to an address', async () => {
    const { url, trusting, serverNames } = await serveTls([NAME]);
    expect(await get(trusting, url)).toMatchObject({ ok: true, bytes: 5 });
    expect(serverNames).toEqual([NAME]);
  });

  it.each([
    ['another name', ['other.example.com'], {}],
    ['a past year', [NAME], { expired: true }],
  ])('fails closed for a certificate of %s', async (_name, names, options) => {
    const { url, trusting } = await serveTls(names, options);
    expect(await get(trusting, url)).toMatchObject({
      ok: false,
      reason: 'unreachable',
      message: expect.stringContaining('TLS'),
    });
  });

  it('fails closed for a certificate that nobody trusts, and for an address the certificate does not name', async () => {
    const { url, port, doubting, trusting } = await serveTls([NAME]);
    expect(await get(doubting, url)).toMatchObject({
      ok: false,
      reason: 'unreachable',
      message: expect.stringContaining('TLS'),
    });
    expect(await get(trusting, `https://127.0.0.1:${port}/`)).toMatchObject({ ok: false, reason: 'unreachable' });
  });

  it('is never left for plain http by a redirect', async () => {
    const { url, trusting } = await serveTls([NAME]);
    expect(await get(trusting, `${url}down`)).toMatchObject({ ok: false, reason: 'url_not_allowed' });
  });

  it('is not spoken by a server of plain http, and says so', async () => {
    const server = await serve((_request, response) => response.end());
    const outcome = await get(fetcher({ allow: '127.0.0.1' }), `https://127.0.0.1:${server.port}/`);
    expect(outcome).toMatchObject({ ok: false, reason: 'unreachable' });
  });
});

describe('the fetcher itself', () => {
  it('rejects with what the sink throws, unchanged, and lets go of the connection', async () => {
    const server = await serve((_request, response) => response.end('media'));
    const full = Object.assign(new Error('no room'), { code: 'ENOSPC' });
    const sink = (): never => {
      throw full;
    };
    await expect(get(fetcher({ allow: '127.0.0.1' }), `http://127.0.0.1:${server.port}/`, { sink })).rejects.toBe(full);
    await server.allClosed();
  });

  it('abandons what is running when it is closed, and starts nothing more', async () => {
    const server = await serve(() => {});
    const from = fetcher({ allow: '127.0.0.1' });
    const hanging = get(from, `http://127.0.0.1:${server.port}/`);
    await expect.poll(() => server.requests.length).toBe(1);
    const closing = from.close();
    await expect(hanging).rejects.toThrow('closed');
    await closing;
    await expect(get(from, `http://127.0.0.1:${server.port}/`)).rejects.toThrow('closed');
    await server.allClosed();
  });

  it('leaves no connection behind after many fetches at once, good and bad', async () => {
    const server = await serve((request, response) => {
      if (request.url === '/cut') request.socket.destroy();
      else if (request.url === '/no') response.writeHead(404).end('x'.repeat(100_000));
      else response.end('x'.repeat(100_000));
    });
    const from = fetcher({ allow: '127.0.0.1' });
    const paths = Array.from({ length: 60 }, (_unused, index) => ['ok', 'cut', 'no'][index % 3] ?? '');
    const outcomes = await Promise.all(paths.map((path) => get(from, `http://127.0.0.1:${server.port}/${path}`)));
    expect(outcomes.filter((outcome) => outcome.ok)).toHaveLength(20);
    await server.allClosed();
    expect(server.connections).toBe(60);
  });
});
