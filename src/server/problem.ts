/** Failures as RFC 9457 problem details: the admin API, signed files, and health. */

import { STATUS_CODES } from 'node:http';

import type { HttpReply } from '../dialects/dialect.ts';
import { FAILURES } from '../model/failure.ts';
import type { Failure } from '../model/failure.ts';
import type { Language } from '../model/violation.ts';

export function writeProblem(failure: Failure, _language: Language, requestId: string): HttpReply {
  const { status } = FAILURES[failure.kind];
  const body = {
    type: 'about:blank',
    title: STATUS_CODES[status] ?? 'Error',
    status,
    detail: failure.message,
    code: failure.kind,
    param: failure.violations?.[0]?.param ?? null,
    request_id: requestId,
  };
  return { status, headers: { 'content-type': 'application/problem+json; charset=utf-8' }, body };
}
