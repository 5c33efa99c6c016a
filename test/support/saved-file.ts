/** Bytes as a file, for as long as someone looks at it. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export async function savedAs<T>(name: string, bytes: Buffer, look: (path: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'reelgate-file-'));
  try {
    const path = join(directory, name);
    await writeFile(path, bytes);
    return await look(path);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
