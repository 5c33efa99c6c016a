/** Where this installation keeps its files, for a command. */

import { join } from 'node:path';

import type { Config } from '../config.ts';
import { openDiskStorage } from '../media/storage/disk-storage.ts';
import type { Storage } from '../media/storage/storage.ts';

export async function withAssets<T>(config: Config, use: (assets: Storage) => Promise<T>): Promise<T> {
  return use(await openDiskStorage(assetsDirectory(config)));
}

export function assetsDirectory({ dataDir }: Pick<Config, 'dataDir'>): string {
  return join(dataDir, 'assets');
}
