/** Local copies of files that are kept elsewhere: for libraries that want a path, and on their way there. */

import { utimes } from 'node:fs/promises';

import { openDiskStorage } from './disk-storage.ts';
import type { Storage } from './storage.ts';

/** A copy that nobody asked for in this time is removed; whoever was given a path has read it by then. */
const KEPT_MS = 60 * 60_000;

type Fetch = () => AsyncIterable<Buffer> | Promise<AsyncIterable<Buffer>>;

export type LocalCopies = {
  /** Where files are written before they go to where they are kept. */
  readonly disk: Storage;
  /** The path of the copy, made by `fetch` where there is none yet; it stays for `KEPT_MS` after the latest call. */
  path(sha256: string, fetch: Fetch): Promise<string>;
  /** Removes the copies that nobody needs any more. */
  sweep(): Promise<void>;
};

export async function openLocalCopies(directory: string, nowMs: () => number = Date.now): Promise<LocalCopies> {
  const disk = await openDiskStorage(directory);
  const fetching = new Map<string, Promise<void>>();

  async function path(sha256: string, fetch: Fetch): Promise<string> {
    const there = await known(sha256);
    if (there !== null) return there;
    const running = fetching.get(sha256) ?? fill(disk, sha256, fetch).finally(() => fetching.delete(sha256));
    fetching.set(sha256, running);
    await running;
    const made = await known(sha256);
    if (made === null) throw new Error('a local copy was removed while it was being made');
    return made;
  }

  async function known(sha256: string): Promise<string | null> {
    const found = await disk.localPath(sha256);
    if (found === null) return null;
    const now = new Date(nowMs());
    // Fails where it was swept at this very moment.
    return utimes(found, now, now).then(
      () => found,
      () => null,
    );
  }

  async function sweep(): Promise<void> {
    const beforeMs = nowMs() - KEPT_MS;
    for await (const { sha256, modifiedAtMs } of disk.list()) {
      if (modifiedAtMs < beforeMs) await disk.remove(sha256, beforeMs);
    }
  }

  return { disk, path, sweep };
}

async function fill(disk: Storage, sha256: string, fetch: Fetch): Promise<void> {
  const writer = await disk.writer({ maxBytes: Number.MAX_SAFE_INTEGER });
  try {
    for await (const chunk of await fetch()) await writer.write(chunk);
    const made = await writer.commit();
    if (made.sha256 === sha256) return;
    await disk.remove(made.sha256, Infinity);
    throw new Error(`the stored file ${sha256} has other bytes than its name says`);
  } finally {
    await writer.abort();
  }
}
