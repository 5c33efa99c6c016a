/** The cheapest question to the database. */

import type { Queryable } from './database.ts';
import { rows, sql } from './sql.ts';

/** Throws if the database does not answer. */
export async function ping(db: Queryable): Promise<void> {
  await rows(db, sql`select 1`);
}
