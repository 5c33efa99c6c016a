/** What `callback_url` is told of a job, by the dialect that the job came through. */

import type { Dialect } from '../dialects/dialect.ts';
import type { CallbackWriter } from '../engine/notify/own-callback.ts';
import type { ServerDependencies } from './dependencies.ts';
import { viewOf } from './views.ts';

/** `publicUrl` is known once the server listens; callbacks may be due before. */
export function callbackWriter(
  dialects: readonly Dialect[],
  deps: Pick<ServerDependencies, 'secrets' | 'catalogue'>,
  publicUrl: Promise<string>,
): CallbackWriter {
  return async (job, target) => {
    const dialect = dialects.find(({ name }) => name === job.dialect);
    if (dialect?.writeCallback === undefined) return null;
    const view = viewOf({ ...deps, publicUrl: await publicUrl }, job, Date.now());
    return dialect.writeCallback(view, target);
  };
}
