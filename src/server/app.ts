/** The HTTP server: one Fastify instance with every route, its bounds, and one way to answer errors. */

import fastify from 'fastify';
import type { FastifyInstance, FastifyRequest } from 'fastify';

import { collectAccess, installAccess } from './access.ts';
import { whileRoom } from '../media/storage/room.ts';
import { installAccessLog } from './access-log.ts';
import { installAdmin } from './admin/admin.ts';
import { createAuth } from './auth.ts';
import { installBodyReader } from './body/read-body.ts';
import { BODY_BOUNDS, HTTP_BOUNDS, STREAM_BOUNDS } from './bounds.ts';
import { answerBrokenHttp } from './broken-http.ts';
import { installCallbacks } from './callbacks.ts';
import { isAllowedAddress } from './client-address.ts';
import type { ServerDependencies } from './dependencies.ts';
import { installDialects } from './dialect-routes.ts';
import { installDrain } from './drain.ts';
import { answerError, installErrors } from './errors.ts';
import { installFiles } from './files.ts';
import { installGate } from './gate.ts';
import { installHealth } from './health.ts';
import { createGuard } from './idempotency.ts';
import { createJobReader } from './job-reader.ts';
import { collectRoutes } from './known-routes.ts';
import { createLimiter } from './limits.ts';
import { startLoadMeter } from './load.ts';
import type { LoadReading } from './load.ts';
import { countAnswers, installMetrics } from './metrics-route.ts';
import { installOpenApi } from './openapi.ts';
import { REQUEST_ID_HEADER, requestId } from './request-id.ts';
import { StreamSlots } from './stream-slots.ts';
import { installWebhooks } from './webhooks.ts';

export type { ServerDependencies } from './dependencies.ts';

/** Ready to listen. `close()` takes no new connections and waits for the requests under way. */
export async function createApp(deps: ServerDependencies): Promise<FastifyInstance> {
  const nowMs = deps.nowMs ?? Date.now;
  const auth = createAuth(deps, nowMs);
  const app = openServer(deps);
  const routes = collectRoutes(app);
  collectAccess(app);
  app.decorateRequest('apiKey', null);
  app.decorateRequest('formFiles');
  app.decorateRequest('isForm', false);
  app.addHook('onRequest', (request, reply, done) => {
    request.formFiles = [];
    reply.headers({ [REQUEST_ID_HEADER]: request.id, 'x-content-type-options': 'nosniff' });
    done();
  });
  installAccessLog(app, deps.log);
  countAnswers(app, deps);
  const load = deps.load ?? meteredLoad(app);
  const { metrics } = deps;
  const limiter = createLimiter(deps.db, deps.addressLimits, nowMs, (policy, limitClass) =>
    metrics.count('reelgate_rate_limited_total', { policy, class: limitClass }),
  );
  installGate(app, limiter, load, deps.shedDelayMs, (limitClass) =>
    metrics.count('reelgate_shed_total', { class: limitClass }),
  );
  installErrors(app, deps, routes);
  installBodyReader(app, whileRoom(deps.storage, deps.room));
  installAccess(app, auth, limiter);
  const closing = installDrain(app, deps.drainMs);
  installHealth(app, deps, auth, load, closing);
  installMetrics(app, deps, load, closing);
  installFiles(app, deps, nowMs);
  const streams = { ...STREAM_BOUNDS, ...deps.streamBounds };
  const context = {
    deps,
    readJob: createJobReader(deps.db),
    nowMs,
    closing,
    create: createGuard(deps.engine),
    slots: new StreamSlots(streams),
    streams,
    isStillGood: (request: FastifyRequest) => auth.isStillGood(request),
  };
  installDialects(app, context);
  installOpenApi(app, deps.dialects, deps.version, () => deps.publicUrl);
  await app.register((webhooks) => installWebhooks(webhooks, deps, nowMs));
  await app.register((callbacks) => installCallbacks(callbacks, deps));
  await app.register((admin) => installAdmin(admin, deps, auth), { prefix: '/admin/v1' });
  await app.ready();
  return app;
}

/** Measured as long as the server is open. */
function meteredLoad(app: FastifyInstance): () => LoadReading {
  const meter = startLoadMeter();
  app.addHook('onClose', async () => meter.stop());
  return () => meter.reading();
}

function openServer(deps: ServerDependencies): FastifyInstance {
  return fastify({
    logger: false,
    requestIdHeader: false,
    genReqId: (request) => requestId(request.headers),
    bodyLimit: BODY_BOUNDS.formBytes,
    requestTimeout: HTTP_BOUNDS.requestMs,
    trustProxy: (address) => isAllowedAddress(address, deps.trustedProxies),
    keepAliveTimeout: HTTP_BOUNDS.keepAliveMs,
    exposeHeadRoutes: false,
    // A server that is closing still answers what reaches it, and says that the connection ends.
    return503OnClosing: false,
    http: {
      headersTimeout: HTTP_BOUNDS.headersMs,
      connectionsCheckingInterval: HTTP_BOUNDS.timeoutCheckMs,
      maxHeaderSize: HTTP_BOUNDS.headerBytes,
    },
    routerOptions: { maxParamLength: HTTP_BOUNDS.paramChars },
    frameworkErrors: (error, request, reply) => {
      answerError(deps, error, request, reply);
    },
    clientErrorHandler: (error, socket) => answerBrokenHttp(deps, error, socket),
  });
}
