/** Where this installation keeps its files, for a command. */

import { join } from 'node:path';

import type { Config } from '../config.ts';
import { openStorage } from '../media/storage/open-storage.ts';
import type { Storage } from '../media/storage/storage.ts';

export async function withAssets<T>(config: Config, use: (assets: Storage) => Promise<T>): Promise<T> {
  const { storage, close } = await openStorage(config.dataDir, config.storage);
  try {
    return await use(storage);
  } finally {
    await close();
  }
}

/** Null where files lie in a store elsewhere. */
export function assetsDirectory({ dataDir, storage }: Pick<Config, 'dataDir' | 'storage'>): string | null {
  return storage === null ? join(dataDir, 'assets') : null;
}
