/** The OpenAPI documents are valid and complete; linted with the house rules, without a database. */

import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, it } from 'vitest';

import { DIALECTS } from '../src/dialects/index.ts';
import { openApiOf } from '../src/server/openapi.ts';

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
