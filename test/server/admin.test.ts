/** The admin API: the life of accounts, keys and channels, and what it refuses. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { readChannel } from '../../src/store/channels.ts';
import { startTestServer } from '../support/test-server.ts';
import type { TestServer } from '../support/test-server.ts';
import { adminClient } from './support/admin.ts';
import type { Fields, Page, Problem } from './support/admin.ts';
import { call } from './support/http.ts';
import { rowEngine } from './support/row-engine.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ makeEngine: rowEngine });
});
afterAll(() => server.close());

const { ask, make } = adminClient(() => server);

const UNKNOWN_ID = '01900000-0000-7000-8000-000000000000';

describe('an account', () => {
  it('is created, renamed, found and listed', async () => {
    const account = await make('/accounts', { name: 'Acme' });
    expect(account).toEqual({
      id: account.id,
      name: 'Acme',
      available_usd: '0.00',
      held_usd: '0.00',
      budget_daily_usd: null,
      budget_monthly_usd: null,
      limits: {},
      spent_today_usd: '0.00',
      spent_this_month_usd: '0.00',
      frozen: null,
      created_at: expect.any(String),
    });
    expect((await ask('PATCH', `/accounts/${account.id}`, { name: 'Acme Ltd' })).status).toBe(200);
    expect((await ask<Fields>('GET', `/accounts/${account.id}`)).body.name).toBe('Acme Ltd');
    const second = await make('/accounts', { name: 'Second' });
    const first = await ask<Page>('GET', '/accounts?limit=1');
    expect(first.body).toEqual({ data: [expect.objectContaining({ id: second.id })], next: second.id });
    expect((await ask<Page>('GET', `/accounts?limit=1&after=${second.id}`)).body.data[0]?.id).toBe(account.id);
  });

  it('is credited exactly, as text or number', async () => {
    const { id } = await make('/accounts', { name: 'Credit' });
    for (const amount of ['12.50', 0.1, '0.000001']) {
      expect((await ask('POST', `/accounts/${id}/credits`, { amount_usd: amount, note: 'hello' })).status).toBe(201);
    }
    expect((await ask<Fields>('GET', `/accounts/${id}`)).body.available_usd).toBe('12.600001');
    expect((await ask<{ ok: boolean }>('GET', '/audit')).body.ok).toBe(true);
  });

  it('is credited once per idempotency key, and never something else under it', async () => {
    const { id } = await make('/accounts', { name: 'Once' });
    const other = await make('/accounts', { name: 'Other' });
    const key = { 'idempotency-key': 'order-1' };
    for (const account of [id, id, other.id]) {
      const { status } = await ask('POST', `/accounts/${account}/credits`, { amount_usd: '5' }, key);
      expect(status).toBe(201);
    }
    expect((await ask('POST', `/accounts/${id}/credits`, { amount_usd: '6' }, key)).status).toBe(409);
    expect((await ask<Fields>('GET', `/accounts/${id}`)).body.available_usd).toBe('5.00');
    expect((await ask<Fields>('GET', `/accounts/${other.id}`)).body.available_usd).toBe('5.00');
  });

  it.each(['0', '-1', '1e3', '0.0000001', '', 'abc', '10000000000', -5, 0, 1e21, 1e-7, null, true, {}, '１'])(
    'is not credited %s',
    async (amount) => {
      const { id } = await make('/accounts', { name: 'No credit' });
      const { status, body } = await ask<Problem>('POST', `/accounts/${id}/credits`, { amount_usd: amount });
      expect([status, body.param]).toEqual([400, 'amount_usd']);
    },
  );
});

describe('a key', () => {
  it('is shown once, works, is changed and revoked at once', async () => {
    const account = await make('/accounts', { name: 'Keys' });
    const created = await make('/keys', {
      account_id: account.id,
      name: 'First',
      mode: 'test',
      limits: { requests_per_minute: 100 },
    });
    const key = String(created.key);
    expect(key).toMatch(/^sk-rg-test-[0-9A-Za-z]{40}$/);
    expect((await call(server, '/v1/videos', { key })).status).toBe(200);
    const shown = (await ask<Fields>('GET', `/keys/${created.id}`)).body;
    expect(JSON.stringify(shown)).not.toContain(key);
    expect(shown).toMatchObject({ tail: key.slice(-4), limits: { requests_per_minute: 100 }, revoked_at: null });
    const changed = await ask<Fields>('PATCH', `/keys/${created.id}`, { allowed_ips: ['10.0.0.0/8'], limits: null });
    expect(changed.body).toMatchObject({ name: 'First', allowed_ips: ['10.0.0.0/8'], limits: {} });
    expect((await call(server, '/v1/videos', { key })).status).toBe(403);
    await ask('PATCH', `/keys/${created.id}`, { allowed_ips: null });
    expect((await call(server, '/v1/videos', { key })).status).toBe(200);
    const revoked = await ask<Fields>('DELETE', `/keys/${created.id}`);
    expect(revoked.body.revoked_at).toEqual(expect.any(String));
    expect((await call(server, '/v1/videos', { key })).status).toBe(401);
    const listed = await ask<Page>('GET', `/keys?account_id=${account.id}`);
    expect(listed.body.data.map((item) => item.id)).toEqual([created.id]);
  });

  it.each([
    ['account_id', { account_id: UNKNOWN_ID }],
    ['account_id', { account_id: 'x' }],
    ['name', { name: '' }],
    ['name', { name: ' ' }],
    ['name', { name: 'x'.repeat(201) }],
    ['mode', { mode: 'prod' }],
    ['models', { models: ['no-such-model'] }],
    ['models', { models: [] }],
    ['models', { models: 'sora-2' }],
    ['expires_at', { expires_at: 'tomorrow' }],
    ['expires_at', { expires_at: '2020-01-01T00:00:00Z' }],
    ['expires_at', { expires_at: '2020-99-99T00:00:00Z' }],
    ['allowed_ips', { allowed_ips: ['localhost'] }],
    ['allowed_ips', { allowed_ips: ['10.0.0.0/33'] }],
    ['allowed_ips', { allowed_ips: [] }],
    ['limits.requests_per_minute', { limits: { requests_per_minute: 0 } }],
    ['limits.burst', { limits: { burst: 1 } }],
    ['balance', { balance: '100' }],
    ['role', { role: 'admin' }],
  ])('with a wrong %s is refused by its name (%#)', async (param, over) => {
    const json = { account_id: server.test.accountId, name: 'k', mode: 'test', ...over };
    const { status, body } = await ask<Problem>('POST', '/keys', json);
    expect([status, body.param, body.code]).toEqual([400, param, 'invalid_request']);
    expect(body.detail).toContain(param);
  });

  it('names everything that is missing or unknown in one answer', async () => {
    const { body } = await ask<Problem>('POST', '/keys', { nam: 'k' });
    expect(body.detail).toBe(
      "'account_id' is required. 'name' is required. 'mode' is required. There is no field 'nam'.",
    );
  });
});

describe('a channel', () => {
  const credentials = 'AKIDEXAMPLE|a-very-secret-part';

  it('takes a credential that never comes out again', async () => {
    const created = await make('/channels', {
      name: 'Main',
      provider: 'sandbox',
      credentials,
      base_url: 'https://example.com/api/',
    });
    expect(created).toEqual({
      id: created.id,
      name: 'Main',
      provider: 'sandbox',
      mode: 'live',
      base_url: 'https://example.com/api',
      health: expect.objectContaining({ state: 'closed' }),
      credentials: [expect.objectContaining({ id: expect.any(String), tail: 'part', state: 'enabled' })],
      models: null,
      model_map: {},
      priority: 0,
      weight: 1,
      max_concurrency: null,
      requests_per_minute: null,
      costs: [],
      retry_after_failure: false,
      fit_inputs: false,
      enabled: true,
      state: 'enabled',
    });
    const { id = '', sealed = Buffer.alloc(0) } = (await readChannel(server.db, created.id))?.credentials[0] ?? {};
    expect(sealed.toString('latin1')).not.toContain('secret');
    expect(server.secrets.open(sealed, `channel_credential:${id}`)).toBe(credentials);
    expect(() => server.secrets.open(sealed, `channel_credential:${UNKNOWN_ID}`)).toThrow();
    expect(server.logLines.join('\n')).not.toContain('a-very-secret-part');
  });

  it('is changed field by field, and gone when deleted', async () => {
    const { id } = await make('/channels', {
      name: 'Changing',
      provider: 'sandbox',
      credentials,
      mode: 'test',
      priority: 5,
    });
    const change = {
      weight: 3,
      max_concurrency: 10,
      models: ['sora-2'],
      model_map: { 'sora-2': 'sora-2-eu' },
      enabled: false,
    };
    expect((await ask<Fields>('PATCH', `/channels/${id}`, change)).body).toMatchObject({
      ...change,
      priority: 5,
      mode: 'test',
      state: 'disabled',
      credentials: [{ tail: 'part' }],
    });
    expect(
      (await ask<Fields>('PATCH', `/channels/${id}`, { state: 'draining', max_concurrency: null })).body,
    ).toMatchObject({
      state: 'draining',
      enabled: false,
      max_concurrency: null,
      weight: 3,
    });
    const listed = await ask<Page>('GET', '/channels');
    expect(listed.body.data.map((item) => item.id)).toContain(id);
    expect((await ask('DELETE', `/channels/${id}`)).status).toBe(204);
    for (const method of ['GET', 'PATCH', 'DELETE']) {
      const json = method === 'PATCH' ? { weight: 1 } : undefined;
      expect((await ask(method, `/channels/${id}`, json)).status).toBe(404);
    }
  });

  it('has a name of its own, in any case of its letters', async () => {
    await make('/channels', { name: 'Unique', provider: 'sandbox', credentials });
    const { status, body } = await ask<Problem>('POST', '/channels', {
      name: 'UNIQUE',
      provider: 'sandbox',
      credentials,
    });
    expect([status, body.code, body.param]).toEqual([409, 'conflict', 'name']);
    const { id } = await make('/channels', { name: 'Other', provider: 'sandbox', credentials });
    expect((await ask('PATCH', `/channels/${id}`, { name: 'unique' })).status).toBe(409);
  });

  it.each([
    ['provider', { provider: 'nobody' }],
    ['credentials', { credentials: 'malformed-secret' }],
    ['credentials', { credentials: 'a|b\nmalformed-secret' }],
    ['credentials', { credentials: 'a|b\na|b' }],
    ['credentials', { credentials: 5 }],
    ['base_url', { base_url: 'ftp://example.com' }],
    ['base_url', { base_url: 'https://user:pass@example.com' }],
    ['base_url', { base_url: 'https://example.com/?key=1' }],
    ['base_url', { base_url: 'evil.org#' }],
    ['models', { models: ['no-such-model'] }],
    ['weight', { weight: 0 }],
    ['weight', { weight: 1.5 }],
    ['max_concurrency', { max_concurrency: 0 }],
    ['priority', { priority: 'high' }],
    ['state', { state: 'paused' }],
    ['state', { state: 'enabled', enabled: false }],
    ['model_map.a', { model_map: { a: 1 } }],
    ['url', { url: 'https://example.com' }],
  ])('with a wrong %s is refused by its name, without repeating it (%#)', async (param, over) => {
    const json = { name: 'Wrong', provider: 'sandbox', credentials, ...over };
    const { status, body } = await ask<Problem>('POST', '/channels', json);
    expect([status, body.param]).toEqual([400, param]);
    expect(JSON.stringify(body)).not.toContain('secret');
  });
});

describe('the admin API', () => {
  it.each([
    ['GET', '/accounts/x'],
    ['GET', `/accounts/${UNKNOWN_ID}`],
    ['PATCH', `/accounts/${UNKNOWN_ID}`],
    ['POST', `/accounts/${UNKNOWN_ID}/credits`],
    ['GET', `/keys/${UNKNOWN_ID}`],
    ['PATCH', `/keys/${UNKNOWN_ID}`],
    ['DELETE', `/keys/${UNKNOWN_ID}`],
    ['GET', `/channels/${UNKNOWN_ID}`],
    ['DELETE', '/channels/x'],
    ['GET', `/jobs/${UNKNOWN_ID}`],
    ['POST', `/jobs/${UNKNOWN_ID}/cancel`],
  ])('answers %s %s with a 404 problem', async (method, path) => {
    const bodies: Record<string, unknown> = { POST: { amount_usd: '1' }, PATCH: { name: 'x' } };
    const { status, body } = await ask<Problem>(method, path, path.endsWith('cancel') ? undefined : bodies[method]);
    expect([status, body]).toEqual([
      404,
      {
        type: 'about:blank',
        title: 'Not Found',
        status: 404,
        detail: expect.stringMatching(/^There is no such /),
        code: 'not_found',
        param: null,
        request_id: expect.stringMatching(/^req_/),
      },
    ]);
  });

  it('is closed to everyone without the admin key', async () => {
    const routes = [
      ['GET', '/accounts'],
      ['POST', '/accounts'],
      ['GET', '/keys'],
      ['POST', '/keys'],
      ['GET', '/channels'],
      ['POST', '/channels'],
      ['GET', '/jobs'],
      ['GET', '/audit'],
      ['POST', `/jobs/${UNKNOWN_ID}/cancel`],
    ] as const;
    for (const [method, path] of routes) {
      const response = await call(server, `/admin/v1${path}`, { method, key: null });
      expect([path, response.status]).toEqual([path, 401]);
      expect(response.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    }
    const live = await server.liveKey();
    for (const key of [server.testKey, live]) {
      expect((await call(server, '/admin/v1/accounts', { key })).status).toBe(401);
    }
  });

  it('needs a JSON object as the body', async () => {
    for (const body of ['[]', '"x"', 'null', '']) {
      const response = await server.admin('/accounts', {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json' },
      });
      expect([body, response.status]).toEqual([body, 400]);
    }
    expect((await server.admin('/accounts', { method: 'POST' })).status).toBe(400);
  });

  it('writes down every change without its secrets', async () => {
    const changes = [
      'account created',
      'credit granted',
      'key created',
      'key revoked',
      'channel created',
      'channel deleted',
    ];
    for (const change of changes) expect(server.logLines.some((line) => line.includes(`"${change}"`))).toBe(true);
    expect(server.logLines.join('\n')).not.toMatch(/sk-rg-(?:test|live|admin)-/);
  });
});
