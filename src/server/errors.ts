/** From anything thrown to one answer: the failure, its status and headers, in the words of the route's dialect. */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import type { Dialect, HttpReply } from '../dialects/dialect.ts';
import type { Log } from '../log.ts';
import { ROOM_RETRY_MS } from '../media/storage/room.ts';
import { BlobTooLargeError, StorageFullError, StorageUnavailableError } from '../media/storage/storage.ts';
import { FailureError } from '../model/failure.ts';
import type { Failure } from '../model/failure.ts';
import { isDatabaseUnavailable } from '../store/database.ts';
import { READ_BOUNDS } from './bounds.ts';
import type { FailureWriter, ServerDependencies } from './dependencies.ts';
import { StatusError } from './fail.ts';
import { allowedMethods } from './known-routes.ts';
import type { KnownRoutes } from './known-routes.ts';
import { languageOf } from './language.ts';
import { lingerAfter } from './linger.ts';
import { writeProblem } from './problem.ts';
import { REQUEST_ID_HEADER } from './request-id.ts';
import { sendReply } from './reply.ts';

/** Addresses that belong to no dialect. */
const PLAIN_PATHS = /^\/(?:admin|callbacks|files|healthz|metrics|openapi|readyz|version)(?:[/?]|$)/;

/** Client libraries count their repetitions of a request. */
const RETRY_COUNT = /^[1-9]/;
const SERVER_ERROR = 500;
const CONFLICT = 409;

export function installErrors(app: FastifyInstance, deps: ServerDependencies, routes: KnownRoutes): void {
  app.setErrorHandler((error, request, reply) => answerError(deps, error, request, reply));
  app.setNotFoundHandler((request, reply) => answerUnknown(deps, routes, request, reply));
}

/** Also for what the router itself refuses, before any hook has run. */
export function answerError(
  deps: ServerDependencies,
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const failure = failureOf(error);
  const status = error instanceof StatusError ? error.status : null;
  if (failure.kind === 'internal') logInternal(deps.log, error, request);
  const write = request.routeOptions.config.writeFailure ?? writerFor(deps, request.url);
  const answer = write(failure, languageOf(request.headers['accept-language']), request.id);
  // The framework asks to cut the connection when a body was refused; the client may then never see the answer.
  reply.removeHeader('connection');
  lingerAfter(request, reply);
  reply.header(REQUEST_ID_HEADER, request.id).headers(headersFor(failure));
  return sendReply(reply, forRequest(request, withStatus(answer, status)));
}

function answerUnknown(
  deps: ServerDependencies,
  routes: KnownRoutes,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const allowed = allowedMethods(routes, request.url);
  if (allowed.length === 0 && request.method !== 'TRACE') {
    const failure: Failure = { kind: 'not_found', message: 'There is nothing at this address.' };
    return answerError(deps, new FailureError(failure), request, reply);
  }
  reply.header('allow', allowed.join(', '));
  const message = `This address takes no ${request.method}.${allowed.length === 0 ? '' : ` Allowed: ${allowed.join(', ')}.`}`;
  return answerError(deps, new FailureError({ kind: 'method_not_allowed', message }), request, reply);
}

/** What an HTTP status from the framework means to a client. */
const FRAMEWORK_FAILURES: Readonly<Record<number, Failure>> = {
  400: { kind: 'invalid_request', message: 'The request is not well formed.' },
  404: { kind: 'not_found', message: 'There is nothing at this address.' },
  413: { kind: 'body_too_large', message: 'The body is too large.' },
  415: { kind: 'unsupported_media', message: 'Send the body as application/json or multipart/form-data.' },
  431: { kind: 'invalid_request', message: 'The headers are too large.' },
};

/** Router refusals of an address: to the client it is one where nothing is. */
const BAD_ADDRESS_CODES = new Set(['FST_ERR_BAD_URL', 'FST_ERR_MAX_PARAM_LENGTH', 'FST_ERR_ASYNC_CONSTRAINT']);

const INTERNAL: Failure = {
  kind: 'internal',
  message: 'Something went wrong on our side. Quote the request id when you report it.',
};

function failureOf(error: unknown): Failure {
  if (error instanceof FailureError) return error.failure;
  if (error instanceof StorageFullError)
    return {
      kind: 'storage_low',
      message: 'The server has no room for more files. Try again later.',
      retryAfterMs: ROOM_RETRY_MS,
    };
  if (error instanceof BlobTooLargeError) return { kind: 'body_too_large', message: error.message };
  if (isDatabaseUnavailable(error)) return unavailable('database');
  if (error instanceof StorageUnavailableError) return unavailable('media storage');
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return INTERNAL;
  if (BAD_ADDRESS_CODES.has(error.code)) return FRAMEWORK_FAILURES[404] ?? INTERNAL;
  const isFrameworks =
    error.code.startsWith('FST_ERR_') && 'statusCode' in error && typeof error.statusCode === 'number';
  return (isFrameworks ? FRAMEWORK_FAILURES[Number(error.statusCode)] : undefined) ?? INTERNAL;
}

function unavailable(what: string): Failure {
  const message = `The server cannot reach its ${what} at the moment. Try again shortly.`;
  return { kind: 'unavailable', message, retryAfterMs: READ_BOUNDS.unavailableRetryMs };
}

function writerFor(deps: ServerDependencies, url: string): FailureWriter {
  return PLAIN_PATHS.test(url) ? writeProblem : (dialectAt(deps, url)?.writeFailure ?? writeProblem);
}

/** The dialect with the longest beginning of the address, else the first one. */
export function dialectAt({ dialects }: Pick<ServerDependencies, 'dialects'>, url: string): Dialect | null {
  const places = dialects.flatMap((dialect) => dialect.prefixes.map((prefix) => ({ dialect, prefix })));
  const [nearest] = places
    .filter(({ prefix }) => url.startsWith(prefix))
    .toSorted((one, other) => other.prefix.length - one.prefix.length);
  return nearest?.dialect ?? dialects[0] ?? null;
}

function headersFor(failure: Failure): Record<string, string> {
  const headers: Record<string, string> = {};
  if (failure.kind === 'unauthorized') headers['www-authenticate'] = 'Bearer';
  if (failure.retryAfterMs !== undefined)
    headers['retry-after'] = String(Math.max(1, Math.ceil(failure.retryAfterMs / 1000)));
  return headers;
}

function withStatus(answer: HttpReply, status: number | null): HttpReply {
  return status === null ? answer : { ...answer, status };
}

/** Dialects forbid repeating what may be paid for; reading is not, nor is a create that is known again. */
function forRequest(request: FastifyRequest, answer: HttpReply): HttpReply {
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  const isKnownAgain =
    answer.status === CONFLICT && (request.headers['idempotency-key'] !== undefined || isRepeatedCreate(request));
  if (!isKnownAgain && !(isRead && answer.status >= SERVER_ERROR)) return answer;
  const { 'x-should-retry': _, ...headers } = answer.headers;
  return { ...answer, headers };
}

function isRepeatedCreate(request: FastifyRequest): boolean {
  return request.method === 'POST' && RETRY_COUNT.test(String(request.headers['x-stainless-retry-count'] ?? ''));
}

function logInternal(log: Log, error: unknown, request: FastifyRequest): void {
  const isExpected = error instanceof FailureError;
  const fields = { request_id: request.id, method: request.method, route: request.routeOptions.url ?? null };
  if (isExpected) log.error({ ...fields, detail: error.failure.detail ?? null }, error.failure.message);
  else log.error({ ...fields, err: error, status: SERVER_ERROR }, 'a request failed unexpectedly');
}
