/**
 * Blobs in an S3-compatible store, named by their SHA-256. A blob is first written to the local disk, since its name is known
 * only at its end, and goes to the store from there: whole or not at all, and every part can be sent again.
 */

import {
  AbortMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  paginateListObjectsV2,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { createReadStream } from 'node:fs';

import { createSlots } from '../slots.ts';
import { openLocalCopies } from './local-copies.ts';
import type { LocalCopies } from './local-copies.ts';
import { openS3Bucket } from './s3-client.ts';
import type { S3Bucket } from './s3-client.ts';
import { asking, isMissing } from './s3-faults.ts';
import type { S3Options } from './s3-place.ts';
import { readS3 } from './s3-reading.ts';
import { assertBlobName, BlobNotFoundError, isBlobName, StorageUnavailableError } from './storage.ts';
import type { ListedBlob, OpenStorage, Storage, StoredBlob } from './storage.ts';

/** The smallest part there may be. An upload holds two or three of them in memory. */
const PART_BYTES = 5 * 1024 * 1024;
const PARTS_AT_ONCE = 2;
/** Files on their way at once; the others wait on the disk. */
const UPLOADS = createSlots(4, 1_000, 'The server is storing too many files at the moment. Try again shortly.');
/** An upload that is finished but whose answer was lost cannot be finished again, only made again. */
const MAX_UPLOADS = 3;

const PRESIGNED_SECONDS = 15 * 60;
const TIDY_EVERY_MS = 10 * 60_000;
/** No upload takes this long: one that is older lost its process. */
const ABANDONED_MS = 24 * 3_600_000;
/** The store tells whole seconds, rounded down. */
const AGE_STEP_MS = 1_000;

/** `directory` takes the local copies. Throws `StorageUnavailableError` with one sentence for the operator. */
export async function openS3Storage(directory: string, options: S3Options): Promise<OpenStorage> {
  const s3 = await openS3Bucket(options);
  const copies = await openLocalCopies(directory);
  let tidying = tidy(s3, copies);
  const timer = setInterval(() => {
    tidying = tidying.then(() => tidy(s3, copies));
  }, TIDY_EVERY_MS).unref();
  return {
    storage: s3Storage(s3, copies, options.place.presign),
    close: async () => {
      clearInterval(timer);
      await tidying;
      s3.client.destroy();
    },
  };
}

function s3Storage(s3: S3Bucket, copies: LocalCopies, presign: boolean): Storage {
  const { client, bucket, prefix } = s3;
  const objectOf = (sha256: string): { Bucket: string; Key: string } => {
    assertBlobName(sha256);
    return { Bucket: bucket, Key: prefix + sha256 };
  };
  const stored = async (blob: StoredBlob): Promise<StoredBlob> => {
    await UPLOADS.run(() => upload(s3, copies, blob.sha256));
    return blob;
  };

  async function headOf(sha256: string): Promise<{ bytes: number; storedAtMs: number } | null> {
    try {
      const found = await asking(client.send(new HeadObjectCommand(objectOf(sha256))));
      return { bytes: found.ContentLength ?? 0, storedAtMs: storedAtMs(found.LastModified) };
    } catch (error) {
      if (isMissing(error)) return null;
      throw error;
    }
  }

  return {
    async writer(bounds) {
      const writer = await copies.disk.writer(bounds);
      return {
        write: (chunk) => writer.write(chunk),
        commit: async () => stored(await writer.commit()),
        abort: () => writer.abort(),
      };
    },
    put: async (bytes) => stored(await copies.disk.put(bytes)),
    adopt: async (path) => stored(await copies.disk.adopt(path)),
    async read(sha256, range) {
      assertBlobName(sha256);
      return readS3(s3, sha256, range ?? null);
    },
    async stat(sha256) {
      const found = await headOf(sha256);
      return found === null ? null : { bytes: found.bytes };
    },
    async localPath(sha256) {
      assertBlobName(sha256);
      return copies.path(sha256, () => readS3(s3, sha256, null)).catch(unlessMissing);
    },
    async remove(sha256, storedBeforeMs) {
      const found = await headOf(sha256);
      if (found !== null && found.storedAtMs >= storedBeforeMs) return;
      if (found !== null) await asking(client.send(new DeleteObjectCommand(objectOf(sha256))));
      await copies.disk.remove(sha256, storedBeforeMs);
    },
    list: () => listBlobs(s3),
    ...(presign
      ? {
          address: (sha256, { contentType, contentDisposition }) => {
            const shown = { ResponseContentType: contentType, ResponseContentDisposition: contentDisposition };
            const command = new GetObjectCommand({ ...objectOf(sha256), ...shown });
            return getSignedUrl(client, command, { expiresIn: PRESIGNED_SECONDS });
          },
        }
      : {}),
  };
}

function unlessMissing(error: unknown): null {
  if (error instanceof BlobNotFoundError) return null;
  throw error;
}

function storedAtMs(lastModified: Date | undefined): number {
  return lastModified === undefined ? Infinity : lastModified.getTime() + AGE_STEP_MS;
}

async function upload({ client, bucket, prefix }: S3Bucket, copies: LocalCopies, sha256: string): Promise<void> {
  for (let uploads = 1; ; uploads += 1) {
    const path = await copies.path(sha256, () => Promise.reject(new BlobNotFoundError(sha256)));
    const body = createReadStream(path);
    const params = { Bucket: bucket, Key: prefix + sha256, Body: body };
    try {
      await asking(new Upload({ client, params, partSize: PART_BYTES, queueSize: PARTS_AT_ONCE }).done());
      return;
    } catch (error) {
      if (!(error instanceof StorageUnavailableError) || uploads === MAX_UPLOADS) throw error;
    } finally {
      body.destroy();
    }
  }
}

async function* listBlobs({ client, bucket, prefix }: S3Bucket): AsyncGenerator<ListedBlob> {
  const pages = paginateListObjectsV2({ client }, { Bucket: bucket, Prefix: prefix });
  for await (const page of pages) {
    for (const { Key = '', Size: bytes = 0, LastModified } of page.Contents ?? []) {
      const sha256 = Key.slice(prefix.length);
      if (isBlobName(sha256)) yield { sha256, bytes, modifiedAtMs: storedAtMs(LastModified) };
    }
  }
}

/** Local copies that are not used any more, and the parts of uploads whose process is gone. What fails is tried again later. */
async function tidy(s3: S3Bucket, copies: LocalCopies): Promise<void> {
  await Promise.allSettled([copies.sweep(), abortAbandoned(s3)]);
}

/** Those of one page, which is more than there will ever be between two times. */
async function abortAbandoned({ client, bucket, prefix }: S3Bucket): Promise<void> {
  const beforeMs = Date.now() - ABANDONED_MS;
  const { Uploads: uploads = [] } = await client.send(
    new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: prefix }),
  );
  for (const { Key, UploadId, Initiated } of uploads) {
    if (Initiated === undefined || Initiated.getTime() >= beforeMs) continue;
    await client.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key, UploadId }));
  }
}
