/** Statements that take due jobs for a node, channel by channel, and give them back in batches. */

import { toAttempt } from './attempts.ts';
import type { Attempt, AttemptRow } from './attempts.ts';
import type { Queryable } from './database.ts';
import { toRecord } from './jobs.ts';
import type { JobRecord, JobRow } from './jobs.ts';
import { firstRow, rows, sql } from './sql.ts';
import { queuedInTurn } from './turns.ts';

/** A due job in this node's hands; the times are the database's. */
export type DueJob = {
  readonly job: JobRecord;
  /** The attempt that is under way; null for a queued job. */
  readonly attempt: Attempt | null;
  readonly overdue: boolean;
  /** Since the attempt was made, and since the job was last written, in milliseconds. */
  readonly attemptAgeMs: number;
  readonly restedMs: number;
};

/** How many more jobs a node can work on at a channel now. */
export type LaneRoom = { readonly channelId: string; readonly room: number };

export type Claim = {
  readonly owner: string;
  readonly leaseMs: number;
  /** Jobs that wait to be submitted. */
  readonly queued: number;
  /** Jobs that a vendor has: of each channel, and of all together. */
  readonly perChannel: number;
  readonly running: number;
  /** The channels with another room than `perChannel`. */
  readonly lanes: readonly LaneRoom[];
};

type DueRow = JobRow &
  Pick<
    AttemptRow,
    'number' | 'task' | 'answered_at' | 'called_back_at' | 'proven_at' | 'hinted_task' | 'orphan_suspected_at'
  > & {
    open_attempt: string | null;
    attempt_state: AttemptRow['state'];
    attempt_channel: string;
    attempt_failure: AttemptRow['failure'];
    attempt_made: Date;
    overdue: boolean;
    attempt_age_ms: number;
    rested_ms: number;
  };

/**
 * Takes due jobs, of each channel the longest due first. Raising `version` fences off whoever held them before; what no
 * node can work on now stays where it is.
 */
export async function claimDue(db: Queryable, claim: Claim): Promise<DueJob[]> {
  const statement = sql`
    with waiting as (
      ${queuedInTurn(claim.queued)}
    ), running as (
      select due.id from channel
      left join unnest(${claim.lanes.map((lane) => lane.channelId)}::uuid[], ${claim.lanes.map((lane) => lane.room)}::integer[])
        as lane (id, room) on lane.id = channel.id
      cross join lateral (
        select job.id, job.run_at from job
        where job.channel_id = channel.id and job.state in ('submitting', 'running', 'collecting') and job.run_at <= now()
        order by job.run_at, job.id limit coalesce(lane.room, ${claim.perChannel}) for update skip locked
      ) as due
      order by due.run_at, due.id limit ${claim.running}
    ), claimed as (
      update job
      set lease_owner = ${claim.owner}, version = version + 1, called_back = false,
          run_at = now() + ${claim.leaseMs}::double precision * interval '1 ms'
      where id in (select id from waiting union all select id from running)
      returning *
    )
    select attempt.*, claimed.*, attempt.id as open_attempt, attempt.state as attempt_state, attempt.channel_id as attempt_channel,
           attempt.failure as attempt_failure, attempt.created_at as attempt_made, claimed.deadline_at <= now() as overdue,
           coalesce(extract(epoch from now() - attempt.created_at) * 1000, 0)::double precision as attempt_age_ms,
           (extract(epoch from now() - claimed.updated_at) * 1000)::double precision as rested_ms
    from claimed
    -- One look per job by key: a plain join reads the whole table, since the planner reckons with as many jobs as are allowed.
    left join lateral (
      select * from attempt where attempt.id = claimed.attempt_id and claimed.state <> 'queued' limit 1
    ) as attempt on true
    order by claimed.id`;
  return (await rows<DueRow & AttemptRow>(db, statement)).map((row) => ({
    job: toRecord(row),
    attempt:
      row.open_attempt === null
        ? null
        : toAttempt({
            ...row,
            id: row.open_attempt,
            state: row.attempt_state,
            channel_id: row.attempt_channel,
            failure: row.attempt_failure,
            created_at: row.attempt_made,
          }),
    overdue: row.overdue,
    attemptAgeMs: row.attempt_age_ms,
    restedMs: row.rested_ms,
  }));
}

/** How long until a job is due at a channel that is not among the `full`, in milliseconds; null if none is waiting. */
export async function nextDueMs(db: Queryable, full: readonly string[]): Promise<number | null> {
  const statement = sql`
    select (extract(epoch from min(run_at) - now()) * 1000)::double precision as due_ms
    from (
      (select run_at from job where state = 'queued' order by run_at limit 1)
      union all
      (select due.run_at from channel cross join lateral (
         select run_at from job where channel_id = channel.id and state in ('submitting', 'running', 'collecting')
         order by run_at limit 1) as due
       where channel.id <> all (${full}::uuid[]))
    ) as next`;
  const dueMs = (await firstRow<{ due_ms: number | null }>(db, statement))?.due_ms ?? null;
  return dueMs === null ? null : Math.max(0, dueMs);
}

/** A job that goes on as it is. */
export type Waiting = {
  readonly id: string;
  readonly version: number;
  readonly dueInMs: number;
  /** 0 to 100; null leaves it. It never goes back. */
  readonly progress: number | null;
  /** `unasked`: the job is given back without a look at it. */
  readonly heard: 'answered' | 'silent' | 'unasked';
};

/** Lets go of all that are still at their version, in one statement. Answers which were. */
export async function letGo(db: Queryable, jobs: readonly Waiting[]): Promise<ReadonlySet<string>> {
  if (jobs.length === 0) return new Set();
  const statement = sql`
    update job
    set version = job.version + 1, updated_at = now(), lease_owner = null, called_back = false,
        run_at = case when called_back then now() else now() + due_ms * interval '1 ms' end,
        progress = greatest(progress, coalesce(seen, progress)),
        checks = checks + case heard when 'unasked' then 0 else 1 end,
        silent_checks = case heard when 'answered' then 0 when 'silent' then silent_checks + 1 else silent_checks end
    from unnest(${jobs.map((job) => job.id)}::uuid[], ${jobs.map((job) => job.version)}::integer[],
                ${jobs.map((job) => job.dueInMs)}::double precision[], ${jobs.map((job) => job.progress)}::smallint[],
                ${jobs.map((job) => job.heard)}::text[]) as result (id, version, due_ms, seen, heard)
    where job.id = result.id and job.version = result.version and job.state in ('submitting', 'running', 'collecting')
    returning job.id`;
  return new Set((await rows<{ id: string }>(db, statement)).map((row) => row.id));
}

/**
 * Makes a job that a vendor has due at once, and writes the event `type` with `data`. Where a node is at work on it, the
 * job is due again as soon as that node is done. False: it has no such job.
 */
export async function hasten(
  db: Queryable,
  jobId: string,
  event: { readonly type: string; readonly data: Readonly<Record<string, string>> },
): Promise<boolean> {
  const statement = sql`
    with due as (
      update job
      set run_at = case when lease_owner is null then now() else run_at end, called_back = lease_owner is not null
      where id = ${jobId} and state in ('submitting', 'running', 'collecting')
      returning id, account_id
    )
    insert into event (job_id, account_id, type, data)
    select id, account_id, ${event.type}, ${JSON.stringify(event.data)}::jsonb from due
    returning job_id`;
  return (await firstRow(db, statement)) !== null;
}
