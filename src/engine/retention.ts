/** Lets go of what is older than its account keeps it, and of all that was deleted: rows first, then the bytes. */

import type { Storage } from '../media/storage/storage.ts';
import { KEPT_KINDS } from '../model/retention.ts';
import type { KeptDays, KeptKind } from '../model/retention.ts';
import { usedBlobs } from '../store/assets.ts';
import type { Queryable } from '../store/database.ts';
import {
  emptyDeletedJobs,
  expireFiles,
  expireJobs,
  forgetDeliveries,
  forgetEvents,
  forgetFiles,
  listDeletedFiles,
  listOwnKinds,
} from '../store/retention.ts';

/** Lets go of at most `limit` rows that are older than their account, or else the server, keeps them; answers how many. */
type LetGo = (db: Queryable, usualDays: number | null, limit: number) => Promise<number>;

const LET_GO: Readonly<Record<KeptKind, LetGo>> = {
  files: expireFiles,
  events: forgetEvents,
  deliveries: forgetDeliveries,
  jobs: expireJobs,
};

/**
 * After a deletion: a copy of the same bytes that is on its way into a job of its own has arrived by then, and so has what
 * was being read.
 */
export const DELETED_MS = 60 * 60_000;
const BATCH = 200;
const MAX_BATCHES = 200;

/** Ends early, between two batches, when `signal` aborts; two nodes at once, or a crash, do no harm. */
export async function letGo(
  { db, storage }: { readonly db: Queryable; readonly storage: Storage },
  keptDays: KeptDays,
  signal: AbortSignal,
  deletedMs = DELETED_MS,
): Promise<void> {
  const ownKinds = await listOwnKinds(db);
  for (const kind of KEPT_KINDS) {
    if (keptDays[kind] === null && !ownKinds.has(kind)) continue;
    await inBatches(signal, () => LET_GO[kind](db, keptDays[kind], BATCH));
  }
  await inBatches(signal, () => emptyDeletedJobs(db, deletedMs, BATCH));
  await inBatches(signal, () => removeDeletedFiles(db, storage, deletedMs));
}

async function inBatches(signal: AbortSignal, step: () => Promise<number>): Promise<void> {
  for (let batches = 0; batches < MAX_BATCHES && !signal.aborted; batches += 1) if ((await step()) < BATCH) return;
}

/** The bytes, unless another file that is not deleted has the same, and then the row that tells of them. */
async function removeDeletedFiles(db: Queryable, storage: Storage, deletedMs: number): Promise<number> {
  const files = await listDeletedFiles(db, deletedMs, BATCH);
  const used = await usedBlobs(
    db,
    files.map(({ sha256 }) => sha256),
  );
  const beforeMs = Date.now() - deletedMs;
  for (const { sha256 } of files) if (!used.has(sha256)) await storage.remove(sha256, beforeMs);
  await forgetFiles(
    db,
    files.map(({ id }) => id),
  );
  return files.length;
}
