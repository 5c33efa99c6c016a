/** Admin route that brings what is sealed under the current secret. */

import { rotateSecrets } from '../../rotate-secrets.ts';
import type { ServerDependencies } from '../dependencies.ts';
import type { TypedApp } from '../typed-app.ts';

const DONE = 200;
/** Some is left to do: ask again. */
const GOES_ON = 202;

export function installSecrets(app: TypedApp, deps: ServerDependencies): void {
  app.post('/secrets/rotate', async (request, reply) => {
    const { resealed, unreadable, left } = await rotateSecrets(deps.db, deps.secrets);
    deps.log.info({ request_id: request.id, resealed, unreadable, left }, 'secrets rotated');
    return reply.code(left > unreadable ? GOES_ON : DONE).send({ resealed, unreadable, left });
  });
}
