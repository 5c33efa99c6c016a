/** A copy of this tree, in which guards are broken and tests are run. */

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import type { Guard } from './guards.ts';
import type { Report } from './verdict.ts';

export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const LISTED = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
const MAX_LIST_BYTES = 10_000_000;
const RUN_LIMIT_MS = 300_000;

export type GuardedTree = {
  /** The report on `test/<test>.test.ts`; null if there was none in time. */
  run(test: string): Promise<Report | null>;
  /** The same while the guard is broken. */
  runWithout(guard: Guard): Promise<Report | null>;
  remove(): Promise<void>;
};

export async function copyTree(): Promise<GuardedTree> {
  const names = await namesHere();
  const directory = await mkdtemp(join(tmpdir(), 'reelgate-guards-'));
  const tree = join(directory, 'tree');
  const reportPath = join(directory, 'report.json');

  async function run(test: string): Promise<Report | null> {
    await rm(reportPath, { force: true });
    const words = ['run', `test/${test}.test.ts`, '--reporter=json', `--outputFile=${reportPath}`];
    const child = spawn('node_modules/.bin/vitest', words, { cwd: tree, stdio: 'ignore', timeout: RUN_LIMIT_MS });
    await once(child, 'close');
    return existsSync(reportPath) ? (JSON.parse(await readFile(reportPath, 'utf8')) as Report) : null;
  }

  for (const name of names) await cp(join(ROOT, name), join(tree, name));
  await symlink(join(ROOT, 'node_modules'), join(tree, 'node_modules'));
  return {
    run,
    async runWithout({ file, text, broken, test }) {
      const path = join(tree, file);
      const whole = await readFile(path, 'utf8');
      await writeFile(
        path,
        whole.replace(text, () => broken),
      );
      try {
        return await run(test);
      } finally {
        await writeFile(path, whole);
      }
    },
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}

/** Of the files that belong to the tree as it is now, committed or not. */
async function namesHere(): Promise<string[]> {
  const { stdout } = await promisify(execFile)('git', LISTED, { cwd: ROOT, maxBuffer: MAX_LIST_BYTES });
  return stdout.split('\0').filter((name) => name !== '' && existsSync(join(ROOT, name)));
}
