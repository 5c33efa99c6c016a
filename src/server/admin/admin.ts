/** The admin API: JSON in, JSON or problem details out, for whoever holds the admin key. */

import type { FastifyInstance } from 'fastify';

import type { Access } from '../access.ts';
import type { Auth } from '../auth.ts';
import { BODY_BOUNDS } from '../bounds.ts';
import type { ServerDependencies } from '../dependencies.ts';
import { writeProblem } from '../problem.ts';
import { installAccounts } from './accounts.ts';
import { typedApp } from '../typed-app.ts';
import { installAudit } from './audit.ts';
import { installCatalogue } from './catalogue.ts';
import { installChannels } from './channels.ts';
import { guardFileOwned, installFileOwned } from './file-owned.ts';
import { installJobActions } from './job-actions.ts';
import { installJobs } from './jobs.ts';
import { installKeys } from './keys.ts';
import { installPrices } from './prices.ts';
import { installRetention } from './retention.ts';
import { installRoute } from './route.ts';
import { installLedger } from './ledger.ts';
import { compileSchema } from './schema-check.ts';
import { installSecrets } from './secrets.ts';

const ACCESS: Access = { auth: 'admin', limitClass: 'admin', bodyBytes: BODY_BOUNDS.jsonBytes };

export async function installAdmin(app: FastifyInstance, deps: ServerDependencies, auth: Auth): Promise<void> {
  app.addHook('onRoute', (route) => {
    route.config = { ...route.config, writeFailure: writeProblem, access: ACCESS };
  });
  app.setValidatorCompiler(({ schema }) => compileSchema(schema));
  const admin = typedApp(app);
  guardFileOwned(admin, deps);
  installAccounts(admin, deps);
  installKeys(admin, deps, auth);
  installChannels(admin, deps);
  installJobs(admin, deps);
  installJobActions(admin, deps);
  installRoute(admin, deps);
  installAudit(admin, deps);
  installLedger(admin, deps);
  installCatalogue(admin, deps);
  installPrices(admin, deps);
  installSecrets(admin, deps);
  installRetention(admin, deps);
  installFileOwned(admin, deps);
}
