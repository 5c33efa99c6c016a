/** Writes failures in Vidu's envelope: the code is the HTTP status, the reason a word of its table. */

import { FAILURES } from '../../model/failure.ts';
import type { Failure } from '../../model/failure.ts';
import type { Language } from '../../model/violation.ts';
import type { HttpReply } from '../dialect.ts';
import { failureMessage } from '../job-words.ts';
import { FIELD_REASONS, REFUSALS } from './words.ts';

export function writeFailure(failure: Failure, language: Language, requestId: string): HttpReply {
  const refusal = REFUSALS[failure.kind];
  const status = refusal.status ?? FAILURES[failure.kind].status;
  const fault = failure.violations?.[0];
  const body = {
    code: status,
    reason: fault === undefined ? refusal.reason : FIELD_REASONS[fault.code],
    message: failureMessage(failure, language),
    metadata: { trace_id: requestId },
  };
  return { status, headers: {}, body };
}
