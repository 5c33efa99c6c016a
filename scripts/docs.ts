/** `npm run docs`: writes the pages of `docs/` that are made from tables. */

import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { dialectDocs } from './dialect-docs.ts';
import { metricsDocs } from './metrics-docs.ts';

await writeFile(fileURLToPath(new URL('../docs/routes.md', import.meta.url)), dialectDocs());
await writeFile(fileURLToPath(new URL('../docs/metrics.md', import.meta.url)), metricsDocs());
