/** Opens the place where files are kept: a directory among the server's data, or an S3-compatible store. */

import { join } from 'node:path';

import { openDiskStorage } from './disk-storage.ts';
import type { S3Options } from './s3-place.ts';
import type { OpenStorage } from './storage.ts';

/** Throws `StorageUnavailableError` with one sentence for the operator where an S3 store cannot be used. */
export async function openStorage(dataDir: string, s3: S3Options | null): Promise<OpenStorage> {
  if (s3 === null) return { storage: await openDiskStorage(join(dataDir, 'assets')), close: () => Promise.resolve() };
  // Loaded only where it is used: the client is large.
  const { openS3Storage } = await import('./s3-storage.ts');
  return openS3Storage(join(dataDir, 'copies'), s3);
}
