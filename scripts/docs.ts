/** `npm run docs`: writes the pages of `docs/` that are made from tables. */

import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { DOC_PAGES } from './doc-pages.ts';

for (const [file, write] of DOC_PAGES) {
  await writeFile(fileURLToPath(new URL(`../${file}`, import.meta.url)), write());
}
