// The rendered clips on disk, named by their plan's digest and bounded in size.
import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';

export type Clip = { readonly path: string; readonly bytes: number };

export type ClipCache = {
  /** The clip when it is there; asking counts as use. */
  find(digest: string): Clip | null;
  /** Where a clip is rendered before it gets its name, on the same file system. */
  draftPath(digest: string): string;
  pathOf(digest: string): string;
  /** Takes a clip that now stands at its path into account, then removes the least recently used ones over the bound. */
  add(digest: string): Clip;
};

const NAME = /^([0-9a-f]{64})\.mp4$/;
const DRAFT_PREFIX = 'draft-';

/** No clip takes this long; a younger draft may be another process's, in the same directory. */
const ABANDONED_AFTER_MS = 24 * 3_600_000;

/** Use is written to disk at most this often per clip, for the order of removal after a restart. */
const TOUCH_EVERY_MS = 60_000;

type Entry = { bytes: number; usedAtMs: number; touchedAtMs: number };

/** Opens or makes the directory; drafts that a crash left long ago are removed. */
export function openClipCache(directory: string, maxBytes: number): ClipCache {
  mkdirSync(directory, { recursive: true });
  const entries = new Map<string, Entry>();
  for (const name of readdirSync(directory)) {
    const digest = NAME.exec(name)?.[1];
    if (digest !== undefined) remember(digest);
    else if (name.startsWith(DRAFT_PREFIX)) sweep(join(directory, name));
  }
  prune(null);

  function pathOf(digest: string): string {
    return join(directory, `${digest}.mp4`);
  }

  function remember(digest: string): Entry | null {
    const facts = statSync(pathOf(digest), { throwIfNoEntry: false });
    if (facts === undefined) {
      entries.delete(digest);
      return null;
    }
    const known = entries.get(digest);
    const entry = known ?? { bytes: 0, usedAtMs: facts.mtimeMs, touchedAtMs: facts.mtimeMs };
    entry.bytes = facts.size;
    entries.set(digest, entry);
    return entry;
  }

  function use(digest: string, entry: Entry): void {
    entry.usedAtMs = Date.now();
    if (entry.usedAtMs - entry.touchedAtMs < TOUCH_EVERY_MS) return;
    entry.touchedAtMs = entry.usedAtMs;
    utimesSync(pathOf(digest), entry.usedAtMs / 1000, entry.usedAtMs / 1000);
  }

  function prune(justMade: string | null): void {
    let total = 0;
    for (const entry of entries.values()) total += entry.bytes;
    const oldestFirst = [...entries].sort(([, a], [, b]) => a.usedAtMs - b.usedAtMs);
    for (const [digest, entry] of oldestFirst) {
      if (total <= maxBytes) return;
      // Whoever waits for this clip has not read it yet.
      if (digest === justMade) continue;
      rmSync(pathOf(digest), { force: true });
      entries.delete(digest);
      total -= entry.bytes;
    }
  }

  return {
    pathOf,
    draftPath: (digest) => join(directory, `${DRAFT_PREFIX}${digest}-${randomUUID()}.mp4`),
    find(digest) {
      const entry = remember(digest);
      if (entry === null) return null;
      use(digest, entry);
      return { path: pathOf(digest), bytes: entry.bytes };
    },
    add(digest) {
      const entry = remember(digest);
      if (entry === null) throw new Error(`the clip ${digest} was not put at its path`);
      entry.usedAtMs = Date.now();
      prune(digest);
      return { path: pathOf(digest), bytes: entry.bytes };
    },
  };
}

function sweep(draft: string): void {
  const facts = statSync(draft, { throwIfNoEntry: false });
  if (facts !== undefined && Date.now() - facts.mtimeMs > ABANDONED_AFTER_MS) rmSync(draft, { force: true });
}
