/** Turns the body of a request into a value, by what its headers say it is. */

import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';

import type { Storage } from '../../media/storage/storage.ts';
import { formBody } from '../../model/form-body.ts';
import type { Json } from '../../model/json.ts';
import { bodyBytesOf } from '../access.ts';
import { BODY_BOUNDS } from '../bounds.ts';
import { ByteBudget } from '../byte-budget.ts';
import type { ByteShare } from '../byte-budget.ts';
import { failed, invalid } from '../fail.ts';
import { bodyChunks, busy, declaredBytes, tooLarge } from './body-source.ts';
import { parseJsonBody } from './json-body.ts';
import { readMultipart } from './multipart-body.ts';

const JSON_TYPE = /^application\/(?:json|[a-z0-9!#$&^_.-]{1,64}\+json)[ \t]*(?:;|$)/i;
const FORM_TYPE = /^multipart\/form-data[ \t]*(?:;|$)/i;
const CHARSET = /;[ \t]*charset="?([a-z0-9_-]{1,32})/i;
const BODYLESS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'DELETE']);
const UTF8_NAMES = ['utf-8', 'utf8', 'us-ascii'];

/** Replaces every parser of the framework: bodies are read only on known routes, after the key was checked. */
export function installBodyReader(app: FastifyInstance, storage: Pick<Storage, 'writer'>): void {
  const budget = new ByteBudget(BODY_BOUNDS.inMemoryBytes);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', async (request: FastifyRequest) => {
    if (request.is404 || BODYLESS.has(request.method)) return undefined;
    const share = budget.share();
    // What was read stays in memory until the request is answered.
    releases.set(request, share);
    return readBody(request, storage, share);
  });
  app.addHook('onRequest', (request, reply, done) => {
    if (!BODYLESS.has(request.method)) reply.raw.once('close', () => releases.get(request)?.release());
    done();
  });
}

const releases = new WeakMap<FastifyRequest, ByteShare>();

async function readBody(
  request: FastifyRequest,
  storage: Pick<Storage, 'writer'>,
  share: ByteShare,
): Promise<Json | undefined> {
  const { raw } = request;
  const encoding = raw.headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity')
    throw failed(
      'unsupported_media',
      `Send the body as it is: the content encoding '${encoding.slice(0, 40)}' is not accepted.`,
    );
  const type = raw.headers['content-type'] ?? '';
  if (JSON_TYPE.test(type)) return readJson(raw, type, share, Math.min(bodyBytesOf(request), BODY_BOUNDS.jsonBytes));
  if (FORM_TYPE.test(type) && request.routeOptions.config.takesForms === true)
    return readForm(request, type, storage, share);
  if (isEmpty(raw)) return undefined;
  const accepted =
    request.routeOptions.config.takesForms === true ? 'application/json or multipart/form-data' : 'application/json';
  throw failed('unsupported_media', `Send the body as ${accepted}.`);
}

async function readJson(
  raw: IncomingMessage,
  type: string,
  share: ByteShare,
  maxBytes: number,
): Promise<Json | undefined> {
  const charset = CHARSET.exec(type)?.[1]?.toLowerCase() ?? 'utf-8';
  if (!UTF8_NAMES.includes(charset)) throw failed('unsupported_media', 'Send JSON in UTF-8.');
  if (declaredBytes(raw) > maxBytes) throw tooLarge(maxBytes);
  if (!share.resize(declaredBytes(raw))) throw busy();
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of bodyChunks(raw, { maxBytes, idleMs: BODY_BOUNDS.idleMs })) {
    bytes += chunk.length;
    if (bytes > declaredBytes(raw) && !share.resize(bytes)) throw busy();
    chunks.push(chunk);
  }
  return bytes === 0 ? undefined : parseJsonBody(Buffer.concat(chunks, bytes));
}

async function readForm(
  request: FastifyRequest,
  type: string,
  storage: Pick<Storage, 'writer'>,
  share: ByteShare,
): Promise<Json> {
  const { fields, files } = await readMultipart(request.raw, type, storage, share);
  const form = formBody(fields);
  if (!form.ok) throw invalid(form.violations);
  request.isForm = true;
  request.formFiles = files;
  return form.body;
}

function isEmpty(raw: IncomingMessage): boolean {
  return raw.headers['transfer-encoding'] === undefined && declaredBytes(raw) === 0;
}
