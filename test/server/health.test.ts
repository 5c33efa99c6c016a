/** Health: what anybody may know, what only the operator sees, and what a server says while it stops. */

import { Agent } from 'undici';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { startTestReelgate } from '../support/reelgate.ts';
import type { TestReelgate } from '../support/reelgate.ts';

let reelgate: TestReelgate;
beforeAll(async () => {
  reelgate = await startTestReelgate();
});
afterAll(() => reelgate.stop());

describe('/readyz', () => {
  it('tells the operator of each part', async () => {
    const { status, body } = await reelgate.ask('GET', '/readyz?verbose', { key: reelgate.adminKey });
    expect(status).toBe(200);
    expect(body).toEqual({
      status: 'ok',
      version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
      checks: {
        database: { ok: true, ms: expect.any(Number) },
        migrations: { ok: true, latest: expect.stringMatching(/^\d{4}-[a-z0-9-]+\.sql$/) },
        storage: { ok: true },
        disk: { ok: true, low: false, free_bytes: expect.any(Number), total_bytes: expect.any(Number) },
        queue: { ok: true, unfinished: 0, oldest_seconds: 0, overdue_seconds: 0 },
        event_loop: { ok: true, delay_ms: 0, utilization: 0 },
      },
    });
  });

  it('tells everybody else one word', async () => {
    for (const key of [null, reelgate.testKey, reelgate.adminKey])
      expect((await reelgate.ask('GET', '/readyz', { key })).body).toEqual({ status: 'ok' });
    expect((await reelgate.ask('GET', '/readyz?verbose')).status).toBe(401);
    expect((await reelgate.ask('GET', '/readyz?verbose', { key: null })).status).toBe(401);
  });

  it('says which part is away', async () => {
    const broken = await startTestReelgate({}, {}, reelgate);
    await broken.db.close();
    const { status, body } = await broken.ask('GET', '/readyz?verbose', { key: broken.adminKey });
    expect(status).toBe(503);
    expect(body).toMatchObject({ status: 'unavailable', checks: { database: { ok: false }, storage: { ok: true } } });
    await broken.stop();
  });
});

describe('a server that stops', () => {
  it('says that it is not ready while it still takes requests, and ends each connection with its answer', async () => {
    const stopping = await startTestReelgate({ REELGATE_DRAIN_SECONDS: '2' }, {}, reelgate);
    const agent = new Agent({ connections: 1 });
    const ask = (path: string): ReturnType<Agent['request']> =>
      agent.request({
        origin: stopping.url,
        path,
        method: 'GET',
        headers: { authorization: `Bearer ${reelgate.testKey}` },
      });
    expect((await ask('/v1/videos')).headers['connection']).toBe('keep-alive');
    const stopped = stopping.stop();
    await vi.waitFor(async () => expect((await fetch(`${stopping.url}/readyz`)).status).toBe(503));
    const answer = await ask('/v1/videos');
    expect([answer.statusCode, answer.headers['connection']]).toEqual([200, 'close']);
    await stopped;
    await expect(fetch(`${stopping.url}/readyz`)).rejects.toThrow();
    await agent.close();
  });
});
