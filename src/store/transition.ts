/** The one statement that moves a job: state, money, attempt and event together, or nothing. */

import type { Failure } from '../model/failure.ts';
import type { JobState, VideoFacts } from '../model/job.ts';
import type { JsonObject } from '../model/json.ts';
import type { Micros } from '../model/money.ts';
import type { Notice } from '../model/notice.ts';
import type { Note } from '../model/violation.ts';
import type { NewAttempt } from './attempts.ts';
import type { Queryable } from './database.ts';
import { deliveryWrite } from './deliveries.ts';
import type { JobOutputs } from './jobs.ts';
import { costCtes, settlementCtes } from './ledger.ts';
import { firstRow, json, nothing, sql } from './sql.ts';
import type { Sql } from './sql.ts';

export type AttemptChange =
  | ({ readonly kind: 'open' } & NewAttempt)
  | {
      readonly kind: 'close';
      readonly id: string;
      readonly state: 'accepted' | 'refused' | 'unknown';
      readonly task: { readonly id: string; readonly data: JsonObject } | null;
      readonly failure: Failure | null;
    }
  /** The vendor failed the task that it had accepted. */
  | { readonly kind: 'fail'; readonly id: string; readonly failure: Failure }
  /**
   * The job ends while the vendor may still be at it: its task is looked at until `retentionMs` after it was made, and is the
   * operator's where that is over. `orphan`: nobody knows whether there is a task.
   */
  | { readonly kind: 'watch'; readonly id: string; readonly retentionMs: number; readonly orphan: boolean };

export type JobChange = {
  readonly state: JobState;
  /** When the job is due again, in milliseconds from now; null for a job that has ended. */
  readonly dueInMs: number | null;
  readonly event: { readonly type: string; readonly data: JsonObject } | null;
  /** What webhooks are told of the end of the job; null or absent where nothing is. */
  readonly notice?: Notice | null;
  /** Whether this node goes on working on the job; it lets go by default. */
  readonly keepsLease?: boolean;
  readonly progress?: number;
  readonly failure?: Failure;
  readonly facts?: VideoFacts;
  readonly outputs?: JobOutputs;
  readonly attempt?: AttemptChange;
  /** Written behind those that the job has. */
  readonly notes?: readonly Note[];
  /** The channels that a queued job waits for a place at; a new attempt ends the waiting. */
  readonly waitsFor?: readonly string[] | null;
  /** Counts one more check, and whether the vendor answered it. */
  readonly checked?: 'answered' | 'silent';
  /** What the vendor charges for the job's attempt, which just succeeded; not together with `money`. */
  readonly costMicros?: Micros;
  /** Settles the hold: nothing is charged on `release`. */
  readonly money?: { readonly kind: 'capture'; readonly chargeMicros: Micros } | { readonly kind: 'release' };
};

/**
 * Applies `change` to the job if it is still at `version`; answers the new version, or null if someone else was first, or if
 * the channel of an attempt to be opened has no room.
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
    ${moneyWrite(change)}
    ${attemptWrite(change)}
    ${eventWrite(change.event)}
    ${deliveryWrite(change.notice)}
    select version from won`;
  const row = await firstRow<{ version: number }>(db, statement);
  return row?.version ?? null;
}

function jobUpdate(jobId: string, version: number, change: JobChange): Sql {
  const ended = change.dueInMs === null;
  const due = ended
    ? nothing
    : dueAt(change.dueInMs ?? 0, change.keepsLease === true || change.attempt?.kind === 'open');
  const done = ended ? sql`, completed_at = now()` : nothing;
  const lease = change.keepsLease === true ? nothing : sql`, lease_owner = null`;
  const progress =
    change.progress === undefined ? nothing : sql`, progress = greatest(progress, ${change.progress}::smallint)`;
  const failure = change.failure === undefined ? nothing : sql`, failure = ${json(change.failure)}::jsonb`;
  const facts = change.facts === undefined ? nothing : sql`, facts = ${json(change.facts)}::jsonb`;
  const outputs = change.outputs === undefined ? nothing : sql`, outputs = ${json(change.outputs)}::jsonb`;
  const notes =
    change.notes === undefined || change.notes.length === 0
      ? nothing
      : sql`, notes = notes || ${json(change.notes)}::jsonb`;
  const attempt =
    change.attempt?.kind === 'open'
      ? sql`, attempt_id = ${change.attempt.id}, channel_id = ${change.attempt.channelId}, attempts = attempts + 1,
          called_back = false, waits_for = null, called_to = null`
      : nothing;
  const waits =
    change.waitsFor === undefined ? nothing : sql`, waits_for = ${change.waitsFor}::uuid[], called_to = null`;
  const room = change.attempt?.kind === 'open' ? sql`and channel_has_room(${change.attempt.channelId})` : nothing;
  return sql`
    update job
    set state = ${change.state}, version = version + 1, updated_at = now(), charge_micros = ${chargeOf(change)}
        ${due} ${done} ${lease} ${progress} ${failure} ${facts} ${outputs} ${checkCount(change.checked)} ${notes} ${attempt} ${waits}
    where id = ${jobId} and version = ${version} and state in ('queued', 'submitting', 'running', 'collecting') ${room}
    returning id, account_id, key_id, version, mode, hold_micros, charge_micros, spend_day, attempt_id, attempts`;
}

/** A vendor called back while this node was at work: what it found may be old already. A lease kept is no time of a check. */
function dueAt(dueInMs: number, isLease: boolean): Sql {
  const later = sql`now() + ${dueInMs}::double precision * interval '1 ms'`;
  return isLease
    ? sql`, run_at = ${later}`
    : sql`, run_at = case when called_back then now() else ${later} end, called_back = false`;
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

function moneyWrite({ money, costMicros }: JobChange): Sql {
  if (money !== undefined && costMicros !== undefined)
    throw new RangeError('one statement writes one ledger transaction: a settlement or a cost');
  if (money !== undefined) return settlementCtes(money.kind);
  return costMicros === undefined ? nothing : costCtes(costMicros);
}

function attemptWrite({ attempt, dueInMs }: JobChange): Sql {
  if (attempt === undefined) return dueInMs === null ? unansweredIsUnknown : nothing;
  if (attempt.kind === 'open') {
    return sql`
      , opened as (
        insert into attempt (id, job_id, number, channel_id, credential_id, explanation, state)
        select ${attempt.id}, won.id, won.attempts, ${attempt.channelId}, ${attempt.credentialId},
               ${json(attempt.explanation ?? [])}::jsonb, 'submitting' from won
      )`;
  }
  if (attempt.kind === 'watch') return watchWrite(attempt);
  if (attempt.kind === 'fail')
    return sql`
      , broken as (
        update attempt set failure = ${json(attempt.failure)}::jsonb from won where attempt.id = ${attempt.id}
      )`;
  return sql`
    , closed as (
      update attempt
      set state = ${attempt.state}, task = ${json(attempt.task)}::jsonb, failure = ${json(attempt.failure)}::jsonb, answered_at = now()
      from won where attempt.id = ${attempt.id}
    )`;
}

function watchWrite(attempt: Extract<AttemptChange, { kind: 'watch' }>): Sql {
  const until = sql`attempt.created_at + ${attempt.retentionMs}::double precision * interval '1 ms'`;
  return sql`
    , watched as (
      update attempt
      set late_until = ${until}, state = case when attempt.state = 'submitting' then 'unknown' else attempt.state end,
          late_check_at = case when ${until} > now() then now() end,
          orphan_suspected_at = case when ${attempt.orphan}::boolean or ${until} <= now() then now() end
      from won where attempt.id = ${attempt.id}
    )`;
}

/** A job that ends while a vendor has not answered leaves a task behind that may exist. */
const unansweredIsUnknown = sql`
  , closed as (
    update attempt set state = 'unknown' from won where attempt.id = won.attempt_id and attempt.state = 'submitting'
  )`;

function eventWrite(event: JobChange['event']): Sql {
  if (event === null) return nothing;
  return sql`
    , logged as (
      insert into event (job_id, account_id, type, data)
      select won.id, won.account_id, ${event.type}, ${json(event.data)}::jsonb from won
    )`;
}
