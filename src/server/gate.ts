/** What every request passes before anything is done for it: the server's load, then how often its address may ask. */

import type { FastifyInstance } from 'fastify';

import type { LimitClass } from '../dialects/dialect.ts';
import { limitClassOf } from './access.ts';
import { LOAD_BOUNDS } from './bounds.ts';
import { failed } from './fail.ts';
import type { Limiter } from './limits.ts';
import { isShed } from './load.ts';
import type { LoadReading } from './load.ts';

/** `onShed` hears of every request that is refused for the load. */
export function installGate(
  app: FastifyInstance,
  limiter: Limiter,
  load: () => LoadReading,
  shedDelayMs: number,
  onShed: (limitClass: LimitClass) => void,
): void {
  app.addHook('onRequest', (request, reply, done) => {
    const limitClass = limitClassOf(request);
    if (limitClass !== null) {
      if (isShed(load(), limitClass, shedDelayMs)) {
        onShed(limitClass);
        throw failed(
          'overloaded',
          'The server has too much to do at the moment. Try again shortly.',
          LOAD_BOUNDS.retryMs,
        );
      }
      limiter.countAddress(request, reply, limitClass);
    }
    done();
  });
}
