/** What every request passes before anything is done for it: the server's load, then how often its address may ask. */

import type { FastifyInstance, FastifyRequest } from 'fastify';

import type { LimitClass } from '../dialects/dialect.ts';
import { LOAD_BOUNDS } from './bounds.ts';
import { failed } from './fail.ts';
import type { Limiter } from './limits.ts';
import { isShed } from './load.ts';
import type { LoadReading } from './load.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What a request counts as. Absent: it is never refused for its number, nor for the load; for operators, health and vendors. */
    limitClass?: (request: FastifyRequest) => LimitClass;
  }
}

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

/** Null where it counts as nothing. */
export function limitClassOf(request: FastifyRequest): LimitClass | null {
  return request.routeOptions.config.limitClass?.(request) ?? null;
}

/** By the method, for routes that say no more. */
export function limitClassByMethod({ method }: Pick<FastifyRequest, 'method'>): LimitClass {
  return method === 'GET' || method === 'HEAD' ? 'read' : 'submit';
}
