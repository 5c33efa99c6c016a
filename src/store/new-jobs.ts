/** The one statement that makes jobs: the money held, the rows written and, where that can be, their first attempts opened. */

import type { KeyMode } from '../model/job.ts';
import type { Micros } from '../model/money.ts';
import type { PriceSnapshot } from '../model/price.ts';
import type { VideoSpec } from '../model/spec.ts';
import type { Note } from '../model/violation.ts';
import type { NewAttempt } from './attempts.ts';
import type { Queryable } from './database.ts';
import type { JobRecord, JobRow } from './jobs.ts';
import { holdCtes } from './ledger.ts';
import { priceJson } from './prices.ts';
import { json, nothing, rows, sql } from './sql.ts';
import type { Sql } from './sql.ts';

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
  /** To be opened with the job, which is then `submitting`: see `insertJobs`. */
  readonly attempt?: NewAttempt | null;
};

/**
 * Holds the money and writes the job with its first event, all or nothing, already leased to this node.
 * Null: the account is frozen, its balance or a budget of it or the key cannot bear the hold, or it or the key has as many jobs as
 * it may have at one time. Throws an error that `isKeyTaken` knows if the idempotency key made a job before.
 */
export async function insertJob(db: Queryable, job: NewJob): Promise<JobRecord | null> {
  return (await insertJobs(db, [job]))?.[0] ?? null;
}

/**
 * The same for several jobs of one key and mode, in one statement: all of them or none. Of those that bring an attempt, it is
 * opened if its channel and its credential are in use and the channel has no limits that other jobs count against; the rest is queued.
 */
export async function insertJobs(db: Queryable, jobs: readonly NewJob[]): Promise<readonly JobRecord[] | null> {
  const [first] = jobs;
  if (first === undefined) return [];
  const created = new Map((await rows<Moment>(db, insertion(first, jobs))).map((row) => [row.id, row]));
  return created.size === 0 ? null : jobs.map((job) => newRecord(job, created.get(job.id)));
}

/** What the database adds to a new job. */
type Moment = Pick<JobRow, 'id' | 'attempt_id' | 'created_at' | 'deadline_at'>;

/** As it is read back, without reading it back: rows of jobs are wide. */
function newRecord(job: NewJob, moment: Moment | undefined): JobRecord {
  if (moment === undefined) throw new Error('a job was not written with those beside it');
  const { attempt_id: attemptId, created_at: createdAt, deadline_at: deadlineAt } = moment;
  const { id, accountId, keyId, mode, dialect, spec, notes, price, quoteMicros, holdMicros } = job;
  return {
    ...{ id, accountId, keyId, mode, dialect, spec, notes, price, quoteMicros, holdMicros },
    state: attemptId === null ? 'queued' : 'submitting',
    version: 1,
    modelVersion: job.modelVersion ?? null,
    progress: 0,
    failure: null,
    chargeMicros: null,
    facts: null,
    outputs: null,
    channelId: attemptId === null ? null : (job.attempt?.channelId ?? null),
    attemptId,
    attempts: attemptId === null ? 0 : 1,
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
    with asked as materialized (${asked(jobs)})
    , ordered as materialized (${ORDERED})
    , room as materialized (select room_for_job(${keyId}, ${accountId}, ${jobs.length}) as has_room)
    , ${mode === 'live' ? holdCtes({ accountId, keyId, holdMicros }) : testPayer(accountId)}
    , created as (
      insert into job (id, account_id, key_id, mode, dialect, state, model, model_version, spec, notes, price, quote_micros, hold_micros,
                       run_at, lease_owner, deadline_at, spend_day, fingerprint, hops, counted, attempt_id, channel_id, attempts)
      select ordered.id, payer.id, ${keyId}, ${mode}, dialect, state, spec ->> 'model', model_version, spec, notes, price, quote_micros, hold_micros,
             now() + lease_ms * interval '1 ms', lease_owner, now() + deadline_ms * interval '1 ms', payer.day, fingerprint, hops,
             (select has_room is not null from room), opened_id, opened_at, (opened_id is not null)::integer
      from payer, ordered
      returning id, account_id, mode, fingerprint, attempt_id, created_at, deadline_at
    )
    , opened as (
      insert into attempt (id, job_id, number, channel_id, credential_id, explanation, state)
      select opened_id, created.id, 1, opened_at, credential_id, explanation, 'submitting'
      from created join ordered on ordered.id = created.id where opened_id is not null
    )
    , logged as (
      insert into event (job_id, account_id, type, data)
      select created.id, account_id, told.type, told.data
      from created join ordered on ordered.id = created.id, lateral (values
        ('created', '{}'::jsonb),
        ('submitting', jsonb_build_object('channel', channel))
      ) as told (type, data)
      where told.type = 'created' or opened_id is not null
      order by created.id, told.type
    )
    ${jobs.some(({ idempotencyKey }) => (idempotencyKey ?? null) !== null) ? KEPT_KEYS : nothing}
    ${jobs.some(({ spec }) => spec.inputs.length > 0) ? OWNED_INPUTS : nothing}
    select id, attempt_id, created_at, deadline_at from created`;
}

/** The jobs as rows. */
function asked(jobs: readonly NewJob[]): Sql {
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
    attempt_id: job.attempt?.id ?? null,
    channel_id: job.attempt?.channelId ?? null,
    credential_id: job.attempt?.credentialId ?? null,
    explanation: job.attempt?.explanation ?? [],
  }));
  return sql`
    select * from jsonb_to_recordset(${json(orders)}::jsonb) as job (
      id uuid, dialect text, model_version integer, spec jsonb, notes jsonb, price jsonb, quote_micros bigint, hold_micros bigint,
      lease_owner text, lease_ms double precision, deadline_ms double precision, fingerprint bytea, hops smallint,
      idempotency_key text, inputs uuid[], attempt_id uuid, channel_id uuid, credential_id uuid, explanation jsonb)`;
}

/** With the state that each begins in, and the attempt that can be opened with it. */
const ORDERED = sql`
    select asked.*, channel.name as channel, case when channel.id is null then 'queued' else 'submitting' end as state,
           channel.id as opened_at, case when channel.id is not null then attempt_id end as opened_id
    from asked
    left join channel_credential credential on credential.id = asked.credential_id and credential.state = 'enabled'
    left join channel on channel.id = asked.channel_id and channel.id = credential.channel_id and channel.state = 'enabled'
      and channel.deleted_at is null and channel.max_concurrency is null and channel.requests_per_minute is null`;

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
