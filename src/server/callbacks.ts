/** `/callbacks/<channel>/<attempt>.<mac>`: where vendors say that something happened; what did, the vendor is asked. */

import type { FastifyInstance, FastifyReply } from 'fastify';

import { attemptOfCallback } from '../engine/callback-link.ts';
import { isUuid } from '../model/id.ts';
import type { CallbackReply } from '../providers/provider.ts';
import type { Access } from './access.ts';
import { CALLBACK_BOUNDS } from './bounds.ts';
import type { ServerDependencies } from './dependencies.ts';
import { writeProblem } from './problem.ts';

const ACCESS: Access = { auth: 'own', limitClass: 'public', bodyBytes: CALLBACK_BOUNDS.bodyBytes };

type CallbackRequest = { Params: { channelId: string; lastStep: string } };

const HEARD: CallbackReply = { status: 200, contentType: 'text/plain; charset=utf-8', body: 'ok' };
/** The same for an address that was never given out, an unknown attempt and a wrong signature. */
const UNKNOWN: CallbackReply = {
  status: 404,
  contentType: 'application/json; charset=utf-8',
  body: '{"error":"not_found"}',
};

export async function installCallbacks(app: FastifyInstance, deps: ServerDependencies): Promise<void> {
  const { engine, secrets } = deps;
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: CALLBACK_BOUNDS.bodyBytes }, (_request, body, done) =>
    done(null, body),
  );
  app.route<CallbackRequest>({
    method: ['GET', 'POST'],
    url: '/callbacks/:channelId/:lastStep',
    bodyLimit: CALLBACK_BOUNDS.bodyBytes,
    config: { writeFailure: writeProblem, access: ACCESS },
    // Before the body is read: whoever made the address up is not listened to.
    onRequest: (request, reply, done) => {
      if (attemptOf(request.params) === null) void send(reply, UNKNOWN);
      else done();
    },
    handler: async (request, reply) => {
      const attemptId = attemptOf(request.params);
      const answer =
        attemptId === null
          ? 'unknown'
          : await engine.tasks.calledBack(request.params.channelId, attemptId, {
              method: request.method === 'GET' ? 'GET' : 'POST',
              query: texts(request.query),
              headers: texts(request.headers),
              body: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
            });
      return send(reply, answer === 'unknown' ? UNKNOWN : (answer ?? HEARD));
    },
  });

  function attemptOf({ channelId, lastStep }: CallbackRequest['Params']): string | null {
    if (!isUuid(channelId)) return null;
    const attemptId = attemptOfCallback(secrets, channelId, lastStep);
    return attemptId !== null && isUuid(attemptId) ? attemptId : null;
  }
}

function send(reply: FastifyReply, { status, contentType, body }: CallbackReply): FastifyReply {
  return reply.code(status).type(contentType).send(body);
}

function texts(values: unknown): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values ?? {}).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
  );
}
