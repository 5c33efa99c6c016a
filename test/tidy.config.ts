/** The house rules alone, without a database. */

import { defineConfig } from 'vitest/config';

export default defineConfig({ test: { include: ['test/tidy.test.ts'] } });
