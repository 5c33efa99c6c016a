/** Who may see and do what: every route against every kind of key. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { updateKey, revokeKey } from '../../src/store/accounts.ts';
import { newKey } from '../../src/secrets.ts';
import { accountWith } from '../support/rows.ts';
import { startTestServer } from '../support/test-server.ts';
import type { TestServer } from '../support/test-server.ts';
import { call, errorOf } from './support/http.ts';
import { finishJob, queuedJob, rowEngine } from './support/row-engine.ts';

let nowMs = Date.now();
let server: TestServer;
let keys: Readonly<Record<Who, string | null>>;
beforeAll(async () => {
  server = await startTestServer({ makeEngine: rowEngine, nowMs: () => nowMs });
  const { accountId } = server.test;
  const revoked = await server.issueKey();
  await revokeKey(server.db, revoked.id);
  keys = {
    'the key that made it': server.testKey,
    'another key of the account': (await server.issueKey()).key,
    'a live key of the account': (await server.issueKey({ accountId, mode: 'live' })).key,
    'a key of another account': (await server.issueKey({ accountId: await accountWith(server.db, 0n) })).key,
    'no key': null,
    'an unknown key': newKey('test'),
    'a revoked key': revoked.key,
    'an expired key': (await server.issueKey({ expiresAt: new Date(nowMs - 1000) })).key,
    'the admin key': server.adminKey,
  };
});
afterAll(() => server.close());

type Who =
  | 'the key that made it'
  | 'another key of the account'
  | 'a live key of the account'
  | 'a key of another account'
  | 'no key'
  | 'an unknown key'
  | 'a revoked key'
  | 'an expired key'
  | 'the admin key';

const EXPECTED: readonly (readonly [Who, number])[] = [
  ['another key of the account', 200],
  ['a live key of the account', 404],
  ['a key of another account', 404],
  ['no key', 401],
  ['an unknown key', 401],
  ['a revoked key', 401],
  ['an expired key', 401],
  ['the admin key', 401],
  ['the key that made it', 200],
];

const ROUTES = [
  { method: 'GET', path: '' },
  { method: 'HEAD', path: '' },
  { method: 'GET', path: '/content' },
  { method: 'HEAD', path: '/content' },
  { method: 'GET', path: '/content?variant=thumbnail' },
  { method: 'DELETE', path: '' },
] as const;

describe.each(ROUTES)('$method /v1/videos/:id$path', ({ method, path }) => {
  it.each(EXPECTED)('with %s answers %i', async (who, status) => {
    forgetBadKeys();
    const job = await finishJob(server, await queuedJob(server), Buffer.from('video'));
    const response = await call(server, `/v1/videos/video_${job.id}${path}`, { method, key: keys[who] });
    expect(response.status).toBe(status);
    if (status >= 400) expect(await response.text()).not.toContain(job.id);
  });
});

describe('an id that is not yours', () => {
  it('is answered like one that never was, that is none, or that was deleted', async () => {
    const foreign = await queuedJob(server, await server.issueKey({ accountId: await accountWith(server.db, 0n) }));
    const deleted = await finishJob(server, await queuedJob(server), Buffer.from('video'));
    await call(server, `/v1/videos/${deleted.id}`, { method: 'DELETE' });
    const ids = [
      `video_${foreign.id}`,
      `video_${deleted.id}`,
      'video_01900000-0000-7000-8000-000000000000',
      'nonsense',
      '..%2f..%2fetc%2fpasswd',
      '%00',
      "1'%20or%20'1'='1",
      'x'.repeat(200),
      'x'.repeat(2000),
      '%zz',
    ];
    for (const id of ids) {
      const response = await call(server, `/v1/videos/${id}`);
      const { request_id: _, ...error } = await errorOf(response);
      expect([id, response.status]).toEqual([id, 404]);
      if (id.length < 300 && id !== '%zz') expect(error.message).toBe('No video with this id exists.');
    }
  });
});

describe('a key', () => {
  it('is answered the same 401 whether unknown, revoked, expired or malformed', async () => {
    forgetBadKeys();
    const odd = ["' OR '1'='1", 'a b c', 'x'.repeat(300), 'ключ'.normalize(), ''];
    const bodies = new Set<string>();
    for (const who of ['an unknown key', 'a revoked key', 'an expired key'] as const) {
      const response = await call(server, '/v1/videos', { key: keys[who] });
      const { request_id: _, ...error } = await errorOf(response);
      bodies.add(JSON.stringify(error));
      expect(response.headers.get('www-authenticate')).toBe('Bearer');
    }
    expect(bodies.size).toBe(1);
    for (const text of odd) {
      const headers = { authorization: `Bearer ${encodeURI(text)}` };
      expect((await call(server, '/v1/videos', { headers })).status).toBe(401);
    }
  });

  it('works bare, without the word Bearer, and in any case of it', async () => {
    for (const authorization of [server.testKey, `bearer ${server.testKey}`, `BEARER  ${server.testKey}`]) {
      expect((await call(server, '/v1/videos', { headers: { authorization } })).status).toBe(200);
    }
    for (const path of [`/v1/videos?key=${server.testKey}`, `/v1/videos?api_key=${server.testKey}`]) {
      expect((await call(server, path, { key: null })).status).toBe(401);
    }
  });

  it('stops working at most two seconds after it was revoked', async () => {
    const { key, id } = await server.issueKey();
    expect((await call(server, '/v1/videos', { key })).status).toBe(200);
    await revokeKey(server.db, id);
    nowMs += 2000;
    expect((await call(server, '/v1/videos', { key })).status).toBe(401);
  });

  it('stops working when it expires, cached or not', async () => {
    const { key } = await server.issueKey({ expiresAt: new Date(nowMs + 1000) });
    expect((await call(server, '/v1/videos', { key })).status).toBe(200);
    nowMs += 1000;
    expect((await call(server, '/v1/videos', { key })).status).toBe(401);
  });

  it('only works from its addresses', async () => {
    const allowed = [['127.0.0.1'], ['10.0.0.0/8', '127.0.0.0/8'], ['::ffff:127.0.0.1']];
    for (const allowedIps of allowed) {
      const { key } = await server.issueKey({ allowedIps });
      expect((await call(server, '/v1/videos', { key })).status).toBe(200);
    }
    for (const allowedIps of [['10.0.0.0/8'], ['::1'], ['not an address'], []]) {
      const { key } = await server.issueKey({ allowedIps });
      const headers = { 'x-forwarded-for': '10.1.2.3' };
      expect((await call(server, '/v1/videos', { key, headers })).status).toBe(403);
    }
  });
});

describe('bad keys', () => {
  it('are limited to ten a minute from one address, while good keys keep working from it', async () => {
    forgetBadKeys();
    const statuses: number[] = [];
    for (let index = 0; index < 11; index += 1) {
      statuses.push((await call(server, '/v1/videos', { key: newKey('test') })).status);
    }
    expect(statuses).toEqual([...Array.from({ length: 10 }, () => 401), 429]);
    const limited = await call(server, '/admin/v1/accounts', { key: newKey('admin') });
    expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, '6']);
    expect((await call(server, '/v1/videos')).status).toBe(200);
    expect((await call(server, '/v1/videos', { key: null })).status).toBe(401);
    expect((await server.admin('/accounts')).status).toBe(200);
    nowMs += 6000;
    expect((await call(server, '/v1/videos', { key: newKey('test') })).status).toBe(401);
  });
});

describe('requests per minute', () => {
  it('are counted per key, told in headers, and refused with the time to wait', async () => {
    const { key, id } = await server.issueKey({ limits: { requests_per_minute: 3 } });
    const other = await server.issueKey({ limits: { requests_per_minute: 3 } });
    for (const remaining of ['2', '1', '0']) {
      const response = await call(server, '/v1/videos', { key });
      expect(response.status).toBe(200);
      expect(response.headers.get('x-ratelimit-limit-requests')).toBe('3');
      expect(response.headers.get('x-ratelimit-remaining-requests')).toBe(remaining);
    }
    const refused = await call(server, '/v1/videos', { key });
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '20']);
    expect((await errorOf(refused)).code).toBe('rate_limit_exceeded');
    expect((await call(server, '/v1/videos', { key: other.key })).status).toBe(200);
    nowMs += 20_000;
    expect((await call(server, '/v1/videos', { key })).status).toBe(200);
    expect((await call(server, '/v1/videos', { key })).status).toBe(429);
    const free = { name: 'free', models: null, allowedIps: null, expiresAt: null, limits: {} };
    await updateKey(server.db, id, free);
    nowMs += 2000;
    expect((await call(server, '/v1/videos', { key })).status).toBe(200);
  });
});

/** The clock of the server is ours: a minute later every address has its ten tries again. */
function forgetBadKeys(): void {
  nowMs += 60_000;
}
