/** Pages that are made from tables say what the tables say. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';

import { dialectDocs } from '../scripts/dialect-docs.ts';
import { metricsDocs } from '../scripts/metrics-docs.ts';

it('docs/routes.md is what `npm run docs` writes', async () => {
  expect(await readFile(join(import.meta.dirname, '../docs/routes.md'), 'utf8')).toBe(dialectDocs());
});

it('docs/metrics.md is what `npm run docs` writes', async () => {
  expect(await readFile(join(import.meta.dirname, '../docs/metrics.md'), 'utf8')).toBe(metricsDocs());
});
