/** The house rules, the OpenAPI documents and the packages, without a database. */

import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: { include: ['test/tidy.test.ts', 'test/openapi.test.ts', 'test/supply.test.ts'] },
});
