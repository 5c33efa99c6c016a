/** What a vendor will charge for a job, as far as it says so or its channel or the catalogue knows its prices. */

import type { ModelRow } from '../model/catalogue.ts';
import type { FailureKind } from '../model/failure.ts';
import type { Micros } from '../model/money.ts';
import { costOf } from '../model/price.ts';
import type { Usage } from '../providers/provider.ts';
import type { JobRecord } from '../store/jobs.ts';
import type { Target } from './upstream-call.ts';
import { servingOf } from './upstream-words.ts';

type Seller = Pick<Target, 'channel' | 'provider'>;

/** For the finished video, made with `row`: what the vendor says, else by the channel's own prices, else by the catalogue's of its vendor; null where neither knows. */
export function costBasis(
  row: ModelRow | null,
  { spec }: Pick<JobRecord, 'spec'>,
  { channel, provider }: Seller,
  usage: Usage,
): Micros | null {
  if (usage.costMicros !== undefined) return usage.costMicros;
  const own = channel.costs.filter(({ model }) => model === spec.model);
  const serving = row === null ? undefined : servingOf(provider, row, spec.mode);
  return costOf(spec, own, usage) ?? costOf(spec, serving?.costs ?? [], usage);
}

const UNSAID: Usage = { seconds: null, tokens: null };

/** For a job that the vendor accepted and then failed; 0 where it asks nothing for that. */
export function failedCost(
  row: ModelRow | null,
  job: Pick<JobRecord, 'spec'>,
  seller: Seller,
  kind: FailureKind,
): Micros {
  return seller.provider.billsFailures?.includes(kind) === true ? (costBasis(row, job, seller, UNSAID) ?? 0n) : 0n;
}
