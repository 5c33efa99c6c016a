/** Statements about attempts that nobody waits for: called back, late, or of a job that has ended. */

import type { JsonObject } from '../model/json.ts';
import { toAttempt } from './attempts.ts';
import type { Attempt, AttemptRow } from './attempts.ts';
import type { Queryable } from './database.ts';
import { firstRow, json, nothing, rows, sql } from './sql.ts';

type Task = { readonly id: string; readonly data: JsonObject };

/**
 * A callback came to this attempt's address. It makes the job due at once; while a node is at work on the job, what that
 * node writes next does. False: there is no such attempt.
 */
export async function noteCallback(
  db: Queryable,
  channelId: string,
  attemptId: string,
  hint: Task | null,
): Promise<boolean> {
  const statement = sql`
    with called as (
      update attempt
      set called_back_at = coalesce(called_back_at, now()), hinted_task = coalesce(${json(hint)}::jsonb, hinted_task),
          late_check_at = case when late_check_at is not null then now() end
      where id = ${attemptId} and channel_id = ${channelId}
      returning id, job_id
    ), due as (
      update job
      set run_at = case when job.lease_owner is null then now() else job.run_at end,
          called_back = job.lease_owner is not null
      from called
      where job.id = called.job_id and job.attempt_id = called.id and job.state in ('submitting', 'running')
    )
    select id from called`;
  return (await firstRow(db, statement)) !== null;
}

/** The vendor named the task of an attempt, but the job was no longer this node's to write: whoever has it looks there. */
export async function hintTask(db: Queryable, attemptId: string, task: Task): Promise<void> {
  const statement = sql`
    update attempt set hinted_task = ${json(task)}::jsonb, proven_at = coalesce(proven_at, now())
    where id = ${attemptId} and state in ('submitting', 'unknown')`;
  await rows(db, statement);
}

/** The vendor showed that it has the task, without saying which it is. */
export async function proveAttempt(db: Queryable, attemptId: string): Promise<void> {
  await rows(db, sql`update attempt set proven_at = coalesce(proven_at, now()) where id = ${attemptId}`);
}

/** Of these tasks of a channel, those that belong to an attempt other than `attemptId`. */
export async function ownedTasks(
  db: Queryable,
  channelId: string,
  attemptId: string,
  taskIds: readonly string[],
): Promise<ReadonlySet<string>> {
  const statement = sql`
    select task ->> 'id' as id from attempt
    where channel_id = ${channelId} and id <> ${attemptId} and task ->> 'id' = any(${taskIds}::text[])`;
  return new Set((await rows<{ id: string }>(db, statement)).map((row) => row.id));
}

/**
 * Whether the channel has another attempt without an answer, made within `windowMs` of this one. What it asked for matters
 * only where `samePrompt` says that the vendor showed the prompt: else its list may not tell the two apart.
 */
export async function hasRival(
  db: Queryable,
  attemptId: string,
  windowMs: number,
  samePrompt: boolean,
): Promise<boolean> {
  const prompt = samePrompt
    ? sql`and (select spec ->> 'prompt' from job where id = other.job_id)
          is not distinct from (select spec ->> 'prompt' from job where id = mine.job_id)`
    : nothing;
  const statement = sql`
    select other.id from attempt mine
    join attempt other on other.channel_id = mine.channel_id and other.id <> mine.id
      and other.state in ('submitting', 'unknown')
      and abs(extract(epoch from other.created_at - mine.created_at)) * 1000 <= ${windowMs}::double precision
      ${prompt}
    where mine.id = ${attemptId} limit 1`;
  return (await firstRow(db, statement)) !== null;
}

/** An attempt whose job has expired while the vendor may still be at it. */
export type LateTask = { readonly attempt: Attempt; readonly jobId: string; readonly checksBefore: number };

type LateRow = AttemptRow & { job_id: string; late_checks: number };

/** Takes up to `limit` that are due; another node may take them after `leaseMs`. */
export async function claimLateTasks(db: Queryable, leaseMs: number, limit: number): Promise<LateTask[]> {
  const statement = sql`
    with claimed as (
      update attempt
      set late_check_at = now() + ${leaseMs}::double precision * interval '1 ms', late_checks = late_checks + 1
      where id in (
        select id from attempt where late_check_at <= now() order by late_check_at, id limit ${limit}
        for update skip locked
      )
      returning *
    )
    select * from claimed order by id`;
  return (await rows<LateRow>(db, statement)).map((row) => ({
    attempt: toAttempt(row),
    jobId: row.job_id,
    checksBefore: row.late_checks - 1,
  }));
}

/** The last look comes this long before the vendor may have forgotten the task. */
const LAST_LOOK_MINUTES = 10;

/**
 * Looks again in `dueInMs`, or once more before the vendor will have forgotten the task; after that nobody can know what
 * became of it, and it is the operator's. `task`: found meanwhile.
 */
export async function postponeLateTask(
  db: Queryable,
  attemptId: string,
  dueInMs: number,
  task: Task | null,
): Promise<void> {
  const due = sql`now() + ${dueInMs}::double precision * interval '1 ms'`;
  const last = sql`late_until - ${LAST_LOOK_MINUTES} * interval '1 minute'`;
  const statement = sql`
    update attempt
    set late_check_at = case when now() < ${last} then least(${due}, ${last}) end,
        orphan_suspected_at = case when now() < ${last} then orphan_suspected_at else coalesce(orphan_suspected_at, now()) end,
        task = coalesce(task, ${json(task)}::jsonb),
        state = case when ${json(task)}::jsonb is null then state else 'accepted' end
    where id = ${attemptId} and late_check_at is not null`;
  await rows(db, statement);
}

export type LastWord = 'late_success' | 'late_failure' | 'late_absence';

/**
 * The vendor's last word on a late task, as an event of its job; `task` where there is one. True the first time it is said:
 * whatever follows from it belongs in the same transaction.
 */
export async function endLateTask(
  db: Queryable,
  attemptId: string,
  word: LastWord,
  task: Task | null,
): Promise<boolean> {
  const statement = sql`
    with ended as (
      update attempt
      set late_check_at = null, orphan_suspected_at = null, task = coalesce(task, ${json(task)}::jsonb),
          state = case when ${json(task)}::jsonb is null then state else 'accepted' end,
          late_success_at = case when ${word}::text = 'late_success' then now() end
      where id = ${attemptId} and late_check_at is not null
      returning job_id, channel_id, task
    )
    insert into event (job_id, account_id, type, data)
    select job.id, job.account_id, ${word}::text, jsonb_build_object('channel_id', ended.channel_id, 'task_id', ended.task ->> 'id')
    from ended join job on job.id = ended.job_id
    returning job_id`;
  return (await firstRow(db, statement)) !== null;
}

/** Makes the late task of an expired job due at once; false if it has none. */
export async function hastenLateTask(db: Queryable, jobId: string): Promise<boolean> {
  const statement = sql`
    update attempt set late_check_at = now() where job_id = ${jobId} and late_check_at is not null returning id`;
  return (await firstRow(db, statement)) !== null;
}

/** What an operator should look at: tasks that may exist though nobody paid, or that succeeded too late. */
export type LooseEnd = { readonly id: string; readonly jobId: string; readonly attempt: Attempt };

export async function listLooseEnds(db: Queryable, after: string | null, limit: number): Promise<LooseEnd[]> {
  const statement = sql`
    select * from attempt
    where (orphan_suspected_at is not null or late_success_at is not null) and (${after}::uuid is null or id < ${after})
    order by id desc limit ${limit}`;
  return (await rows<LateRow>(db, statement)).map((row) => ({
    id: row.id,
    jobId: row.job_id,
    attempt: toAttempt(row),
  }));
}
