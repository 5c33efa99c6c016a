import { spawnSync } from 'node:child_process';
import { chmod, chown, lstat, mkdir, mkdtemp, readdir, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findBinaries } from '../../src/store/embedded/binaries.ts';
import { restoreLibraryLinks } from '../../src/store/embedded/library-links.ts';
import { StartupError } from '../../src/store/embedded/startup-error.ts';

const ORDINARY_USER = 65_534;
const AS_ROOT = process.geteuid?.() === 0;
const LINKS = ['libdemo.so', 'libdemo.so.1'];

let root: string;
let packageRoot: string;
let lib: string;
let linksDir: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'reelgate-links-'));
  packageRoot = join(root, 'package');
  lib = join(packageRoot, 'native/lib');
  linksDir = join(root, 'data/lib');
  await mkdir(lib, { recursive: true });
  await writeFile(join(lib, 'libdemo.so.1.2'), 'library');
  await writeManifest(LINKS.map((name) => ({ source: 'native/lib/libdemo.so.1.2', target: `native/lib/${name}` })));
});

afterEach(() => rm(root, { recursive: true }));

function writeManifest(links: readonly object[]): Promise<void> {
  return writeFile(join(packageRoot, 'native/pg-symlinks.json'), JSON.stringify(links));
}

test('missing links are made inside the package', async () => {
  expect(await restoreLibraryLinks(packageRoot, linksDir)).toBeNull();
  for (const name of LINKS) expect(await readlink(join(lib, name))).toBe('libdemo.so.1.2');
});

test('many processes may make them at once, and nothing else is left behind', async () => {
  await Promise.all(Array.from({ length: 8 }, () => restoreLibraryLinks(packageRoot, linksDir)));
  expect((await readdir(lib)).toSorted()).toEqual([...LINKS, 'libdemo.so.1.2']);
});

test('a dangling link is mended', async () => {
  await symlink('gone.so', join(lib, 'libdemo.so'));
  await restoreLibraryLinks(packageRoot, linksDir);
  expect(await readlink(join(lib, 'libdemo.so'))).toBe('libdemo.so.1.2');
});

test('complete links are left alone, so that the package may be read-only', async () => {
  await restoreLibraryLinks(packageRoot, linksDir);
  const before = (await lstat(lib)).mtimeMs;
  expect(await restoreLibraryLinks(packageRoot, linksDir)).toBeNull();
  expect((await lstat(lib)).mtimeMs).toBe(before);
});

test('a list that leads out of the package is refused', async () => {
  await writeManifest([{ source: 'native/lib/libdemo.so.1.2', target: '../../escape.so' }]);
  await expect(restoreLibraryLinks(packageRoot, linksDir)).rejects.toBeInstanceOf(StartupError);
});

test('a package without a list needs no links', async () => {
  await rm(join(packageRoot, 'native/pg-symlinks.json'));
  expect(await restoreLibraryLinks(packageRoot, linksDir)).toBeNull();
});

test('with a read-only package the links go beside the data, and PostgreSQL runs with them', async () => {
  const real = await findBinaries();
  await rm(packageRoot, { recursive: true });
  // Hard links: the libraries are large and nothing writes to them.
  spawnSync('cp', ['-al', real.packageRoot, packageRoot]);
  for (const name of await readdir(lib)) {
    if ((await lstat(join(lib, name))).isSymbolicLink()) await rm(join(lib, name));
  }
  await mkdir(dirname(linksDir));
  await chmod(root, 0o755);
  await chmod(lib, 0o555);
  if (AS_ROOT) await chown(dirname(linksDir), ORDINARY_USER, ORDINARY_USER);

  const user = AS_ROOT ? { uid: ORDINARY_USER, gid: ORDINARY_USER } : {};
  const module = join(import.meta.dirname, '../../src/store/embedded/library-links.ts');
  const script = `import(${JSON.stringify(module)}).then(async ({ restoreLibraryLinks }) =>
    console.log(await restoreLibraryLinks(${JSON.stringify(packageRoot)}, ${JSON.stringify(linksDir)})))`;
  const linked = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8', ...user });
  expect(linked.stdout.trim()).toBe(`${linksDir}:${lib}`);

  const postgres = join(packageRoot, 'native/bin/postgres');
  const bare = spawnSync(postgres, ['--version'], { encoding: 'utf8', env: {}, ...user });
  expect(bare.stderr).toContain('error while loading shared libraries');
  const env = { LD_LIBRARY_PATH: linked.stdout.trim() };
  for (const program of ['postgres', 'initdb']) {
    const path = join(packageRoot, 'native/bin', program);
    expect(spawnSync(path, ['--version'], { encoding: 'utf8', env, ...user }).stdout).toContain('PostgreSQL');
  }
  await chmod(lib, 0o755);
});

test('a platform without a package is told about DATABASE_URL', async () => {
  await expect(findBinaries('plan9-vax')).rejects.toThrow(
    'There is no embedded PostgreSQL for this platform (plan9-vax) in this installation. ' +
      'Set DATABASE_URL to a PostgreSQL server, 14 or newer.',
  );
});
