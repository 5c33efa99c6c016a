/** Statements about the hourly audit: which hour was taken on, and what was found. */

import type { Queryable } from './database.ts';
import { firstRow, json, rows, sql } from './sql.ts';

export type AuditRun<Report> = {
  readonly startedAt: Date;
  readonly finishedAt: Date;
  readonly ok: boolean;
  readonly report: Report;
};

/** A month of hours. */
const KEPT_DAYS = 31;

/** The hour to audit, if nobody has taken it on; null if somebody has. Drops what is too old. */
export async function claimAuditHour(db: Queryable): Promise<Date | null> {
  const statement = sql`insert into audit_run (slot) values (date_trunc('hour', now(), 'UTC')) on conflict do nothing returning slot`;
  const claimed = await firstRow<{ slot: Date }>(db, statement);
  if (claimed === null) return null;
  await rows(db, sql`delete from audit_run where slot < now() - ${KEPT_DAYS} * interval '1 day'`);
  return claimed.slot;
}

export async function writeAuditRun(db: Queryable, slot: Date, ok: boolean, report: unknown): Promise<void> {
  await rows(
    db,
    sql`update audit_run set finished_at = clock_timestamp(), ok = ${ok}, report = ${json(report)}::jsonb where slot = ${slot}`,
  );
}

type RunRow = { started_at: Date; finished_at: Date; ok: boolean; report: unknown };

/** The latest that was finished; null before the first. */
export async function readLastAuditRun<Report>(db: Queryable): Promise<AuditRun<Report> | null> {
  const row = await firstRow<RunRow>(
    db,
    sql`select started_at, finished_at, ok, report from audit_run where finished_at is not null order by slot desc limit 1`,
  );
  if (row === null) return null;
  return { startedAt: row.started_at, finishedAt: row.finished_at, ok: row.ok, report: row.report as Report };
}
