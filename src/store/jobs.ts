/** Statements that create, read and list jobs. */

import type { Failure } from '../model/failure.ts';
import type { Job, JobFilter, JobState, KeyMode, VideoFacts } from '../model/job.ts';
import type { Micros } from '../model/money.ts';
import type { PriceSnapshot } from '../model/price.ts';
import type { VideoSpec } from '../model/spec.ts';
import type { Note } from '../model/violation.ts';
import { isUniqueViolation } from './database.ts';
import type { Queryable } from './database.ts';
import { holdCtes } from './ledger.ts';
import { priceJson, readPrice } from './prices.ts';
import type { PriceJson } from './prices.ts';
import { firstRow, json, nothing, rows, sql } from './sql.ts';
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

export type NewJob = {
  readonly id: string;
  readonly accountId: string;
  readonly keyId: string;
  readonly mode: KeyMode;
  readonly dialect: string;
  readonly spec: VideoSpec;
  readonly notes: readonly Note[];
  readonly price: PriceSnapshot | null;
  readonly modelVersion?: number | null;
  readonly quoteMicros: Micros | null;
  /** Taken from the account's balance in the same statement; 0n in test mode. */
  readonly holdMicros: Micros;
  readonly leaseOwner: string;
  readonly leaseMs: number;
  readonly deadlineMs: number;
  /** A digest of the request the job is made from; null where creates of its client are never repeated. */
  readonly fingerprint?: Buffer | null;
  /** Kept with the job, so that it makes no second one. Needs a fingerprint. */
  readonly idempotencyKey?: string | null;
  /** Reelgates that the create came through; none unless said. */
  readonly hops?: number;
};

/**
 * Holds the money and writes the job with its first event, all or nothing, already leased to this node.
 * Null: the account is frozen, its balance or a budget of it or the key cannot bear the hold, or it or the key has as many jobs as
 * it may have at one time. Throws an error that `isKeyTaken` knows if the idempotency key made a job before.
 */
export async function insertJob(db: Queryable, job: NewJob): Promise<JobRecord | null> {
  return (await insertJobs(db, [job]))?.[0] ?? null;
}

/** The same for several jobs of one key and mode, in one statement: all of them or none. */
export async function insertJobs(db: Queryable, jobs: readonly NewJob[]): Promise<readonly JobRecord[] | null> {
  const [first] = jobs;
  if (first === undefined) return [];
  const created = new Map((await rows<Moment>(db, insertion(first, jobs))).map((row) => [row.id, row]));
  return created.size === 0 ? null : jobs.map((job) => newRecord(job, created.get(job.id)));
}

/** What the database adds to a new job. */
type Moment = Pick<JobRow, 'id' | 'created_at' | 'deadline_at'>;

/** As it is read back, without reading it back: rows of jobs are wide. */
function newRecord(job: NewJob, moment: Moment | undefined): JobRecord {
  if (moment === undefined) throw new Error('a job was not written with those beside it');
  const { created_at: createdAt, deadline_at: deadlineAt } = moment;
  const { id, accountId, keyId, mode, dialect, spec, notes, price, quoteMicros, holdMicros } = job;
  return {
    ...{ id, accountId, keyId, mode, dialect, spec, notes, price, quoteMicros, holdMicros },
    state: 'queued',
    version: 1,
    modelVersion: job.modelVersion ?? null,
    progress: 0,
    failure: null,
    chargeMicros: null,
    facts: null,
    outputs: null,
    channelId: null,
    attemptId: null,
    attempts: 0,
    waitsFor: null,
    checks: 0,
    silentChecks: 0,
    hops: job.hops ?? 0,
    createdAt,
    updatedAt: createdAt,
    completedAt: null,
    deadlineAt,
  };
}

function insertion({ accountId, keyId, mode }: NewJob, jobs: readonly NewJob[]): Sql {
  const holdMicros = jobs.reduce((sum, job) => sum + job.holdMicros, 0n);
  return sql`
    with ordered as materialized (${ordered(jobs)})
    , room as materialized (select room_for_job(${keyId}, ${accountId}, ${jobs.length}) as has_room)
    , ${mode === 'live' ? holdCtes({ accountId, keyId, holdMicros }) : testPayer(accountId)}
    , created as (
      insert into job (id, account_id, key_id, mode, dialect, state, model, model_version, spec, notes, price, quote_micros, hold_micros,
                       run_at, lease_owner, deadline_at, spend_day, fingerprint, hops, counted)
      select ordered.id, payer.id, ${keyId}, ${mode}, dialect, 'queued', spec ->> 'model', model_version, spec, notes, price, quote_micros, hold_micros,
             now() + lease_ms * interval '1 ms', lease_owner, now() + deadline_ms * interval '1 ms', payer.day, fingerprint, hops,
             (select has_room is not null from room)
      from payer, ordered
      returning id, account_id, mode, fingerprint, created_at, deadline_at
    )
    , logged as (insert into event (job_id, account_id, type, data) select id, account_id, 'created', '{}'::jsonb from created)
    ${jobs.some(({ idempotencyKey }) => (idempotencyKey ?? null) !== null) ? KEPT_KEYS : nothing}
    ${jobs.some(({ spec }) => spec.inputs.length > 0) ? OWNED_INPUTS : nothing}
    select id, created_at, deadline_at from created`;
}

/** The jobs as rows. */
function ordered(jobs: readonly NewJob[]): Sql {
  const orders = jobs.map((job) => ({
    id: job.id,
    dialect: job.dialect,
    model_version: job.modelVersion ?? null,
    spec: job.spec,
    notes: job.notes,
    price: job.price === null ? null : priceJson(job.price),
    // As text: JSON has no integers of that size.
    quote_micros: job.quoteMicros?.toString() ?? null,
    hold_micros: job.holdMicros.toString(),
    lease_owner: job.leaseOwner,
    lease_ms: job.leaseMs,
    deadline_ms: job.deadlineMs,
    fingerprint:
      job.fingerprint === undefined || job.fingerprint === null ? null : `\\x${job.fingerprint.toString('hex')}`,
    hops: job.hops ?? 0,
    idempotency_key: job.idempotencyKey ?? null,
    inputs: job.spec.inputs.map(({ assetId }) => assetId),
  }));
  return sql`
    select * from jsonb_to_recordset(${json(orders)}::jsonb) as job (
      id uuid, dialect text, model_version integer, spec jsonb, notes jsonb, price jsonb, quote_micros bigint, hold_micros bigint,
      lease_owner text, lease_ms double precision, deadline_ms double precision, fingerprint bytea, hops smallint,
      idempotency_key text, inputs uuid[])`;
}

function testPayer(accountId: string): Sql {
  return sql`
    payer as (select ${accountId}::uuid as id, null::date as day from room where has_room is distinct from false)`;
}

/** Without `on conflict`: a key that is taken must undo the whole statement, hold and all. */
const KEPT_KEYS = sql`
    , kept as (
      insert into idempotency (account_id, mode, key, fingerprint, job_id)
      select created.account_id, created.mode, ordered.idempotency_key, created.fingerprint, created.id
      from created join ordered on ordered.id = created.id where ordered.idempotency_key is not null
    )`;

/** From now on the inputs are the job's: they stay as long as it does. */
const OWNED_INPUTS = sql`
    , owned as (
      update asset set job_id = created.id
      from created join ordered on ordered.id = created.id where asset.id = any(ordered.inputs)
    )`;

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
