/** Statements about the processes that share the database: who lives, and what the dead held. */

import type { Queryable } from './database.ts';
import { rows, sql } from './sql.ts';

/** Says that this node lives. */
export async function seeNode(db: Queryable, node: string): Promise<void> {
  await rows(db, sql`insert into node (id) values (${node}) on conflict (id) do update set seen_at = now()`);
}

/**
 * Frees the jobs held by nodes that were not seen for `silentMs` (0: all others), so that they are due at once. Answers how
 * many. The version of a job only rises when it is claimed, so a node that was merely slow may still finish what it does.
 */
export async function freeLeasesOfDeadNodes(db: Queryable, self: string, silentMs: number): Promise<number> {
  const statement = sql`
    with dead as (
      delete from node
      where id <> ${self} and seen_at <= now() - ${silentMs}::double precision * interval '1 ms'
      returning id
    )
    update job set run_at = now(), lease_owner = null
    from dead
    where job.lease_owner = dead.id and job.state in ('queued', 'submitting', 'running', 'collecting')
    returning job.id`;
  return (await rows(db, statement)).length;
}

/** Frees what the node holds of jobs that a vendor has. What it is submitting stays its own: nobody else knows how that goes. */
export async function handOn(db: Queryable, node: string): Promise<void> {
  await rows(
    db,
    sql`update job set run_at = now(), lease_owner = null
        where lease_owner = ${node} and state in ('running', 'collecting')`,
  );
}

/** A node that stops in good order holds nothing any more. */
export async function forgetNode(db: Queryable, node: string): Promise<void> {
  const statement = sql`
    with gone as (delete from node where id = ${node} returning id)
    update job set run_at = now(), lease_owner = null
    from gone where job.lease_owner = gone.id and job.state in ('queued', 'submitting', 'running', 'collecting')`;
  await rows(db, statement);
}

/** Makes every video that waits to be copied due: for a process that knows no other can be copying them. */
export async function hastenCollecting(db: Queryable): Promise<void> {
  await rows(db, sql`update job set run_at = now() where state = 'collecting'`);
}
