/** Statements that read attempts; they are written by `transition.ts`. */

import type { Failure } from '../model/failure.ts';
import type { JsonObject } from '../model/json.ts';
import type { Queryable } from './database.ts';
import { firstRow, rows, sql } from './sql.ts';

/** Why a channel was or was not chosen. */
export type ChannelVerdict = {
  readonly channelId: string;
  readonly channel: string;
  readonly verdict: string;
  readonly because: string;
};

export type Attempt = {
  readonly id: string;
  readonly number: number;
  readonly channelId: string;
  /** The one it began with, and is looked after with. */
  readonly credentialId: string;
  /** Which channels were candidates, and why each was or was not chosen. */
  readonly explanation: readonly ChannelVerdict[];
  readonly state: 'submitting' | 'accepted' | 'refused' | 'unknown';
  readonly task: { readonly id: string; readonly data: JsonObject } | null;
  readonly failure: Failure | null;
  readonly createdAt: Date;
  readonly answeredAt: Date | null;
  /** When the vendor called this attempt's own address, and when it refused the attempt's token as known: it has the task. */
  readonly calledBackAt: Date | null;
  readonly provenAt: Date | null;
  /** The task that a callback or a late answer named; not yet the vendor's word. */
  readonly hintedTask: Attempt['task'];
  readonly orphanSuspectedAt: Date | null;
  readonly lateSuccessAt: Date | null;
};

/** An attempt that is about to call its vendor. */
export type NewAttempt = Pick<Attempt, 'id' | 'channelId' | 'credentialId'> & Partial<Pick<Attempt, 'explanation'>>;

export type AttemptRow = {
  id: string;
  number: number;
  channel_id: string;
  credential_id: string;
  explanation: ChannelVerdict[];
  state: Attempt['state'];
  task: Attempt['task'];
  failure: Failure | null;
  created_at: Date;
  answered_at: Date | null;
  called_back_at: Date | null;
  proven_at: Date | null;
  hinted_task: Attempt['task'];
  orphan_suspected_at: Date | null;
  late_success_at: Date | null;
};

export function toAttempt(row: AttemptRow): Attempt {
  return {
    id: row.id,
    number: row.number,
    channelId: row.channel_id,
    credentialId: row.credential_id,
    explanation: row.explanation,
    state: row.state,
    task: row.task,
    failure: row.failure,
    createdAt: row.created_at,
    answeredAt: row.answered_at,
    calledBackAt: row.called_back_at,
    provenAt: row.proven_at,
    hintedTask: row.hinted_task,
    orphanSuspectedAt: row.orphan_suspected_at,
    lateSuccessAt: row.late_success_at,
  };
}

export async function readAttempt(db: Queryable, id: string): Promise<Attempt | null> {
  const row = await firstRow<AttemptRow>(db, sql`select * from attempt where id = ${id}`);
  return row === null ? null : toAttempt(row);
}

/** How long ago it was made, by the database's clock; null if there is none. */
export async function readAttemptAgeMs(db: Queryable, id: string): Promise<number | null> {
  const row = await firstRow<{ age_ms: number }>(
    db,
    sql`select (extract(epoch from now() - created_at) * 1000)::double precision as age_ms from attempt where id = ${id}`,
  );
  return row?.age_ms ?? null;
}

/** Those of a job that a vendor accepted and then failed, the latest last. */
export async function listFailedAttempts(
  db: Queryable,
  jobId: string,
): Promise<readonly { readonly channelId: string; readonly failure: Failure }[]> {
  const statement = sql`
    select channel_id, failure from attempt
    where job_id = ${jobId} and state = 'accepted' and failure is not null order by number`;
  const found = await rows<{ channel_id: string; failure: Failure }>(db, statement);
  return found.map((row) => ({ channelId: row.channel_id, failure: row.failure }));
}

export async function listAttempts(db: Queryable, jobId: string): Promise<Attempt[]> {
  return (await rows<AttemptRow>(db, sql`select * from attempt where job_id = ${jobId} order by number`)).map(
    toAttempt,
  );
}

/** The task in which a job's video was made with this credential; null if it was made in another way. */
export async function taskMadeWith(db: Queryable, jobId: string, credentialId: string): Promise<Attempt['task']> {
  const statement = sql`
    select attempt.task from job join attempt on attempt.id = job.attempt_id
    where job.id = ${jobId} and attempt.credential_id = ${credentialId} and attempt.state = 'accepted'`;
  return (await firstRow<Pick<AttemptRow, 'task'>>(db, statement))?.task ?? null;
}
