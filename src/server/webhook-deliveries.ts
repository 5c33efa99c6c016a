/** The log of what was sent to an endpoint, or to the callback URLs of jobs, and how to send it again. */

import { Type } from 'typebox';
import type { FastifyRequest } from 'fastify';

import { tellNotifiers } from '../engine/notify/wake-up.ts';
import { isUuid } from '../model/id.ts';
import { listDeliveries, listTries, readDelivery, resendDelivery, resendFailed } from '../store/deliveries.ts';
import type { Delivery, DeliveryScope, LoggedTry } from '../store/deliveries.ts';
import type { WebhookEndpoint } from '../store/webhooks.ts';
import { keyOf } from './access.ts';
import { Exactly, pageOf, PageQuery } from './admin/shapes.ts';
import type { ServerDependencies } from './dependencies.ts';
import { failed } from './fail.ts';
import { listBody, unixSeconds } from './webhook-bodies.ts';
import type { TypedApp } from './typed-app.ts';

const LOG_BOUNDS = { triesShown: 10, resentAtOnce: 1_000, maxUnixSeconds: 4_102_444_800 } as const;
const PREFIX = 'whd_';
/** Stands for an endpoint where the callbacks of jobs are meant. */
const CALLBACKS = 'callbacks';

const STATES = ['pending', 'delivered', 'failed', 'cancelled'] as const;
const LogQuery = Exactly({
  limit: PageQuery.limit,
  after: Type.Optional(Type.String({ maxLength: 64 })),
  status: Type.Optional(
    Type.Union(
      STATES.map((state) => Type.Literal(state)),
      { description: `one of ${STATES.join(', ')}` },
    ),
  ),
});
const Since = Exactly({
  since: Type.Integer({
    minimum: 0,
    maximum: LOG_BOUNDS.maxUnixSeconds,
    description: 'a time in seconds since 1970',
  }),
});
const Params = Type.Object({ id: Type.String() });
const DeliveryParams = Type.Object({ id: Type.String(), delivery: Type.String() });

/** `ownEndpoint` throws unless the endpoint belongs to the key of the request. */
export function installDeliveries(
  app: TypedApp,
  deps: ServerDependencies,
  base: string,
  ownEndpoint: (request: FastifyRequest, id: string) => Promise<WebhookEndpoint>,
): void {
  const { db, log } = deps;

  const scopeOf = async (request: FastifyRequest, id: string, use: 'read' | 'send'): Promise<DeliveryScope> => {
    const { accountId, mode } = keyOf(request);
    if (id === CALLBACKS) return { accountId, mode, endpointId: null };
    const endpoint = await ownEndpoint(request, id);
    if (use === 'send' && endpoint.state === 'disabled') {
      throw failed('conflict', 'The endpoint is disabled: enable it first, with {"status": "enabled"}.');
    }
    return { accountId, mode, endpointId: endpoint.id };
  };
  const show = async (deliveries: readonly Delivery[]) => {
    const ids = deliveries.map(({ id }) => id);
    const tries = ids.length === 0 ? new Map<string, LoggedTry[]>() : await listTries(db, ids, LOG_BOUNDS.triesShown);
    return deliveries.map((delivery) => deliveryBody(delivery, tries.get(delivery.id) ?? []));
  };

  app.get(`${base}/:id/deliveries`, { schema: { params: Params, querystring: LogQuery } }, async (request) => {
    const scope = await scopeOf(request, request.params.id, 'read');
    const { after, status, limit: asked } = request.query;
    const { limit } = pageOf(asked === undefined ? {} : { limit: asked });
    const cursor = after === undefined ? null : (await ownDelivery(deps, scope, after)).id;
    const found = await listDeliveries(db, scope, { state: status ?? null, after: cursor, limit: limit + 1 });
    return listBody(await show(found), limit);
  });

  app.get(`${base}/:id/deliveries/:delivery`, { schema: { params: DeliveryParams } }, async (request) => {
    const scope = await scopeOf(request, request.params.id, 'read');
    const [body] = await show([await ownDelivery(deps, scope, request.params.delivery)]);
    return body;
  });

  app.post(`${base}/:id/deliveries/:delivery/resend`, { schema: { params: DeliveryParams } }, async (request) => {
    const scope = await scopeOf(request, request.params.id, 'send');
    const { id } = await ownDelivery(deps, scope, request.params.delivery);
    await resendDelivery(db, id);
    log.info({ request_id: request.id, delivery: id }, 'webhook sent again');
    const [body] = await show([await ownDelivery(deps, scope, id)]);
    tellNotifiers();
    return body;
  });

  app.post(`${base}/:id/resend_failed`, { schema: { params: Params, body: Since } }, async (request) => {
    const scope = await scopeOf(request, request.params.id, 'send');
    const since = new Date(request.body.since * 1000);
    const resent = await resendFailed(db, scope, since, LOG_BOUNDS.resentAtOnce);
    tellNotifiers();
    log.info({ request_id: request.id, endpoint: scope.endpointId, deliveries: resent }, 'failed webhooks sent again');
    return { object: 'webhook_endpoint.resend', resent, has_more: resent === LOG_BOUNDS.resentAtOnce };
  });
}

async function ownDelivery(deps: ServerDependencies, scope: DeliveryScope, id: string): Promise<Delivery> {
  const core = id.startsWith(PREFIX) ? id.slice(PREFIX.length) : id;
  const delivery = isUuid(core) ? await readDelivery(deps.db, scope, core) : null;
  if (delivery === null) throw failed('not_found', 'No delivery with this id exists.');
  return delivery;
}

function deliveryBody(delivery: Delivery, tries: readonly LoggedTry[]) {
  return {
    id: `${PREFIX}${delivery.id}`,
    object: 'webhook_endpoint.delivery',
    event_id: delivery.eventId,
    event_type: delivery.type,
    video_id: `video_${delivery.jobId}`,
    url: delivery.url,
    status: delivery.state,
    attempts: delivery.attempts,
    next_attempt_at: delivery.state === 'pending' ? unixSeconds(delivery.runAt) : null,
    last_status: delivery.lastStatus,
    last_error: delivery.lastError,
    created_at: unixSeconds(delivery.createdAt),
    delivered_at: delivery.deliveredAt === null ? null : unixSeconds(delivery.deliveredAt),
    request_body: delivery.body,
    tries: tries.map(({ createdAt, ...made }) => ({ created_at: unixSeconds(createdAt), ...made })),
  };
}
