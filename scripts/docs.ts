/** `npm run docs`: writes the pages of `docs/` that are made from tables. */

import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { editorSchema } from '../src/cli/config/schema.ts';
import { cliDocs } from './cli-docs.ts';
import { dialectDocs } from './dialect-docs.ts';

await writeFile(fileURLToPath(new URL('../docs/routes.md', import.meta.url)), dialectDocs());
await writeFile(fileURLToPath(new URL('../docs/cli.md', import.meta.url)), cliDocs());
await writeFile(
  fileURLToPath(new URL('../docs/reelgate.schema.json', import.meta.url)),
  `${JSON.stringify(editorSchema(), null, 2)}\n`,
);
