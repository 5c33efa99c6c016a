/** How much room is left on the disk, so that new work is refused while the work under way can still be ended. */

import { statfs } from 'node:fs/promises';

import { StorageFullError } from './storage.ts';
import type { Storage } from './storage.ts';

/** Refused below `percent` of the disk or below `bytes`, whichever is less; null leaves that one out, both leave no bound. */
export type RoomRule = { readonly bytes: number | null; readonly percent: number | null };

/** A disk of any size is fine with a gigabyte left, and a small one with a twentieth. */
export const USUAL_ROOM: RoomRule = { bytes: 1024 ** 3, percent: 5 };

/** Bytes; null where the system does not tell. */
export type Space = { readonly freeBytes: number; readonly totalBytes: number };
export type StorageHealth = {
  /** Creates are refused, and finished videos wait to be copied. */
  readonly isLow: boolean;
  readonly space: Space | null;
  /** Below this it is low. */
  readonly lowBytes: number;
};

export type Room = {
  /** As it was at most a few seconds ago. */
  storageHealth(): Promise<StorageHealth>;
};

/** What a client is told to wait. */
export const ROOM_RETRY_MS = 60_000;
/** How old a reading may be. */
const READING_MS = 2_000;

/** `read` asks the system for the space of `directory`. */
export function watchRoom(
  directory: string,
  rule: RoomRule,
  read: (directory: string) => Promise<Space> = spaceOf,
): Room {
  let reading: Promise<StorageHealth> | null = null;
  let readAtMs = -Infinity;
  return {
    storageHealth: () => {
      const nowMs = performance.now();
      if (reading !== null && nowMs - readAtMs < READING_MS) return reading;
      readAtMs = nowMs;
      reading = read(directory).then(
        (space) => judge(space, rule),
        () => ({ isLow: false, space: null, lowBytes: 0 }),
      );
      return reading;
    },
  };
}

/** The way into storage for what clients send: while room is low, no new file is begun. */
export function whileRoom(storage: Storage, room: Room | undefined): Pick<Storage, 'writer'> {
  return {
    writer: async (options) => {
      if (room !== undefined && (await room.storageHealth()).isLow) throw new StorageFullError('room is low');
      return storage.writer(options);
    },
  };
}

function judge(space: Space, { bytes, percent }: RoomRule): StorageHealth {
  const bounds = [bytes, percent === null ? null : (space.totalBytes * percent) / 100].filter((one) => one !== null);
  const lowBytes = bounds.length === 0 ? 0 : Math.min(...bounds);
  return { isLow: space.freeBytes < lowBytes, space, lowBytes };
}

async function spaceOf(directory: string): Promise<Space> {
  const { bavail, blocks, bsize } = await statfs(directory);
  return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
}
