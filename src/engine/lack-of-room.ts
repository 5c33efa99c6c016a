/** What new work is told while the disk is almost full; the work under way goes on. */

import { ROOM_RETRY_MS } from '../media/storage/room.ts';
import type { Room } from '../media/storage/room.ts';
import type { Failure } from '../model/failure.ts';

/** Null while there is room. */
export async function lackOfRoom(room: Room | undefined): Promise<Failure | null> {
  if (room === undefined || !(await room.storageHealth()).isLow) return null;
  return {
    kind: 'storage_low',
    message: 'The server is low on storage and takes no new videos for now. Try again later.',
    retryAfterMs: ROOM_RETRY_MS,
  };
}
