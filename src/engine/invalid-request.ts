/** The failure of a request that asks for what cannot be. Pure. */

import type { Failure } from '../model/failure.ts';
import { violationMessage } from '../model/violation.ts';
import type { Violation } from '../model/violation.ts';

export function invalidRequest(violations: readonly Violation[]): Failure {
  const message = violations.map((fault) => violationMessage(fault, 'en')).join(' ');
  return { kind: 'invalid_request', message, violations };
}
