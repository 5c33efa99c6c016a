/** Money in the admin API: budgets, refunds, losses, margins, and the audit of the last hour. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { auditThisHour } from '../../src/ledger/audit-schedule.ts';
import type { JobRecord } from '../../src/store/jobs.ts';
import { bookLateSuccess } from '../../src/store/losses.ts';
import { rowEngine } from '../server/support/row-engine.ts';
import { accountWith, keyOf, sandboxChannel } from '../support/rows.ts';
import { startTestServer } from '../support/test-server.ts';
import type { TestServer } from '../support/test-server.ts';
import { acceptedJob, attemptOf, brokenPromises, madeJob, moved, RELEASED, SUCCEEDED } from './support.ts';

type Fields = Record<string, unknown>;

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ makeEngine: rowEngine });
});
afterAll(() => server.close());

async function ask(
  method: string,
  path: string,
  json?: unknown,
  headers: Record<string, string> = {},
): Promise<{ status: number; body: Fields }> {
  const response = await server.admin(path, { method, headers, ...(json === undefined ? {} : { json }) });
  return { status: response.status, body: (await response.json()) as Fields };
}

/** Charged 0.60 of a hold of 1.00. */
async function chargedJob(): Promise<JobRecord> {
  const account = await accountWith(server.db, 2_000_000n);
  const key = await keyOf(server.db, account, 'live');
  const channel = await sandboxChannel(server.db, 'live', Buffer.alloc(0));
  const running = await acceptedJob(server.db, await madeJob(server.db, account, key), channel);
  return moved(server.db, running, SUCCEEDED(600_000n, 3_000));
}

describe('budgets of an account', () => {
  it('are set, read, kept when something else changes, and taken away', async () => {
    const made = await ask('POST', '/accounts', { name: 'B', budget_daily_usd: '5', budget_monthly_usd: 100 });
    expect(made).toMatchObject({ status: 201, body: { budget_daily_usd: '5.00', budget_monthly_usd: '100.00' } });
    const path = `/accounts/${String(made.body['id'])}`;
    expect((await ask('PATCH', path, { name: 'C' })).body).toMatchObject({ name: 'C', budget_daily_usd: '5.00' });
    expect((await ask('PATCH', path, { budget_daily_usd: null })).body).toMatchObject({
      name: 'C',
      budget_daily_usd: null,
      budget_monthly_usd: '100.00',
    });
  });

  it.each(['-1', '1e3', '0.0000001', 'much'])('of %s are refused by name', async (amount) => {
    const { status, body } = await ask('POST', '/accounts', { name: 'B', budget_daily_usd: amount });
    expect([status, body['param']]).toEqual([400, 'budget_daily_usd']);
  });

  it('of a key are limits of it, in one spelling', async () => {
    const account = await accountWith(server.db, 0n);
    const limits = { requests_per_minute: 5, budget_daily_usd: 2.5, budget_monthly_usd: '10' };
    const key = await ask('POST', '/keys', { account_id: account, name: 'k', mode: 'live', limits });
    expect(key.body['limits']).toEqual({
      requests_per_minute: 5,
      budget_daily_usd: '2.50',
      budget_monthly_usd: '10.00',
    });
    const wrong = await ask('PATCH', `/keys/${String(key.body['id'])}`, { limits: { budget_daily_usd: '-2' } });
    expect(wrong.status).toBe(400);
  });
});

describe('a refund', () => {
  it('is made of part or all, told on the job, and once per idempotency key', async () => {
    const job = await chargedJob();
    const path = `/jobs/${job.id}/refund`;
    const key = { 'idempotency-key': 'case-1' };
    const part = { amount_usd: '0.25', reason: 'too dark' };
    const [first, second] = [await ask('POST', path, part, key), await ask('POST', path, part, key)];
    expect(first).toMatchObject({ status: 201, body: { amount_usd: '0.25', reason: 'too dark', actor: 'admin' } });
    expect(second).toEqual(first);
    expect((await ask('POST', path, { ...part, amount_usd: '0.10' }, key)).status).toBe(409);
    expect((await ask('POST', path, { reason: 'sorry' })).body).toMatchObject({ amount_usd: '0.35' });
    const seen = (await ask('GET', `/jobs/${job.id}`)).body;
    expect(seen['refunds']).toMatchObject([{ amount_usd: '0.25' }, { amount_usd: '0.35' }]);
    expect(seen['events']).toContainEqual(expect.objectContaining({ type: 'refunded' }));
    const over = await ask('POST', path, { reason: 'again' });
    expect(over).toMatchObject({ status: 409, body: { detail: expect.stringContaining('nothing to refund') } });
  });

  it('says how much is left when more is asked for', async () => {
    const job = await chargedJob();
    const { status, body } = await ask('POST', `/jobs/${job.id}/refund`, { amount_usd: '0.61', reason: 'x' });
    expect([status, body['detail']]).toEqual([409, 'Only 0.60 USD of the charge are left to refund.']);
  });

  it.each([
    ['no reason', {}],
    ['a blank reason', { reason: '  ' }],
    ['a negative amount', { amount_usd: '-1', reason: 'x' }],
    ['nothing', { amount_usd: '0', reason: 'x' }],
  ])('is refused with %s', async (_, body) => {
    const job = await chargedJob();
    expect((await ask('POST', `/jobs/${job.id}/refund`, body)).status).toBe(400);
  });
});

describe('late results and margins', () => {
  it('are listed for the operator', async () => {
    const account = await accountWith(server.db, 1_000_000n);
    const key = await keyOf(server.db, account, 'live');
    const channel = await sandboxChannel(server.db, 'live', Buffer.alloc(0));
    const running = await acceptedJob(server.db, await madeJob(server.db, account, key), channel);
    const job = await moved(server.db, running, RELEASED('expired'));
    await server.db.query('update attempt set late_success_at = now() where id = $1', [attemptOf(job)]);
    await bookLateSuccess(server.db, { jobId: job.id, attemptId: attemptOf(job), costMicros: 300_000n });
    const losses = (await ask('GET', '/losses')).body;
    expect(losses).toMatchObject({ data: [{ job_id: job.id, amount_usd: '0.30', basis: 'cost' }], next: null });
    const margins = (await ask('GET', '/margins')).body['data'];
    expect(margins).toContainEqual(expect.objectContaining({ channel_id: channel, margin_usd: '-0.30' }));
    expect((await ask('GET', '/margins?since=never')).status).toBe(400);
  });
});

describe('the hourly audit', () => {
  it('is done by one node, logged, and can be read', async () => {
    expect((await ask('GET', '/audit/last')).status).toBe(404);
    const lines: string[] = [];
    const write = (_: object, message: string): void => void lines.push(message);
    const log = { info: write, error: write };
    const reports = await Promise.all([1, 2, 3].map(() => auditThisHour(server.db, log)));
    expect(reports.filter((report) => report !== null)).toHaveLength(1);
    expect(lines).toEqual(['the hourly audit found every promise kept']);
    expect((await ask('GET', '/audit/last')).body).toMatchObject({ ok: true, finished_at: expect.any(String) });
    expect(await brokenPromises(server.db)).toEqual([]);
  });
});
