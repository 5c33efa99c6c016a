/** `npm run sbom`: writes `sbom.cdx.json`, the CycloneDX list of all that runs with Reelgate, out of the lockfile. */

import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FILE = 'sbom.cdx.json';
const MAX_BYTES = 64 * 1024 * 1024;

const made = spawnSync('npm', ['sbom', '--sbom-format', 'cyclonedx', '--omit', 'dev', '--package-lock-only'], {
  cwd: ROOT,
  encoding: 'utf8',
  maxBuffer: MAX_BYTES,
});
if (made.status === 0) {
  const { components } = JSON.parse(made.stdout) as { readonly components: readonly unknown[] };
  writeFileSync(`${ROOT}${FILE}`, made.stdout);
  process.stdout.write(`${FILE}: ${components.length} components\n`);
} else {
  process.stderr.write(`npm made no list: ${made.stderr}\n`);
  process.exitCode = 1;
}
