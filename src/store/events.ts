/** Statements that read a job's history; events are written with the change they tell of. */

import type { JsonObject } from '../model/json.ts';
import type { Queryable } from './database.ts';
import { rows, sql } from './sql.ts';

export type JobEvent = {
  readonly seq: bigint;
  readonly type: string;
  readonly data: JsonObject;
  readonly createdAt: Date;
};

type EventRow = { seq: bigint; type: string; data: JsonObject; created_at: Date };

export async function listEvents(db: Queryable, jobId: string): Promise<JobEvent[]> {
  const found = await rows<EventRow>(
    db,
    sql`select seq, type, data, created_at from event where job_id = ${jobId} order by seq`,
  );
  return found.map((row) => ({ seq: row.seq, type: row.type, data: row.data, createdAt: row.created_at }));
}
