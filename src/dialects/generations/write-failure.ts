/** Writes failures as the flat object that the page documents. */

import { FAILURES } from '../../model/failure.ts';
import type { Failure, FailureKind } from '../../model/failure.ts';
import type { Language } from '../../model/violation.ts';
import type { HttpReply } from '../dialect.ts';
import { failureMessage } from '../job-words.ts';

const FORBIDDEN = 403;
const TYPE_OF_CLIENT = 'invalid_request_error';
const TYPE_OF_SERVER = 'server_error';

/** The page has no 402: an empty balance is answered like a missing permission. */
const STATUSES: Readonly<Partial<Record<FailureKind, number>>> = { insufficient_funds: FORBIDDEN };

export function writeFailure(failure: Failure, language: Language, requestId: string): HttpReply {
  const row = FAILURES[failure.kind];
  const body = {
    code: failure.kind,
    message: failureMessage(failure, language),
    param: failure.violations?.[0]?.param ?? '',
    type: row.fault === 'client' ? TYPE_OF_CLIENT : TYPE_OF_SERVER,
    request_id: requestId,
  };
  return { status: STATUSES[failure.kind] ?? row.status, headers: {}, body };
}
