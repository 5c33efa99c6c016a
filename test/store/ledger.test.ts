/** Money in the database: budgets at the hold, refunds, vendors' bills, and late results. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { newId } from '../../src/new-id.ts';
import { grantCredit, readAccount, readFunds, updateAccount, updateKey } from '../../src/store/accounts.ts';
import type { Account, KeyLimits } from '../../src/store/accounts.ts';
import { listEvents } from '../../src/store/events.ts';
import { insertJob } from '../../src/store/new-jobs.ts';
import type { JobRecord } from '../../src/store/jobs.ts';
import { bookLateSuccess, listLosses, listMargins } from '../../src/store/losses.ts';
import { listRefunds, refundJob } from '../../src/store/refunds.ts';
import type { RefundOrder } from '../../src/store/refunds.ts';
import { transition } from '../../src/store/transition.ts';
import {
  acceptedJob,
  attemptOf,
  brokenPromises,
  madeJob,
  moved,
  RELEASED,
  submittedJob,
  SUCCEEDED,
} from '../ledger/support.ts';
import { accountWith, jobOf, keyOf, sandboxChannel } from '../support/rows.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';

const DOLLAR = 1_000_000n;
const NO_BUDGET = { dailyMicros: null, monthlyMicros: null };

let test: TestDatabase;
beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.drop());

async function accountOf(id: string): Promise<Account> {
  const account = await readAccount(test.db, id);
  if (account === null) throw new Error('the account exists');
  return account;
}

async function tenant(dollars: bigint): Promise<{ account: string; key: string }> {
  const account = await accountWith(test.db, dollars * DOLLAR);
  return { account, key: await keyOf(test.db, account, 'live') };
}

async function limitKey(id: string, limits: KeyLimits): Promise<void> {
  await updateKey(test.db, id, { name: 'key', models: null, allowedIps: null, limits, expiresAt: null });
}

async function succeeded(account: string, key: string): Promise<JobRecord> {
  const channel = await sandboxChannel(test.db, 'live', Buffer.alloc(0));
  const running = await acceptedJob(test.db, await madeJob(test.db, account, key), channel);
  return moved(test.db, running, SUCCEEDED(600_000n, 3_000));
}

describe('a budget', () => {
  it.each([
    ['a day of the account', { dailyMicros: 3n * DOLLAR, monthlyMicros: null }, {}],
    ['a month of the account', { dailyMicros: null, monthlyMicros: 3n * DOLLAR }, {}],
    ['a day of the key', NO_BUDGET, { budget_daily_usd: '3.00' }],
    ['a month of the key', NO_BUDGET, { budget_monthly_usd: '3.00' }],
    ['all of them', { dailyMicros: 3n * DOLLAR, monthlyMicros: 9n * DOLLAR }, { budget_daily_usd: '5' }],
  ] as const)('of %s bears exactly what it says, however many ask at once', async (_, budgets, limits) => {
    const { account, key } = await tenant(20n);
    await updateAccount(test.db, account, { name: 'a', budgets, limits: {} });
    await limitKey(key, limits);
    const made = await Promise.all(Array.from({ length: 12 }, () => insertJob(test.db, jobOf(account, key))));
    expect(made.filter((job) => job !== null)).toHaveLength(3);
    expect(await accountOf(account)).toMatchObject({
      availableMicros: 17n * DOLLAR,
      heldMicros: 3n * DOLLAR,
      spentTodayMicros: 3n * DOLLAR,
      spentThisMonthMicros: 3n * DOLLAR,
    });
  });

  it('takes nothing from the balance or the other budgets when one of them refuses', async () => {
    const { account, key } = await tenant(5n);
    await updateAccount(test.db, account, {
      name: 'a',
      budgets: { dailyMicros: 5n * DOLLAR, monthlyMicros: null },
      limits: {},
    });
    await limitKey(key, { budget_daily_usd: '0.50' });
    expect(await insertJob(test.db, jobOf(account, key))).toBeNull();
    expect(await accountOf(account)).toMatchObject({ availableMicros: 5n * DOLLAR, spentTodayMicros: 0n });
    const funds = await readFunds(test.db, account, key);
    expect(funds.limits).toEqual([
      { scope: 'account', period: 'day', budgetMicros: 5n * DOLLAR, spentMicros: 0n },
      { scope: 'key', period: 'day', budgetMicros: 500_000n, spentMicros: 0n },
    ]);
  });

  it('of one key leaves the others alone', async () => {
    const { account, key } = await tenant(5n);
    const other = await keyOf(test.db, account, 'live');
    await limitKey(key, { budget_daily_usd: '1' });
    await madeJob(test.db, account, key);
    expect(await insertJob(test.db, jobOf(account, key))).toBeNull();
    expect(await insertJob(test.db, jobOf(account, other))).not.toBeNull();
  });

  it('gets back what a job did not cost', async () => {
    const { account, key } = await tenant(9n);
    await limitKey(key, { budget_daily_usd: '2' });
    const [one, two] = [await madeJob(test.db, account, key), await madeJob(test.db, account, key)];
    expect(await insertJob(test.db, jobOf(account, key))).toBeNull();
    await moved(test.db, one, RELEASED('failed'));
    await moved(test.db, two, SUCCEEDED(600_000n, 3_000));
    expect(await accountOf(account)).toMatchObject({ spentTodayMicros: 600_000n });
    await madeJob(test.db, account, key);
    expect(await insertJob(test.db, jobOf(account, key))).toBeNull();
  });

  it('begins anew with the day and with the month, and yesterday’s jobs settle against yesterday', async () => {
    const { account, key } = await tenant(9n);
    await limitKey(key, { budget_daily_usd: '1', budget_monthly_usd: '3' });
    const old = await madeJob(test.db, account, key);
    await backdate(account, key, '40 days');
    expect(await accountOf(account)).toMatchObject({ spentTodayMicros: 0n, spentThisMonthMicros: 0n });
    await madeJob(test.db, account, key);
    expect(await insertJob(test.db, jobOf(account, key))).toBeNull();
    await moved(test.db, old, RELEASED('failed'));
    expect(await accountOf(account)).toMatchObject({ spentTodayMicros: DOLLAR, spentThisMonthMicros: DOLLAR });
    expect(await brokenPromises(test.db)).toEqual([]);
  });

  it('counts a month across its days', async () => {
    const { account, key } = await tenant(9n);
    await limitKey(key, { budget_monthly_usd: '2' });
    const first = await madeJob(test.db, account, key);
    // Both days lie in one month, whatever today is.
    await setDay(account, key, `date_trunc('month', now() at time zone 'UTC')::date`);
    await madeJob(test.db, account, key);
    expect(await insertJob(test.db, jobOf(account, key))).toBeNull();
    await moved(test.db, first, RELEASED('failed'));
    expect(await accountOf(account)).toMatchObject({ spentThisMonthMicros: DOLLAR });
    expect(await brokenPromises(test.db)).toEqual([]);
  });

  it('of zero stops a key', async () => {
    const { account, key } = await tenant(1n);
    await limitKey(key, { budget_daily_usd: '0.00' });
    expect(await insertJob(test.db, jobOf(account, key))).toBeNull();
  });
});

async function backdate(account: string, key: string, ago: string): Promise<void> {
  await setDay(account, key, `spend_day - interval '${ago}'`);
}

async function setDay(account: string, key: string, day: string): Promise<void> {
  await test.db.query(`update account set spend_day = ${day} where id = $1`, [account]);
  await test.db.query(`update api_key set spend_day = ${day} where id = $1`, [key]);
  await test.db.query(`update job set spend_day = ${day} where account_id = $1`, [account]);
}

describe('a refund', () => {
  const order = (job: JobRecord, over: Partial<RefundOrder> = {}): RefundOrder => ({
    jobId: job.id,
    amountMicros: null,
    reason: 'the colours were wrong',
    actor: 'ada',
    clientKey: null,
    ...over,
  });

  it('gives back part of a charge, then the rest, and never more', async () => {
    const { account, key } = await tenant(2n);
    const job = await succeeded(account, key);
    expect(await refundJob(test.db, order(job, { amountMicros: 200_000n }))).toMatchObject({ kind: 'refunded' });
    expect(await refundJob(test.db, order(job, { amountMicros: 400_001n }))).toEqual({
      kind: 'refused',
      leftMicros: 400_000n,
    });
    expect(await refundJob(test.db, order(job))).toMatchObject({ refund: { amountMicros: 400_000n } });
    expect(await refundJob(test.db, order(job))).toEqual({ kind: 'refused', leftMicros: 0n });
    expect((await accountOf(account)).availableMicros).toBe(2n * DOLLAR);
    expect(await listRefunds(test.db, job.id)).toMatchObject([
      { amountMicros: 200_000n, reason: 'the colours were wrong', actor: 'ada' },
      { amountMicros: 400_000n },
    ]);
    const told = (await listEvents(test.db, job.id)).filter((event) => event.type === 'refunded');
    expect(told.map((event) => event.data)).toEqual([
      { amount_usd: '0.20', reason: 'the colours were wrong' },
      { amount_usd: '0.40', reason: 'the colours were wrong' },
    ]);
  });

  it('is made once per client key, however many send it at once', async () => {
    const { account, key } = await tenant(2n);
    const job = await succeeded(account, key);
    const same = order(job, { amountMicros: 100_000n, clientKey: 'ticket-7' });
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => refundJob(test.db, same)));
    expect(outcomes.filter((outcome) => outcome.kind === 'refunded')).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome.kind === 'repeated')).toHaveLength(7);
    expect((await accountOf(account)).availableMicros).toBe(1_500_000n);
  });

  it('of everything is made once, however many ask at once', async () => {
    const { account, key } = await tenant(2n);
    const job = await succeeded(account, key);
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => refundJob(test.db, order(job))));
    expect(outcomes.filter((outcome) => outcome.kind === 'refunded')).toHaveLength(1);
    expect((await accountOf(account)).availableMicros).toBe(2n * DOLLAR);
  });

  it('of a job that was not charged is refused', async () => {
    const { account, key } = await tenant(2n);
    const job = await madeJob(test.db, account, key);
    expect(await refundJob(test.db, order(job))).toEqual({ kind: 'refused', leftMicros: 0n });
    await moved(test.db, job, RELEASED('failed'));
    expect(await refundJob(test.db, order(job, { amountMicros: 1n }))).toEqual({ kind: 'refused', leftMicros: 0n });
  });

  it('does not give a budget back: the money was spent', async () => {
    const { account, key } = await tenant(2n);
    const job = await succeeded(account, key);
    await refundJob(test.db, order(job));
    expect((await accountOf(account)).spentTodayMicros).toBe(600_000n);
  });
});

describe('a vendor’s bill', () => {
  it('is booked once, with the vendor’s success, and shows in the channel’s margin', async () => {
    const { account, key } = await tenant(2n);
    const channel = await sandboxChannel(test.db, 'live', Buffer.alloc(0));
    const running = await acceptedJob(test.db, await madeJob(test.db, account, key), channel);
    const collecting = await moved(test.db, running, {
      state: 'collecting',
      dueInMs: 60_000,
      event: null,
      costMicros: 250_000n,
    });
    await moved(test.db, collecting, SUCCEEDED(600_000n, 3_000));
    const margins = (await listMargins(test.db, new Date(0))).filter((margin) => margin.channelId === channel);
    expect(margins).toMatchObject([{ revenueMicros: 600_000n, expenseMicros: 250_000n, lossMicros: 0n }]);
  });

  it('of a test job is not booked', async () => {
    const { account } = await tenant(0n);
    const key = await keyOf(test.db, account, 'test');
    const channel = await sandboxChannel(test.db, 'test', Buffer.alloc(0));
    const job = await madeJob(test.db, account, key, { mode: 'test', holdMicros: 0n });
    const running = await acceptedJob(test.db, job, channel);
    await moved(test.db, running, { state: 'collecting', dueInMs: 60_000, event: null, costMicros: 250_000n });
    expect(await test.db.query('select from ledger_txn where job_id = $1', [job.id])).toEqual([]);
  });

  it('never shares a statement with a settlement', async () => {
    const { account, key } = await tenant(1n);
    const job = await madeJob(test.db, account, key);
    const both = { ...SUCCEEDED(1n, 1), costMicros: 1n };
    await expect(transition(test.db, job.id, job.version, both)).rejects.toThrow(RangeError);
    await moved(test.db, job, RELEASED('failed'));
  });
});

describe('a success that comes too late', () => {
  async function expired(costMicros: bigint | null): Promise<{ account: string; job: JobRecord; booked: boolean[] }> {
    const { account, key } = await tenant(2n);
    const channel = await sandboxChannel(test.db, 'live', Buffer.alloc(0));
    const running = await acceptedJob(test.db, await madeJob(test.db, account, key), channel);
    const job = await moved(test.db, running, RELEASED('expired'));
    await test.db.query('update attempt set late_success_at = now() where id = $1', [attemptOf(job)]);
    const late = { jobId: job.id, attemptId: attemptOf(job), costMicros };
    const booked = await Promise.all([1, 2, 3].map(() => bookLateSuccess(test.db, late)));
    return { account, job, booked };
  }

  it.each([
    ['at the vendor’s price', 250_000n, 250_000n, 'cost'],
    ['at the quote where that is not known', null, DOLLAR, 'quote'],
  ] as const)('is our loss %s, once, and never charged', async (_, costMicros, amountMicros, basis) => {
    const { account, job, booked } = await expired(costMicros);
    expect(booked.filter((done) => done)).toHaveLength(1);
    expect((await accountOf(account)).availableMicros).toBe(2n * DOLLAR);
    const losses = await listLosses(test.db, null, 100);
    expect(losses.filter((loss) => loss.jobId === job.id)).toMatchObject([{ amountMicros, basis, accountId: account }]);
  });

  it('is listed newest first, page by page', async () => {
    const all = await listLosses(test.db, null, 100);
    const [first] = all;
    expect(await listLosses(test.db, first?.id ?? null, 100)).toEqual(all.slice(1));
  });

  it('is not one while the job is under way, or when it succeeded by this attempt', async () => {
    const { account, key } = await tenant(2n);
    const channel = await sandboxChannel(test.db, 'live', Buffer.alloc(0));
    const running = await acceptedJob(test.db, await madeJob(test.db, account, key), channel);
    const late = { jobId: running.id, attemptId: attemptOf(running), costMicros: 1n };
    expect(await bookLateSuccess(test.db, late)).toBe(false);
    await moved(test.db, running, SUCCEEDED(600_000n, 3_000));
    expect(await bookLateSuccess(test.db, late)).toBe(false);
  });

  it('whose bill was booked already is not booked again', async () => {
    const { account, key } = await tenant(2n);
    const channel = await sandboxChannel(test.db, 'live', Buffer.alloc(0));
    const running = await acceptedJob(test.db, await madeJob(test.db, account, key), channel);
    const collecting = await moved(test.db, running, {
      state: 'collecting',
      dueInMs: 60_000,
      event: null,
      costMicros: 250_000n,
    });
    const job = await moved(test.db, collecting, RELEASED('expired'));
    const late = { jobId: job.id, attemptId: attemptOf(job), costMicros: 250_000n };
    expect(await bookLateSuccess(test.db, late)).toBe(false);
  });
});

describe('the ledger', () => {
  it.each([
    ['without a reason', { note: ' ', actor: 'ada' }],
    ['by nobody', { note: 'bonus', actor: null }],
  ])('takes no credit %s', async (_, said) => {
    const { account } = await tenant(0n);
    const grant = { accountId: account, amountMicros: 1n, opKey: `grant:${newId()}`, ...said };
    await expect(grantCredit(test.db, grant as Parameters<typeof grantCredit>[1])).rejects.toThrow(
      'ledger_txn_said_by',
    );
  });

  it('takes no charge above the hold', async () => {
    const { account, key } = await tenant(2n);
    const job = await madeJob(test.db, account, key);
    await expect(transition(test.db, job.id, job.version, SUCCEEDED(DOLLAR + 1n, 5_000))).rejects.toThrow(
      'job_charge_within_hold',
    );
    await moved(test.db, job, RELEASED('failed'));
  });

  it('keeps a submit without an answer on record as unknown when its job ends', async () => {
    const { account, key } = await tenant(1n);
    const channel = await sandboxChannel(test.db, 'live', Buffer.alloc(0));
    const job = await submittedJob(test.db, await madeJob(test.db, account, key), channel);
    await moved(test.db, job, RELEASED('expired'));
    expect(await test.db.query('select state from attempt where id = $1', [job.attemptId])).toEqual([
      { state: 'unknown' },
    ]);
  });

  it('has every promise kept after all of this', async () => {
    expect(await brokenPromises(test.db)).toEqual([]);
  });
});
