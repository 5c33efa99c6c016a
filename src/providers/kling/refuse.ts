/** Refusals of our own: what Kling's wire cannot say is said to the client before anything is sent. */

import { FailureError } from '../../model/failure.ts';
import type { FailureKind } from '../../model/failure.ts';

/** To be thrown; `message` is for the client. */
export function refusal(kind: FailureKind, message: string): FailureError {
  return new FailureError({ kind, message });
}
