/** `/v1/webhook_endpoints`: where an account wants to be told, in the shape of the `openai` package. */

import { Type } from 'typebox';
import type { FastifyInstance, FastifyRequest } from 'fastify';

import { receiverFault } from '../engine/notify/judge-receiver.ts';
import { callbackSecret } from '../engine/notify/notifier.ts';
import { callbackSecretContext, endpointSecretContext, openSecrets, sendMessage } from '../engine/notify/send.ts';
import { newWebhookSecret, secretHint } from '../engine/notify/sign.ts';
import { isUuid } from '../model/id.ts';
import { isObject } from '../model/json.ts';
import { NOTICE_TYPES } from '../model/notice.ts';
import type { NoticeType } from '../model/notice.ts';
import { violation } from '../model/violation.ts';
import { newId } from '../new-id.ts';
import {
  deleteEndpoint,
  insertEndpoint,
  listEndpoints,
  readEndpoint,
  rotateCallbackSecret,
  rotateEndpointSecret,
  updateEndpoint,
} from '../store/webhooks.ts';
import type { EndpointState, WebhookEndpoint } from '../store/webhooks.ts';
import { keyOf, limitClassByMethod } from './access.ts';
import type { Access } from './access.ts';
import { compileSchema } from './admin/schema-check.ts';
import { Exactly, Name, pageOf, PageQuery } from './admin/shapes.ts';
import type { FailureWriter, ServerDependencies } from './dependencies.ts';
import { failed, invalid } from './fail.ts';
import { writeProblem } from './problem.ts';
import { TokenBuckets } from './token-buckets.ts';
import { listBody, unixSeconds } from './webhook-bodies.ts';
import { typedApp } from './typed-app.ts';
import type { TypedApp } from './typed-app.ts';
import { installDeliveries } from './webhook-deliveries.ts';

const WEBHOOK_BOUNDS = {
  endpointsPerAccount: 20,
  urlChars: 2_048,
  overlapMs: 24 * 3_600_000,
  /** Of one endpoint. */
  testsPerMinute: 10,
  trackedEndpoints: 10_000,
} as const;

const ACCESS: Access = { auth: 'key', limitClass: 'read', bodyBytes: 64 * 1024 };
const PREFIX = 'whe_';
const BASE = '/v1/webhook_endpoints';

const EventType = Type.Union(NOTICE_TYPES.map((type) => Type.Literal(type)));
const EVENT_WORDS = `one of ${NOTICE_TYPES.join(', ')}`;
const EventTypes = Type.Array(EventType, {
  minItems: 1,
  maxItems: 2 * NOTICE_TYPES.length,
  description: `a list of one or more of ${NOTICE_TYPES.join(', ')}`,
});
const Url = Type.String({
  minLength: 1,
  maxLength: WEBHOOK_BOUNDS.urlChars,
  description: `a URL of at most ${WEBHOOK_BOUNDS.urlChars} characters`,
});
const NewEndpoint = Exactly({ url: Url, event_types: EventTypes, name: Type.Optional(Name) });
const EndpointChange = Exactly({
  url: Type.Optional(Url),
  event_types: Type.Optional(EventTypes),
  name: Type.Optional(Name),
  status: Type.Optional(
    Type.Union([Type.Literal('enabled'), Type.Literal('disabled')], { description: "'enabled' or 'disabled'" }),
  ),
});
/** A body that may be left out altogether. */
const Rotation = Type.Union([
  Exactly({ keep_old_secret_active_for_24_hours: Type.Optional(Type.Boolean({ description: 'true or false' })) }),
  Type.Null(),
]);
const Test = Type.Union([Exactly({ event_type: Type.Optional(EventType) }), Type.Null()], { description: EVENT_WORDS });
const ListQuery = Exactly({ limit: PageQuery.limit, after: Type.Optional(Type.String({ maxLength: 64 })) });
const Params = Type.Object({ id: Type.String() });

export async function installWebhooks(
  plain: FastifyInstance,
  deps: ServerDependencies,
  nowMs: () => number,
): Promise<void> {
  const writeFailure = plainWords(deps);
  plain.addHook('onRoute', (route) => {
    route.config = {
      ...route.config,
      writeFailure,
      access: { ...ACCESS, limitClass: limitClassByMethod(route.method) },
    };
  });
  plain.setValidatorCompiler(({ schema }) => compileSchema(schema));
  const app = typedApp(plain);
  installEndpoints(app, deps);
  installSecrets(app, deps);
  installTest(app, deps, nowMs);
  installDeliveries(app, deps, BASE, (request, id) => ownEndpoint(deps, request, id));
}

/** OpenAI's envelope around the failure's own sentence: a schema says better what is wrong than its violations do. */
function plainWords(deps: ServerDependencies): FailureWriter {
  return (failure, language, requestId) => {
    const answer = (deps.dialects[0]?.writeFailure ?? writeProblem)(failure, language, requestId);
    const error = isObject(answer.body) ? answer.body['error'] : undefined;
    if (!isObject(error)) return answer;
    return { ...answer, body: { error: { ...error, message: failure.message } } };
  };
}

function installEndpoints(app: TypedApp, deps: ServerDependencies): void {
  const { db, log } = deps;

  app.post(BASE, { schema: { body: NewEndpoint } }, async (request) => {
    const { url, event_types: eventTypes, name } = request.body;
    const host = await judgedHost(deps, url);
    const { accountId, mode } = keyOf(request);
    const id = newId();
    const secret = newWebhookSecret();
    const row = {
      id,
      accountId,
      mode,
      url,
      host,
      name: name ?? host,
      eventTypes: [...new Set(eventTypes)],
      secretSealed: deps.secrets.seal(secret, endpointSecretContext(id)),
      secretHint: secretHint(secret),
    };
    if (!(await insertEndpoint(db, row, WEBHOOK_BOUNDS.endpointsPerAccount))) {
      const most = WEBHOOK_BOUNDS.endpointsPerAccount;
      throw failed('conflict', `An account has at most ${most} webhook endpoints. Delete one that is not needed.`);
    }
    log.info({ request_id: request.id, account: accountId, endpoint: id }, 'webhook endpoint created');
    return { ...endpointBody(await ownEndpoint(deps, request, id)), signing_secret: secret };
  });

  app.get(BASE, { schema: { querystring: ListQuery } }, async (request) => {
    const after = request.query.after === undefined ? null : (await ownEndpoint(deps, request, request.query.after)).id;
    const { limit } = pageOf(request.query.limit === undefined ? {} : { limit: request.query.limit });
    const found = await listEndpoints(db, keyOf(request), after, limit + 1);
    return listBody(found.map(endpointBody), limit);
  });

  app.get(`${BASE}/:id`, { schema: { params: Params } }, async (request) =>
    endpointBody(await ownEndpoint(deps, request, request.params.id)),
  );

  app.post(`${BASE}/:id`, { schema: { params: Params, body: EndpointChange } }, async (request) => {
    const now = await ownEndpoint(deps, request, request.params.id);
    const { body } = request;
    const url = body.url ?? now.url;
    const host = url === now.url ? new URL(url).host : await judgedHost(deps, url);
    const state: EndpointState = body.status ?? now.state;
    const eventTypes = [...new Set(body.event_types ?? now.eventTypes)];
    const change = { name: body.name ?? now.name, url, host, eventTypes, state };
    if (!isSame(now, change)) await updateEndpoint(db, now.id, change);
    log.info({ request_id: request.id, endpoint: now.id, fields: Object.keys(body) }, 'webhook endpoint changed');
    return endpointBody(await ownEndpoint(deps, request, now.id));
  });

  app.delete(`${BASE}/:id`, { schema: { params: Params } }, async (request) => {
    const { id } = await ownEndpoint(deps, request, request.params.id);
    await deleteEndpoint(db, id);
    log.info({ request_id: request.id, endpoint: id }, 'webhook endpoint deleted');
    return { id: `${PREFIX}${id}`, object: 'webhook_endpoint.deleted', deleted: true };
  });

  app.get('/v1/webhook_event_types', () => ({ object: 'list', data: NOTICE_TYPES }));
}

/** Secrets are shown when they are made; the one of the callbacks, which nobody creates, whenever it is asked for. */
function installSecrets(app: TypedApp, deps: ServerDependencies): void {
  const { db, log, secrets } = deps;

  app.post(`${BASE}/:id/rotate_secret`, { schema: { params: Params, body: Rotation } }, async (request) => {
    const { id } = await ownEndpoint(deps, request, request.params.id);
    const secret = newWebhookSecret();
    await rotateEndpointSecret(db, id, {
      secretSealed: secrets.seal(secret, endpointSecretContext(id)),
      secretHint: secretHint(secret),
      overlapMs: overlapMs(request.body),
    });
    log.info({ request_id: request.id, endpoint: id }, 'webhook secret rotated');
    return { ...endpointBody(await ownEndpoint(deps, request, id)), signing_secret: secret };
  });

  app.get(`${BASE}/callback_secret`, async (request) => {
    const owner = keyOf(request);
    const [secret] = openSecrets(secrets, await callbackSecret(deps, owner), callbackSecretContext(owner));
    return callbackBody(secret ?? '');
  });

  app.post(`${BASE}/callback_secret/rotate_secret`, { schema: { body: Rotation } }, async (request) => {
    const owner = keyOf(request);
    const secret = newWebhookSecret();
    await callbackSecret(deps, owner);
    const secretSealed = secrets.seal(secret, callbackSecretContext(owner));
    await rotateCallbackSecret(db, owner, { secretSealed, overlapMs: overlapMs(request.body) });
    log.info({ request_id: request.id, account: owner.accountId }, 'callback secret rotated');
    return callbackBody(secret);
  });
}

/** Sends a made-up event the way of the real ones and tells no more than what kind of answer came. */
function installTest(app: TypedApp, deps: ServerDependencies, nowMs: () => number): void {
  const tests = new TokenBuckets(WEBHOOK_BOUNDS.trackedEndpoints, nowMs);

  app.post(`${BASE}/:id/test`, { schema: { params: Params, body: Test } }, async (request) => {
    const endpoint = await ownEndpoint(deps, request, request.params.id);
    const taken = tests.take(endpoint.id, WEBHOOK_BOUNDS.testsPerMinute);
    if (!taken.ok) {
      throw failed('limit_exceeded', 'This endpoint was tested too often in the last minute.', taken.retryAfterMs);
    }
    const eventType = request.body?.event_type ?? 'video.completed';
    const eventId = `evt_${newId()}`;
    const secrets = openSecrets(deps.secrets, endpoint, endpointSecretContext(endpoint.id));
    const message = { eventId, url: endpoint.url, body: sample(eventId, eventType, nowMs()), secrets };
    const outcome = await sendMessage(deps.fetcher, message, nowMs());
    if (!outcome.ok) {
      const because = outcome.message.replace(/\.$/, '');
      const code = outcome.reason === 'url_not_allowed' ? 'not_allowed_url' : 'unreachable';
      throw invalid([violation(code, 'url', null, null, { en: because, zh: because })]);
    }
    const statusClass = Math.floor(outcome.status / 100);
    return {
      object: 'webhook_endpoint.test',
      webhook_endpoint_id: `${PREFIX}${endpoint.id}`,
      event_type: eventType,
      success: true,
      status_code: statusClass * 100,
      status_class: `${statusClass}xx`,
    };
  });
}

function sample(eventId: string, type: NoticeType, nowMs: number): string {
  const id = `video_${newId()}`;
  const data =
    type === 'video.completed'
      ? { id, status: 'completed' }
      : { id, status: 'failed', error: { code: 'generation_failed', message: 'This is a test.' } };
  return JSON.stringify({ id: eventId, object: 'event', created_at: Math.floor(nowMs / 1000), type, data });
}

/** The host of the URL, with its port. Throws if nothing may be sent there. */
async function judgedHost(deps: ServerDependencies, url: string): Promise<string> {
  const fault = await receiverFault(deps.fetcher, 'url', url);
  if (fault !== null) throw invalid([fault]);
  return new URL(url).host;
}

/** The same answer for an endpoint that is someone else's, of the other mode, deleted, unknown, or no id at all. */
async function ownEndpoint(deps: ServerDependencies, request: FastifyRequest, id: string): Promise<WebhookEndpoint> {
  const core = id.startsWith(PREFIX) ? id.slice(PREFIX.length) : id;
  const endpoint = isUuid(core) ? await readEndpoint(deps.db, keyOf(request), core) : null;
  if (endpoint === null) throw failed('not_found', 'No webhook endpoint with this id exists.');
  return endpoint;
}

function isSame(now: WebhookEndpoint, change: Pick<WebhookEndpoint, 'name' | 'url' | 'eventTypes' | 'state'>): boolean {
  const { name, url, eventTypes, state } = now;
  return (
    JSON.stringify([name, url, eventTypes, state]) ===
    JSON.stringify([change.name, change.url, change.eventTypes, change.state])
  );
}

/** The old secret goes on signing beside the new one unless the owner says that it must not. */
function overlapMs(body: { keep_old_secret_active_for_24_hours?: boolean } | null): number {
  return body?.keep_old_secret_active_for_24_hours === false ? 0 : WEBHOOK_BOUNDS.overlapMs;
}

function endpointBody(endpoint: WebhookEndpoint) {
  return {
    id: `${PREFIX}${endpoint.id}`,
    object: 'webhook_endpoint',
    name: endpoint.name,
    url: endpoint.url,
    event_types: endpoint.eventTypes,
    status: endpoint.state,
    disabled_reason: endpoint.disabledReason,
    signing_secret_hint: endpoint.secretHint,
    previous_secret_expires_at: endpoint.previousUntil === null ? null : unixSeconds(endpoint.previousUntil),
    created_at: unixSeconds(endpoint.createdAt),
    updated_at: unixSeconds(endpoint.updatedAt),
  };
}

function callbackBody(secret: string) {
  return { object: 'webhook_endpoint.callback_secret', signing_secret: secret };
}
