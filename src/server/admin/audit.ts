/** The audit of the ledger and the jobs: run while the caller waits, or as the last hour found it. */

import { runAudit } from '../../ledger/audit.ts';
import type { AuditReport } from '../../ledger/audit.ts';
import { readLastAuditRun } from '../../store/audit-runs.ts';
import { failed } from '../fail.ts';
import type { ServerDependencies } from '../dependencies.ts';
import type { TypedApp } from '../typed-app.ts';

export function installAudit(app: TypedApp, deps: ServerDependencies): void {
  app.get('/audit', async () => runAudit(deps.db));

  app.get('/audit/last', async () => {
    const last = await readLastAuditRun<AuditReport>(deps.db);
    if (last === null) throw failed('not_found', 'No hourly audit has finished yet.');
    return { started_at: last.startedAt.toISOString(), finished_at: last.finishedAt.toISOString(), ...last.report };
  });
}
