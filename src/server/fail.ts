/** Short ways to refuse a request. */

import { FailureError } from '../model/failure.ts';
import type { Failure, FailureKind } from '../model/failure.ts';
import { violationMessage } from '../model/violation.ts';
import type { Violation } from '../model/violation.ts';

/** A failure whose status is not that of its kind, for what only HTTP itself knows, such as 408. */
export class StatusError extends FailureError {
  readonly status: number;

  constructor(status: number, failure: Failure) {
    super(failure);
    this.name = 'StatusError';
    this.status = status;
  }
}

export function failed(kind: FailureKind, message: string, retryAfterMs?: number): FailureError {
  return new FailureError(retryAfterMs === undefined ? { kind, message } : { kind, message, retryAfterMs });
}

/** `violations` must not be empty. */
export function invalid(violations: readonly Violation[]): FailureError {
  const message = violations.map((fault) => violationMessage(fault, 'en')).join(' ');
  return new FailureError({ kind: 'invalid_request', message, violations });
}
