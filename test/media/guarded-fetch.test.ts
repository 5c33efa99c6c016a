// The guarded fetcher: no user-given URL reaches a private place, and no server can make us wait, swell or leak.

import { createSocket as createUdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { createServer as createTcpServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { gzipSync } from 'node:zlib';

import { afterEach, describe, expect, it } from 'vitest';

import { createGuardedFetcher } from '../../src/media/guard/guarded-fetch.ts';
import type { GuardedFetcher, GuardedFetcherOptions } from '../../src/media/guard/guarded-fetch.ts';
import type { FetchOptions } from '../../src/media/guard/receive.ts';
import { createPublicResolver } from '../../src/media/guard/resolve-host.ts';
import { judgeUrl, parseFetchAllow } from '../../src/media/guard/url-rules.ts';
import { makeCertificate } from './certificate.ts';

const NAME = 'media.example.com';
const NOTHING_ALLOWED = { allow: parseFetchAllow(''), allowHttp: true };

const endings: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).toReversed()) await end();
});

type Running = { port: number; connections: number; requests: IncomingMessage[]; allClosed(): Promise<void> };

async function listen(server: Server, requests: IncomingMessage[] = []): Promise<Running> {
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

function serve(answer: RequestListener): Promise<Running> {
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
const serveRaw = (talk: (socket: Socket) => void): Promise<Running> =>
  listen(
    createTcpServer((socket) => {
      socket.resume();
      talk(socket);
    }),
  );

/** Must never see a connection. */
const canary = (): Promise<Running> => serve((_request, response) => response.end('secret'));

function fetcher(options: Omit<Partial<GuardedFetcherOptions>, 'allow'> & { allow?: string } = {}): GuardedFetcher {
  const created = createGuardedFetcher({ ...options, allow: parseFetchAllow(options.allow ?? '') });
  endings.push(() => created.close());
  return created;
}

function get(from: GuardedFetcher, url: string, options: Partial<FetchOptions> = {}) {
  return from.fetch(url, { maxBytes: 1_000_000, deadlineMs: 5_000, sink: () => {}, ...options });
}

/** A name server that answers with the given lists in turn, the last one for ever, and remembers who asked. */
function dnsFake(...answers: readonly (readonly string[])[]) {
  const queries: string[] = [];
  const resolve = async (host: string): Promise<readonly string[]> => {
    queries.push(host);
    return answers[Math.min(queries.length, answers.length) - 1] ?? [];
  };
  return { queries, resolve };
}

/** A name server on loopback: "name A" or "name AAAA" to the address in hexadecimal; all else does not exist. */
async function nameServer(records: Readonly<Record<string, string>>) {
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

const PRIVATE_HOSTS: readonly string[] = [
  ...['127.0.0.1', '127.1', '2130706433', '0x7f000001', '017700000001', '0', '①②⑦.⓪.⓪.①', '127。0。0。1'],
  ...['0.0.0.0', '[::]', '[::1]', '[::ffff:127.0.0.1]', '[::127.0.0.1]', '[0:0:0:0:0:ffff:a9fe:a9fe]'],
  ...['169.254.169.254', '0xa9fea9fe', '169.254.43518', 'metadata.google.internal.', '100.100.100.200'],
  ...['10.0.0.1', '172.16.0.1', '192.168.0.1', '100.64.0.1', '192.0.0.1', '198.18.0.1', '224.0.0.1', '240.0.0.1'],
  ...['[fc00::1]', '[fd00::1]', '[fe80::1]', '[fec0::1]', '[64:ff9b::7f00:1]', '[64:ff9b:1::1]', '[2002:7f00:1::]'],
  ...['[2001:db8::1]', 'localhost', 'localhost.', 'LOCALHOST', 'api.localhost', 'printer.local', 'db.internal'],
  ...['intranet', 'redis', 'router.lan', 'nas.home.arpa', '127.0.0.1.', '%31%32%37.0.0.1', '127%E3%80%820.0.1'],
];

const FORBIDDEN_URLS: readonly string[] = [
  ...['http://good.example.com@127.0.0.1/', 'http://user:pw@good.example.com/', 'http://user@good.example.com/'],
  ...['https://:pw@good.example.com/'],
  ...['file:///etc/passwd', 'gopher://a.example.com/', 'ftp://a.example.com/', 'data:image/png;base64,QUJD'],
  ...['blob:https://a.example.com/1', 'javascript:alert(1)', 'ws://a.example.com/', 's3://bucket/key', 'about:blank'],
  ...[22, 25, 5432, 6379, 8080, 0].map((port) => `http://good.example.com:${port}/`),
  ...['http://8.8.8.8:8080/', 'http://[2606:4700::1111]:22/'],
];

const INVALID_URLS: readonly string[] = [
  ...['', 'nonsense', '//good.example.com/x', '/etc/passwd', 'http://', 'https://good.example.com:99999/'],
  ...['http://1.2.3.256/', 'http://a b.example.com/', 'http://good..example.com/', 'http://good.example.com../'],
  ...['http://-bad.example.com/', 'http://[::1/', 'http://[fe80::1%25eth0]/', `http://${'a'.repeat(64)}.example.com/`],
  ...[`https://good.example.com/${'a'.repeat(9_000)}`, 'http://bad*.example.com/', 'http://foo.0x7f/'],
];

describe('URLs judged by their text', () => {
  it.each(PRIVATE_HOSTS)('refuses the host %s, without a query or a connection', async (host) => {
    const { queries, resolve } = dnsFake(['127.0.0.1']);
    for (const scheme of ['http', 'https']) {
      expect(judgeUrl(`${scheme}://${host}/`, NOTHING_ALLOWED)).toMatchObject({ ok: false, reason: 'url_not_allowed' });
    }
    const trap = await canary();
    const outcome = await get(fetcher({ resolve }), `http://${host}:${trap.port}/`);
    expect(outcome).toMatchObject({
      ok: false,
      reason: 'url_not_allowed',
      message: expect.stringMatching(/not|only/i),
    });
    expect([queries, trap.connections]).toEqual([[], 0]);
  });

  it.each(FORBIDDEN_URLS)('refuses %s', (url) => {
    expect(judgeUrl(url, NOTHING_ALLOWED)).toMatchObject({ ok: false, reason: 'url_not_allowed' });
  });

  it.each(INVALID_URLS)('calls %s invalid', (url) => {
    expect(judgeUrl(url, NOTHING_ALLOWED)).toMatchObject({ ok: false, reason: 'url_invalid' });
  });

  it.each([
    ['https://good.example.com/a?b=c#d', 'good.example.com', '/a?b=c'],
    ['https://good.example.com.:443/', 'good.example.com', '/'],
    ['HTTPS://GOOD.Example.COM', 'good.example.com', '/'],
    ['http://good.example.com\\@127.0.0.1/', 'good.example.com', '/@127.0.0.1/'],
    ['http://good.example.com#@127.0.0.1/', 'good.example.com', '/'],
    ['http://good.exa\tmple.com\n/', 'good.example.com', '/'],
    ['https://bücher.example.com/', 'xn--bcher-kva.example.com', '/'],
    ['https://under_score.example.com:80/', 'under_score.example.com', '/'],
    ['https://8.8.8.8/', '8.8.8.8', '/'],
    ['https://[2606:4700:0:0::1111]/', '2606:4700::1111', '/'],
  ])('accepts %j as a URL of %s', (url, hostname, path) => {
    expect(judgeUrl(url, NOTHING_ALLOWED)).toMatchObject({ ok: true, target: { hostname, path } });
  });

  it('refuses plain http to public hosts where the operator wants https only', () => {
    const rules = { ...NOTHING_ALLOWED, allowHttp: false };
    expect(judgeUrl('http://good.example.com/', rules)).toMatchObject({
      ok: false,
      message: expect.stringContaining('https'),
    });
    expect(judgeUrl('http://8.8.8.8/', rules)).toMatchObject({ ok: false, reason: 'url_not_allowed' });
    expect(judgeUrl('https://good.example.com/', rules)).toMatchObject({ ok: true });
  });
});

describe('the list of allowed private places', () => {
  it('opens exactly what it names', () => {
    const allow = parseFetchAllow(' minio:9000, Media.Corp., 10.1.0.0/16,192.168.7.7:8080 ,[fd00::7]:8443,::1, ');
    const isAllowed = (url: string): boolean => judgeUrl(url, { allow, allowHttp: false }).ok;
    for (const url of [
      ...['http://minio:9000/x', 'http://media.corp/', 'http://MEDIA.corp.:1234/', 'http://10.1.255.255:5000/'],
      ...['http://192.168.7.7:8080/', 'https://[fd00:0::7]:8443/', 'http://[::1]:99/'],
    ]) {
      expect([url, isAllowed(url)]).toEqual([url, true]);
    }
    for (const url of [
      ...['http://minio/', 'http://minio:9001/', 'http://x.media.corp/', 'http://10.2.0.0/', 'http://192.168.7.7/'],
      ...['https://[fd00::7]/', 'http://[::2]/', 'http://127.0.0.1/', 'http://user@minio:9000/', 'ftp://media.corp/'],
    ]) {
      expect([url, isAllowed(url)]).toEqual([url, false]);
    }
  });

  it.each([
    ...['10.0.0.0/33', '10.0.0.0/', '10.0.0.5/8', '10.0.0.0/8/9', 'host/path', 'http://host', 'host:0', 'host:99999'],
    ...['a b', 'user@host', '*.corp', 'host:', '[::1', 'fe80::1%eth0', '::/129', '1.2.3.256', '%6c', '-'],
  ])('names the entry %j that it cannot read', (entry) => {
    expect(() => parseFetchAllow(`ok.corp,${entry}`)).toThrow(`"${entry}"`);
  });

  it('never opens link-local addresses to a name, only to an entry that lists them', async () => {
    const { resolve } = dnsFake(['169.254.169.254']);
    const byName = await fetcher({ allow: 'media.corp', resolve }).check('http://media.corp/', { deadlineMs: 1_000 });
    expect(byName).toMatchObject({ ok: false, reason: 'url_not_allowed' });
    const byAddress = fetcher({ allow: 'media.corp,169.254.0.0/16', resolve });
    expect(await byAddress.check('http://media.corp/', { deadlineMs: 1_000 })).toEqual({ ok: true });
  });
});

describe('names and their addresses', () => {
  it.each([
    [['127.0.0.1']],
    [['93.184.216.34', 'fd00::1']],
    [['2606:4700::1111', '10.0.0.1']],
    [['93.184.216.34', '::ffff:10.0.0.1']],
    [['93.184.216.34', 'not an address']],
  ])('refuses a name when any of its addresses is private: %j', async (answers) => {
    const { queries, resolve } = dnsFake(answers);
    const outcome = await get(fetcher({ resolve }), `https://${NAME}/secret`);
    expect(outcome).toMatchObject({ ok: false, reason: 'url_not_allowed' });
    expect(queries).toEqual([NAME]);
    for (const answer of answers) expect(JSON.stringify(outcome)).not.toContain(answer);
  });

  it('asks once and connects to what it judged, so that a second answer cannot rebind', async () => {
    const server = await serve((_request, response) => response.end('media'));
    const { queries, resolve } = dnsFake(['127.0.0.1'], ['169.254.169.254']);
    const outcome = await get(
      fetcher({ allow: `127.0.0.1:${server.port}`, resolve }),
      `http://${NAME}:${server.port}/a?b#c`,
    );
    expect(outcome).toEqual({ ok: true, finalUrl: `http://${NAME}:${server.port}/a?b`, contentType: null, bytes: 5 });
    expect(queries).toEqual([NAME]);
    expect(server.requests[0]?.headers.host).toBe(`${NAME}:${server.port}`);
  });

  it('judges the name again at each redirect', async () => {
    const server = await serve((_request, response) => response.writeHead(302, { location: '/again' }).end());
    const { queries, resolve } = dnsFake(['127.0.0.1'], ['127.0.0.2']);
    const outcome = await get(
      fetcher({ allow: `127.0.0.1:${server.port}`, resolve }),
      `http://${NAME}:${server.port}/`,
    );
    expect(outcome).toMatchObject({ ok: false, reason: 'url_not_allowed' });
    expect([queries, server.connections]).toEqual([[NAME, NAME], 1]);
  });

  it('tries another address of the same answer when one does not listen', async () => {
    const server = await serve((_request, response) => response.end('media'));
    const { queries, resolve } = dnsFake(['127.0.0.2', '127.0.0.1']);
    const from = fetcher({ allow: '127.0.0.0/8', resolve, limits: { connectTimeoutMs: 200 } });
    expect(await get(from, `http://${NAME}:${server.port}/`)).toMatchObject({ ok: true });
    expect(queries).toHaveLength(1);
  });

  it('keeps ports other than 80 and 443 shut for names outside the allowed networks', async () => {
    const { resolve } = dnsFake(['93.184.216.34']);
    const outcome = await get(fetcher({ allow: '10.0.0.0/8', resolve }), `http://${NAME}:6379/`);
    expect(outcome).toMatchObject({ ok: false, reason: 'url_not_allowed' });
  });

  it('resolves listed names as the machine does, with its hosts file', async () => {
    const server = await serve((_request, response) => response.end('media'));
    const url = `http://localhost:${server.port}/`;
    expect(await get(fetcher({ allow: `localhost:${server.port}` }), url)).toMatchObject({ ok: true, bytes: 5 });
    expect(await get(fetcher({ allow: 'localhost:1' }), url)).toMatchObject({ ok: false, reason: 'url_not_allowed' });
  });

  it('asks name servers for both families, once each, and takes what there is', async () => {
    const { address, questions } = await nameServer({
      'both.example.com A': '08080808',
      'both.example.com AAAA': `2606${'0'.repeat(28)}`,
      'four.example.com A': '7f000001',
    });
    const resolve = createPublicResolver([address]);
    expect([...(await resolve('both.example.com'))].toSorted()).toEqual(['2606::', '8.8.8.8']);
    expect(await resolve('four.example.com')).toEqual(['127.0.0.1']);
    await expect(resolve('none.example.com')).rejects.toThrow('none.example.com');
    expect(questions.toSorted()).toEqual(
      ['both', 'four', 'none'].flatMap((name) => [`${name}.example.com A`, `${name}.example.com AAAA`]),
    );
  });

  it('says when a name has no address, or its resolution fails or takes too long', async () => {
    const url = `https://${NAME}/`;
    expect(await get(fetcher({ resolve: async () => [] }), url)).toMatchObject({ ok: false, reason: 'unresolvable' });
    const failing = () => Promise.reject(new Error('SERVFAIL of ns.internal'));
    const failed = await get(fetcher({ resolve: failing }), url);
    expect(failed).toMatchObject({ ok: false, reason: 'unresolvable' });
    expect(JSON.stringify(failed)).not.toContain('ns.internal');
    const silent = () => Promise.withResolvers<readonly string[]>().promise;
    expect(await get(fetcher({ resolve: silent }), url, { deadlineMs: 50 })).toMatchObject({ reason: 'timeout' });
  });

  it('can judge a URL that somebody else will fetch, without connecting', async () => {
    const trap = await canary();
    const { resolve } = dnsFake(['127.0.0.1']);
    const open = fetcher({ allow: `${NAME}:${trap.port}`, resolve });
    expect(await open.check(`http://${NAME}:${trap.port}/`, { deadlineMs: 1_000 })).toEqual({ ok: true });
    const shut = fetcher({ resolve });
    expect(await shut.check(`http://${NAME}/`, { deadlineMs: 1_000 })).toMatchObject({
      ok: false,
      reason: 'url_not_allowed',
    });
    expect(trap.connections).toBe(0);
  });
});

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
