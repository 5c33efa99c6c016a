/** The name of one request in answers and logs: the client's own if it is harmless, else a fresh one. */

import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

const HARMLESS = /^[A-Za-z0-9._-]{1,64}$/;

export const REQUEST_ID_HEADER = 'x-request-id';

export function requestId(headers: IncomingHttpHeaders): string {
  const given = headers[REQUEST_ID_HEADER];
  return typeof given === 'string' && HARMLESS.test(given) ? given : freshRequestId();
}

export function freshRequestId(): string {
  return `req_${randomUUID().replaceAll('-', '')}`;
}
