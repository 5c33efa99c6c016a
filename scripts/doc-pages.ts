/** The pages of `docs/` that are made from tables, by their file. */

import { editorSchema } from '../src/cli/config/schema.ts';
import { cliDocs } from './cli-docs.ts';
import { dialectDocs } from './dialect-docs.ts';
import { errorDocs } from './error-docs.ts';
import { metricsDocs } from './metrics-docs.ts';
import { modelDocs } from './model-docs.ts';
import { nameDocs } from './name-docs.ts';
import { providerDocs } from './provider-docs.ts';
import { securityDocs } from './security-docs.ts';

export const DOC_PAGES: readonly (readonly [file: string, write: () => string])[] = [
  ['docs/routes.md', dialectDocs],
  ['docs/providers.md', providerDocs],
  ['docs/models.md', modelDocs],
  ['docs/names.md', nameDocs],
  ['docs/errors.md', errorDocs],
  ['docs/metrics.md', metricsDocs],
  ['docs/security-cases.md', securityDocs],
  ['docs/cli.md', cliDocs],
  ['docs/reelgate.schema.json', () => `${JSON.stringify(editorSchema(), null, 2)}\n`],
];
