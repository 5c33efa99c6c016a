/** Which methods exist at an address, for the `Allow` header of a 405. */

import type { FastifyInstance } from 'fastify';

export type KnownRoutes = Map<string, { readonly pattern: RegExp; readonly methods: Set<string> }>;

/** Must be called before the routes are added. */
export function collectRoutes(app: FastifyInstance): KnownRoutes {
  const routes: KnownRoutes = new Map();
  app.addHook('onRoute', ({ url, method }) => {
    const known = routes.get(url) ?? { pattern: patternOf(url), methods: new Set() };
    routes.set(url, known);
    for (const name of typeof method === 'string' ? [method] : method) known.methods.add(name);
  });
  return routes;
}

/** The methods of every route that matches the address; none if nothing is there. */
export function allowedMethods(routes: KnownRoutes, url: string): readonly string[] {
  const [path = ''] = url.split('?', 1);
  const found = [...routes.values()].filter((route) => route.pattern.test(path)).flatMap((route) => [...route.methods]);
  return [...new Set(found)].toSorted();
}

function patternOf(url: string): RegExp {
  const steps = url
    .split('/')
    .map((step) => (step.startsWith(':') ? '[^/]+' : step.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)));
  return new RegExp(`^${steps.join('/')}$`);
}
