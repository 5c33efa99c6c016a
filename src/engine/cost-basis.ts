/** What a vendor charges for a job that it finished, as far as it says so or the catalogue knows its prices. */

import { findModel } from '../catalogue/index.ts';
import type { Micros } from '../model/money.ts';
import { costOf } from '../model/price.ts';
import type { Usage } from '../providers/provider.ts';
import type { JobRecord } from '../store/jobs.ts';

/** Null where the vendor does not say, and the catalogue has no price of this vendor for such a video. */
export function costBasis(job: Pick<JobRecord, 'spec'>, providerName: string, usage: Usage): Micros | null {
  if (usage.costMicros !== undefined) return usage.costMicros;
  const serving = findModel(job.spec.model)?.row.servings.find(
    (candidate) => candidate.provider === providerName && (candidate.modes?.includes(job.spec.mode) ?? true),
  );
  return serving?.costs === undefined ? null : costOf(job.spec, serving.costs, usage);
}
