/** Statements about upkeep: which of it is due, and who has taken it on. */

import type { Queryable } from './database.ts';
import { firstRow, sql } from './sql.ts';

/** True if this piece of upkeep was last taken on more than `everyMs` ago, by any node: now it is the caller's. */
export async function takeOn(db: Queryable, name: 'prune' | 'sweep', everyMs: number): Promise<boolean> {
  const statement = sql`
    insert into upkeep (name) values (${name})
    on conflict (name) do update set taken_at = now()
    where upkeep.taken_at <= now() - ${everyMs}::double precision * interval '1 ms'
    returning name`;
  return (await firstRow(db, statement)) !== null;
}
