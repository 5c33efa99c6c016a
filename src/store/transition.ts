/** The one statement that moves a job: state, money, attempt and event together, or nothing. */

import type { Failure } from '../model/failure.ts';
import type { JobState, VideoFacts } from '../model/job.ts';
import type { JsonObject } from '../model/json.ts';
import type { Micros } from '../model/money.ts';
import type { Queryable } from './database.ts';
import type { JobOutputs } from './jobs.ts';
import { firstRow, json, nothing, sql } from './sql.ts';
import type { Sql } from './sql.ts';

export type AttemptChange =
  | { readonly kind: 'open'; readonly id: string; readonly channelId: string }
  | {
      readonly kind: 'close';
      readonly id: string;
      readonly state: 'accepted' | 'refused' | 'unknown';
      readonly task: { readonly id: string; readonly data: JsonObject } | null;
      readonly failure: Failure | null;
    };

export type JobChange = {
  readonly state: JobState;
  /** When the job is due again, in milliseconds from now; null for a job that has ended. */
  readonly dueInMs: number | null;
  readonly event: { readonly type: string; readonly data: JsonObject } | null;
  /** Whether this node goes on working on the job; it lets go by default. */
  readonly keepsLease?: boolean;
  readonly progress?: number;
  readonly failure?: Failure;
  readonly facts?: VideoFacts;
  readonly outputs?: JobOutputs;
  readonly attempt?: AttemptChange;
  /** Counts one more check, and whether the vendor answered it. */
  readonly checked?: 'answered' | 'silent';
  /** Settles the hold: nothing is charged on `release`. */
  readonly money?: { readonly kind: 'capture'; readonly chargeMicros: Micros } | { readonly kind: 'release' };
};

/**
 * Applies `change` to the job if it is still at `version`; answers the new version, or null if someone else was first.
 * Terminal states are never left: the statement itself refuses.
 */
export async function transition(
  db: Queryable,
  jobId: string,
  version: number,
  change: JobChange,
): Promise<number | null> {
  const statement = sql`
    with won as (${jobUpdate(jobId, version, change)})
    ${settlement(change)}
    ${attemptWrite(change.attempt)}
    ${eventWrite(change.event)}
    select version from won`;
  const row = await firstRow<{ version: number }>(db, statement);
  return row?.version ?? null;
}

function jobUpdate(jobId: string, version: number, change: JobChange): Sql {
  const ended = change.dueInMs === null;
  const due = ended ? nothing : sql`, run_at = now() + ${change.dueInMs}::double precision * interval '1 ms'`;
  const done = ended ? sql`, completed_at = now()` : nothing;
  const lease = change.keepsLease === true ? nothing : sql`, lease_owner = null`;
  const progress =
    change.progress === undefined ? nothing : sql`, progress = greatest(progress, ${change.progress}::smallint)`;
  const failure = change.failure === undefined ? nothing : sql`, failure = ${json(change.failure)}::jsonb`;
  const facts = change.facts === undefined ? nothing : sql`, facts = ${json(change.facts)}::jsonb`;
  const outputs = change.outputs === undefined ? nothing : sql`, outputs = ${json(change.outputs)}::jsonb`;
  const attempt =
    change.attempt?.kind === 'open'
      ? sql`, attempt_id = ${change.attempt.id}, channel_id = ${change.attempt.channelId}, attempts = attempts + 1`
      : nothing;
  return sql`
    update job
    set state = ${change.state}, version = version + 1, updated_at = now(), charge_micros = ${chargeOf(change)}
        ${due} ${done} ${lease} ${progress} ${failure} ${facts} ${outputs} ${checkCount(change.checked)} ${attempt}
    where id = ${jobId} and version = ${version} and state in ('queued', 'submitting', 'running', 'collecting')
    returning id, account_id, version, mode, hold_micros, charge_micros, attempts`;
}

function checkCount(checked: JobChange['checked']): Sql {
  if (checked === undefined) return nothing;
  return checked === 'answered'
    ? sql`, checks = checks + 1, silent_checks = 0`
    : sql`, checks = checks + 1, silent_checks = silent_checks + 1`;
}

function chargeOf(change: JobChange): Sql {
  if (change.money === undefined) return sql`charge_micros`;
  return change.money.kind === 'release' ? sql`0` : sql`${change.money.chargeMicros}::bigint`;
}

/** Live jobs only: test jobs have quotes but no money. */
function settlement(change: JobChange): Sql {
  if (change.money === undefined) return nothing;
  const kind = change.money.kind;
  return sql`
    , payer as (
      update account
      set held_micros = held_micros - won.hold_micros,
          available_micros = available_micros + won.hold_micros - won.charge_micros
      from won where account.id = won.account_id and won.mode = 'live'
      returning account.id
    ), txn as (
      insert into ledger_txn (op_key, kind, account_id, job_id)
      select ${kind}::text || ':' || won.id, ${kind}, won.account_id, won.id from won where won.mode = 'live'
      returning id
    ), entries as (
      insert into ledger_entry (txn_id, book, amount_micros)
      select txn.id, side.book, side.amount
      from txn, won, lateral (values
        ('held', -won.hold_micros),
        ('available', won.hold_micros - won.charge_micros),
        ('revenue', won.charge_micros)
      ) as side (book, amount)
      where side.amount <> 0
    )`;
}

function attemptWrite(attempt: AttemptChange | undefined): Sql {
  if (attempt === undefined) return nothing;
  if (attempt.kind === 'open') {
    return sql`
      , opened as (
        insert into attempt (id, job_id, number, channel_id, state)
        select ${attempt.id}, won.id, won.attempts, ${attempt.channelId}, 'submitting' from won
      )`;
  }
  return sql`
    , closed as (
      update attempt
      set state = ${attempt.state}, task = ${json(attempt.task)}::jsonb, failure = ${json(attempt.failure)}::jsonb, answered_at = now()
      from won where attempt.id = ${attempt.id}
    )`;
}

function eventWrite(event: JobChange['event']): Sql {
  if (event === null) return nothing;
  return sql`
    , logged as (
      insert into event (job_id, account_id, type, data)
      select won.id, won.account_id, ${event.type}, ${json(event.data)}::jsonb from won
    )`;
}
