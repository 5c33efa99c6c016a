/** Where finished videos lie and go to: the vendors' file servers, and the one storage that all nodes share. */

import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';

import type { FetchOutcome, GuardedFetcher } from '../../src/media/guard/guarded-fetch.ts';
import type { Inspector } from '../../src/media/inspect/inspect.ts';
import { BlobNotFoundError, StorageFullError } from '../../src/media/storage/storage.ts';
import type { BlobWriter, Storage, StoredBlob } from '../../src/media/storage/storage.ts';
import type { FileFacts } from './books.ts';
import type { Vendor } from './vendor.ts';
import type { Process, World } from './world.ts';

type FetchOptions = Parameters<GuardedFetcher['fetch']>[1];

const FETCH_TROUBLES = { forbidden: 3, unreachable: 3, cut: 4, short: 2, hangs: 2 } as const;
const BAD_FETCH_SHARE = 0.2;
const FULL_SHARE = 0.03;
const PATH_PREFIX = 'sim:';

/** What every node of the run has stored. */
export type Blobs = Map<string, Buffer>;

export function storageOf(world: World, process: Process, blobs: Blobs): Storage {
  const store = (bytes: Buffer): Promise<StoredBlob> =>
    world.park(process, 'file', `stores ${bytes.length} bytes`, () => {
      if (!world.isCalm && world.random.chance(FULL_SHARE)) {
        world.count('storage full');
        throw new StorageFullError(null);
      }
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      blobs.set(sha256, bytes);
      return { sha256, bytes: bytes.length };
    });
  const bytesOf = (sha256: string): Buffer => {
    const bytes = blobs.get(sha256);
    if (bytes === undefined) throw new BlobNotFoundError(sha256);
    return bytes;
  };
  return {
    writer: () => Promise.resolve(writerInto(store)),
    put: store,
    adopt: () => Promise.reject(new Error('no simulated vendor leaves files on this machine')),
    read: (sha256) => Promise.resolve(Readable.from([bytesOf(sha256)])),
    stat: (sha256) => Promise.resolve(blobs.has(sha256) ? { bytes: bytesOf(sha256).length } : null),
    localPath: (sha256) => Promise.resolve(blobs.has(sha256) ? PATH_PREFIX + bytesOf(sha256).toString() : null),
    remove: (sha256) => Promise.resolve(void blobs.delete(sha256)),
    list: () => Readable.from([]),
  };
}

function writerInto(store: (bytes: Buffer) => Promise<StoredBlob>): BlobWriter {
  const chunks: Buffer[] = [];
  return {
    write: (chunk) => Promise.resolve(void chunks.push(chunk)),
    commit: () => store(Buffer.concat(chunks)),
    abort: () => Promise.resolve(),
  };
}

/** The vendors' file servers, as one node reaches them. */
export function fetcherOf(world: World, process: Process, vendors: readonly Vendor[]): GuardedFetcher {
  return {
    fetch: (url, options) => fetchFile(world, process, fileAt(vendors, url), options),
    post: () => Promise.reject(new Error('no simulated node sends webhooks')),
    check: () => Promise.resolve({ ok: true }),
    close: () => Promise.resolve(),
  };
}

/** Null once the vendor has forgotten the task. */
function fileAt(vendors: readonly Vendor[], url: string): Buffer | null {
  const [name, id = ''] = new URL(url).pathname.slice(1).split('/');
  return vendors.find((vendor) => vendor.name === name)?.books.byId(id)?.file ?? null;
}

async function fetchFile(
  world: World,
  process: Process,
  file: Buffer | null,
  options: FetchOptions,
): Promise<FetchOutcome> {
  const { random } = world;
  const isBad = !world.isCalm && random.chance(BAD_FETCH_SHARE);
  const trouble = isBad ? random.weighted(FETCH_TROUBLES) : null;
  if (trouble !== null) world.count(`file: ${trouble}`);
  const delayMs = random.below(2_000);
  await world.park(process, 'file', `fetches a file: ${trouble ?? 'fine'}`, () => undefined, world.nowMs + delayMs);
  if (file === null || trouble === 'forbidden') return failed('bad_status');
  if (trouble === 'unreachable') return failed('unreachable');
  if (trouble === 'hangs') return silentUntilGivenUp(options);
  const start = options.from?.start ?? 0;
  const end = trouble === null ? file.length : start + Math.ceil((file.length - start) / 2);
  options.onHead?.({
    contentType: 'video/mp4',
    totalBytes: file.length,
    validator: random.chance(0.5) ? '"v1"' : null,
  });
  await options.sink(file.subarray(start, end));
  if (trouble === 'cut') return failed('unreachable');
  return { ok: true, finalUrl: '', contentType: 'video/mp4', bytes: end - start };
}

function failed(reason: 'bad_status' | 'unreachable' | 'timeout'): FetchOutcome {
  return { ok: false, reason, message: `The file could not be fetched: ${reason}.` };
}

function silentUntilGivenUp({ signal }: FetchOptions): Promise<FetchOutcome> {
  return new Promise((resolve) => {
    signal?.addEventListener('abort', () => resolve(failed('timeout')), { once: true });
  });
}

/** Reads the simulated videos; half a file is none. */
export const inspector: Inspector = {
  probe: (path) => {
    const facts = factsIn(path);
    if (facts === null) return Promise.resolve(null);
    const { durationMs, width, height } = facts;
    return Promise.resolve({ durationMs, width, height, fps: 24, videoCodec: 'h264', audioCodec: null });
  },
  probeAudio: () => Promise.resolve(null),
  stills: (path) => {
    const still = Buffer.from(`still of ${factsIn(path)?.task ?? 'nothing'}`);
    return Promise.resolve({ thumbnail: still, spritesheet: still });
  },
  fit: () => Promise.resolve(null),
  close: () => Promise.resolve(),
};

function factsIn(path: string): FileFacts | null {
  try {
    return JSON.parse(path.slice(PATH_PREFIX.length)) as FileFacts;
  } catch {
    return null;
  }
}
