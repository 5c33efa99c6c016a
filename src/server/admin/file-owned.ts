/** Keeps what a configuration file owns from being changed by anything but applying that file. */

import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';

import { isObject } from '../../model/json.ts';
import type { JsonObject } from '../../model/json.ts';
import {
  countUnfinishedByChannel,
  deleteFileOwned,
  listFileOwned,
  readFileOwner,
  writeFileOwned,
} from '../../store/file-owned.ts';
import type { FileOwned } from '../../store/file-owned.ts';
import type { ServerDependencies } from '../dependencies.ts';
import { failed } from '../fail.ts';
import type { TypedApp } from '../typed-app.ts';
import { Exactly, Name, Nullable, unknown } from './shapes.ts';

/** Names the file that is being applied. */
const FILE_HEADER = 'x-reelgate-config-file';
const CHANGES = new Set(['PATCH', 'PUT', 'DELETE']);
/** The route of one object, and nothing below it. */
const OBJECT_ROUTE = /^\/admin\/v1\/([a-z_]+)\/:(\w+)$/;
/** What a model is sold for is a part of its row. */
const PRICES_ROUTE = '/admin/v1/prices';
/** What an operator may have to do at once, whatever a file says: a change of these fields only, or a `DELETE`. */
const NEVER_OWNED: Readonly<Record<string, { readonly fields: readonly string[]; readonly end: boolean }>> = {
  accounts: { fields: ['frozen'], end: false },
  keys: { fields: [], end: true },
};

const FileName = Type.String({ minLength: 1, maxLength: 200, description: 'the name of a file' });
const Params = Type.Object({ kind: Type.String({ pattern: '^[a-z_]{1,40}$' }), id: Type.String({ maxLength: 200 }) });
const Claim = Exactly({
  name: Name,
  file: FileName,
  declared: Type.Object({}, { description: 'an object' }),
  secret_digest: Type.Optional(Nullable(Type.String({ maxLength: 100 }), 'a text')),
});

/** Before the routes that it guards. */
export function guardFileOwned(app: TypedApp, { db, catalogue }: ServerDependencies): void {
  app.addHook('preHandler', async (request) => {
    const object = CHANGES.has(request.method) ? objectOf(request, catalogue) : null;
    if (object === null || isFree(object.kind, request)) return;
    const file = await readFileOwner(db, object.kind, object.id);
    if (file === null || file === fileIn(request.headers[FILE_HEADER])) return;
    throw failed('conflict', `The file ${file} owns this: change it there, and run \`reelgate config apply\`.`);
  });
}

export function installFileOwned(app: TypedApp, { db, log }: ServerDependencies): void {
  app.get('/file_owned', async () => {
    const [owned, jobs] = await Promise.all([listFileOwned(db), countUnfinishedByChannel(db)]);
    return { data: owned.map((one) => ownedBody(one, jobs)), next: null };
  });

  app.put('/file_owned/:kind/:id', { schema: { params: Params, body: Claim } }, async (request) => {
    const { kind, id } = request.params;
    const { name, file, secret_digest: secretDigest = null } = request.body;
    const declared: JsonObject = isObject(request.body.declared) ? request.body.declared : {};
    if (!(await writeFileOwned(db, { kind, id, name, file, declared, secretDigest })))
      throw failed(
        'conflict',
        `Another file owns this: ${(await readFileOwner(db, kind, id)) ?? 'it was let go just now'}.`,
      );
    log.info({ request_id: request.id, kind, id, file }, 'a file owns an object');
    return { kind, id, name, file };
  });

  app.delete(
    '/file_owned/:kind/:id',
    { schema: { params: Params, querystring: Exactly({ file: FileName }) } },
    async (request, reply) => {
      const { kind, id } = request.params;
      const { file } = request.query;
      if (!(await deleteFileOwned(db, kind, id, file))) throw unknown('object of this file');
      log.info({ request_id: request.id, kind, id, file }, 'a file owns an object no more');
      return reply.code(204).send();
    },
  );
}

function objectOf(
  { routeOptions: { url = '' }, params, body }: FastifyRequest,
  catalogue: ServerDependencies['catalogue'],
): { kind: string; id: string } | null {
  const [, kind = '', param = ''] = OBJECT_ROUTE.exec(url) ?? [];
  const [whose, id] = url === PRICES_ROUTE ? ['models', memberOf(body, 'model')] : [kind, memberOf(params, param)];
  if (typeof id !== 'string') return null;
  // A model may be called by any of its names.
  return { kind: whose, id: whose === 'models' ? (catalogue.idOf(id) ?? id) : id };
}

function memberOf(value: unknown, name: string): unknown {
  return isObject(value) ? value[name] : undefined;
}

function isFree(kind: string, { method, body }: Pick<FastifyRequest, 'method' | 'body'>): boolean {
  const free = NEVER_OWNED[kind];
  if (free === undefined) return false;
  if (method === 'DELETE') return free.end;
  const said = isObject(body) ? Object.keys(body) : [];
  return said.length > 0 && said.every((field) => free.fields.includes(field));
}

/** Percent-encoded, as a header can only hold plain characters. */
function fileIn(header: string | string[] | undefined): string | null {
  try {
    return typeof header === 'string' ? decodeURIComponent(header) : null;
  } catch {
    return null;
  }
}

function ownedBody(owned: FileOwned, jobs: ReadonlyMap<string, number>) {
  return {
    kind: owned.kind,
    id: owned.id,
    name: owned.name,
    file: owned.file,
    declared: owned.declared,
    secret_digest: owned.secretDigest,
    unfinished_jobs: owned.kind === 'channels' ? (jobs.get(owned.id) ?? 0) : 0,
    applied_at: owned.appliedAt.toISOString(),
  };
}
