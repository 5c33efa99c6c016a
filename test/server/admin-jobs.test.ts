/** Jobs as operators find and cancel them. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { startTestServer } from '../support/test-server.ts';
import type { TestServer } from '../support/test-server.ts';
import { adminClient } from './support/admin.ts';
import type { Fields, Page, Problem } from './support/admin.ts';
import { finishJob, moveJob, queuedJob, rowEngine } from './support/row-engine.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ makeEngine: rowEngine });
});
afterAll(() => server.close());

const { ask, make } = adminClient(() => server);

describe('jobs', () => {
  it('are found by state, account and model, page by page, with their history', async () => {
    const account = await make('/accounts', { name: 'Jobs' });
    const key = await server.issueKey({ accountId: account.id });
    const jobs = [await queuedJob(server, key), await queuedJob(server, key), await queuedJob(server, key)];
    const [done, open] = jobs;
    if (done === undefined || open === undefined) throw new Error('no jobs');
    await finishJob(server, done, Buffer.from('video'));
    const path = `/jobs?account_id=${account.id}`;
    expect((await ask<Page>('GET', path)).body.data.map((job) => job.id)).toEqual(jobs.map((job) => job.id).reverse());
    expect((await ask<Page>('GET', `${path}&state=succeeded`)).body.data.map((job) => job.id)).toEqual([done.id]);
    expect((await ask<Page>('GET', `${path}&model=KLING-3.0-omni&limit=2`)).body.next).toBe(open.id);
    expect((await ask<Page>('GET', `${path}&model=sora-2`)).body.data).toEqual([]);
    const one = await ask<Fields>('GET', `/jobs/${done.id}`);
    expect(one.body).toMatchObject({
      state: 'succeeded',
      quote_usd: '1.00',
      charge_usd: '0.00',
      attempts: [],
      spec: { prompt: 'a cat' },
    });
    expect(one.body.events).toEqual([
      { seq: expect.any(String), type: 'created', data: {}, created_at: expect.any(String) },
      { seq: expect.any(String), type: 'succeeded', data: {}, created_at: expect.any(String) },
    ]);
    expect((await ask<Fields>('POST', `/jobs/${open.id}/cancel`)).body.state).toBe('cancelled');
  });

  it('that cannot be cancelled say why', async () => {
    const job = await queuedJob(server);
    await moveJob(server, job, { state: 'collecting', dueInMs: 60_000, event: null });
    const { status, body } = await ask<Problem>('POST', `/jobs/${job.id}/cancel`);
    expect([status, body.code, body.detail]).toEqual([409, 'conflict', 'It is too late to cancel.']);
  });

  it.each(['state=done', 'account_id=x', 'limit=0', 'limit=201', 'limit=x', 'after=x', 'offset=5', 'sort=name"; drop'])(
    'are not listed by %s',
    async (query) => {
      const { status, body } = await ask<Problem>('GET', `/jobs?${query}`);
      expect([status, body.param]).toEqual([400, query.split('=')[0]]);
    },
  );
});
