/** Who may call a route, what a call counts as, and how large a body it takes: said by every route, judged in one place. */

import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify';

import type { LimitClass, Route } from '../dialects/dialect.ts';
import type { ApiKey } from '../store/accounts.ts';
import type { Auth } from './auth.ts';
import { failed } from './fail.ts';
import type { Limiter } from './limits.ts';
import { refuseDoubledHeaders, refuseLoops } from './suspicion.ts';
import { texts } from './texts.ts';

export type Access = {
  /**
   * `metrics`: the admin key, or the token made for metrics. `own`: the route judges what was made for it alone, such as a
   * signature in its address. `open`: nobody is asked who they are.
   */
  readonly auth: 'key' | 'admin' | 'metrics' | 'own' | 'open';
  /** `admin`, `public`: never refused for their number, nor for the load; for operators, health and vendors. */
  readonly limitClass: Route['limitClass'] | 'admin' | 'public';
  /** The largest body in bytes; 0 where none is read. */
  readonly bodyBytes: number;
  /** With `?dry_run` the admin key is asked for instead of an account's. */
  readonly dryRun?: boolean;
};

/** For whoever only looks, at what everybody may see. */
export const OPEN: Access = { auth: 'open', limitClass: 'public', bodyBytes: 0 };

export type DeclaredRoute = { readonly methods: readonly string[]; readonly url: string; readonly access: Access };

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access;
  }
  interface FastifyInstance {
    /** Every route there is, once the server is ready. */
    declaredRoutes: readonly DeclaredRoute[];
  }
}

/** Must be called before the routes are added. A server with a route that does not say who may call it never gets ready. */
export function collectAccess(app: FastifyInstance): void {
  const added: RouteOptions[] = [];
  const declared: DeclaredRoute[] = [];
  app.decorate('declaredRoutes', declared);
  app.addHook('onRoute', (route) => {
    added.push(route);
  });
  // Only now: what holds for a whole group of routes is written into each after it was added.
  app.addHook('onReady', (done) => {
    declared.push(...added.map(declaration));
    done();
  });
}

function declaration({ method, url, config }: RouteOptions): DeclaredRoute {
  const methods = typeof method === 'string' ? [method] : method;
  if (config?.access === undefined)
    throw new Error(`The route ${methods.join(', ')} ${url} does not say who may call it.`);
  return { methods, url, access: config.access };
}

/** Judges every request by what its route says, before a byte of its body is read. */
export function installAccess(app: FastifyInstance, auth: Auth, limiter: Limiter): void {
  app.addHook('onRequest', (request, reply, done) => {
    const { access } = request.routeOptions.config;
    if (access === undefined) {
      // Only an address where nothing is has no declaration.
      done();
      return;
    }
    refuseDoubledHeaders(request);
    refuseLoops(request);
    const admitted = admit(access, auth, limiter, request, reply);
    if (admitted === null) done();
    else admitted.then(() => done(), done);
  });
}

/** Null if it is known at once that the request may go on. Throws, or rejects, if it may not. */
function admit(
  access: Access,
  auth: Auth,
  limiter: Limiter,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> | null {
  switch (access.auth) {
    case 'open':
    case 'own':
      return null;
    case 'admin':
      auth.admin(request);
      return null;
    case 'metrics':
      auth.metrics(request);
      return null;
    case 'key': {
      if (isDryRun(request)) {
        auth.admin(request);
        return null;
      }
      const letIn = (key: ApiKey): Promise<void> | null => {
        request.apiKey = key;
        return limiter.countKey(request, reply, key, limitClassOf(request) ?? 'submit');
      };
      const key = auth.key(request);
      return key instanceof Promise
        ? key.then((found): Promise<void> | undefined => letIn(found) ?? undefined)
        : letIn(key);
    }
  }
}

/** What the request counts as; null where it is never refused for its number. */
export function limitClassOf(request: FastifyRequest): LimitClass | null {
  const { access } = request.routeOptions.config;
  if (access === undefined || access.limitClass === 'admin' || access.limitClass === 'public') return null;
  const { limitClass } = access;
  return typeof limitClass === 'string'
    ? limitClass
    : limitClass({ params: texts(request.params), query: texts(request.query) });
}

/** For a group of routes of which some only look. */
export function limitClassByMethod(methods: string | readonly string[]): LimitClass {
  return [methods].flat().every((method) => method === 'GET' || method === 'HEAD') ? 'read' : 'submit';
}

/** `?dry_run=1` with the admin key: a question of the operator. With any other key it is refused, never taken for a create. */
export function isDryRun(request: FastifyRequest): boolean {
  if (request.routeOptions.config.access?.dryRun !== true) return false;
  const { dry_run: said } = request.query as Readonly<Record<string, unknown>>;
  const asked = Array.isArray(said) ? said.at(-1) : said;
  return typeof asked === 'string' && asked !== '0' && asked !== 'false';
}

/** The key of a request that was let in. Throws where the route asked for none. */
export function keyOf(request: FastifyRequest): ApiKey {
  if (request.apiKey === null) throw new Error('a route that asks for no key looked for one');
  return request.apiKey;
}

/** The most bytes that the request's body may have. */
export function bodyBytesOf(request: FastifyRequest): number {
  const bytes = request.routeOptions.config.access?.bodyBytes ?? 0;
  if (bytes === 0) throw failed('unsupported_media', 'This address takes no body.');
  return bytes;
}
