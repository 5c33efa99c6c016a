/**
 * Statements that follow the event table. All nodes' events have one order, (transaction, sequence), and a row counts as
 * settled once no transaction that could still write before it is open: settled rows are never joined by earlier ones.
 */

import type { JobState, KeyMode } from '../model/job.ts';
import type { Queryable } from './database.ts';
import { firstRow, rows, sql } from './sql.ts';

/** A place in the order of all events; `tx` is a PostgreSQL transaction id in decimal. */
export type EventCursor = { readonly tx: string; readonly seq: bigint };

/** What a follower has seen: everything up to the cursor, and unsettled rows up to the sequence number `early`. */
export type FeedPosition = EventCursor & { readonly early: bigint };

/** Where the feed ends now: `snapshot` is PostgreSQL's, and sees the rows beyond the cursor that are here already. */
export type FeedEnd = FeedPosition & { readonly snapshot: string };

export async function readFeedEnd(db: Queryable): Promise<FeedEnd> {
  const row = await firstRow<{ tx: string; early: bigint; snapshot: string }>(
    db,
    sql`
      select pg_snapshot_xmin(pg_current_snapshot())::text as tx, pg_current_snapshot()::text as snapshot,
        coalesce((select max(seq) from event), 0) as early`,
  );
  if (row === null) throw new Error('a select without a table gave no row');
  return { tx: row.tx, seq: 0n, early: row.early, snapshot: row.snapshot };
}

export type FreshEvent = { readonly jobId: string; readonly accountId: string; readonly settled: boolean };

export type FreshPage = {
  readonly events: readonly FreshEvent[];
  readonly next: FeedPosition;
  /** There may be more right now. */
  readonly isFull: boolean;
};

type FreshRow = { tx: string; seq: bigint; job_id: string; account_id: string; settled: boolean };

/**
 * What is new since `from`, at most `limit` settled rows and as many unsettled ones. A row may come twice, first unsettled
 * and then settled, and in the latter way it comes for certain.
 */
export async function readFresh(db: Queryable, from: FeedPosition, limit: number): Promise<FreshPage> {
  const statement = sql`
    (select tx::text, seq, job_id, account_id, true as settled
     from event
     where (tx, seq) > (${from.tx}::xid8, ${from.seq}::bigint) and tx < pg_snapshot_xmin(pg_current_snapshot())
     order by event.tx, seq limit ${limit})
    union all
    (select tx::text, seq, job_id, account_id, false
     from event
     where seq > ${from.early} and tx >= pg_snapshot_xmin(pg_current_snapshot())
     order by seq limit ${limit})`;
  const found = await rows<FreshRow>(db, statement);
  const settled = found.filter((row) => row.settled);
  const cursor = settled.reduce<EventCursor>((last, row) => (isAfter(row, last) ? row : last), from);
  const early = found.reduce((last, row) => (row.seq > last ? row.seq : last), from.early);
  return {
    events: found.map((row) => ({ jobId: row.job_id, accountId: row.account_id, settled: row.settled })),
    next: { tx: cursor.tx, seq: cursor.seq, early },
    isFull: settled.length === limit || found.length - settled.length === limit,
  };
}

function isAfter(one: EventCursor, other: EventCursor): boolean {
  const [tx, otherTx] = [BigInt(one.tx), BigInt(other.tx)];
  return tx === otherTx ? one.seq > other.seq : tx > otherTx;
}

export type FeedEvent = EventCursor & {
  readonly jobId: string;
  readonly type: string;
  readonly createdAt: Date;
  /** Of the job now, which may be later than the event. */
  readonly jobState: JobState;
  readonly jobProgress: number;
};

type FeedRow = {
  tx: string;
  seq: bigint;
  job_id: string;
  type: string;
  created_at: Date;
  state: JobState;
  progress: number;
};

/** Which events of an account's jobs of one mode: those after the cursor which the snapshot (null: none) does not see. */
export type AccountEventsQuery = {
  readonly accountId: string;
  readonly mode: KeyMode;
  readonly after: EventCursor;
  readonly unseenBy: string | null;
  readonly limit: number;
};

/** Settled events, in order. */
export async function readAccountEvents(db: Queryable, query: AccountEventsQuery): Promise<FeedEvent[]> {
  const { accountId, mode, after, unseenBy, limit } = query;
  const statement = sql`
    select event.tx::text, event.seq, event.job_id, event.type, event.created_at, job.state, job.progress
    from event join job on job.id = event.job_id
    where event.account_id = ${accountId} and job.mode = ${mode}
      and (event.tx, event.seq) > (${after.tx}::xid8, ${after.seq}::bigint)
      and event.tx < pg_snapshot_xmin(pg_current_snapshot())
      and (${unseenBy}::pg_snapshot is null or not pg_visible_in_snapshot(event.tx, ${unseenBy}::pg_snapshot))
    order by event.tx, event.seq limit ${limit}`;
  return (await rows<FeedRow>(db, statement)).map(toFeedEvent);
}

/**
 * The events of one job after `seq`, in order. They need not be settled: a job's row is locked by whoever writes its event
 * until that commits, so that within one job the sequence is the order of the commits.
 */
export async function readJobEvents(db: Queryable, jobId: string, seq: bigint, limit: number): Promise<FeedEvent[]> {
  const statement = sql`
    select event.tx::text, event.seq, event.job_id, event.type, event.created_at, job.state, job.progress
    from event join job on job.id = event.job_id
    where event.job_id = ${jobId} and event.seq > ${seq}
    order by event.seq limit ${limit}`;
  return (await rows<FeedRow>(db, statement)).map(toFeedEvent);
}

function toFeedEvent(row: FeedRow): FeedEvent {
  return {
    tx: row.tx,
    seq: row.seq,
    jobId: row.job_id,
    type: row.type,
    createdAt: row.created_at,
    jobState: row.state,
    jobProgress: row.progress,
  };
}

/**
 * Events that a logical restore brought from another cluster bear transaction ids from its future here: they are given the
 * lowest one, so that they come before everything new. Answers how many there were.
 */
export async function settleRestoredEvents(db: Queryable): Promise<number> {
  const statement = sql`
    update event set tx = '3'::xid8 where tx > pg_snapshot_xmax(pg_current_snapshot()) returning seq`;
  return (await rows(db, statement)).length;
}
