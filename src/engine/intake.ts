/** Brings a request's inputs into storage, whatever way they came, and checks that each is what its role needs. */

import { decodeInlineMedia } from '../media/data-uri.ts';
import { createSlots } from '../media/slots.ts';
import { sniffMedia } from '../media/sniff.ts';
import type { SniffedMedia } from '../media/sniff/sniffed-media.ts';
import { parseJobId } from '../model/id.ts';
import type { KeyMode } from '../model/job.ts';
import { ROLE_KINDS } from '../model/request.ts';
import type { MediaKind } from '../model/request.ts';
import type { PlannedInput, SpecInput } from '../model/spec.ts';
import { violation } from '../model/violation.ts';
import type { Violation, ViolationCode } from '../model/violation.ts';
import type { FetchOutcome } from '../media/guard/guarded-fetch.ts';
import { insertAsset, readAsset } from '../store/assets.ts';
import { readJobs } from '../store/jobs.ts';
import type { EngineContext } from './engine-context.ts';

const MEGABYTE = 1024 * 1024;
const MAX_BYTES: Readonly<Record<MediaKind, number>> = {
  image: 30 * MEGABYTE,
  video: 200 * MEGABYTE,
  audio: 50 * MEGABYTE,
};
/** Enough of any file for its type and picture size. */
const HEAD_BYTES = 512 * 1024;
const MAX_PICTURE_SIDE = 16_384;
const MAX_PIXELS = 64_000_000;
const MIN_PICTURE_SIDE = 8;

/** Inputs being fetched, decoded or looked into at once in this process, and how many may wait for that. */
const SLOTS = createSlots(16, 256, 'The server is fetching too many inputs at the moment. Try again shortly.');

export type Intake =
  | { readonly ok: true; readonly inputs: readonly SpecInput[] }
  | { readonly ok: false; readonly violations: readonly Violation[] };

/** Whose videos may be used as inputs. */
export type InputOwner = { readonly accountId: string; readonly mode: KeyMode };

type Stored = {
  readonly sha256: string;
  readonly bytes: number;
  readonly url: string | null;
  readonly jobId?: string;
};
type Fault = { readonly fault: Violation };

/** All inputs at once: the request is answered when the slowest is here or its deadline has passed. */
export async function takeIn(
  context: EngineContext,
  owner: InputOwner,
  planned: readonly PlannedInput[],
): Promise<Intake> {
  const taken = await Promise.all(planned.map((input) => SLOTS.run(() => takeOne(context, owner, input))));
  const violations = taken.flatMap((result) => ('fault' in result ? [result.fault] : []));
  if (violations.length > 0) return { ok: false, violations };
  return { ok: true, inputs: taken.flatMap((result) => ('fault' in result ? [] : [result])) };
}

async function takeOne(context: EngineContext, owner: InputOwner, input: PlannedInput): Promise<SpecInput | Fault> {
  const kind = ROLE_KINDS[input.role];
  const stored = await bring(context, owner, input, kind);
  if ('fault' in stored) return stored;
  const sniffed = sniffMedia(await head(context, stored.sha256));
  const wrong = judge(input, kind, sniffed);
  if (wrong !== null || sniffed === null) return { fault: wrong ?? unreadable(input, kind) };
  const measured = await measure(context, stored.sha256, sniffed);
  if (measured === null) return { fault: unreadable(input, kind) };
  const asset = {
    id: context.newId(),
    mime: sniffed.mime,
    sha256: stored.sha256,
    bytes: stored.bytes,
    ...measured,
  };
  await insertAsset(context.db, { ...asset, accountId: owner.accountId, jobId: null, kind: 'input' });
  const { id, ...facts } = asset;
  const { url, jobId } = stored;
  const { role, param } = input;
  return { role, assetId: id, ...facts, url, param, ...(jobId === undefined ? {} : { jobId }) };
}

async function bring(
  context: EngineContext,
  owner: InputOwner,
  input: PlannedInput,
  kind: MediaKind,
): Promise<Stored | Fault> {
  const { source } = input;
  const maxBytes = MAX_BYTES[kind];
  switch (source.from) {
    case 'upload': {
      if (source.upload.bytes > maxBytes) return { fault: tooLarge(input, maxBytes) };
      return { sha256: source.upload.sha256, bytes: source.upload.bytes, url: null };
    }
    case 'inline': {
      const decoded = decodeInlineMedia(source.text, maxBytes);
      if (decoded.ok) return { ...(await context.storage.put(decoded.bytes)), url: null };
      if (decoded.reason === 'too_large') return { fault: tooLarge(input, maxBytes) };
      return {
        fault: violation('unreadable', input.param, source.text, null, {
          en: 'it is neither an http(s) URL, nor a data URI, nor valid base64',
          zh: '既不是 http(s) 网址,也不是 data URI 或有效的 base64',
        }),
      };
    }
    case 'url':
      return fetchInput(context, input, source.url, maxBytes);
    case 'job':
      return (await ownVideo(context, owner, source.id)) ?? { fault: noSuchVideo(input, source.id) };
  }
}

/** The video that an own job has made; null if there is none. */
async function ownVideo(context: EngineContext, owner: InputOwner, publicId: string): Promise<Stored | null> {
  const id = parseJobId(publicId);
  const [job] = id === null ? [] : await readJobs(context.db, [id]);
  if (job === undefined || job.accountId !== owner.accountId || job.mode !== owner.mode) return null;
  const asset = job.outputs === null ? null : await readAsset(context.db, job.outputs.video);
  return asset === null ? null : { sha256: asset.sha256, bytes: asset.bytes, url: null, jobId: job.id };
}

function noSuchVideo(input: PlannedInput, id: string): Violation {
  return violation('not_supported', input.param, id, null, {
    en: 'it is not the id of a finished video of yours',
    zh: '它不是您已完成视频的 ID',
  });
}

async function fetchInput(
  context: EngineContext,
  input: PlannedInput,
  url: string,
  maxBytes: number,
): Promise<Stored | Fault> {
  const writer = await context.storage.writer({ maxBytes });
  const outcome = await context.fetcher.fetch(url, {
    maxBytes,
    deadlineMs: context.limits.inputMs,
    sink: (chunk) => writer.write(chunk),
  });
  if (!outcome.ok) {
    await writer.abort();
    return { fault: fetchFault(input, outcome, maxBytes) };
  }
  return { ...(await writer.commit()), url };
}

const FETCH_CODES: Readonly<Record<Extract<FetchOutcome, { ok: false }>['reason'], ViolationCode>> = {
  url_invalid: 'not_allowed_url',
  url_not_allowed: 'not_allowed_url',
  unresolvable: 'unreachable',
  unreachable: 'unreachable',
  too_large: 'too_large',
  timeout: 'unreachable',
  bad_status: 'unreachable',
  too_many_redirects: 'unreachable',
  encoding: 'unreachable',
};

function fetchFault(input: PlannedInput, outcome: Extract<FetchOutcome, { ok: false }>, maxBytes: number): Violation {
  const code = FETCH_CODES[outcome.reason];
  if (code === 'too_large') return tooLarge(input, maxBytes);
  const en = outcome.message.replace(/\.$/, '');
  return violation(code, input.param, null, null, { en, zh: en });
}

function tooLarge(input: PlannedInput, maxBytes: number): Violation {
  return violation('too_large', input.param, null, { min: 1, max: maxBytes / MEGABYTE, unit: 'MB' });
}

async function head(context: EngineContext, sha256: string): Promise<Buffer> {
  const { bytes } = (await context.storage.stat(sha256)) ?? { bytes: 0 };
  if (bytes === 0) return Buffer.alloc(0);
  const chunks: Buffer[] = [];
  for await (const chunk of await context.storage.read(sha256, { start: 0, end: Math.min(bytes, HEAD_BYTES) - 1 }))
    chunks.push(chunk);
  return Buffer.concat(chunks);
}

const KIND_WORDS: Readonly<Record<MediaKind, string>> = {
  image: 'a JPEG, PNG, WebP, GIF, BMP, AVIF, HEIC or TIFF image',
  video: 'an MP4, MOV, WebM or AVI video',
  audio: 'an MP3, WAV, M4A, AAC, OGG or FLAC audio file',
};

function judge(input: PlannedInput, kind: MediaKind, sniffed: SniffedMedia | null): Violation | null {
  if (sniffed === null || sniffed.kind !== kind) {
    return violation('wrong_media', input.param, sniffed?.mime ?? 'no media file that is known here', {
      values: [KIND_WORDS[kind]],
    });
  }
  if (kind !== 'image') return null;
  const { width, height } = sniffed;
  if (width === null || height === null) return unreadable(input, kind);
  const tooBig = Math.max(width, height) > MAX_PICTURE_SIDE || width * height > MAX_PIXELS;
  if (!tooBig && Math.min(width, height) >= MIN_PICTURE_SIDE) return null;
  return violation('out_of_range', input.param, `${width}x${height}`, {
    min: MIN_PICTURE_SIDE,
    max: MAX_PICTURE_SIDE,
    unit: 'pixels a side (at most 64 megapixels)',
  });
}

function unreadable(input: PlannedInput, kind: MediaKind): Violation {
  return violation('unreadable', input.param, null, null, {
    en: `the ${kind} file is damaged or of an unknown make`,
    zh: '文件已损坏或格式未知',
  });
}

async function measure(
  context: EngineContext,
  sha256: string,
  sniffed: SniffedMedia,
): Promise<Pick<SpecInput, 'width' | 'height' | 'durationMs'> | null> {
  if (sniffed.kind === 'image') return { width: sniffed.width, height: sniffed.height, durationMs: null };
  const path = await context.storage.localPath(sha256);
  if (path === null) return null;
  if (sniffed.kind === 'audio') {
    const track = await context.inspector.probeAudio(path);
    return track === null ? null : { width: null, height: null, durationMs: track.durationMs };
  }
  const facts = await context.inspector.probe(path);
  return facts === null ? null : { width: facts.width, height: facts.height, durationMs: facts.durationMs };
}
