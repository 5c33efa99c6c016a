/** Admin route that says where a request would go and what it would cost, and makes nothing. */

import { Type } from 'typebox';

import type { Dialect, Incoming } from '../../dialects/dialect.ts';
import type { DryRun } from '../../engine/routing-desk.ts';
import type { KeyMode } from '../../model/job.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import { formatUsd } from '../../model/money.ts';
import type { ReadRequest } from '../../model/request.ts';
import { FailureError } from '../../model/failure.ts';
import { readAccount } from '../../store/accounts.ts';
import type { ServerDependencies } from '../dependencies.ts';
import { invalid } from '../fail.ts';
import type { TypedApp } from '../typed-app.ts';
import { Exactly, idIn, refused, unknown } from './shapes.ts';

const Question = Exactly({
  account_id: Type.Optional(Type.String({ description: 'an id' })),
  mode: Type.Optional(Type.Union([Type.Literal('live'), Type.Literal('test')], { description: "'live' or 'test'" })),
  dialect: Type.Optional(Type.String({ maxLength: 100, description: 'the name of a dialect' })),
  request: Type.Object({}, { description: 'the body of a create' }),
});

export function installRoute(app: TypedApp, deps: ServerDependencies): void {
  app.post('/route', { schema: { body: Question } }, async (request) => {
    const { account_id: accountId = null, mode = 'live', dialect: name } = request.body;
    const dialect = dialectOf(deps, name);
    const read = readCreate(dialect, request.body.request);
    return explain(deps, { mode, read, accountId: accountId === null ? null : idIn({ id: accountId }, 'account') });
  });
}

export type RouteQuestionBody = {
  readonly mode: KeyMode;
  readonly read: ReadRequest;
  /** Whose balance is looked at; null for nobody's. */
  readonly accountId: string | null;
};

/** Throws what a create would answer for a request that cannot be. */
export async function explain(deps: ServerDependencies, { mode, read, accountId }: RouteQuestionBody) {
  const account = accountId === null ? null : await readAccount(deps.db, accountId);
  if (accountId !== null && account === null) throw unknown('account');
  const run = await deps.engine.routing.dryRun({ mode, models: null, read });
  if (!run.ok) throw new FailureError(run.failure);
  const has = account?.availableMicros ?? null;
  return {
    ...runBody(run, mode),
    available_usd: has === null ? null : formatUsd(has),
    affordable:
      has === null || run.quoteMicros === null
        ? null
        : mode === 'test' || (account?.frozen === null && has >= run.quoteMicros),
  };
}

function runBody({ spec, notes, quoteMicros, route }: Extract<DryRun, { ok: true }>, mode: KeyMode) {
  return {
    object: 'dry_run',
    mode,
    spec,
    notes,
    quote_usd: quoteMicros === null ? null : formatUsd(quoteMicros),
    outcome: route.kind,
    channel_id: route.kind === 'channel' ? route.channel.id : null,
    candidates: route.explanation.map(({ channelId, channel, verdict, because }) => ({
      channel_id: channelId,
      channel,
      verdict,
      because,
    })),
  };
}

function dialectOf(deps: ServerDependencies, name: string | undefined): Dialect {
  const found = name === undefined ? deps.dialects[0] : deps.dialects.find((dialect) => dialect.name === name);
  if (found !== undefined) return found;
  const names = deps.dialects.map((dialect) => dialect.name).join(', ');
  throw refused('dialect', `'dialect' names no dialect. Allowed: ${names}.`);
}

function readCreate(dialect: Dialect, body: object): ReadRequest {
  const incoming: Incoming = {
    params: {},
    query: {},
    queryAll: {},
    headers: {},
    body: body as JsonObject & Json,
    files: [],
    multipart: false,
  };
  for (const route of dialect.routes.filter(({ method }) => method === 'POST')) {
    const result = route.read(incoming);
    if (!result.ok) throw invalid(result.violations);
    if (result.command.kind === 'create') return result.command.read;
  }
  throw refused('dialect', `The dialect ${dialect.name} has no create.`);
}
