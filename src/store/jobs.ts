/** Statements that read and list jobs; `new-jobs.ts` writes them, and `transition.ts` moves them. */

import type { Failure } from '../model/failure.ts';
import type { Job, JobFilter, JobState, KeyMode, VideoFacts } from '../model/job.ts';
import type { Micros } from '../model/money.ts';
import type { PriceSnapshot } from '../model/price.ts';
import type { VideoSpec } from '../model/spec.ts';
import type { Note } from '../model/violation.ts';
import { isUniqueViolation } from './database.ts';
import type { Queryable } from './database.ts';
import { readPrice } from './prices.ts';
import type { PriceJson } from './prices.ts';
import { firstRow, nothing, rows, sql } from './sql.ts';
import type { Sql } from './sql.ts';

/** Asset ids of what the job delivered. */
export type JobOutputs = {
  readonly video: string;
  readonly thumbnail: string | null;
  readonly spritesheet: string | null;
};

/** A job with what only the engine needs. */
export type JobRecord = Job & {
  readonly price: PriceSnapshot | null;
  /** The version of the operator's row it was made with; null for the built-in one. */
  readonly modelVersion: number | null;
  readonly outputs: JobOutputs | null;
  readonly channelId: string | null;
  readonly attemptId: string | null;
  readonly attempts: number;
  /** The channels that it waits for a place at; null if it does not, or its turn has come. */
  readonly waitsFor: readonly string[] | null;
  readonly checks: number;
  /** Checks in a row that got no answer. */
  readonly silentChecks: number;
  /** Reelgates that its create came through before this one. */
  readonly hops: number;
};

export type JobRow = {
  id: string;
  account_id: string;
  key_id: string;
  mode: KeyMode;
  dialect: string;
  state: JobState;
  version: number;
  spec: VideoSpec;
  notes: Note[];
  price: PriceJson<PriceSnapshot> | null;
  model_version: number | null;
  progress: number;
  failure: Failure | null;
  quote_micros: Micros | null;
  hold_micros: Micros;
  charge_micros: Micros | null;
  facts: VideoFacts | null;
  outputs: JobOutputs | null;
  channel_id: string | null;
  attempt_id: string | null;
  attempts: number;
  waits_for: string[] | null;
  checks: number;
  silent_checks: number;
  hops: number;
  created_at: Date;
  updated_at: Date;
  completed_at: Date | null;
  deadline_at: Date;
};

export function toRecord(row: JobRow): JobRecord {
  return {
    id: row.id,
    accountId: row.account_id,
    keyId: row.key_id,
    mode: row.mode,
    dialect: row.dialect,
    state: row.state,
    version: row.version,
    spec: row.spec,
    notes: row.notes,
    price: row.price === null ? null : readPrice<PriceSnapshot>(row.price),
    modelVersion: row.model_version,
    progress: row.progress,
    failure: row.failure,
    quoteMicros: row.quote_micros,
    holdMicros: row.hold_micros,
    chargeMicros: row.charge_micros,
    facts: row.facts,
    outputs: row.outputs,
    channelId: row.channel_id,
    attemptId: row.attempt_id,
    attempts: row.attempts,
    waitsFor: row.waits_for,
    checks: row.checks,
    silentChecks: row.silent_checks,
    hops: row.hops,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    completedAt: row.completed_at,
    deadlineAt: row.deadline_at,
  };
}

export async function readJob(db: Queryable, id: string): Promise<JobRecord | null> {
  const row = await firstRow<JobRow>(db, sql`select * from job where id = ${id}`);
  return row === null ? null : toRecord(row);
}

/** Jobs that are not deleted, by id, in no particular order; whose they are is the caller's to check. */
export async function readJobs(db: Queryable, ids: readonly string[]): Promise<JobRecord[]> {
  return (await rows<JobRow>(db, sql`select * from job where id = any(${ids}::uuid[]) and deleted_at is null`)).map(
    toRecord,
  );
}

/** The versions of jobs that are not deleted: all that a reader with a copy needs to know. */
export async function readJobVersions(db: Queryable, ids: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const found = await rows<{ id: string; version: number }>(
    db,
    sql`select id, version from job where id = any(${ids}::uuid[]) and deleted_at is null`,
  );
  return new Map(found.map((row) => [row.id, row.version]));
}

/** The job with its owner's own id, unless it was deleted. */
export async function readJobByExternalId(
  db: Queryable,
  owner: { readonly accountId: string; readonly mode: KeyMode },
  externalId: string,
): Promise<JobRecord | null> {
  // PostgreSQL keeps no NUL, so no job has such an id.
  if (externalId.includes('\u0000')) return null;
  const statement = sql`
    select * from job
    where account_id = ${owner.accountId} and mode = ${owner.mode} and spec ->> 'externalId' = ${externalId}
      and deleted_at is null`;
  const row = await firstRow<JobRow>(db, statement);
  return row === null ? null : toRecord(row);
}

const EXTERNAL_ID_INDEX = 'job_external_id';

/** Whether an insert failed because the account has a job with the same id of its own. */
export function isExternalIdTaken(error: unknown): boolean {
  return isUniqueViolation(error, EXTERNAL_ID_INDEX);
}

export type JobListQuery = JobFilter & {
  readonly accountId: string;
  readonly mode: KeyMode;
  readonly after: string | null;
  /** Rows left out before the first. */
  readonly skip?: number;
  readonly limit: number;
  readonly order: 'asc' | 'desc';
};

/** One page of an account's jobs by time of creation; asks for `limit` rows after the job `after`. */
export async function listJobs(db: Queryable, query: JobListQuery): Promise<JobRecord[]> {
  const range =
    query.after === null ? sql`` : query.order === 'desc' ? sql`and id < ${query.after}` : sql`and id > ${query.after}`;
  const order = query.order === 'desc' ? sql`order by id desc` : sql`order by id asc`;
  const statement = sql`
    select * from job where ${ownedBy(query)} ${range} ${order} limit ${query.limit} offset ${query.skip ?? 0}`;
  return (await rows<JobRow>(db, statement)).map(toRecord);
}

/** How many jobs `listJobs` could list, counted up to `most`. */
export async function countJobs(
  db: Queryable,
  query: Omit<JobListQuery, 'after' | 'skip' | 'limit' | 'order'>,
  most: number,
): Promise<number> {
  const statement = sql`
    select count(*)::integer as jobs from (select from job where ${ownedBy(query)} limit ${most}) as counted`;
  return (await firstRow<{ jobs: number }>(db, statement))?.jobs ?? 0;
}

function ownedBy(query: JobFilter & { readonly accountId: string; readonly mode: KeyMode }): Sql {
  const conditions = [
    sql`account_id = ${query.accountId} and mode = ${query.mode} and deleted_at is null`,
    query.states === undefined ? nothing : sql`and state = any(${query.states}::text[])`,
    query.ids === undefined ? nothing : sql`and id = any(${query.ids}::uuid[])`,
    query.externalIds === undefined ? nothing : sql`and spec ->> 'externalId' = any(${query.externalIds}::text[])`,
    query.model === undefined ? nothing : sql`and lower(spec ->> 'requestedModel') = lower(${query.model})`,
    query.modes === undefined ? nothing : sql`and spec ->> 'mode' = any(${query.modes}::text[])`,
    query.offPeak === undefined ? nothing : sql`and (spec -> 'offPeak')::boolean = ${query.offPeak}`,
    query.createdFrom === undefined ? nothing : sql`and created_at >= ${query.createdFrom}`,
    query.createdTo === undefined ? nothing : sql`and created_at < ${query.createdTo}`,
  ];
  return conditions.reduce((all, condition) => sql`${all} ${condition}`);
}

export type AdminJobQuery = {
  readonly state: JobState | null;
  readonly accountId: string | null;
  readonly model: string | null;
  readonly after: string | null;
  readonly limit: number;
};

/** One page of all jobs, newest first, for operators. */
export async function listAllJobs(db: Queryable, query: AdminJobQuery): Promise<JobRecord[]> {
  const statement = sql`
    select * from job
    where (${query.state}::text is null or state = ${query.state})
      and (${query.accountId}::uuid is null or account_id = ${query.accountId})
      and (${query.model}::text is null or lower(model) = lower(${query.model}))
      and (${query.after}::uuid is null or id < ${query.after})
    order by id desc limit ${query.limit}`;
  return (await rows<JobRow>(db, statement)).map(toRecord);
}

/** Hides a finished job and its files from its owner; false if it changed meanwhile. */
export async function deleteJob(db: Queryable, id: string, version: number): Promise<boolean> {
  const statement = sql`
    with gone as (
      update job set deleted_at = now(), version = version + 1, updated_at = now()
      where id = ${id} and version = ${version} and deleted_at is null
        and state in ('succeeded', 'failed', 'cancelled', 'expired')
      returning id, account_id
    ), files as (
      update asset set deleted_at = now() from gone where asset.job_id = gone.id and asset.deleted_at is null
    ), logged as (
      insert into event (job_id, account_id, type, data) select id, account_id, 'deleted', '{}'::jsonb from gone
    )
    select id from gone`;
  return (await firstRow(db, statement)) !== null;
}
