/** The server as the admin routes see it: bodies and parameters typed by their schemas. */

import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';

export type AdminApp = ReturnType<typeof adminApp>;

export function adminApp(app: FastifyInstance) {
  return app.withTypeProvider<TypeBoxTypeProvider>();
}
