/** The refusal of a body for which there is no memory at the moment. */

import { BODY_BOUNDS } from '../bounds.ts';
import { failed } from '../fail.ts';

export function busy(): Error {
  const message = 'The server is busy with other large requests. Try again shortly, or send media as files or by URL.';
  return failed('limit_exceeded', message, BODY_BOUNDS.busyRetryMs);
}
