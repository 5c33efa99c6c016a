/** The audit of each hour, done by whichever node comes first; it freezes the accounts whose books are in doubt. */

import { claimAuditHour, writeAuditRun } from '../store/audit-runs.ts';
import type { Database } from '../store/database.ts';
import { freezeFound } from '../store/freezes.ts';
import { runAudit } from './audit.ts';
import type { AuditReport } from './audit.ts';

const FIRST_LOOK_MS = 60_000;
const LOOK_MS = 5 * 60_000;

type Told = {
  info(fields: object, message: string): void;
  error(fields: object, message: string): void;
};

/** Null if this hour's audit was taken on before. */
export async function auditThisHour(db: Database, log: Told): Promise<AuditReport | null> {
  const slot = await claimAuditHour(db);
  if (slot === null) return null;
  const report = await runAudit(db);
  await writeAuditRun(db, slot, report.ok, report);
  const broken = report.checks.filter((check) => !check.ok);
  if (broken.length === 0) log.info({ checks: report.checks.length }, 'the hourly audit found every promise kept');
  else log.error({ broken }, 'the hourly audit found broken promises about money');
  const findings = report.checks.flatMap(({ name, accounts }) =>
    accounts.map(({ id, broken: count }) => ({ promise: name, accountId: id, broken: count })),
  );
  const frozen = await db.transaction((tx) => freezeFound(tx, findings));
  if (frozen.length > 0) log.error({ accounts: frozen }, 'accounts were frozen: their books are in doubt');
  return report;
}

/** One audit at a time. `stop` waits for none: an hour that was begun and not finished has no result. */
export function startAudits(db: Database, log: Told): { stop(): void } {
  let stopped = false;
  let timer = setTimeout(look, FIRST_LOOK_MS).unref();

  function look(): void {
    void auditThisHour(db, log)
      .catch((error: unknown) => {
        if (!stopped) log.error({ error: String(error) }, 'the hourly audit could not be done');
      })
      .then(() => {
        if (!stopped) timer = setTimeout(look, LOOK_MS).unref();
      });
  }

  return {
    stop: () => {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
