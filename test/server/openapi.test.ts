/** The OpenAPI documents: valid, complete, and served. */

import { Validator } from '@seriousme/openapi-schema-validator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { DIALECTS } from '../../src/dialects/index.ts';
import { openApiOf } from '../../src/server/openapi.ts';
import { startTestServer } from '../support/test-server.ts';
import type { TestServer } from '../support/test-server.ts';
import { call } from './support/http.ts';
import { rowEngine } from './support/row-engine.ts';

describe.each(DIALECTS)('the document of $title', (dialect) => {
  const document = openApiOf(dialect, '1.0.0', 'https://r.example');
  const operations = Object.entries(document['paths'] ?? {}).flatMap(([path, methods]) =>
    Object.entries(methods as Record<string, { operationId: string }>).map(([method, operation]) => ({
      at: `${method.toUpperCase()} ${path}`,
      operation,
    })),
  );

  it('is valid OpenAPI 3.1', async () => {
    const validator = new Validator();
    const result = await validator.validate(structuredClone(document) as Record<string, unknown>);
    expect(result.errors ?? []).toEqual([]);
    expect(result.valid).toBe(true);
    expect(validator.version).toBe('3.1');
  });

  it('has every route, each with a name of its own', () => {
    const routes = dialect.routes.map(({ method, path }) => `${method} ${path.replaceAll(/:([a-z_]+)/gi, '{$1}')}`);
    expect(operations.map(({ at }) => at).toSorted()).toEqual(routes.toSorted());
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('the server', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer({ makeEngine: rowEngine });
  });
  afterAll(() => server.close());

  it('gives the document of each dialect to anybody, and says which there are', async () => {
    for (const { name } of DIALECTS) {
      const response = await call(server, `/openapi/${name}.json`, { key: null });
      expect(response.status).toBe(200);
      expect(await response.json()).toMatchObject({ openapi: '3.1.0' });
    }
    const list = (await (await call(server, '/openapi', { key: null })).json()) as { documents: { name: string }[] };
    expect(list.documents.map(({ name }) => name)).toEqual(DIALECTS.map(({ name }) => name));
    expect((await call(server, '/openapi/none.json', { key: null })).status).toBe(404);
  });
});
