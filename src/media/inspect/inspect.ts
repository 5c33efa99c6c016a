// Tells what a media file really is and makes its stills, away from the event loop and under a deadline.
import type { AudioFacts, VideoFacts } from './facts.ts';
import type { FittedPicture, PictureLimit } from './fit-picture.ts';
import type { InspectJob, InspectResult } from './inspect-worker.ts';
import type { StillsBytes, StillsOptions } from './stills.ts';
import { PoolClosedError, PoolFullError, WorkerPool } from './worker-pool.ts';

export type { VideoFacts } from './facts.ts';

export type Stills = { readonly thumbnail: Buffer; readonly spritesheet: Buffer };

/**
 * Each call resolves to `null` for a file that is not what it was asked for, is damaged, or cannot be read in time; that
 * is a fact about the file. A call rejects only when there is no room to look (`PoolFullError`) or after `close`.
 */
export type Inspector = {
  probe(path: string): Promise<VideoFacts | null>;
  probeAudio(path: string): Promise<AudioFacts | null>;
  /** The thumbnail is WebP, the spritesheet JPEG. `null` too when no decoder for the codec is here. */
  stills(path: string, options?: Partial<StillsOptions>): Promise<Stills | null>;
  /** The picture made so small, and of such a type, that it is within the limit. `null` too where that cannot be. */
  fit(path: string, mime: string, limit: PictureLimit): Promise<FittedPicture | null>;
  close(): Promise<void>;
};

const PROBE_TIMEOUT_MS = 15_000;
const STILLS_TIMEOUT_MS = 60_000;
const FIT_TIMEOUT_MS = 15_000;
const MAX_QUEUED = 1_000;
const DEFAULT_WORKERS = 1;
const DEFAULT_STILLS: StillsOptions = { thumbnailSide: 640, cellWidth: 160, columns: 5 };

export function openInspector(options: { readonly workers?: number } = {}): Inspector {
  const pool = new WorkerPool<InspectJob, never, InspectResult>({
    url: new URL('./inspect-worker.ts', import.meta.url),
    workers: options.workers ?? DEFAULT_WORKERS,
    maxQueued: MAX_QUEUED,
  });

  async function look(job: InspectJob, timeoutMs: number): Promise<InspectResult> {
    try {
      return await pool.run({ job, timeoutMs });
    } catch (error) {
      if (error instanceof PoolFullError || error instanceof PoolClosedError) throw error;
      return null;
    }
  }

  return {
    async probe(path) {
      const result = await look({ kind: 'video', path }, PROBE_TIMEOUT_MS);
      return result !== null && 'videoCodec' in result ? result : null;
    },
    async probeAudio(path) {
      const result = await look({ kind: 'audio', path }, PROBE_TIMEOUT_MS);
      return result !== null && 'durationMs' in result ? { durationMs: result.durationMs } : null;
    },
    async stills(path, stillsOptions) {
      const job: InspectJob = { kind: 'stills', path, options: { ...DEFAULT_STILLS, ...stillsOptions } };
      const result = await look(job, STILLS_TIMEOUT_MS);
      return result !== null && 'thumbnail' in result ? buffers(result) : null;
    },
    async fit(path, mime, limit) {
      const result = await look({ kind: 'fit', path, mime, limit }, FIT_TIMEOUT_MS);
      return result !== null && 'mime' in result ? result : null;
    },
    close: () => pool.close(),
  };
}

/** Bytes arrive from a worker as plain arrays; callers store them as buffers. */
function buffers(bytes: StillsBytes): Stills {
  return { thumbnail: Buffer.from(bytes.thumbnail), spritesheet: Buffer.from(bytes.spritesheet) };
}
