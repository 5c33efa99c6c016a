/** Restores the symbolic links between PostgreSQL's libraries, which npm packages cannot carry. */

import { lstat, mkdir, readFile, readlink, rename, rm, stat, symlink } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { basename, delimiter, dirname, join, relative, resolve } from 'node:path';
import { unwritable } from './failure-sentences.ts';
import { StartupError } from './startup-error.ts';

type Link = { readonly path: string; readonly source: string };

const MAX_LINKS = 1_000;
const READ_ONLY_CODES: readonly string[] = ['EROFS', 'EACCES', 'EPERM'];

/**
 * Makes every link of the package's `pg-symlinks.json` exist, in the package or, where that is read-only, in `linksDir`.
 * Returns the directories that the loader must search, as its variable takes them, or null when it finds all by itself.
 * Any number of processes may do this at once.
 */
export async function restoreLibraryLinks(packageRoot: string, linksDir: string): Promise<string | null> {
  const missing: Link[] = [];
  for (const link of await readLinks(packageRoot)) {
    if (!(await pointsAt(link.path, link.source))) missing.push(link);
  }
  for (const link of missing) {
    try {
      await placeLink(link.path, relative(dirname(link.path), link.source));
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : '';
      if (!READ_ONLY_CODES.includes(code)) throw unwritable(link.path, error);
      await linkElsewhere(missing, linksDir);
      // A library that was found through a link looks for others beside the link, and not in the package.
      return [linksDir, librariesOf(packageRoot)].join(delimiter);
    }
  }
  return null;
}

async function linkElsewhere(links: readonly Link[], linksDir: string): Promise<void> {
  try {
    // Readable by all: PostgreSQL may run as another user, and the names of libraries are no secret.
    await mkdir(linksDir, { recursive: true, mode: 0o755 });
    for (const link of links) {
      const path = join(linksDir, basename(link.path));
      if (!(await pointsAt(path, link.source))) await placeLink(path, link.source);
    }
  } catch (error) {
    throw unwritable(linksDir, error);
  }
}

async function readLinks(packageRoot: string): Promise<Link[]> {
  const file = join(packageRoot, 'native', 'pg-symlinks.json');
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '[]';
    throw error;
  });
  const rows: unknown = JSON.parse(text);
  if (!Array.isArray(rows) || rows.length > MAX_LINKS) throw damaged(file);
  return rows.map((row: unknown) => {
    if (typeof row !== 'object' || row === null || !('source' in row) || !('target' in row)) throw damaged(file);
    return { source: inside(packageRoot, row.source, file), path: inside(packageRoot, row.target, file) };
  });
}

function librariesOf(packageRoot: string): string {
  return join(packageRoot, 'native', 'lib');
}

function inside(packageRoot: string, path: unknown, file: string): string {
  if (typeof path !== 'string') throw damaged(file);
  const root = librariesOf(packageRoot);
  const absolute = resolve(packageRoot, path);
  if (!absolute.startsWith(`${root}/`)) throw damaged(file);
  return absolute;
}

async function pointsAt(path: string, source: string): Promise<boolean> {
  try {
    const [found, wanted] = await Promise.all([stat(path), stat(source)]);
    return found.ino === wanted.ino && found.dev === wanted.dev;
  } catch {
    return false;
  }
}

/** Renames a finished link into place, so that no process ever sees it missing or half made. */
async function placeLink(path: string, target: string): Promise<void> {
  const found = await lstat(path).catch(() => null);
  if (found !== null && (!found.isSymbolicLink() || (await readlink(path).catch(() => '')) === target)) return;
  const temporary = `${path}.${randomBytes(6).toString('hex')}`;
  await symlink(target, temporary);
  try {
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

function damaged(file: string): StartupError {
  return new StartupError(`${file} is damaged: install Reelgate's packages again.`);
}
