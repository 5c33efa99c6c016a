/** Following the event table: nothing missed whatever the order of the commits, nothing asked while nobody waits. */

import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';

import { createEventFollower, FOLLOWER_LIMITS } from '../../src/engine/event-follower.ts';
import type { EventFollower, FollowerLimits } from '../../src/engine/event-follower.ts';
import { createLog } from '../../src/log.ts';
import { readAccountEvents, readFeedEnd, readFresh, settleRestoredEvents } from '../../src/store/event-feed.ts';
import type { EventCursor } from '../../src/store/event-feed.ts';
import { insertJob } from '../../src/store/new-jobs.ts';
import type { JobRecord } from '../../src/store/jobs.ts';
import type { Database, Queryable } from '../../src/store/database.ts';
import { accountWith, jobOf, keyOf } from '../support/rows.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';

const WRITERS = 4;
const EVENTS_EACH = 15;

let database: TestDatabase;
let db: Database;
let accountId: string;
let job: JobRecord;
beforeAll(async () => {
  database = await createTestDatabase();
  db = database.db;
});
afterAll(() => database.drop());
beforeEach(async () => {
  accountId = await accountWith(db, 0n);
  const made = await insertJob(
    db,
    jobOf(accountId, await keyOf(db, accountId, 'test'), { mode: 'test', holdMicros: 0n }),
  );
  if (made === null) throw new Error('no job');
  job = made;
});

function tell(at: Queryable, type: string): Promise<unknown> {
  return at.query(`insert into event (job_id, account_id, type, data) values ($1, $2, $3, '{}')`, [
    job.id,
    accountId,
    type,
  ]);
}

async function typesAfter(after: EventCursor, unseenBy: string | null = null): Promise<string[]> {
  const events = await readAccountEvents(db, { accountId, mode: 'test', after, unseenBy, limit: 1_000 });
  return events.map((event) => event.type).filter((type) => type !== 'created');
}

describe('the feed of events', () => {
  it('keeps back what an open transaction may still come before, and then gives all of it in order', async () => {
    const start = await readFeedEnd(db);
    await db.withConnection(async (slow) => {
      await slow.query('begin');
      await tell(slow, 'slow one');
      await tell(db, 'quick one');
      expect(await typesAfter(start)).not.toContain('quick one');
      // Whoever waits for the job hears of it all the same.
      const early = await readFresh(db, start, 100);
      expect(early.events.some((event) => event.jobId === job.id && !event.settled)).toBe(true);
      await tell(slow, 'slow two');
      await slow.query('commit');
    });
    await vi.waitFor(async () => expect(await typesAfter(start)).toEqual(['slow one', 'slow two', 'quick one']));
  });

  it('begins after what is there already, though that may settle later', async () => {
    const start = await db.withConnection(async (slow) => {
      await slow.query('begin');
      await tell(slow, 'open meanwhile');
      await tell(db, 'there already');
      const end = await readFeedEnd(db);
      await slow.query('commit');
      return end;
    });
    await tell(db, 'new');
    await vi.waitFor(async () => expect(await typesAfter(start, start.snapshot)).toEqual(['open meanwhile', 'new']));
    expect(await typesAfter(start)).toContain('there already');
  });

  it('gives each event of many writers once and in one order to a reader that never stops', async () => {
    let cursor: EventCursor = await readFeedEnd(db);
    const seen: string[] = [];
    const write = async (writer: number): Promise<void> => {
      for (let at = 0; at < EVENTS_EACH; at += 1) {
        await db.transaction(async (tx) => {
          await tell(tx, `${writer}.${at}`);
          await tx.query('select pg_sleep($1)', [((writer * 7 + at * 3) % 5) / 1_000]);
        });
      }
    };
    let isWriting = true;
    const writing = Promise.all(Array.from({ length: WRITERS }, (_, writer) => write(writer))).then(() => {
      isWriting = false;
    });
    const readOn = async (): Promise<void> => {
      const events = await readAccountEvents(db, { accountId, mode: 'test', after: cursor, unseenBy: null, limit: 7 });
      seen.push(...events.map((event) => event.type));
      cursor = events.at(-1) ?? cursor;
    };
    while (isWriting) await readOn();
    await writing;
    await vi.waitFor(async () => {
      await readOn();
      expect(seen.filter((type) => type !== 'created')).toHaveLength(WRITERS * EVENTS_EACH);
    });
    expect(new Set(seen).size).toBe(seen.length);
    for (let writer = 0; writer < WRITERS; writer += 1) {
      const own = seen.filter((type) => type.startsWith(`${writer}.`)).map((type) => Number(type.split('.')[1]));
      expect(own).toEqual(own.toSorted((a, b) => a - b));
    }
  });

  it('goes on after a restore into a younger cluster', async () => {
    await tell(db, 'restored');
    await db.query(`update event set tx = '999999999999' where account_id = $1`, [accountId]);
    expect(await settleRestoredEvents(db)).toBe(2);
    expect(await settleRestoredEvents(db)).toBe(0);
    expect(await typesAfter({ tx: '0', seq: 0n })).toEqual(['restored']);
  });
});

describe('a follower', () => {
  async function withFollower(
    limits: Partial<FollowerLimits>,
    use: (follower: EventFollower, asked: () => number) => Promise<void>,
    over: Partial<Database> = {},
  ): Promise<void> {
    let asked = 0;
    const counting: Database = {
      ...db,
      query: <Row>(text: string, values?: readonly unknown[], name?: string) => {
        asked += 1;
        return (over.query ?? db.query)<Row>(text, values, name);
      },
    };
    const follower = createEventFollower(counting, createLog('silent'), { ...FOLLOWER_LIMITS, ...limits });
    await use(follower, () => asked).finally(() => follower.stop());
  }

  it('wakes who waits for the job or the account, and nobody else', async () => {
    await withFollower({ pollMs: 10 }, async (follower) => {
      const [onJob, onAccount, onOther] = [vi.fn(), vi.fn(), vi.fn()];
      await follower.watch({ jobId: job.id }, onJob);
      await follower.watch({ accountId }, onAccount);
      await follower.watch({ accountId: job.keyId }, onOther);
      await tell(db, 'something');
      await vi.waitFor(() =>
        expect([onJob, onAccount].map((ring) => ring.mock.calls.length > 0)).toEqual([true, true]),
      );
      expect(onOther).not.toHaveBeenCalled();
    });
  });

  it('hears of an event that is written in an older transaction than one it has seen', async () => {
    await withFollower({ pollMs: 10 }, async (follower) => {
      const rung = vi.fn();
      await follower.watch({ jobId: job.id }, rung);
      await db.withConnection(async (slow) => {
        await slow.query('begin');
        await tell(slow, 'slow');
        await tell(db, 'quick');
        await vi.waitFor(() => expect(rung).toHaveBeenCalled());
        rung.mockClear();
        await slow.query('commit');
      });
      await vi.waitFor(() => expect(rung).toHaveBeenCalled());
    });
  });

  it('looks at once when this node says that it changed something', async () => {
    await withFollower({ pollMs: 60_000 }, async (follower) => {
      const rung = vi.fn();
      await follower.watch({ jobId: job.id }, rung);
      await tell(db, 'near');
      follower.nudge();
      await vi.waitFor(() => expect(rung).toHaveBeenCalled());
    });
  });

  it('asks nothing while nobody waits, and one statement a look however many do', async () => {
    await withFollower({ pollMs: 60_000, minGapMs: 0 }, async (follower, asked) => {
      follower.nudge();
      expect(asked()).toBe(0);
      const ends = await Promise.all(
        Array.from({ length: 500 }, () => follower.watch({ jobId: job.id }, () => undefined)),
      );
      expect([asked(), follower.watchers]).toEqual([1, 500]);
      follower.nudge();
      await vi.waitFor(() => expect(asked()).toBe(2));
      for (const end of ends) end?.();
      expect(follower.watchers).toBe(0);
    });
  });

  it('takes a bounded number of waiters, and room is free again when one goes', async () => {
    await withFollower({ watchers: 2 }, async (follower) => {
      const watch = (): Promise<(() => void) | null> => follower.watch({ jobId: job.id }, () => undefined);
      const [first] = [await watch(), await watch()];
      expect(await watch()).toBeNull();
      first?.();
      first?.();
      expect(await watch()).not.toBeNull();
      expect(await watch()).toBeNull();
    });
  });

  it('goes on from where it was after the database was away', async () => {
    let isAway = false;
    const query: Database['query'] = (text, values, name) =>
      isAway ? Promise.reject(new Error('away')) : db.query(text, values, name);
    await withFollower(
      { pollMs: 5, retryMs: 5 },
      async (follower, asked) => {
        const rung = vi.fn();
        await follower.watch({ jobId: job.id }, rung);
        isAway = true;
        const before = asked();
        await tell(db, 'while it is away');
        await vi.waitFor(() => expect(asked()).toBeGreaterThan(before + 2));
        await expect(rung).not.toHaveBeenCalled();
        isAway = false;
        await vi.waitFor(() => expect(rung).toHaveBeenCalled());
      },
      { query },
    );
  });

  it('refuses waiters while the database is away, and takes them when it is back', async () => {
    let isAway = true;
    const query: Database['query'] = (text, values, name) =>
      isAway ? Promise.reject(new Error('away')) : db.query(text, values, name);
    await withFollower(
      {},
      async (follower) => {
        const watch = (): Promise<unknown> => follower.watch({ jobId: job.id }, () => undefined);
        await expect(Promise.all([watch(), watch()])).rejects.toThrow('away');
        await expect(watch()).rejects.toThrow('away');
        isAway = false;
        expect(await watch()).not.toBeNull();
        expect(follower.watchers).toBe(1);
      },
      { query },
    );
  });
});
