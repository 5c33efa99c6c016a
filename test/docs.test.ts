/** Pages that are made from tables say what the tables say. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';

import { cliDocs } from '../scripts/cli-docs.ts';
import { dialectDocs } from '../scripts/dialect-docs.ts';
import { editorSchema } from '../src/cli/config/schema.ts';

it('docs/routes.md is what `npm run docs` writes', async () => {
  expect(await readFile(join(import.meta.dirname, '../docs/routes.md'), 'utf8')).toBe(dialectDocs());
});

it('docs/cli.md and the schema of reelgate.yaml are what `npm run docs` writes', async () => {
  expect(await readFile(join(import.meta.dirname, '../docs/cli.md'), 'utf8')).toBe(cliDocs());
  const schema = await readFile(join(import.meta.dirname, '../docs/reelgate.schema.json'), 'utf8');
  expect(JSON.parse(schema)).toEqual(editorSchema());
});
