/** One log line per request: what was asked and how it ended, never what was in it. */

import type { FastifyInstance } from 'fastify';

import type { Log } from '../log.ts';

const SERVER_ERROR = 500;

export function installAccessLog(app: FastifyInstance, log: Log): void {
  app.addHook('onRequest', (request, reply, done) => {
    const startedMs = performance.now();
    // 'close' comes exactly once, whether the answer was sent or the client went away before.
    reply.raw.once('close', () => {
      const { statusCode, writableFinished } = reply.raw;
      const fields = {
        request_id: request.id,
        method: request.method,
        route: request.routeOptions.url ?? null,
        status: statusCode,
        ms: Math.round((performance.now() - startedMs) * 10) / 10,
      };
      if (!writableFinished) log.info({ ...fields, aborted: true }, 'request');
      else if (statusCode >= SERVER_ERROR) log.warn(fields, 'request');
      else log.info(fields, 'request');
    });
    done();
  });
}
