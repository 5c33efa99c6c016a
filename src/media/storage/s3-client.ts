/** The client of one place in an S3-compatible store. */

import { randomUUID } from 'node:crypto';

import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';

import { unusable } from './s3-faults.ts';
import type { S3Options } from './s3-place.ts';

/** Tries of one request before it fails, with growing pauses. */
const MAX_TRIES = 5;
const CONNECT_TIMEOUT_MS = 5_000;
/** Without a byte in either direction, until the answer begins. */
const IDLE_TIMEOUT_MS = 30_000;
/** Until the answer to one request begins. */
const ANSWER_TIMEOUT_MS = 2 * 60_000;
/** A download keeps its connection for as long as its client takes, so that few would soon be none. */
const AGENT = { keepAlive: true, maxSockets: 2_000 } as const;

export type S3Bucket = { readonly client: S3Client; readonly bucket: string; readonly prefix: string };

/**
 * Writes, lists, reads and deletes once, to know now rather than with the first video. Throws `StorageUnavailableError` with
 * one sentence for the operator.
 */
export async function openS3Bucket(options: S3Options): Promise<S3Bucket> {
  const { bucket, prefix } = options.place;
  const client = createClient(options);
  const at = { Bucket: bucket, Key: `${prefix}check-${randomUUID()}` };
  try {
    await client.send(new PutObjectCommand({ ...at, Body: 'check' }));
    await client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: at.Key }));
    const { Body: body } = await client.send(new GetObjectCommand(at));
    await body?.transformToByteArray();
    await client.send(new DeleteObjectCommand(at));
    return { client, bucket, prefix };
  } catch (error) {
    client.destroy();
    throw unusable(options.place, error);
  }
}

function createClient({ place, credentials }: S3Options): S3Client {
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  return new S3Client({
    region: place.region,
    forcePathStyle: place.pathStyle,
    // Never an endpoint from the environment or a file that the operator may not know of.
    ignoreConfiguredEndpointUrls: true,
    ...(place.endpoint === null ? {} : { endpoint: place.endpoint }),
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken === null ? {} : { sessionToken }) },
    maxAttempts: MAX_TRIES,
    requestHandler: {
      connectionTimeout: CONNECT_TIMEOUT_MS,
      socketTimeout: IDLE_TIMEOUT_MS,
      requestTimeout: ANSWER_TIMEOUT_MS,
      throwOnRequestTimeout: true,
      httpAgent: AGENT,
      httpsAgent: AGENT,
    },
    // Not every compatible store knows the newer checksums; names are SHA-256 and every copy is checked against them.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
}
