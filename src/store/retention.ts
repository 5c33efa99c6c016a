/** Statements that let go of what is older than its account keeps it, each for a bounded number of rows. */

import type { KeptKind } from '../model/retention.ts';
import { KEPT_KINDS } from '../model/retention.ts';
import type { Queryable } from './database.ts';
import { firstRow, json, rows, sql } from './sql.ts';
import type { Sql } from './sql.ts';

const FINISHED = sql`('succeeded', 'failed', 'cancelled', 'expired')`;

/** An account's own days; null: the server's. */
export type OwnKeptDays = { readonly [kind in KeptKind]: number | null };

/** Null if there is no such account. */
export async function readOwnKeptDays(db: Queryable, accountId: string): Promise<OwnKeptDays | null> {
  type Row = { retention: Partial<OwnKeptDays> };
  const row = await firstRow<Row>(db, sql`select retention from account where id = ${accountId}`);
  if (row === null) return null;
  const { files = null, events = null, deliveries = null, jobs = null } = row.retention;
  return { files, events, deliveries, jobs };
}

export async function writeOwnKeptDays(db: Queryable, accountId: string, days: OwnKeptDays): Promise<void> {
  const said = Object.fromEntries(KEPT_KINDS.flatMap((kind) => (days[kind] === null ? [] : [[kind, days[kind]]])));
  await rows(db, sql`update account set retention = ${json(said)}::jsonb where id = ${accountId}`);
}

/** The kinds of which some account says how long it keeps them. */
export async function listOwnKinds(db: Queryable): Promise<ReadonlySet<string>> {
  const found = await rows<{ kind: string }>(
    db,
    sql`select distinct jsonb_object_keys(retention) as kind from account where retention <> '{}'`,
  );
  return new Set(found.map(({ kind }) => kind));
}

/** How many days the account of the row keeps things of this kind; SQL null: for ever. */
function daysOf(kind: KeptKind, usualDays: number | null): Sql {
  return sql`coalesce((account.retention ->> ${kind}::text)::integer, ${usualDays}::integer)`;
}

/** What is younger than this, no account lets go of. */
function fewestDays(kind: KeptKind, usualDays: number | null): Sql {
  return sql`(select least(${usualDays}::integer, min((retention ->> ${kind}::text)::integer)) from account)`;
}

function before(days: Sql): Sql {
  return sql`now() - make_interval(days => ${days})`;
}

/** Files of finished jobs; a job is left without its video. Answers how many files went. */
export async function expireFiles(db: Queryable, usualDays: number | null, limit: number): Promise<number> {
  const days = daysOf('files', usualDays);
  const statement = sql`
    with old as (
      select picked.id from account, lateral (
        select asset.id from asset join job on job.id = asset.job_id
        where asset.account_id = account.id and asset.deleted_at is null and asset.created_at < ${before(days)}
          and job.state in ${FINISHED}
        order by asset.created_at limit ${limit}
      ) as picked
      limit ${limit}
    ), gone as (
      update asset set deleted_at = now() from old
      where asset.id = old.id and asset.deleted_at is null
      returning asset.job_id
    ), without as (
      update job set outputs = null, version = version + 1
      where id in (select job_id from gone) and outputs is not null
    )
    select 1 from gone`;
  return (await rows(db, statement)).length;
}

/** Hides finished jobs and their files, as their owners could. Answers how many. */
export async function expireJobs(db: Queryable, usualDays: number | null, limit: number): Promise<number> {
  const days = daysOf('jobs', usualDays);
  const statement = sql`
    with old as (
      select picked.id from account, lateral (
        select id from job
        where account_id = account.id and mode in ('live', 'test') and deleted_at is null
          and id < first_id_at(${before(days)}) and completed_at < ${before(days)} and state in ${FINISHED}
        limit ${limit}
      ) as picked
      limit ${limit}
    ), gone as (
      update job set deleted_at = now(), version = version + 1 from old
      where job.id = old.id and job.deleted_at is null
      returning job.id, job.account_id
    ), files as (
      update asset set deleted_at = now() from gone where asset.job_id = gone.id and asset.deleted_at is null
    ), logged as (
      insert into event (job_id, account_id, type, data) select id, account_id, 'deleted', '{}'::jsonb from gone
    )
    select 1 from gone`;
  return (await rows(db, statement)).length;
}

/** All that a client or a vendor said in words; what is left decides the price. */
const WORDLESS = sql`'{"prompt": null, "negativePrompt": null, "inputs": [], "callbackUrl": null, "payload": null, "user": null, "externalId": null, "vendor": {}}'::jsonb`;

function wordless(failure: Sql): Sql {
  return sql`case when ${failure} is not null
             then jsonb_build_object('kind', ${failure} -> 'kind', 'message', 'The video was deleted.') end`;
}

/**
 * Takes the content out of jobs that were deleted more than `graceMs` ago: what is left is what the ledger and the audit need.
 * One whose task is still looked for, or of which a receiver is still to be told, is left for later. Answers how many.
 */
export async function emptyDeletedJobs(db: Queryable, graceMs: number, limit: number): Promise<number> {
  const statement = sql`
    with chosen as (
      select id from job
      where deleted_at < now() - ${graceMs}::double precision * interval '1 ms' and emptied_at is null
        and not exists (select from attempt where attempt.job_id = job.id and attempt.late_check_at is not null)
        and not exists (select from delivery where delivery.job_id = job.id and delivery.state = 'pending')
      order by deleted_at limit ${limit}
      for update skip locked
    ), emptied as (
      update job
      set emptied_at = now(), version = version + 1, spec = job.spec || ${WORDLESS}, notes = '[]', outputs = null,
          failure = ${wordless(sql`job.failure`)}, fingerprint = null
      from chosen where job.id = chosen.id
    ), attempts as (
      update attempt
      set task = case when attempt.task is not null then jsonb_build_object('id', attempt.task -> 'id', 'data', '{}'::jsonb) end,
          hinted_task = null, explanation = '[]', failure = ${wordless(sql`attempt.failure`)}
      from chosen where attempt.job_id = chosen.id
    ), events as (
      delete from event using chosen where event.job_id = chosen.id and event.type <> 'refunded'
    ), sources as (
      delete from vendor_output using chosen where vendor_output.job_id = chosen.id
    ), tries as (
      delete from delivery_try using delivery, chosen
      where delivery_try.delivery_id = delivery.id and delivery.job_id = chosen.id
    ), notices as (
      delete from delivery using chosen where delivery.job_id = chosen.id
    )
    select 1 from chosen`;
  return (await rows(db, statement)).length;
}

/** Events of finished jobs, but for the refunds, which the audit counts. Answers how many. */
export async function forgetEvents(db: Queryable, usualDays: number | null, limit: number): Promise<number> {
  const statement = sql`
    delete from event where seq in (
      select event.seq from event
      join account on account.id = event.account_id
      join job on job.id = event.job_id
      where event.created_at < ${before(fewestDays('events', usualDays))}
        and event.created_at < ${before(daysOf('events', usualDays))}
        and event.type <> 'refunded' and job.state in ${FINISHED}
      limit ${limit}
    )
    returning 1`;
  return (await rows(db, statement)).length;
}

/** Deliveries that are not under way, with their tries. Answers how many. */
export async function forgetDeliveries(db: Queryable, usualDays: number | null, limit: number): Promise<number> {
  const statement = sql`
    with old as (
      select delivery.id from delivery join account on account.id = delivery.account_id
      where delivery.state <> 'pending' and delivery.created_at < ${before(fewestDays('deliveries', usualDays))}
        and delivery.created_at < ${before(daysOf('deliveries', usualDays))}
      limit ${limit}
    ), tries as (
      delete from delivery_try using old where delivery_try.delivery_id = old.id
    )
    delete from delivery using old where delivery.id = old.id returning 1`;
  return (await rows(db, statement)).length;
}

export type DeletedFile = { readonly id: string; readonly sha256: string };

/** The longest deleted first. */
export function listDeletedFiles(db: Queryable, graceMs: number, limit: number): Promise<DeletedFile[]> {
  const statement = sql`
    select id, sha256 from asset
    where deleted_at < now() - ${graceMs}::double precision * interval '1 ms'
    order by deleted_at limit ${limit}`;
  return rows<DeletedFile>(db, statement);
}

export async function forgetFiles(db: Queryable, ids: readonly string[]): Promise<void> {
  await rows(db, sql`delete from asset where id = any(${ids}::uuid[]) and deleted_at is not null`);
}
