/** The OpenAPI documents are served to anybody. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { DIALECTS } from '../../src/dialects/index.ts';
import { startTestServer } from '../support/test-server.ts';
import type { TestServer } from '../support/test-server.ts';
import { call } from './support/http.ts';
import { rowEngine } from './support/row-engine.ts';

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
