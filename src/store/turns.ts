/** The order in which queued jobs that are due are taken: a fair share for each account. */

import { sql } from './sql.ts';
import type { Sql } from './sql.ts';

/** Jobs compared with each other; of more, those due longest. */
const MAX_COMPARED = 10_000;
/** Nodes that claim at the same moment want the same jobs: each looks this many times further than it needs. */
const LOOK_AHEAD = 2;

/**
 * The ids of up to `limit` queued jobs that are due, locked: those that may wait for off-peak hours last, of each account its
 * oldest before anyone's second oldest, and among accounts by lot, so that claims of a single job are fair too.
 */
export function queuedInTurn(limit: number): Sql {
  return sql`
    select job.id from job join (
      select id, row_number() over (order by off_peak, turn, md5(id::text)) as place from (
        select id, off_peak, row_number() over (partition by account_id, off_peak order by id) as turn
        from (
          select id, account_id, off_peak from job
          where state = 'queued' and run_at <= now() order by run_at limit ${MAX_COMPARED}
        ) as due
      ) as ranked
      where turn <= ${limit * LOOK_AHEAD}
      order by place limit ${limit * LOOK_AHEAD}
    ) as next on next.id = job.id
    where job.state = 'queued' and job.run_at <= now()
    order by next.place
    limit ${limit} for update of job skip locked`;
}
