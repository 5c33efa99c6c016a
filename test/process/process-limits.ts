/** Limits on what a running process and its children may use, set from outside. */

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const PRLIMIT = '/usr/bin/prlimit';

/** Linux has the means; some small containers lack the program. */
export const CAN_LIMIT = existsSync(PRLIMIT);

export type Limit = { readonly what: 'fsize' | 'nofile'; readonly most: number | 'unlimited' };

/** Children made later have it, too. The hard limit stays, so that this one can be lifted again. */
export async function limitProcess(pid: number | undefined, { what, most }: Limit): Promise<void> {
  await promisify(execFile)(PRLIMIT, [`--pid=${pid}`, `--${what}=${most}:`]);
}

/** The same for the children that there are, and theirs. */
export async function limitTree(pid: number | undefined, limit: Limit): Promise<void> {
  await limitProcess(pid, limit);
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  for (const child of children.split(' ').filter((text) => text !== '')) {
    // One that has ended meanwhile needs no limit.
    await limitTree(Number(child), limit).catch(() => undefined);
  }
}
