/** What is expected of each model's jobs: learned from those that finished, guessed from the catalogue until then. */

import type { Catalogue } from '../catalogue/catalogue.ts';
import type { VideoSpec } from '../model/spec.ts';
import type { Database } from '../store/database.ts';
import { readDurations, recordDurations } from '../store/durations.ts';
import type { DurationKey } from '../store/durations.ts';
import { guessFrom } from './schedule.ts';
import type { Expectation } from './schedule.ts';

/** Fewer finished jobs than this say nothing. */
const ENOUGH_SAMPLES = 8;
/** Samples that wait to be written; more are dropped. */
const MAX_UNWRITTEN = 10_000;
/** Of each model, this many are written at a time: of jobs that began together, those that end last must not be all that is kept. */
const MAX_WRITTEN = 20;
const USUAL_SECONDS = 60;

export type Expectations = {
  of(provider: string, spec: VideoSpec): Expectation;
  /** Takes note of a job that finished `ms` after it was accepted. */
  learn(provider: string, spec: VideoSpec, ms: number): void;
  /** Writes what was learned here and reads what all nodes have learned. */
  refresh(): Promise<void>;
};

export function createExpectations(db: Database, catalogue: () => Catalogue): Expectations {
  let learned: ReadonlyMap<string, Expectation> = new Map();
  let unwritten: (DurationKey & { readonly ms: number })[] = [];
  return {
    of: (provider, spec) =>
      learned.get(nameOf(keyOf(provider, spec))) ??
      guessFrom((catalogue().named(spec.model)?.typicalSeconds ?? USUAL_SECONDS) * 1_000),
    learn: (provider, spec, ms) => {
      if (unwritten.length < MAX_UNWRITTEN) unwritten.push({ ...keyOf(provider, spec), ms });
    },
    refresh: async () => {
      const byModel = Map.groupBy(unwritten, nameOf);
      unwritten = [];
      await recordDurations(db, [...byModel.values()].flatMap(thinned));
      const known = (await readDurations(db)).filter((row) => row.samples >= ENOUGH_SAMPLES);
      learned = new Map(known.map((row) => [nameOf(row), row]));
    },
  };
}

/** Some of them, evenly spread. */
function thinned<T>(samples: readonly T[]): readonly T[] {
  const step = Math.max(1, samples.length / MAX_WRITTEN);
  return samples.filter((_, index) => Math.floor(index / step) !== Math.floor((index - 1) / step));
}

function keyOf(provider: string, spec: VideoSpec): DurationKey {
  return { provider, model: spec.model, mode: spec.mode };
}

function nameOf(key: DurationKey): string {
  return `${key.provider}\n${key.model}\n${key.mode}`;
}
