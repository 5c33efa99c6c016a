/** A finished video that still lies at its vendor: copied from there in one piece or several, or passed on as it comes. */

import { PassThrough } from 'node:stream';
import type { Readable } from 'node:stream';

import { parseFetchAllow } from '../media/guard/fetch-allow.ts';
import type { FetchHead, FetchOptions } from '../media/guard/receive.ts';
import type { BlobWriter, StoredBlob } from '../media/storage/storage.ts';
import { readAttempt } from '../store/attempts.ts';
import { credentialContext } from '../store/credentials.ts';
import { readJob } from '../store/jobs.ts';
import type { JobRecord } from '../store/jobs.ts';
import { readVendorOutput } from '../store/vendor-outputs.ts';
import type { VendorSource } from '../store/vendor-outputs.ts';
import { targetOf } from './ask-vendor.ts';
import type { EngineContext } from './engine-context.ts';

export const MAX_VIDEO_BYTES = 4 * 1024 * 1024 * 1024;
/** One copy, however often it is cut. */
const COPY_DEADLINE_MS = 10 * 60_000;
/** Times that a copy is taken up again after a cut. */
const MAX_RESUMES = 5;
/** A vendor that sends nothing for this long has broken off. */
const IDLE_MS = 30_000;
/** Videos passed on at once; others are answered as not ready. */
const MAX_PASSED_ON = 16;
const PASS_ON_DEADLINE_MS = 10 * 60_000;

/** How a video can be had: its address, and what the channel that made it lets us do besides. */
export type Way = Pick<FetchOptions, 'alsoAllow' | 'headers'> & { readonly url: string };

/** The host of the channel that made the job may be private, and may want to see the credential: no other host ever does. */
export async function wayTo(
  context: EngineContext,
  job: JobRecord,
  { url, withCredential }: Extract<VendorSource, { from: 'url' }>,
): Promise<Way> {
  const attempt = job.attemptId === null ? null : await readAttempt(context.db, job.attemptId);
  const target = attempt === null ? null : await targetOf(context, attempt);
  const base = target === null ? null : URL.parse(target.channel.baseUrl ?? target.provider.baseUrl);
  if (target === null || base === null || (base.protocol !== 'http:' && base.protocol !== 'https:')) return { url };
  const port = base.port === '' ? (base.protocol === 'https:' ? '443' : '80') : base.port;
  const alsoAllow = parseFetchAllow(`${base.hostname}:${port}`);
  if (withCredential !== true || URL.parse(url)?.origin !== base.origin) return { url, alsoAllow };
  const { credential, provider } = target;
  const headers = provider.videoHeaders?.(context.secrets.open(credential.sealed, credentialContext(credential)));
  return { url, alsoAllow, ...(headers === undefined ? {} : { headers }) };
}

/**
 * Streams the file into storage. After a cut it goes on where it stopped if the server can vouch that the file is
 * still the same, and begins again otherwise. Throws where the copy is to be tried later.
 */
export async function copyVideo(context: EngineContext, way: Way): Promise<StoredBlob> {
  const untilMs = performance.now() + COPY_DEADLINE_MS;
  let copy = await beginCopy(context);
  try {
    for (let resumes = 0; ; resumes += 1) {
      const leftMs = untilMs - performance.now();
      const fault = await copyOn(context, way, copy, leftMs);
      if (fault === null) return await copy.writer.commit();
      // A copy that got no further than before would only be tried in vain again.
      if (resumes === MAX_RESUMES || leftMs <= 0 || !copy.moved) throw new Error(fault);
      if (copy.validator !== null) continue;
      await copy.writer.abort();
      copy = await beginCopy(context);
    }
  } finally {
    await copy.writer.abort();
  }
}

type Copy = {
  readonly writer: BlobWriter;
  bytes: number;
  validator: string | null;
  /** Whether the latest fetch brought anything. */
  moved: boolean;
};

async function beginCopy(context: EngineContext): Promise<Copy> {
  const writer = await context.storage.writer({ maxBytes: MAX_VIDEO_BYTES });
  return { writer, bytes: 0, validator: null, moved: false };
}

/** Null when the file is complete, else what stood in the way. */
async function copyOn(
  context: EngineContext,
  { url, ...allowed }: Way,
  copy: Copy,
  deadlineMs: number,
): Promise<string | null> {
  const idle = new AbortController();
  const timer = setTimeout(() => idle.abort(), IDLE_MS);
  const { bytes: start, validator } = copy;
  copy.moved = false;
  try {
    const outcome = await context.fetcher.fetch(url, {
      maxBytes: MAX_VIDEO_BYTES - start,
      deadlineMs: Math.max(1, deadlineMs),
      signal: idle.signal,
      ...allowed,
      ...(start > 0 && validator !== null ? { from: { start, validator } } : {}),
      onHead: (head) => {
        copy.validator = head.validator;
      },
      sink: async (chunk) => {
        timer.refresh();
        await copy.writer.write(chunk);
        copy.bytes += chunk.length;
        copy.moved = true;
      },
    });
    if (outcome.ok) return null;
    // The vendor no longer gives the rest of what it gave before: the next try begins again.
    if (start > 0 && outcome.reason === 'bad_status') {
      copy.validator = null;
      copy.moved = true;
    }
    return outcome.message;
  } finally {
    clearTimeout(timer);
  }
}

/** The video of a job as the vendor gives it at this moment. */
export type VendorVideo = { readonly head: FetchHead; readonly body: Readable };

export type VendorVideos = {
  /** Null where there is none to be had; the caller must read or destroy the body. */
  open(jobId: string): Promise<VendorVideo | null>;
};

/** For jobs whose video is finished but could not be copied yet. */
export function createVendorVideos(context: EngineContext): VendorVideos {
  let passedOn = 0;
  return {
    open: async (jobId) => {
      const job = await readJob(context.db, jobId);
      const output = job?.state === 'collecting' ? await readVendorOutput(context.db, jobId) : null;
      if (job === null || output === null || output.failures === 0 || output.source.from !== 'url') return null;
      if (passedOn >= MAX_PASSED_ON) return null;
      passedOn += 1;
      return passOn(context, await wayTo(context, job, output.source), () => {
        passedOn -= 1;
      });
    },
  };
}

async function passOn(
  context: EngineContext,
  { url, ...allowed }: Way,
  ended: () => void,
): Promise<VendorVideo | null> {
  const body = new PassThrough();
  const gone = new AbortController();
  const head = Promise.withResolvers<FetchHead | null>();
  body.once('close', () => gone.abort());
  const fetched = context.fetcher.fetch(url, {
    maxBytes: MAX_VIDEO_BYTES,
    deadlineMs: PASS_ON_DEADLINE_MS,
    signal: gone.signal,
    ...allowed,
    onHead: (answer) => head.resolve(answer),
    sink: (chunk) => written(body, chunk),
  });
  void fetched
    .then((outcome) => {
      head.resolve(null);
      if (outcome.ok) body.end();
      else body.destroy(new Error(outcome.message));
    })
    .catch((error: unknown) => {
      head.resolve(null);
      body.destroy(error instanceof Error ? error : new Error(String(error)));
    })
    .finally(ended);
  // Whoever reads the body hears of its errors; before that, the answer is that there is none.
  body.on('error', () => undefined);
  const known = await head.promise;
  return known === null ? null : { head: known, body };
}

/** Resolves when the reader wants more; rejects when it is gone. */
function written(body: PassThrough, chunk: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    if (body.destroyed) return reject(new Error('nobody reads the video any more'));
    if (body.write(chunk)) return resolve();
    const more = (): void => {
      body.off('close', gone);
      resolve();
    };
    const gone = (): void => {
      body.off('drain', more);
      reject(new Error('nobody reads the video any more'));
    };
    body.once('drain', more);
    body.once('close', gone);
  });
}
