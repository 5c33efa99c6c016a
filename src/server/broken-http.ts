/** The answer to bytes that are no HTTP request, or one that took too long: written by hand, since there is no request. */

import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';

import type { Failure } from '../model/failure.ts';
import type { ServerDependencies } from './dependencies.ts';
import { freshRequestId, REQUEST_ID_HEADER } from './request-id.ts';
import { writeProblem } from './problem.ts';

type Refusal = { readonly status: number; readonly message: string };

const REFUSALS: Readonly<Record<string, Refusal>> = {
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, message: 'The request took too long to arrive.' },
  HPE_HEADER_OVERFLOW: { status: 431, message: 'The headers are too large.' },
};
const MALFORMED: Refusal = { status: 400, message: 'This is not a well-formed HTTP request.' };

export function answerBrokenHttp(deps: ServerDependencies, error: Error, socket: Duplex): void {
  const code = 'code' in error ? String(error.code) : '';
  if (code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const { status, message } = REFUSALS[code] ?? MALFORMED;
  const id = freshRequestId();
  const failure: Failure = { kind: 'invalid_request', message };
  const write = deps.dialects[0]?.writeFailure ?? writeProblem;
  const body = Buffer.from(JSON.stringify(write(failure, 'en', id).body));
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${body.length}`,
    `${REQUEST_ID_HEADER}: ${id}`,
    'Connection: close',
  ];
  deps.log.info({ request_id: id, status, code }, 'a connection sent no well-formed request');
  socket.end(Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), body]), () => socket.destroy());
}
