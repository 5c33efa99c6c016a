/** Whose queued job is next, however many others wait. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { claimDue } from '../../src/store/claims.ts';
import type { DueJob } from '../../src/store/claims.ts';
import { insertJob } from '../../src/store/new-jobs.ts';
import { callWaiting, findRoom } from '../../src/store/places.ts';
import { newId } from '../../src/new-id.ts';
import { accountWith, jobOf, keyOf, sandboxChannel, SPEC } from '../support/rows.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';

let test: TestDatabase;
beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.drop());

/** Due jobs of a new account, oldest first. */
async function queue(jobs: number, offPeak = false): Promise<string[]> {
  const account = await accountWith(test.db, 0n);
  const key = await keyOf(test.db, account, 'test');
  const ids = Array.from({ length: jobs }, () => newId());
  const [first = ''] = ids;
  const order = { id: first, mode: 'test', holdMicros: 0n, leaseMs: 0, spec: { ...SPEC, offPeak } } as const;
  await insertJob(test.db, jobOf(account, key, order));
  await test.db.query(
    `insert into job (id, account_id, key_id, mode, dialect, state, model, spec, notes, run_at, deadline_at)
     select copy.id, account_id, key_id, mode, dialect, state, model, spec, notes, now() - interval '1 s', deadline_at
     from job, unnest($2::uuid[]) as copy (id) where job.id = $1`,
    [first, ids.slice(1)],
  );
  return ids;
}

function claim(queued: number): Promise<DueJob[]> {
  return claimDue(test.db, { owner: 'node', leaseMs: 60_000, queued, perChannel: 10, running: 10, lanes: [] });
}

describe('the queue', () => {
  it('gives an account with two jobs its turn beside one with a thousand, and off-peak jobs the last', async () => {
    const late = await queue(3, true);
    const many = await queue(1_000);
    const few = await queue(2);
    const taken = (await claim(4)).map(({ job }) => job.id).sort();
    expect(taken).toEqual([...many.slice(0, 2), ...few].sort());
    const next = (await claim(100)).map(({ job }) => job.id).sort();
    expect(next).toEqual(many.slice(2, 102).sort());
    await test.db.query(`update job set run_at = now() + interval '1 h' where id = any($1)`, [many]);
    expect((await claim(10)).map(({ job }) => job.id).sort()).toEqual(late);
  });

  it('hands each job to one node, however many claim at the same moment', async () => {
    const ids = await queue(60);
    const claims = await Promise.all(Array.from({ length: 5 }, () => claim(20)));
    const rest = await claim(60);
    const taken = [...claims.flat(), ...rest].map(({ job }) => job.id);
    expect(taken.sort()).toEqual(ids);
  });

  it('calls those who wait for a place once, by any number of nodes', async () => {
    const channelId = await sandboxChannel(test.db, 'test', Buffer.alloc(0));
    await test.db.query('update channel set max_concurrency = 4 where id = $1', [channelId]);
    const ids = await queue(10);
    await test.db.query(
      `update job set waits_for = array[$1::uuid], lease_owner = null, run_at = now() + interval '1 h' where id = any($2)`,
      [channelId, ids],
    );
    const [room] = await findRoom(test.db);
    expect(room).toEqual({ channelId, places: 4 });
    if (room === undefined) throw new Error('there is room');
    const called = await Promise.all([callWaiting(test.db, room), callWaiting(test.db, room)]);
    const due = await test.db.query<{ id: string }>(
      `select id from job where id = any($1) and waits_for is null order by id`,
      [ids],
    );
    expect(called.reduce((sum, jobs) => sum + jobs, 0)).toBe(due.length);
    expect(due.length).toBeLessThanOrEqual(8);
    expect(due.map(({ id }) => id)).toEqual(ids.slice(0, due.length));
  });
});
