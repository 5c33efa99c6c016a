/** Writes failures in the envelope that clients of resale gateways read. */

import { FAILURES } from '../../model/failure.ts';
import type { Failure, FailureKind } from '../../model/failure.ts';
import type { Language } from '../../model/violation.ts';
import type { HttpReply } from '../dialect.ts';
import { failureMessage } from '../job-words.ts';

const FORBIDDEN = 403;
const TYPE_OF_CLIENT = 'invalid_request_error';
const TYPE_OF_SERVER = 'server_error';

/** These gateways answer an empty balance as they answer a missing permission. */
const STATUSES: Readonly<Partial<Record<FailureKind, number>>> = { insufficient_funds: FORBIDDEN };

export function writeFailure(failure: Failure, language: Language, requestId: string): HttpReply {
  const row = FAILURES[failure.kind];
  const error = {
    message: `${failureMessage(failure, language)} (request id: ${requestId})`,
    type: row.fault === 'client' ? TYPE_OF_CLIENT : TYPE_OF_SERVER,
    param: failure.violations?.[0]?.param ?? '',
    code: failure.kind,
  };
  return { status: STATUSES[failure.kind] ?? row.status, headers: {}, body: { error } };
}
