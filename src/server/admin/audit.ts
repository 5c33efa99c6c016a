/** The audit of the ledger and the jobs, run while the caller waits. */

import { runAudit } from '../../ledger/audit.ts';
import type { ServerDependencies } from '../dependencies.ts';
import type { AdminApp } from './admin-app.ts';

export function installAudit(app: AdminApp, deps: ServerDependencies): void {
  app.get('/audit', async () => runAudit(deps.db));
}
