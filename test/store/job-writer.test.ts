/** Creates of one key at one time: written together, and each with the outcome it would have alone. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { isDatabaseUnavailable, openDatabase } from '../../src/store/database.ts';
import { isKeyTaken } from '../../src/store/idempotency.ts';
import { createJobWriter } from '../../src/store/job-writer.ts';
import type { JobRecord } from '../../src/store/jobs.ts';
import type { NewJob } from '../../src/store/new-jobs.ts';
import { newId } from '../../src/new-id.ts';
import { readAccount } from '../../src/store/accounts.ts';
import type { NewAttempt } from '../../src/store/attempts.ts';
import type { ChannelState } from '../../src/store/channels.ts';
import { brokenPromises } from '../ledger/support.ts';
import { accountWith, credentialOf, jobOf, keyOf, sandboxChannel } from '../support/rows.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';

const DOLLAR = 1_000_000n;

let test: TestDatabase;
beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.drop());

async function tenant(dollars: bigint): Promise<{ account: string; key: string }> {
  const account = await accountWith(test.db, dollars * DOLLAR);
  return { account, key: await keyOf(test.db, account, 'live') };
}

/** New attempts at a channel in this state. */
async function attemptAt(state: ChannelState): Promise<() => NewAttempt> {
  const channelId = await sandboxChannel(test.db, 'live', Buffer.from('sealed'));
  await test.db.query('update channel set state = $2 where id = $1', [channelId, state]);
  const credentialId = await credentialOf(test.db, channelId);
  return () => ({ id: newId(), channelId, credentialId });
}

const outcomeOf = (job: JobRecord | null): string => (job === null ? 'refused' : job.state);

function writeAll(orders: readonly NewJob[]): Promise<PromiseSettledResult<JobRecord | null>[]> {
  const write = createJobWriter(test.db);
  return Promise.allSettled(orders.map(write));
}

describe('creates of one key that come at the same time', () => {
  it('are each answered with their own job, and share statements', async () => {
    const { account, key } = await tenant(40n);
    const orders = Array.from({ length: 33 }, () => jobOf(account, key));
    const written = await writeAll(orders);
    const ids = written.map((one) => (one.status === 'fulfilled' ? one.value?.id : null));
    expect(ids).toEqual(orders.map(({ id }) => id));
    const [row] = await test.db.query<{ transactions: number }>(
      'select count(distinct xmin::text)::integer as transactions from job where account_id = $1',
      [account],
    );
    // The first alone, then as many together as may be.
    expect(row).toEqual({ transactions: 3 });
    expect(await readAccount(test.db, account)).toMatchObject({
      availableMicros: 7n * DOLLAR,
      heldMicros: 33n * DOLLAR,
    });
  });

  it('take the balance in the order in which they came, down to nothing', async () => {
    const { account, key } = await tenant(3n);
    const written = await writeAll(Array.from({ length: 6 }, () => jobOf(account, key)));
    const outcomes = written.map((one) => (one.status === 'fulfilled' ? outcomeOf(one.value) : one.status));
    expect(outcomes).toEqual(['queued', 'queued', 'queued', 'refused', 'refused', 'refused']);
    expect(await readAccount(test.db, account)).toMatchObject({ availableMicros: 0n, heldMicros: 3n * DOLLAR });
  });

  it('take the places that the key still has, and no more', async () => {
    const { account, key } = await tenant(9n);
    await test.db.query(`update api_key set limits = '{"concurrent_jobs": 4}' where id = $1`, [key]);
    const written = await writeAll(Array.from({ length: 6 }, () => jobOf(account, key)));
    const outcomes = written.map((one) => (one.status === 'fulfilled' ? outcomeOf(one.value) : one.status));
    expect(outcomes).toEqual(['queued', 'queued', 'queued', 'queued', 'refused', 'refused']);
    expect(await readAccount(test.db, account)).toMatchObject({ heldMicros: 4n * DOLLAR });
  });

  it('keep each its own idempotency key', async () => {
    const { account, key } = await tenant(9n);
    const orders = [1, 2, 3, 4].map((number) =>
      jobOf(account, key, {
        fingerprint: Buffer.alloc(32, number),
        idempotencyKey: number === 3 ? null : `key ${number}`,
      }),
    );
    await writeAll(orders);
    const kept = await test.db.query(
      `select key, job_id, get_byte(idempotency.fingerprint, 0) as first from idempotency join job on job.id = job_id
       where job.account_id = $1 and idempotency.fingerprint = job.fingerprint order by key`,
      [account],
    );
    expect(kept).toEqual([1, 2, 4].map((first) => ({ key: `key ${first}`, job_id: orders[first - 1]?.id, first })));
  });

  it('open each its own attempt, where there is a channel that takes it', async () => {
    const { account, key } = await tenant(9n);
    const [good, off] = [await attemptAt('enabled'), await attemptAt('draining')];
    const orders = [null, good(), off(), null, good()].map((attempt) => jobOf(account, key, { attempt }));
    const written = await writeAll(orders);
    const outcomes = written.map((one) => (one.status === 'fulfilled' ? outcomeOf(one.value) : one.status));
    expect(outcomes).toEqual(['queued', 'submitting', 'queued', 'queued', 'submitting']);
    const opened = await test.db.query(
      `select attempt.id, job_id, number from attempt join job on job.id = job_id and job.attempt_id = attempt.id
       where account_id = $1 order by job_id`,
      [account],
    );
    const wanted = orders.filter((_, index) => outcomes[index] === 'submitting');
    expect(opened).toEqual(wanted.map(({ id, attempt }) => ({ id: attempt?.id, job_id: id, number: 1 })));
  });

  it('do not suffer for one that cannot be written', async () => {
    const { account, key } = await tenant(9n);
    const kept = { fingerprint: Buffer.alloc(32), idempotencyKey: 'taken' };
    await writeAll([jobOf(account, key, kept)]);
    const written = await writeAll([
      ...Array.from({ length: 3 }, () => jobOf(account, key)),
      jobOf(account, key, kept),
      jobOf(account, key),
    ]);
    expect(written.map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'fulfilled',
      'rejected',
      'fulfilled',
    ]);
    const [refused] = written.filter((one) => one.status === 'rejected');
    expect(isKeyTaken(refused?.reason)).toBe(true);
    expect(await readAccount(test.db, account)).toMatchObject({ heldMicros: 5n * DOLLAR });
    expect(await brokenPromises(test.db)).toEqual([]);
  });

  it('all hear at once that the database is away', async () => {
    const away = openDatabase({ connection: { url: 'postgres://nobody@127.0.0.1:1/none' } });
    let asked = 0;
    const write = createJobWriter({
      ...away,
      query: (...statement) => {
        asked += 1;
        return away.query(...statement);
      },
    });
    const { account, key } = await tenant(1n);
    const written = await Promise.allSettled(Array.from({ length: 40 }, () => write(jobOf(account, key))));
    expect(written.every((one) => one.status === 'rejected' && isDatabaseUnavailable(one.reason))).toBe(true);
    expect(asked).toBe(1);
    await away.close();
  });

  it('are refused when too many of the key wait', async () => {
    const { account, key } = await tenant(1n);
    const written = await writeAll(Array.from({ length: 1_002 }, () => jobOf(account, key)));
    const rejected = written.filter((one) => one.status === 'rejected');
    expect(rejected.map(({ reason }) => (reason as { failure: unknown }).failure)).toEqual([
      expect.objectContaining({ kind: 'unavailable', retryAfterMs: 2_000 }),
    ]);
  });
});
