/** Whether this process is alive, whether it can serve, and what it is. */

import type { FastifyInstance } from 'fastify';

import { OPEN } from './access.ts';
import type { Auth } from './auth.ts';
import { READ_BOUNDS } from './bounds.ts';
import type { ServerDependencies } from './dependencies.ts';
import { failed } from './fail.ts';
import type { LoadReading } from './load.ts';
import { writeProblem } from './problem.ts';
import { createReadiness } from './readiness.ts';

export function installHealth(
  app: FastifyInstance,
  deps: ServerDependencies,
  auth: Auth,
  load: () => LoadReading,
  closing: AbortSignal,
): void {
  const config = { writeFailure: writeProblem, access: OPEN };
  const readiness = createReadiness(deps, load);
  const method = ['GET', 'HEAD'];
  app.route({ method, url: '/healthz', config, handler: () => ({ status: 'ok' }) });
  app.route({ method, url: '/version', config, handler: () => ({ name: 'reelgate', version: deps.version }) });
  app.route<{ Querystring: { verbose?: unknown } }>({
    method,
    url: '/readyz',
    config,
    handler: async (request, reply) => {
      const isDraining = closing.aborted;
      if (request.query.verbose !== undefined) {
        auth.admin(request);
        const checks = await readiness.look();
        const isReady = !isDraining && Object.values(checks).every(({ ok }) => ok);
        const status = isReady ? 'ok' : isDraining ? 'draining' : 'unavailable';
        return reply.code(isReady ? 200 : 503).send({ status, version: deps.version, checks });
      }
      if (isDraining) throw failed('unavailable', 'The server is stopping.', READ_BOUNDS.unavailableRetryMs);
      if (await readiness.databaseAnswers()) return { status: 'ok' };
      throw failed('unavailable', 'The database does not answer.', READ_BOUNDS.unavailableRetryMs);
    },
  });
}
