/** The end of the server: no new connections, and those that are open end with the answer they are waiting for. */

import type { FastifyInstance } from 'fastify';

/** A connection whose answer went out after the closing began would else stay open until its keep-alive time is over. */
const IDLE_LOOK_MS = 50;

/** Aborts when the server begins to close. */
export function installDrain(app: FastifyInstance): AbortSignal {
  const closing = new AbortController();
  app.addHook('preClose', async () => {
    closing.abort();
    const timer = setInterval(() => app.server.closeIdleConnections(), IDLE_LOOK_MS);
    app.server.once('close', () => clearInterval(timer));
    if (!app.server.listening) clearInterval(timer);
  });
  return closing.signal;
}
