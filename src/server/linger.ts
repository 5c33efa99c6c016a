/** Keeps a connection readable for a while after a refusal, so that a client that is still sending sees the answer. */

import type { FastifyReply, FastifyRequest } from 'fastify';

import { HTTP_BOUNDS } from './bounds.ts';

/** The rest of an unread body is thrown away once the answer is out; then, if it does not end in time, the connection. */
export function lingerAfter(request: FastifyRequest, reply: FastifyReply): void {
  const { raw } = request;
  if (raw.complete || raw.destroyed) return;
  // Closing on unread bytes resets the connection, and the answer is lost with it: a wish to close waits for their end.
  const wantsClose = !reply.raw.shouldKeepAlive;
  reply.raw.shouldKeepAlive = true;
  reply.raw.once('finish', () => {
    const timer = setTimeout(() => raw.socket.destroy(), HTTP_BOUNDS.lingerMs);
    raw.once('close', () => {
      clearTimeout(timer);
      if (wantsClose) raw.socket.end();
    });
    raw.resume();
  });
}
