/** Sends what a dialect wrote. */

import type { FastifyReply } from 'fastify';

import type { HttpReply } from '../dialects/dialect.ts';

const JSON_TYPE = 'application/json; charset=utf-8';

export function sendReply(reply: FastifyReply, answer: HttpReply): FastifyReply {
  reply.code(answer.status).header('content-type', JSON_TYPE).headers(answer.headers);
  return reply.send(answer.text ?? JSON.stringify(answer.body));
}
