/** The OpenAPI 3.1 document of each dialect, made of its routes and their schemas, and served at `/openapi/{dialect}.json`. */

import type { FastifyInstance } from 'fastify';

import type { AuthForm, Dialect, Route } from '../dialects/dialect.ts';
import { isObject } from '../model/json.ts';
import type { Json, JsonObject } from '../model/json.ts';
import { OPEN } from './access.ts';
import { failed } from './fail.ts';

const JSON_TYPE = 'application/json';
const FORM_TYPE = 'multipart/form-data';
const STEP = /:([a-z_]+)/gi;
/** What clients of each way to send the key are told. */
const SCHEMES: Readonly<Record<AuthForm, JsonObject>> = {
  bearer: { type: 'http', scheme: 'bearer' },
  bare: { type: 'apiKey', in: 'header', name: 'Authorization', description: 'The key alone' },
  token: { type: 'apiKey', in: 'header', name: 'Authorization', description: 'Token <key>' },
  'google-header': { type: 'apiKey', in: 'header', name: 'x-goog-api-key' },
  'google-query': { type: 'apiKey', in: 'query', name: 'key' },
  signed: {
    type: 'apiKey',
    in: 'header',
    name: 'Authorization',
    description: 'HMAC-SHA256 of the Volcengine SDKs with the key as access key id; the signature is not looked at',
  },
  jwt: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'A token whose `iss` is the key' },
};
const EVERYWHERE: readonly AuthForm[] = ['bearer', 'bare'];

/** `publicUrl` is where clients reach this server; null leaves the document without one. */
export function openApiOf(dialect: Dialect, version: string, publicUrl: string | null): JsonObject {
  const forms = [...EVERYWHERE, ...(dialect.auth ?? [])];
  const paths: Record<string, Record<string, Json>> = {};
  for (const route of dialect.routes) {
    const path = route.path.replaceAll(STEP, '{$1}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(dialect, route) };
  }
  return {
    openapi: '3.1.0',
    info: { title: `Reelgate: ${dialect.title}`, version, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    ...(publicUrl === null ? {} : { servers: [{ url: publicUrl }] }),
    security: forms.map((form) => ({ [form]: [] })),
    paths,
    components: { securitySchemes: Object.fromEntries(forms.map((form) => [form, SCHEMES[form]])) },
  };
}

export function installOpenApi(
  app: FastifyInstance,
  dialects: readonly Dialect[],
  version: string,
  publicUrl: () => string,
): void {
  const config = { access: { ...OPEN, limitClass: 'read' } as const };
  app.get('/openapi', { config }, async () => ({
    documents: dialects.map(({ name, title }) => ({ name, title, url: `${publicUrl()}/openapi/${name}.json` })),
  }));
  app.get<{ Params: { file: string } }>('/openapi/:file', { config }, async (request) => {
    const dialect = dialects.find(({ name }) => `${name}.json` === request.params.file);
    if (dialect === undefined) {
      const names = dialects.map(({ name }) => `${name}.json`).join(', ');
      throw failed('not_found', `There is no such document. There are: ${names}.`);
    }
    return openApiOf(dialect, version, publicUrl());
  });
}

function operationOf(dialect: Dialect, route: Route): JsonObject {
  const parameters = [...pathParameters(route), ...queryParameters(route)];
  return {
    operationId: operationId(dialect, route),
    summary: route.summary,
    ...(parameters.length === 0 ? {} : { parameters }),
    ...bodyOf(route),
    responses: {
      '200': { description: 'What was asked for', content: { [JSON_TYPE]: { schema: {} } } },
      default: { description: 'What was wrong, in the words of this API', content: { [JSON_TYPE]: { schema: {} } } },
    },
  };
}

/** Unique within the document: every route has a path and a method of its own. */
function operationId({ name }: Dialect, { method, path }: Route): string {
  return `${name}_${method.toLowerCase()}${path.replaceAll(/[^a-z0-9]/gi, '_')}`;
}

function pathParameters({ path }: Route): JsonObject[] {
  return [...path.matchAll(STEP)].map(([, name = '']) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
}

function queryParameters({ querySchema }: Route): JsonObject[] {
  const schema = plain(querySchema ?? {});
  const { properties = {}, required = [] } = schema;
  if (!isObject(properties)) return [];
  const must = Array.isArray(required) ? required : [];
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: 'query',
    required: must.includes(name),
    schema: property,
  }));
}

/** Every body that may be JSON may be a form too. */
function bodyOf({ bodySchema, bodyOptional }: Route): JsonObject {
  if (bodySchema === null) return {};
  const schema = plain(bodySchema);
  const content = { [JSON_TYPE]: { schema }, [FORM_TYPE]: { schema } };
  return { requestBody: { required: bodyOptional !== true, content } };
}

/** Schemas carry marks of the library they are written with, which are no JSON. */
function plain(schema: object): JsonObject {
  return JSON.parse(JSON.stringify(schema)) as JsonObject;
}
