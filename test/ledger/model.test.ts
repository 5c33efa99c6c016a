/** Random histories of money, many of them at once, against a ledger small enough to be believed. */

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { runAudit } from '../../src/ledger/audit.ts';
import { formatUsd } from '../../src/model/money.ts';
import { charge } from '../../src/model/price.ts';
import { newId } from '../../src/new-id.ts';
import { grantCredit, readAccount, updateAccount, updateKey } from '../../src/store/accounts.ts';
import { insertJob } from '../../src/store/new-jobs.ts';
import type { JobRecord } from '../../src/store/jobs.ts';
import { listRefunds, refundJob } from '../../src/store/refunds.ts';
import { transition } from '../../src/store/transition.ts';
import type { JobChange } from '../../src/store/transition.ts';
import { accountWith, jobOf, keyOf, SPEC } from '../support/rows.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';
import { RELEASED, SUCCEEDED } from './support.ts';

/** More with `LEDGER_RUNS=1000`; a failure is repeated with `LEDGER_SEED`. */
const RUNS = Number(process.env['LEDGER_RUNS'] ?? 30);
const SEED = process.env['LEDGER_SEED'];
const MAX_COMMANDS = 25;
const TIMEOUT_MS = Math.max(60_000, RUNS * 2_000);

const PRICE = { unit: 'second', micros: 200_000n } as const;
const HOLD = 1_000_000n;

let test: TestDatabase;
beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.drop());

type ModelJob = { readonly key: number; state: 'open' | 'charged' | 'free'; charge: bigint; refunded: bigint };

/** What the ledger should say: an account, two keys with budgets, jobs in the order in which they were made. */
class Model {
  available = 0n;
  held = 0n;
  revenue = 0n;
  granted = 0n;
  budgets: (bigint | null)[] = [null, null];
  accountBudget: bigint | null = null;
  jobs: ModelJob[] = [];

  /** Charges and open holds. */
  spent(key: number | null): bigint {
    return this.jobs
      .filter((job) => key === null || job.key === key)
      .reduce((sum, job) => sum + (job.state === 'open' ? HOLD : job.charge), 0n);
  }

  /** How many of `count` jobs of this key can be made. */
  room(key: number, count: number): number {
    const budget = this.budgets[key] ?? null;
    const left = [this.available];
    if (budget !== null) left.push(budget - this.spent(key));
    if (this.accountBudget !== null) left.push(this.accountBudget - this.spent(null));
    const least = left.reduce((a, b) => (a < b ? a : b));
    return least <= 0n ? 0 : Math.min(count, Number(least / HOLD));
  }

  make(key: number): void {
    this.available -= HOLD;
    this.held += HOLD;
    this.jobs.push({ key, state: 'open', charge: 0n, refunded: 0n });
  }

  settle(job: ModelJob, state: 'charged' | 'free', amount: bigint): void {
    job.state = state;
    job.charge = amount;
    this.held -= HOLD;
    this.available += HOLD - amount;
    this.revenue += amount;
  }

  refund(job: ModelJob, amount: bigint): void {
    job.refunded += amount;
    this.available += amount;
    this.revenue -= amount;
  }
}

/** The same on a real database. `jobs` beside the model's. */
type Real = { readonly account: string; readonly keys: readonly string[]; readonly jobs: JobRecord[] };
type Command = fc.AsyncCommand<Model, Real>;

function keyIn(real: Real, key: number): string {
  return real.keys[key] ?? '';
}

function pick<T>(items: readonly T[], index: number): T | null {
  return items.length === 0 ? null : (items[index % items.length] ?? null);
}

async function settleAtOnce(job: JobRecord, changes: readonly JobChange[]): Promise<number[]> {
  const versions = await Promise.all(changes.map((change) => transition(test.db, job.id, job.version, change)));
  return versions.flatMap((version, index) => (version === null ? [] : [index]));
}

class Grant implements Command {
  readonly amount: bigint;
  readonly times: number;
  constructor(amount: bigint, times: number) {
    this.amount = amount;
    this.times = times;
  }
  check = (): boolean => true;
  async run(model: Model, real: Real): Promise<void> {
    const grant = { accountId: real.account, amountMicros: this.amount, note: 'a gift', actor: 'test', opKey: newId() };
    await Promise.all(Array.from({ length: this.times }, () => grantCredit(test.db, grant)));
    model.available += this.amount;
    model.granted += this.amount;
  }
  toString = (): string => `grant ${this.amount} (sent ${this.times} times)`;
}

class Create implements Command {
  readonly key: number;
  readonly count: number;
  constructor(key: number, count: number) {
    this.key = key;
    this.count = count;
  }
  check = (): boolean => true;
  async run(model: Model, real: Real): Promise<void> {
    const orders = Array.from({ length: this.count }, () =>
      jobOf(real.account, keyIn(real, this.key), { price: PRICE }),
    );
    const made = (await Promise.all(orders.map((order) => insertJob(test.db, order)))).filter((job) => job !== null);
    expect(made.length).toBe(model.room(this.key, this.count));
    for (const job of made) {
      model.make(this.key);
      real.jobs.push(job);
    }
  }
  toString = (): string => `create ${this.count} at once with key ${this.key}`;
}

class Settle implements Command {
  readonly at: number;
  readonly ways: readonly (number | 'failed' | 'cancelled' | 'expired')[];
  constructor(at: number, ways: Settle['ways']) {
    this.at = at;
    this.ways = ways;
  }
  check = (model: Readonly<Model>): boolean => model.jobs.length > 0;
  async run(model: Model, real: Real): Promise<void> {
    const [job, known] = [pick(real.jobs, this.at), pick(model.jobs, this.at)];
    if (job === null || known === null) return;
    const changes = this.ways.map((way) =>
      typeof way === 'number' ? SUCCEEDED(charge(SPEC, PRICE, HOLD, way), way) : RELEASED(way),
    );
    const winners = await settleAtOnce(job, changes);
    expect(winners).toHaveLength(known.state === 'open' ? 1 : 0);
    const way = this.ways[winners[0] ?? -1];
    if (way === undefined) return;
    if (typeof way === 'number') model.settle(known, 'charged', charge(SPEC, PRICE, HOLD, way));
    else model.settle(known, 'free', 0n);
  }
  toString = (): string => `end job ${this.at} by ${this.ways.join(' and ')} at once`;
}

class Refund implements Command {
  readonly at: number;
  readonly amounts: readonly (bigint | null)[];
  constructor(at: number, amounts: readonly (bigint | null)[]) {
    this.at = at;
    this.amounts = amounts;
  }
  check = (model: Readonly<Model>): boolean => model.jobs.length > 0;
  async run(model: Model, real: Real): Promise<void> {
    const [job, known] = [pick(real.jobs, this.at), pick(model.jobs, this.at)];
    if (job === null || known === null) return;
    const order = { jobId: job.id, reason: 'sorry', actor: 'test', clientKey: null };
    const outcomes = await Promise.all(
      this.amounts.map((amountMicros) => refundJob(test.db, { ...order, amountMicros })),
    );
    for (const outcome of outcomes) if (outcome.kind === 'refunded') model.refund(known, outcome.refund.amountMicros);
    expect(known.refunded <= known.charge).toBe(true);
    const left = known.charge - known.refunded;
    for (const [index, outcome] of outcomes.entries()) {
      const amount = this.amounts[index] ?? null;
      if (outcome.kind === 'refused') expect(amount === null ? left === 0n : amount > left).toBe(true);
    }
    expect((await listRefunds(test.db, job.id)).reduce((sum, refund) => sum + refund.amountMicros, 0n)).toBe(
      known.refunded,
    );
  }
  toString = (): string =>
    `refund ${this.amounts.map((amount) => amount ?? 'all').join(' and ')} of job ${this.at} at once`;
}

class Budget implements Command {
  readonly key: number | null;
  readonly amount: bigint | null;
  constructor(key: number | null, amount: bigint | null) {
    this.key = key;
    this.amount = amount;
  }
  check = (): boolean => true;
  async run(model: Model, real: Real): Promise<void> {
    if (this.key === null) {
      const budgets = { dailyMicros: this.amount, monthlyMicros: null };
      await updateAccount(test.db, real.account, { name: 'a', budgets, limits: {} });
      model.accountBudget = this.amount;
      return;
    }
    const limits = this.amount === null ? {} : { budget_monthly_usd: formatUsd(this.amount) };
    const fixed = { name: 'key', models: null, allowedIps: null, expiresAt: null };
    await updateKey(test.db, keyIn(real, this.key), { ...fixed, limits });
    model.budgets[this.key] = this.amount;
  }
  toString = (): string =>
    `budget of ${this.key === null ? 'the account' : `key ${this.key}`}: ${this.amount ?? 'none'}`;
}

/** Several creates, settlements and grants that do not depend on each other, all in the same moment. */
class Storm implements Command {
  readonly count: number;
  constructor(count: number) {
    this.count = count;
  }
  check = (model: Readonly<Model>): boolean => model.jobs.some((job) => job.state === 'open');
  async run(model: Model, real: Real): Promise<void> {
    const open = model.jobs.flatMap((job, index) => (job.state === 'open' ? [{ job, row: real.jobs[index] }] : []));
    const ended = open.flatMap(({ row }) =>
      row === undefined ? [] : [transition(test.db, row.id, row.version, RELEASED('failed'))],
    );
    const made = Array.from({ length: this.count }, (_, index) =>
      insertJob(test.db, jobOf(real.account, keyIn(real, index % 2), { price: PRICE })),
    );
    const [jobs, endings] = await Promise.all([Promise.all(made), Promise.all(ended)]);
    expect(endings.every((version) => version !== null)).toBe(true);
    for (const { job } of open) model.settle(job, 'free', 0n);
    // How many found room depends on who was first; that there was room for them is what matters.
    for (const [index, job] of jobs.entries()) {
      if (job === null) continue;
      model.make(index % 2);
      real.jobs.push(job);
    }
    expect(model.available >= 0n).toBe(true);
  }
  toString = (): string => `end every open job while ${this.count} are made`;
}

const amount = fc.bigInt({ min: 1n, max: 4_000_000n });
const at = fc.nat({ max: 30 });
const way = fc.oneof(fc.integer({ min: 1, max: 7_000 }), fc.constantFrom('failed', 'cancelled', 'expired'));
const COMMANDS: fc.Arbitrary<Command>[] = [
  fc.tuple(amount, fc.integer({ min: 1, max: 3 })).map(([micros, times]) => new Grant(micros, times)),
  fc.tuple(fc.nat({ max: 1 }), fc.integer({ min: 1, max: 8 })).map(([key, count]) => new Create(key, count)),
  fc.tuple(at, fc.array(way, { minLength: 1, maxLength: 4 })).map(([index, ways]) => new Settle(index, ways)),
  fc
    .tuple(at, fc.array(fc.option(fc.bigInt({ min: 1n, max: 1_000_000n })), { minLength: 1, maxLength: 4 }))
    .map(([index, amounts]) => new Refund(index, amounts)),
  fc
    .tuple(fc.constantFrom(null, 0, 1), fc.option(fc.bigInt({ min: 0n, max: 6_000_000n })))
    .map(([key, micros]) => new Budget(key, micros)),
  fc.integer({ min: 1, max: 6 }).map((count) => new Storm(count)),
];

async function agree(model: Model, real: Real): Promise<void> {
  const account = await readAccount(test.db, real.account);
  expect(account).toMatchObject({
    availableMicros: model.available,
    heldMicros: model.held,
    spentTodayMicros: model.spent(null),
    spentThisMonthMicros: model.spent(null),
  });
  expect(model.granted).toBe(model.available + model.held + model.revenue);
  const report = await runAudit(test.db);
  expect(report.checks.filter((check) => !check.ok)).toEqual([]);
}

describe('the ledger', () => {
  it(
    'agrees with the model after any history, and the audit with both',
    async () => {
      const histories = fc.commands(COMMANDS, { maxCommands: MAX_COMMANDS, size: 'max' });
      await fc.assert(
        fc.asyncProperty(histories, async (commands) => {
          const account = await accountWith(test.db, 0n);
          const keys = [await keyOf(test.db, account, 'live'), await keyOf(test.db, account, 'live')];
          const [model, real] = [new Model(), { account, keys, jobs: [] }];
          await fc.asyncModelRun(() => ({ model, real }), commands);
          await agree(model, real);
        }),
        { numRuns: RUNS, ...(SEED === undefined ? {} : { seed: Number(SEED) }) },
      );
    },
    TIMEOUT_MS,
  );
});
