/** The channels as this node knows them. */

import { listChannels } from '../store/channels.ts';
import type { Channel } from '../store/channels.ts';
import type { Queryable } from '../store/database.ts';
import { sharedRead } from './shared-read.ts';

export type LiveChannels = {
  /** All that are not deleted, as they are now. */
  now(): Promise<readonly Channel[]>;
  /** As they were a moment ago, for what an older list does no harm to; never from before the last `forget`. */
  recent(): Promise<readonly Channel[]>;
  /** This node has changed them. */
  forget(): void;
};

/** What another node changes is seen here by then. */
const RECENT_MS = 1_000;

export function createLiveChannels(db: Queryable): LiveChannels {
  const now = sharedRead(() => listChannels(db));
  let known: { readonly channels: Promise<readonly Channel[]>; readonly atMs: number } | null = null;
  return {
    now,
    recent: () => {
      const nowMs = performance.now();
      if (known !== null && nowMs - known.atMs < RECENT_MS) return known.channels;
      const read = { channels: now(), atMs: nowMs };
      known = read;
      read.channels.catch(() => {
        if (known === read) known = null;
      });
      return read.channels;
    },
    forget: () => {
      known = null;
    },
  };
}
