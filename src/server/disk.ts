/** How much room the disk under a directory has. */

import { statfs } from 'node:fs/promises';

export type DiskRoom = { readonly freeBytes: number; readonly freeShare: number };

/** Throws if the directory is not there. */
export async function roomOf(directory: string): Promise<DiskRoom> {
  const { bavail, blocks, bsize } = await statfs(directory);
  return { freeBytes: bavail * bsize, freeShare: blocks === 0 ? 0 : bavail / blocks };
}
