/** The routes of every dialect: read the request, do what it commands, answer in the same dialect. */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import type { Command, Dialect, Incoming, Route } from '../dialects/dialect.ts';
import type { Json } from '../model/json.ts';
import { isDryRun, keyOf } from './access.ts';
import type { Access } from './access.ts';
import { explain } from './admin/route.ts';
import { idIn } from './admin/shapes.ts';
import { BODY_BOUNDS } from './bounds.ts';
import { runCommand } from './commands.ts';
import type { CommandContext } from './command-context.ts';
import { failed, invalid } from './fail.ts';
import { languageOf } from './language.ts';
import { lists, texts } from './texts.ts';

export function installDialects(app: FastifyInstance, context: CommandContext): void {
  for (const dialect of context.deps.dialects) {
    for (const route of dialect.routes) installRoute(app, context, dialect, route);
  }
}

function installRoute(app: FastifyInstance, context: CommandContext, dialect: Dialect, route: Route): void {
  app.route({
    method: route.method === 'GET' ? ['GET', 'HEAD'] : route.method,
    url: route.path,
    config: {
      writeFailure: dialect.writeFailure,
      takesForms: route.bodySchema !== null,
      auth: dialect.auth ?? [],
      access: accessOf(route),
    },
    handler: (request, reply) => handle(context, dialect, route, request, reply),
  });
}

function accessOf({ method, limitClass, bodySchema }: Route): Access {
  const bodyBytes = bodySchema === null ? 0 : BODY_BOUNDS.formBytes;
  return { auth: 'key', limitClass, bodyBytes, dryRun: method === 'POST' };
}

function handle(
  context: CommandContext,
  dialect: Dialect,
  route: Route,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const incoming = incomingOf(request);
  if (incoming.body === null && route.bodySchema !== null && route.bodyOptional !== true) {
    throw failed('invalid_request', 'The request has no body: send application/json or multipart/form-data.');
  }
  const read = route.read(incoming);
  if (!read.ok) throw invalid(read.violations);
  if (isDryRun(request)) return dryRun(context, request, reply, read.command);
  const language = languageOf(request.headers['accept-language']);
  const asked = { dialect, key: keyOf(request), language, request, reply };
  return runCommand(context, asked, read.command);
}

async function dryRun(
  context: CommandContext,
  request: FastifyRequest,
  reply: FastifyReply,
  command: Command,
): Promise<FastifyReply> {
  if (command.kind !== 'create' || command.from !== undefined)
    throw failed('invalid_request', "'dry_run' is for requests that create a video and stand alone.");
  const { mode = 'live' } = texts(request.query);
  if (mode !== 'live' && mode !== 'test') throw failed('invalid_request', "'mode' must be 'live' or 'test'.");
  const account = request.headers['x-reelgate-account'];
  const accountId = typeof account === 'string' && account !== '' ? idIn({ id: account }, 'account') : null;
  return reply.send(await explain(context.deps, { mode, read: command.read, accountId }));
}

/** What only the server may see stays with it. */
const HIDDEN_HEADERS: ReadonlySet<string> = new Set(['authorization', 'proxy-authorization', 'cookie']);

/** Copies what it is asked for and no more: most commands only look at the id. */
function incomingOf(request: FastifyRequest): Incoming {
  return {
    params: texts(request.params),
    get query() {
      return texts(request.query);
    },
    get queryAll() {
      return lists(request.query);
    },
    get headers() {
      return visibleHeaders(request);
    },
    body: bodyOf(request.body),
    files: request.formFiles,
    multipart: request.isForm,
  };
}

function visibleHeaders(request: FastifyRequest): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (value === undefined || HIDDEN_HEADERS.has(name)) continue;
    headers[name] = typeof value === 'string' ? value : value.join(', ');
  }
  return headers;
}

/** Bodies come from our own parser, which makes nothing but JSON values. */
function bodyOf(body: unknown): Json {
  return body === undefined ? null : (body as Json);
}
