/** Whether this process is alive, whether it can serve, and what it is. */

import { setTimeout as delay } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';

import type { Database } from '../store/database.ts';
import { ping } from '../store/ping.ts';
import { OPEN } from './access.ts';
import { READ_BOUNDS } from './bounds.ts';
import type { ServerDependencies } from './dependencies.ts';
import { failed } from './fail.ts';
import { writeProblem } from './problem.ts';

export function installHealth(app: FastifyInstance, deps: ServerDependencies): void {
  const config = { writeFailure: writeProblem, access: OPEN };
  const isReady = readiness(deps.db);
  const method = ['GET', 'HEAD'];
  app.route({ method, url: '/healthz', config, handler: () => ({ status: 'ok' }) });
  app.route({ method, url: '/version', config, handler: () => ({ name: 'reelgate', version: deps.version }) });
  app.route({
    method,
    url: '/readyz',
    config,
    handler: async () => {
      if (await isReady()) return { status: 'ok' };
      throw failed('unavailable', 'The database does not answer.', READ_BOUNDS.unavailableRetryMs);
    },
  });
}

/** Asks the database at most once at a time, however many want to know. */
function readiness(db: Database): () => Promise<boolean> {
  let asking: Promise<boolean> | null = null;
  return () => {
    asking ??= answersInTime(db).finally(() => {
      asking = null;
    });
    return asking;
  };
}

async function answersInTime(db: Database): Promise<boolean> {
  const answered = new AbortController();
  const answer = ping(db).then(
    () => true,
    () => false,
  );
  const late = delay(READ_BOUNDS.readyMs, false, { signal: answered.signal, ref: false }).catch(() => false);
  const isReady = await Promise.race([answer, late]);
  answered.abort();
  return isReady;
}
