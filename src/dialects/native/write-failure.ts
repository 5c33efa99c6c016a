/** Writes failures as RFC 9457 problem details, with every fault of the request as data. */

import { FAILURES } from '../../model/failure.ts';
import type { Failure } from '../../model/failure.ts';
import { violationMessage } from '../../model/violation.ts';
import type { Language } from '../../model/violation.ts';
import type { HttpReply } from '../dialect.ts';
import { failureMessage } from '../job-words.ts';

export function writeFailure(failure: Failure, language: Language, requestId: string): HttpReply {
  const { status, retry } = FAILURES[failure.kind];
  const errors = (failure.violations ?? []).map((fault) => ({
    param: fault.param,
    code: fault.code,
    value: fault.value,
    allowed: fault.allowed,
    message: violationMessage(fault, language),
  }));
  const body = {
    type: 'about:blank',
    title: failure.kind.replaceAll('_', ' '),
    status,
    detail: failureMessage(failure, language),
    code: failure.kind,
    retryable: retry,
    errors,
    request_id: requestId,
  };
  return { status, headers: { 'content-type': 'application/problem+json; charset=utf-8' }, body };
}
