/** The end of the server: no new connections, and those that are open end with the answer they are waiting for. */

import { setTimeout as delay } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';

/** A connection whose answer went out after the closing began would else stay open until its keep-alive time is over. */
const IDLE_LOOK_MS = 50;

/**
 * Aborts when the server begins to close. For `drainMs` from then on it takes connections as before, says that it is not ready,
 * and ends each connection with its next answer, so that whoever spreads requests over several servers turns away in time.
 */
export function installDrain(app: FastifyInstance, drainMs: number): AbortSignal {
  const closing = new AbortController();
  app.addHook('onSend', (request, reply, _payload, done) => {
    if (closing.signal.aborted && request.raw.complete) reply.header('connection', 'close');
    done();
  });
  app.addHook('preClose', async () => {
    closing.abort();
    if (app.server.listening && drainMs > 0) await delay(drainMs);
    const timer = setInterval(() => app.server.closeIdleConnections(), IDLE_LOOK_MS);
    app.server.once('close', () => clearInterval(timer));
    if (!app.server.listening) clearInterval(timer);
  });
  return closing.signal;
}
