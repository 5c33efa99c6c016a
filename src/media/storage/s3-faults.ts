/** What an error of an S3 store means, for the code that called it and for the operator. */

import { S3ServiceException } from '@aws-sdk/client-s3';

import type { S3Place } from './s3-place.ts';
import { StorageFullError, StorageUnavailableError } from './storage.ts';

const FULL: readonly string[] = ['XMinioStorageFull', 'QuotaExceeded', 'InsufficientStorage', 'StorageFull'];
const INSUFFICIENT_STORAGE = 507;
const NOT_FOUND = 404;
const RANGE_NOT_SATISFIABLE = 416;

export function isMissing(error: unknown): boolean {
  return statusOf(error) === NOT_FOUND && nameOf(error) !== 'NoSuchBucket';
}

export function isOutOfRange(error: unknown): boolean {
  return statusOf(error) === RANGE_NOT_SATISFIABLE;
}

/** Awaits a call to the store; what it throws is one of the errors of `storage.ts`, except for what `isMissing` or `isOutOfRange`. */
export async function asking<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    if (isMissing(error) || isOutOfRange(error)) throw error;
    if (FULL.includes(nameOf(error)) || statusOf(error) === INSUFFICIENT_STORAGE) throw new StorageFullError(error);
    throw new StorageUnavailableError(`The media storage does not work at the moment: ${wordsOf(error)}.`, error);
  }
}

type Sentence = (place: S3Place, words: string) => string;

const BAD_KEY: Sentence = ({ bucket }) =>
  `the key in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY is not known to the store of the bucket '${bucket}', or its secret is another`;
const BAD_REGION: Sentence = ({ bucket, region }) =>
  `the bucket '${bucket}' is not in the region ${region}; correct the region in REELGATE_STORAGE`;

/** By the store's own name of the error. */
const SENTENCES: Readonly<Record<string, Sentence>> = {
  NoSuchBucket: ({ bucket }) => `there is no bucket '${bucket}'; make it, or correct REELGATE_STORAGE`,
  AccessDenied: ({ bucket }) =>
    `the key in AWS_ACCESS_KEY_ID may not list, write, read and delete in the bucket '${bucket}'; allow it all four`,
  InvalidAccessKeyId: BAD_KEY,
  SignatureDoesNotMatch: BAD_KEY,
  InvalidToken: BAD_KEY,
  ExpiredToken: () => 'the session token in AWS_SESSION_TOKEN has expired',
  RequestTimeTooSkewed: () => 'the clock of this machine and that of the store differ too much',
  PermanentRedirect: BAD_REGION,
  AuthorizationHeaderMalformed: BAD_REGION,
  IllegalLocationConstraintException: BAD_REGION,
};

/** Why the store cannot be used at all, as a sentence that ends a start. */
export function unusable(place: S3Place, error: unknown): StorageUnavailableError {
  const where = place.endpoint ?? `Amazon S3 in ${place.region}`;
  const why = SENTENCES[nameOf(error)]?.(place, wordsOf(error)) ?? `${where} answered: ${wordsOf(error)}`;
  return new StorageUnavailableError(`The media storage cannot be used: ${why}.`, error);
}

function statusOf(error: unknown): number | null {
  return error instanceof S3ServiceException ? (error.$metadata.httpStatusCode ?? null) : null;
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : '';
}

/** Names and codes only: a store's message may repeat what it was sent. */
function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return 'an unknown error';
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
  const status = statusOf(error);
  return status === null ? code : `${code} (status ${status})`;
}
