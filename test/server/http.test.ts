/** Plain HTTP: request ids, unknown addresses and methods, broken requests, logs, health, and a clean end. */

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { startTestServer } from '../support/test-server.ts';
import type { TestServer } from '../support/test-server.ts';
import { call, errorOf, raw } from './support/http.ts';
import { rowEngine, slow, SLOW_WORD } from './support/row-engine.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ makeEngine: rowEngine });
});
afterAll(() => server.close());

describe('the request id', () => {
  it('is the client’s own if it is harmless, in the answer and in the error', async () => {
    const response = await call(server, '/v1/videos/x', { headers: { 'x-request-id': 'my-id_1.2' } });
    expect(response.headers.get('x-request-id')).toBe('my-id_1.2');
    expect((await errorOf(response)).request_id).toBe('my-id_1.2');
  });

  it.each(['a b', 'x'.repeat(65), '<script>', 'a,b', 'ä'.normalize('NFC')])(
    'is a fresh one instead of %s',
    async (id) => {
      const response = await call(server, '/v1/videos', { headers: { 'x-request-id': id } });
      expect(response.headers.get('x-request-id')).toMatch(/^req_[0-9a-f]{32}$/);
    },
  );

  it('is on every answer, whatever refused the request', async () => {
    const answers = await Promise.all([
      call(server, '/healthz'),
      call(server, '/nothing'),
      call(server, '/v1/videos/%zz'),
      call(server, `/v1/videos/${'x'.repeat(3000)}`),
      call(server, '/v1/videos', { key: null }),
      call(server, '/v1/videos', { method: 'PUT' }),
      call(server, '/v1/videos', { method: 'POST', body: '{', headers: { 'content-type': 'application/json' } }),
      server.admin('/nothing'),
      server.admin('/accounts/x'),
      fetch(`${server.url}/files/x`),
    ]);
    for (const answer of answers) {
      const id = answer.headers.get('x-request-id') ?? '';
      expect(id).toMatch(/^req_/);
      if (!answer.ok) expect(await answer.text()).toContain(id);
    }
  });
});

describe('an address', () => {
  it.each(['/v1', '/v1/', '/v1/video', '/v1/videos/', '//v1/videos', '/V1/videos', '/v1/videos/x/y', '/v1/videos;x'])(
    'where nothing is is a 404: %s',
    async (path) => {
      const response = await fetch(`${server.url}${path}`, { headers: { authorization: `Bearer ${server.testKey}` } });
      expect([response.status, (await errorOf(response)).code]).toEqual([404, 'not_found']);
    },
  );

  it.each([
    ['PUT', '/v1/videos', 'GET, HEAD, POST'],
    ['PATCH', '/v1/videos/abc', 'DELETE, GET, HEAD'],
    ['POST', '/v1/videos/abc/content', 'GET, HEAD'],
    ['OPTIONS', '/v1/videos', 'GET, HEAD, POST'],
    ['POST', '/healthz', 'GET, HEAD'],
    ['PUT', '/admin/v1/accounts', 'GET, POST'],
  ])('with another method, %s %s, is a 405 that says which', async (method, path, allow) => {
    const response = await call(server, path, { method });
    expect([response.status, response.headers.get('allow')]).toEqual([405, allow]);
    expect(await response.text()).toContain('method_not_allowed');
  });

  it.each(['TRACE /v1/videos', 'TRACE /nothing', 'PROPFIND /v1/videos'])('does not take %s', async (start) => {
    expect(await raw(server, `${start} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)).toMatch(/^HTTP\/1\.1 405 /);
  });

  it('is the same whoever the client says it is or goes through', async () => {
    for (const head of [
      'Host: evil.example',
      'Host: x\r\nX-Forwarded-Host: evil.example\r\nX-Original-URL: /admin/v1/accounts',
    ]) {
      const answer = await raw(server, `GET /v1/videos HTTP/1.1\r\n${head}\r\nConnection: close\r\n\r\n`);
      expect(answer).toMatch(/^HTTP\/1\.1 401 /);
      expect(answer).not.toContain('evil');
    }
    const absolute = `GET http://evil.example/v1/videos HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`;
    expect(await raw(server, absolute)).toMatch(/^HTTP\/1\.1 40[14] /);
  });
});

describe('what is no HTTP', () => {
  it.each([
    ['nonsense\r\n\r\n', 400],
    ['GET /v1/videos HTTP/1.1\r\nHost: x\r\nBad Header\r\n\r\n', 400],
    ['POST /v1/videos HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 400],
    ['POST /v1/videos HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc', 400],
    [`GET / HTTP/1.1\r\nHost: x\r\nX-Big: ${'x'.repeat(64 * 1024)}\r\n\r\n`, 431],
  ])('is refused with an id and the connection ends (%#)', async (text, status) => {
    const answer = await raw(server, text);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    const body = JSON.parse(answer.slice(answer.indexOf('\r\n\r\n'))) as { error: { request_id: string } };
    expect(answer).toContain(`x-request-id: ${body.error.request_id}`);
  });
});

describe('errors', () => {
  it('of ours say nothing of the inside to the client, and everything to the log', async () => {
    const response = await call(server, '/v1/videos', { method: 'POST', json: { model: 'sora-2', prompt: 'boom' } });
    const error = await errorOf(response);
    expect([response.status, error.code]).toEqual([500, 'server_error']);
    expect(JSON.stringify(error)).not.toContain('secret detail');
    const line = server.logLines.find((text) => text.includes(error.request_id) && text.includes('a secret detail'));
    expect(line).toBeDefined();
  });

  it('speak the language that the client reads', async () => {
    const json = { model: 'sora-2', prompt: 1 };
    const chinese = await call(server, '/v1/videos', {
      method: 'POST',
      json,
      headers: { 'accept-language': 'zh-TW,en;q=0.5' },
    });
    expect((await errorOf(chinese)).message).toMatch(/字段/);
    const english = await call(server, '/v1/videos', {
      method: 'POST',
      json,
      headers: { 'accept-language': 'en,zh;q=0.5' },
    });
    expect((await errorOf(english)).message).toMatch(/must be/);
  });
});

describe('the log', () => {
  it('has one line per request with its route, and no key, query, prompt or address of an input', async () => {
    const secrets = ['sk-rg-', 'prompt-canary', 'query-canary', 'url-canary', 'body-canary'];
    await call(server, '/v1/videos?after=query-canary');
    await call(server, '/v1/videos', {
      method: 'POST',
      json: { model: 'sora-2', prompt: 'prompt-canary', images: ['https://url-canary.example/a.png'] },
    });
    await call(server, '/v1/videos', {
      method: 'POST',
      body: '{"body-canary',
      headers: { 'content-type': 'application/json' },
    });
    await call(server, '/v1/videos', { key: 'sk-rg-test-unknown' });
    const { headers } = await call(server, '/v1/videos/some-id');
    const id = headers.get('x-request-id') ?? '';
    const lines = await vi.waitFor(() => {
      const found = server.logLines.filter((line) => line.includes(id));
      expect(found).toHaveLength(1);
      return found;
    });
    const { time: _time, ms, ...line } = JSON.parse(lines[0] ?? '') as Record<string, unknown>;
    expect(line).toEqual({
      level: 30,
      request_id: id,
      method: 'GET',
      route: '/v1/videos/:id',
      status: 404,
      msg: 'request',
    });
    expect(ms).toBeGreaterThan(0);
    for (const secret of secrets) expect(server.logLines.join('\n')).not.toContain(secret);
  });
});

describe('health', () => {
  it('says that the process lives, that it can serve, and what it is', async () => {
    expect(await (await fetch(`${server.url}/healthz`)).json()).toEqual({ status: 'ok' });
    expect(await (await fetch(`${server.url}/readyz`)).json()).toEqual({ status: 'ok' });
    expect(await (await fetch(`${server.url}/version`)).json()).toEqual({ name: 'reelgate', version: '0.0.0-test' });
  });
});

describe('a server without its database', () => {
  it('lives, is not ready, and asks to try again', async () => {
    const broken = await startTestServer({ makeEngine: rowEngine });
    await broken.db.close();
    expect((await fetch(`${broken.url}/healthz`)).status).toBe(200);
    const ready = await fetch(`${broken.url}/readyz`);
    expect([ready.status, ready.headers.get('retry-after')]).toEqual([503, '1']);
    const response = await call(broken, '/v1/videos');
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
    expect((await errorOf(response)).code).toBe('unavailable');
    await broken.close();
  });
});

describe('a server that stops', () => {
  it('finishes the requests it has, and takes no new connections', async () => {
    const stopping = await startTestServer({ makeEngine: rowEngine });
    const reached = slow.reached();
    const creating = call(stopping, '/v1/videos', {
      method: 'POST',
      json: { model: 'sora-2', prompt: `go ${SLOW_WORD}` },
    });
    await reached;
    const closed = stopping.app.close();
    await vi.waitFor(() => expect(stopping.app.server.listening).toBe(false));
    await expect(raw(stopping, 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n')).rejects.toThrow('ECONNREFUSED');
    slow.open();
    expect((await creating).status).toBe(200);
    await closed;
    await stopping.close();
  });

  it('answers a create that waits for its video with the job as it is', async () => {
    const stopping = await startTestServer({ makeEngine: rowEngine });
    const headers = { accept: 'video/mp4' };
    const creating = call(stopping, '/v1/videos', { method: 'POST', json: { model: 'sora-2', prompt: 'p' }, headers });
    await vi.waitFor(async () => {
      const list = (await (await call(stopping, '/v1/videos')).json()) as { data: unknown[] };
      expect(list.data).toHaveLength(1);
    });
    await stopping.close();
    expect(((await (await creating).json()) as { status: string }).status).toBe('queued');
  });
});
