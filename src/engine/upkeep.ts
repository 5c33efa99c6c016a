/** Throws away what nobody needs any more: what accounts keep no longer, old keys, inputs of creates that came to nothing, stray files. */

import { forgetStrayInputs, newestBlob, usedBlobs } from '../store/assets.ts';
import type { Queryable } from '../store/database.ts';
import { forgetOldClaims, forgetOldKeys } from '../store/idempotency.ts';
import { takeOn } from '../store/upkeep.ts';
import { USUAL_KEPT_DAYS } from '../model/retention.ts';
import type { EngineContext } from './engine-context.ts';
import { letGo } from './retention.ts';

type UpkeepContext = Pick<EngineContext, 'db' | 'log' | 'storage' | 'keptDays'>;

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** What is forgotten, and how long after it was made. */
const KEPT: readonly { readonly ms: number; readonly forget: Forget }[] = [
  { ms: 7 * DAY_MS, forget: forgetOldKeys },
  { ms: HOUR_MS, forget: forgetOldClaims },
  { ms: DAY_MS, forget: forgetStrayInputs },
];
/** A file that belongs to nothing may be on its way to belong to something. */
const STRAY_FILE_MS = DAY_MS;

const PRUNE_EVERY_MS = 10 * 60_000;
const SWEEP_EVERY_MS = DAY_MS;
const BATCH = 1_000;
const MAX_BATCHES = 50;

/** Forgets at most `limit` rows that are older than `keptMs`; answers how many. */
type Forget = (db: Queryable, keptMs: number, limit: number) => Promise<number>;

/** What is due of it, unless another node has taken it on. Ends early, between two batches, when `signal` aborts. */
export async function doUpkeep(context: UpkeepContext, signal: AbortSignal): Promise<void> {
  if (await takeOn(context.db, 'prune', PRUNE_EVERY_MS)) {
    await prune(context.db, signal);
    await letGo(context, context.keptDays ?? USUAL_KEPT_DAYS, signal);
  }
  if (await takeOn(context.db, 'sweep', SWEEP_EVERY_MS)) {
    const files = await sweepFiles(context, Date.now() - STRAY_FILE_MS, signal);
    if (files > 0) context.log.info({ files }, 'files that belonged to nothing were removed');
  }
}

export async function prune(db: Queryable, signal: AbortSignal): Promise<void> {
  for (const { ms, forget } of KEPT) {
    for (let batches = 0; batches < MAX_BATCHES && !signal.aborted; batches += 1)
      if ((await forget(db, ms, BATCH)) < BATCH) break;
  }
}

/**
 * Removes the files that belong to nothing and were stored before `beforeMs`; none where the storage lacks what the database
 * says is in it, since then they are not each other's. Answers how many.
 */
export async function sweepFiles(
  { db, storage }: Pick<UpkeepContext, 'db' | 'storage'>,
  beforeMs: number,
  signal: AbortSignal,
): Promise<number> {
  const newest = await newestBlob(db);
  if (newest === null || (await storage.stat(newest)) === null) return 0;
  let removed = 0;
  let names: string[] = [];
  const removeStray = async (): Promise<void> => {
    const used = await usedBlobs(db, names);
    const stray = names.filter((sha256) => !used.has(sha256));
    for (const sha256 of stray) await storage.remove(sha256, beforeMs);
    removed += stray.length;
    names = [];
  };
  for await (const { sha256, modifiedAtMs } of storage.list()) {
    if (signal.aborted) return removed;
    if (modifiedAtMs < beforeMs) names.push(sha256);
    if (names.length === BATCH) await removeStray();
  }
  await removeStray();
  return removed;
}
