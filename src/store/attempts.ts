/** Statements that read attempts; they are written by `transition.ts`. */

import type { Failure } from '../model/failure.ts';
import type { JsonObject } from '../model/json.ts';
import type { Queryable } from './database.ts';
import { firstRow, rows, sql } from './sql.ts';

export type Attempt = {
  readonly id: string;
  readonly number: number;
  readonly channelId: string;
  readonly state: 'submitting' | 'accepted' | 'refused' | 'unknown';
  readonly task: { readonly id: string; readonly data: JsonObject } | null;
  readonly failure: Failure | null;
  readonly createdAt: Date;
  readonly answeredAt: Date | null;
};

type AttemptRow = {
  id: string;
  number: number;
  channel_id: string;
  state: Attempt['state'];
  task: Attempt['task'];
  failure: Failure | null;
  created_at: Date;
  answered_at: Date | null;
};

function toAttempt(row: AttemptRow): Attempt {
  return {
    id: row.id,
    number: row.number,
    channelId: row.channel_id,
    state: row.state,
    task: row.task,
    failure: row.failure,
    createdAt: row.created_at,
    answeredAt: row.answered_at,
  };
}

export async function readAttempt(db: Queryable, id: string): Promise<Attempt | null> {
  const row = await firstRow<AttemptRow>(db, sql`select * from attempt where id = ${id}`);
  return row === null ? null : toAttempt(row);
}

/** Several at once, by id. */
export async function readAttempts(db: Queryable, ids: readonly string[]): Promise<ReadonlyMap<string, Attempt>> {
  if (ids.length === 0) return new Map();
  const found = await rows<AttemptRow>(db, sql`select * from attempt where id = any(${ids}::uuid[])`);
  return new Map(found.map((row) => [row.id, toAttempt(row)]));
}

export async function listAttempts(db: Queryable, jobId: string): Promise<Attempt[]> {
  return (await rows<AttemptRow>(db, sql`select * from attempt where job_id = ${jobId} order by number`)).map(
    toAttempt,
  );
}
