/** Reads a file of an S3 store; a connection that breaks off is taken up again where it stopped. */

import { GetObjectCommand } from '@aws-sdk/client-s3';
import { Readable } from 'node:stream';

import type { S3Bucket } from './s3-client.ts';
import { asking, isMissing, isOutOfRange } from './s3-faults.ts';
import { BlobNotFoundError } from './storage.ts';

export type BlobRange = { readonly start: number; readonly end: number };

/** Times that a reading is taken up again in a row without getting any further. */
const MAX_RESUMES = 5;
/** A store that sends nothing for this long has broken off. */
const IDLE_MS = 30_000;

/** Throws as `Storage.read` does. */
export async function readS3(
  s3: S3Bucket,
  sha256: string,
  range: BlobRange | null,
  idleMs: number = IDLE_MS,
): Promise<Readable> {
  if (range !== null && !isRange(range)) throw new RangeError('The range holds no byte of any file.');
  const from = range?.start ?? 0;
  const first = await open(s3, sha256, range === null ? null : from, range?.end ?? null);
  // Some stores give more than was asked for.
  const end = Math.min(from + first.bytes, (range?.end ?? Infinity) + 1);
  let body = first.body;
  let resumes = 0;

  async function* chunks(): AsyncGenerator<Buffer> {
    for (let at = from; at < end; resumes += 1) {
      try {
        for await (const chunk of untilSilent(body, idleMs)) {
          const wanted = chunk.subarray(0, end - at);
          at += wanted.length;
          resumes = 0;
          yield wanted;
          if (at === end) return;
        }
        throw new Error('the media storage broke off');
      } catch (error) {
        if (reading.destroyed || resumes === MAX_RESUMES) throw error;
        body = (await open(s3, sha256, at, end - 1)).body;
      }
    }
  }

  const reading = Readable.from(chunks(), { objectMode: false });
  // A reader that leaves does not wait for the next chunk of a store that may be stuck.
  return reading.once('close', () => body.destroy());
}

/** The time that the reader takes does not count. */
async function* untilSilent(body: Readable, idleMs: number): AsyncGenerator<Buffer> {
  const giveUp = (): unknown => body.destroy(new Error('the media storage fell silent'));
  let timer = setTimeout(giveUp, idleMs);
  try {
    for await (const chunk of body) {
      clearTimeout(timer);
      yield chunk;
      timer = setTimeout(giveUp, idleMs);
    }
  } finally {
    clearTimeout(timer);
  }
}

function isRange({ start, end }: BlobRange): boolean {
  return Number.isSafeInteger(start) && Number.isSafeInteger(end) && start >= 0 && end >= start;
}

async function open(
  { client, bucket, prefix }: S3Bucket,
  sha256: string,
  start: number | null,
  end: number | null,
): Promise<{ readonly body: Readable; readonly bytes: number }> {
  const range = start === null ? {} : { Range: `bytes=${start}-${end ?? ''}` };
  try {
    const found = await asking(client.send(new GetObjectCommand({ Bucket: bucket, Key: prefix + sha256, ...range })));
    const isAsked = start === null || found.ContentRange?.startsWith(`bytes ${start}-`) === true;
    if (!(found.Body instanceof Readable) || found.ContentLength === undefined || !isAsked)
      throw new Error('the media storage answered without the bytes that were asked for');
    return { body: found.Body, bytes: found.ContentLength };
  } catch (error) {
    if (isMissing(error)) throw new BlobNotFoundError(sha256);
    if (isOutOfRange(error)) throw new RangeError(`The range holds no byte of the stored file ${sha256}.`);
    throw error;
  }
}
