/** The server as routes with schemas see it: bodies and parameters typed by them. */

import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';

export type TypedApp = ReturnType<typeof typedApp>;

export function typedApp(app: FastifyInstance) {
  return app.withTypeProvider<TypeBoxTypeProvider>();
}
