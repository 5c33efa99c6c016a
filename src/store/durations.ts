/** Statements about how long models take: the last samples of each, and what they say. */

import type { Queryable } from './database.ts';
import { rows, sql } from './sql.ts';

/** Of one model in one mode at one provider. */
export type DurationKey = { readonly provider: string; readonly model: string; readonly mode: string };

export type LearnedDuration = DurationKey & {
  readonly samples: number;
  /** The times by which 5, 50 and 95 % of the jobs were ready, in milliseconds. */
  readonly earlyMs: number;
  readonly typicalMs: number;
  readonly lateMs: number;
};

/** As many as are kept of each; older ones say little about how fast a vendor is today. */
const KEPT_SAMPLES = 200;

export async function recordDurations(
  db: Queryable,
  samples: readonly (DurationKey & { readonly ms: number })[],
): Promise<void> {
  if (samples.length === 0) return;
  const statement = sql`
    insert into learned_duration as known (provider, model, mode, samples_ms)
    select provider, model, mode, (array_agg(ms))[greatest(1, count(*)::integer - ${KEPT_SAMPLES - 1}):]
    from unnest(${samples.map((sample) => sample.provider)}::text[], ${samples.map((sample) => sample.model)}::text[],
                ${samples.map((sample) => sample.mode)}::text[], ${samples.map((sample) => Math.round(sample.ms))}::integer[])
      as sample (provider, model, mode, ms)
    group by provider, model, mode
    order by provider, model, mode
    on conflict (provider, model, mode) do update
    set updated_at = now(),
        samples_ms = (known.samples_ms || excluded.samples_ms)
          [greatest(1, cardinality(known.samples_ms) + cardinality(excluded.samples_ms) - ${KEPT_SAMPLES - 1}):]`;
  await rows(db, statement);
}

type LearnedRow = { provider: string; model: string; mode: string; samples: number; quantiles: number[] };

export async function readDurations(db: Queryable): Promise<LearnedDuration[]> {
  const found = await rows<LearnedRow>(
    db,
    sql`select provider, model, mode, cardinality(samples_ms) as samples,
          (select percentile_cont(array[0.05, 0.5, 0.95]) within group (order by ms) from unnest(samples_ms) as ms) as quantiles
        from learned_duration`,
  );
  return found.map(({ quantiles: [earlyMs = 0, typicalMs = 0, lateMs = 0], ...row }) => ({
    ...row,
    earlyMs,
    typicalMs,
    lateMs,
  }));
}
