/** The house rules and the OpenAPI documents, without a database. */

import { defineConfig } from 'vitest/config';

export default defineConfig({ test: { include: ['test/tidy.test.ts', 'test/openapi.test.ts'] } });
