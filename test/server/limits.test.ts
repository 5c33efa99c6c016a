/** How often one may ask, and what is refused when the server has too much to do. */

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { IDLE, startLoadMeter } from '../../src/server/load.ts';
import type { LoadReading } from '../../src/server/load.ts';
import { startTestServer } from '../support/test-server.ts';
import type { TestServer } from '../support/test-server.ts';
import { call, errorOf } from './support/http.ts';
import { rowEngine } from './support/row-engine.ts';

const CREATE = { method: 'POST', json: { model: 'sora-2', prompt: 'a boat' } };
const PROXY = '127.0.0.1';

let server: TestServer;
const nowMs = Date.now();
let load = IDLE;
beforeAll(async () => {
  server = await startTestServer({ makeEngine: rowEngine, nowMs: () => nowMs, load: () => load });
});
afterAll(() => server.close());

describe('the requests of a key', () => {
  it('are counted apart: what makes something, and what only looks', async () => {
    const { key } = await server.issueKey({ limits: { requests_per_minute: 2, reads_per_minute: 3 } });
    for (const status of [200, 200, 429])
      expect((await call(server, '/v1/videos', { ...CREATE, key })).status).toBe(status);
    for (const status of [200, 200, 200, 429]) expect((await call(server, '/v1/videos', { key })).status).toBe(status);
  });

  it('are told of in the words of the IETF’s draft and of OpenAI', async () => {
    const { key } = await server.issueKey({ limits: { requests_per_minute: 30 } });
    const { headers } = await call(server, '/v1/videos', { ...CREATE, key });
    expect(headers.get('ratelimit-policy')).toBe('"key";q=30;w=60');
    expect(headers.get('ratelimit')).toBe('"key";r=29;t=2');
    expect(headers.get('x-ratelimit-limit-requests')).toBe('30');
    expect(headers.get('x-ratelimit-remaining-requests')).toBe('29');
    expect(headers.get('x-ratelimit-reset-requests')).toBe('2s');
  });

  it('that are too many are refused with the time to wait, in every dialect', async () => {
    const { key } = await server.issueKey({ limits: { requests_per_minute: 1 } });
    expect((await call(server, '/v1/videos', { ...CREATE, key })).status).toBe(200);
    for (const path of ['/v1/videos', '/v1/video/create', '/ent/v2/text2video', '/api/v1/videos']) {
      const refused = await call(server, path, { ...CREATE, key });
      expect([path, refused.status]).toEqual([path, 429]);
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(refused.headers.get('ratelimit')).toMatch(/^"key";r=0;t=\d+$/);
    }
  });

  it('make no job once they are too many', async () => {
    const { key, id } = await server.issueKey({ limits: { requests_per_minute: 1 } });
    for (const status of [200, 429, 429])
      expect((await call(server, '/v1/videos', { ...CREATE, key })).status).toBe(status);
    expect(await server.db.query('select from job where key_id = $1', [id])).toHaveLength(1);
  });

  it('count for its account too, whichever of its keys they come with', async () => {
    const account = (await (
      await server.admin('/accounts', {
        method: 'POST',
        json: { name: 'Two keys', limits: { requests_per_minute: 3 } },
      })
    ).json()) as { id: string; limits: unknown };
    expect(account.limits).toEqual({ requests_per_minute: 3 });
    const one = await server.issueKey({ accountId: account.id, limits: { requests_per_minute: 2 } });
    const other = await server.issueKey({ accountId: account.id });
    expect((await call(server, '/v1/videos', { ...CREATE, key: one.key })).status).toBe(200);
    const second = await call(server, '/v1/videos', { ...CREATE, key: one.key });
    expect(second.headers.get('ratelimit')).toMatch(/^"key";r=0;t=60, "account";r=1;t=\d+$/);
    expect((await call(server, '/v1/videos', { ...CREATE, key: other.key })).status).toBe(200);
    const refused = await call(server, '/v1/videos', { ...CREATE, key: other.key });
    expect([refused.status, (await errorOf(refused)).message]).toEqual([
      429,
      expect.stringContaining('The account of this API key is limited to 3 requests per minute.'),
    ]);
  });

  it('are free where nobody limits them', async () => {
    const { headers } = await call(server, '/v1/videos');
    expect([headers.get('ratelimit'), headers.get('x-ratelimit-limit-requests')]).toEqual([null, null]);
  });

  it('that only ask are reads, though they are a POST', async () => {
    const { key } = await server.issueKey({ limits: { requests_per_minute: 1, reads_per_minute: 100 } });
    await call(server, '/v1/videos', { ...CREATE, key });
    const asked = [
      ['/video-model/status', { operation: { id: 'task_x' } }],
      ['/jimeng?Action=CVSync2AsyncGetResult&Version=2022-08-31', { req_key: 'x', task_id: 'x' }],
      ['/v1/videos/estimate', { model: 'sora-2', prompt: 'a boat' }],
    ] as const;
    for (const [path, json] of asked) {
      const { status } = await call(server, path, { method: 'POST', json, key });
      expect([path, status]).not.toEqual([path, 429]);
    }
  });
});

describe('the requests of an address', () => {
  let guarded: TestServer;
  beforeAll(async () => {
    guarded = await startTestServer({
      makeEngine: rowEngine,
      nowMs: () => nowMs,
      addressLimits: { requests_per_minute: 2, reads_per_minute: 4 },
      trustedProxies: [PROXY],
    });
  });
  afterAll(() => guarded.close());

  it('are limited before anybody looks for their key', async () => {
    const from = { 'x-forwarded-for': '198.51.100.1' };
    const statuses: number[] = [];
    for (let n = 0; n < 5; n += 1)
      statuses.push((await call(guarded, '/v1/videos', { key: null, headers: from })).status);
    expect(statuses).toEqual([401, 401, 401, 401, 429]);
    const other = { 'x-forwarded-for': '198.51.100.2' };
    expect((await call(guarded, '/v1/videos', { headers: other })).status).toBe(200);
  });

  it('are counted for the whole network of an IPv6 house', async () => {
    for (const [at, status] of [1, 2, 3, 4, 5].map((n) => [n, n < 5 ? 200 : 429] as const)) {
      const headers = { 'x-forwarded-for': `2001:db8::${at}` };
      expect((await call(guarded, '/v1/videos', { headers })).status).toBe(status);
    }
  });

  it('never stop the operator, nor whoever asks for health', async () => {
    for (let n = 0; n < 6; n += 1) {
      expect((await fetch(`${guarded.url}/healthz`)).status).toBe(200);
      expect((await guarded.admin('/accounts')).status).toBe(200);
    }
  });
});

describe('X-Forwarded-For', () => {
  const IPS = ['203.0.113.7'];

  it('is ignored from whoever is no proxy of the operator’s', async () => {
    const { key } = await server.issueKey({ allowedIps: IPS });
    for (const headers of [
      { 'x-forwarded-for': '203.0.113.7' },
      { forwarded: 'for=203.0.113.7' },
      { 'x-real-ip': '203.0.113.7', 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https' },
    ])
      expect((await call(server, '/v1/videos', { key, headers })).status).toBe(403);
  });

  it('is believed from a proxy, as far as proxies wrote it', async () => {
    const behind = await startTestServer({ makeEngine: rowEngine, trustedProxies: ['127.0.0.0/8', '10.0.0.0/8'] });
    const { key } = await behind.issueKey({ allowedIps: IPS });
    const statusFrom = async (list: string): Promise<number> =>
      (await call(behind, '/v1/videos', { key, headers: { 'x-forwarded-for': list } })).status;
    expect(await statusFrom('203.0.113.7')).toBe(200);
    expect(await statusFrom('203.0.113.7, 10.1.2.3')).toBe(200);
    // What stands left of an unknown host is what that host says of itself.
    expect(await statusFrom('203.0.113.7, 198.51.100.9')).toBe(403);
    expect(await statusFrom('nonsense')).toBe(403);
    expect((await call(behind, '/v1/videos', { key })).status).toBe(403);
    await behind.close();
  });
});

describe('a server with too much to do', () => {
  const busy = (delayMs: number): LoadReading => ({ delayMs, utilization: 1 });

  it('refuses what makes something first, and says when to come again', async () => {
    load = busy(300);
    const refused = await call(server, '/v1/videos', CREATE);
    expect([refused.status, refused.headers.get('retry-after'), refused.headers.get('x-should-retry')]).toEqual([
      503,
      '2',
      null,
    ]);
    expect((await errorOf(refused)).code).toBe('overloaded');
    expect((await call(server, '/v1/videos')).status).toBe(200);
    load = busy(0);
    expect((await call(server, '/v1/videos', CREATE)).status).toBe(200);
  });

  it('refuses looks too when it is much worse, and never health, metrics or the operator', async () => {
    load = busy(2_000);
    expect((await call(server, '/v1/videos')).status).toBe(503);
    expect((await call(server, '/openapi', { key: null })).status).toBe(503);
    const admin = { authorization: `Bearer ${server.adminKey}` };
    for (const path of ['/healthz', '/version', '/readyz', '/metrics', '/admin/v1/accounts'])
      expect([path, (await fetch(`${server.url}${path}`, { headers: admin })).status]).toEqual([path, 200]);
    load = busy(0);
  });

  it('refuses nothing where only the machine is slow and the server has little to do', async () => {
    load = { delayMs: 5_000, utilization: 0.3 };
    expect((await call(server, '/v1/videos', CREATE)).status).toBe(200);
    load = busy(0);
  });

  it('answers in the words of each dialect', async () => {
    load = busy(300);
    for (const path of ['/v1/video/create', '/ent/v2/text2video', '/api/v1/videos', '/v1/videos/text2video']) {
      const refused = await call(server, path, CREATE);
      expect([path, refused.status >= 429, refused.headers.get('retry-after')]).toEqual([path, true, '2']);
    }
    load = busy(0);
  });
});

describe('the meter of the load', () => {
  const turn = (ms: number): void => {
    for (const endMs = performance.now() + ms; performance.now() < endMs;) continue;
  };

  it('sees turns that stay long, and forgives a single one', async () => {
    const meter = startLoadMeter();
    const samples: LoadReading[] = [];
    const look = setInterval(() => samples.push(meter.reading()), 50);
    turn(1_500);
    await vi.waitFor(() => expect(samples.length).toBeGreaterThan(12), { timeout: 20_000 });
    expect(samples.some((sample) => sample.delayMs > 500 && sample.utilization > 0.9)).toBe(false);
    const busy = setInterval(() => turn(400), 1);
    await vi.waitFor(() => expect(meter.reading().delayMs).toBeGreaterThan(250), { timeout: 20_000 });
    expect(meter.reading().utilization).toBeGreaterThan(0.8);
    clearInterval(busy);
    clearInterval(look);
    meter.stop();
  });
});
