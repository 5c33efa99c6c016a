/** The files of a job for its owner: bytes, or their signed address. */

import { isTerminal } from '../model/job.ts';
import type { AssetVariant } from '../model/job.ts';
import { readAsset } from '../store/assets.ts';
import type { Asset } from '../store/assets.ts';
import type { JobRecord } from '../store/jobs.ts';
import type { ServerDependencies } from './dependencies.ts';
import { failed } from './fail.ts';
import { pollAfter } from './views.ts';

/** The asset of a finished job. Throws what a client should do instead if there is none. */
export async function contentOf(
  deps: Pick<ServerDependencies, 'db' | 'catalogue'>,
  job: JobRecord,
  variant: AssetVariant,
  nowMs: number,
): Promise<Asset> {
  const assetId = outputOf(deps, job, variant, nowMs);
  const asset = await readAsset(deps.db, assetId);
  if (asset === null) throw failed('gone', 'This file was deleted.');
  return asset;
}

export function outputOf(
  { catalogue }: Pick<ServerDependencies, 'catalogue'>,
  job: JobRecord,
  variant: AssetVariant,
  nowMs: number,
): string {
  if (!isTerminal(job.state)) {
    const message = `The video is not finished: its progress is ${job.progress} %. Ask again later.`;
    throw failed('conflict', message, pollAfter(catalogue.now(), job, nowMs) ?? undefined);
  }
  if (job.state !== 'succeeded') throw failed('not_found', `There is no file: the job ended as ${job.state}.`);
  if (job.outputs === null)
    throw failed('gone', 'The files of this video were deleted: it is older than they are kept.');
  const assetId = job.outputs[variant];
  if (assetId === null) throw failed('not_found', `This video has no ${variant}.`);
  return assetId;
}
