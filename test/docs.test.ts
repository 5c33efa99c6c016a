/** Pages that are made from tables say what the tables say. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';

import { DOC_PAGES } from '../scripts/doc-pages.ts';
import { listModels } from '../src/catalogue/index.ts';

it.each(DOC_PAGES)('%s is what `npm run docs` writes', async (file, write) => {
  expect(await readFile(join(import.meta.dirname, '..', file), 'utf8')).toBe(write());
});

it('README.md says how many models there are', async () => {
  expect(await readFile(join(import.meta.dirname, '../README.md'), 'utf8')).toContain(
    `each of ${listModels().length} models`,
  );
});
