/** The catalogue as it is now: kept in memory on each node, looked up anew every second, and changed by operators. */

import type { Catalogue } from '../catalogue/catalogue.ts';
import { BUILT_IN } from '../catalogue/index.ts';
import { modelId, overlay, overriddenRow } from '../catalogue/overlay.ts';
import type { Overlay, Override } from '../catalogue/overlay.ts';
import type { RowFault } from '../catalogue/row-faults.ts';
import type { Log } from '../log.ts';
import type { ModelRow } from '../model/catalogue.ts';
import type { JsonObject } from '../model/json.ts';
import type { Database } from '../store/database.ts';
import type { JobRecord } from '../store/jobs.ts';
import {
  insertModelVersion,
  listModelsInForce,
  lockModelVersions,
  readModelVersion,
  readNewestVersion,
} from '../store/model-overrides.ts';
import type { ModelVersion } from '../store/model-overrides.ts';

/** Rows of earlier versions that unfinished jobs were made with; beyond this many they are read again. */
const MAX_OLD_ROWS = 1_000;

export type ModelChange = {
  /** An id or alias of a model, or the name of a new one. */
  readonly model: string;
  /** The override that there is to be, given the one in force; null for none. */
  readonly patch: (now: JsonObject | null) => JsonObject | null;
  readonly actor: string;
  readonly note: string | null;
};

/** `id`: the model's own, whichever of its names was used. `same`: nothing was written, for it is so already. */
export type ModelOutcome =
  | { readonly kind: 'changed' | 'same'; readonly id: string }
  | { readonly kind: 'refused'; readonly id: string; readonly faults: readonly RowFault[] };

export type LiveCatalogue = {
  /** As this node last read it; asks nobody. */
  now(): Catalogue;
  /** Each model's last version, and why some cannot be, as this node last read them. */
  versions(): ReadonlyMap<string, ModelVersion>;
  faults(): Overlay['faults'];
  /** Of the model with this id or alias, also of one that is out of sale or was taken away; null where there never was one. */
  idOf(name: string): string | null;
  /** The row that the job was made with, whatever was changed since; null if it cannot be made out any more. */
  rowOf(job: Pick<JobRecord, 'spec' | 'modelVersion'>): Promise<ModelRow | null>;
  /** Sees what any node has changed by now. One small statement where nothing was. */
  refresh(): Promise<void>;
  /** Writes a version, unless that would make a row or a name that cannot be. */
  change(order: ModelChange): Promise<ModelOutcome>;
};

type State = Overlay & { readonly newest: number; readonly versions: ReadonlyMap<string, ModelVersion> };

/** Built-in rows only, until the first `refresh`. `providers`: their names. */
export function createLiveCatalogue(db: Database, providers: ReadonlySet<string>, log: Log): LiveCatalogue {
  let state: State = { catalogue: BUILT_IN, faults: new Map(), newest: 0, versions: new Map() };
  const oldRows = new Map<number, ModelRow | null>();

  const oldRow = async (version: number): Promise<ModelRow | null> => {
    const known = oldRows.get(version);
    if (known !== undefined) return known;
    const written = await readModelVersion(db, version);
    const patch = written?.patch ?? null;
    const read = written === null || patch === null ? null : overriddenRow({ ...written, patch }, providers);
    const row = read !== null && 'row' in read ? read.row : null;
    if (oldRows.size >= MAX_OLD_ROWS) oldRows.clear();
    oldRows.set(version, row);
    return row;
  };

  const refresh = async (): Promise<void> => {
    if ((await readNewestVersion(db)) === state.newest) return;
    const read = stateOf(await listModelsInForce(db), providers);
    // Of two looks at once, the one that saw less may end last.
    if (read.newest <= state.newest) return;
    state = read;
    for (const [model, faults] of read.faults) {
      log.error({ model, faults }, 'a model is not offered: what was said of it cannot be');
    }
  };

  return {
    now: () => state.catalogue,
    versions: () => state.versions,
    faults: () => state.faults,
    idOf: (name) => idOf(state, name),
    rowOf: async ({ spec, modelVersion }) => {
      if (modelVersion === null) return BUILT_IN.named(spec.model);
      if (modelVersion === state.catalogue.versionOf(spec.model)) return state.catalogue.named(spec.model);
      return oldRow(modelVersion);
    },
    refresh,
    change: async (order) => {
      const outcome = await db.transaction(async (tx): Promise<ModelOutcome> => {
        await lockModelVersions(tx);
        const before = stateOf(await listModelsInForce(tx), providers);
        const id = idOf(before, order.model) ?? order.model;
        const now = before.versions.get(id)?.patch ?? null;
        const patch = order.patch(now);
        if (JSON.stringify(patch) === JSON.stringify(now)) return { kind: 'same', id };
        const faults = faultsAfter(before, id, patch, providers);
        if (faults.length > 0) return { kind: 'refused', id, faults };
        await insertModelVersion(tx, { model: id, patch, actor: order.actor, note: order.note });
        return { kind: 'changed', id };
      });
      if (outcome.kind === 'changed') await refresh();
      return outcome;
    },
  };
}

function stateOf(versions: readonly ModelVersion[], providers: ReadonlySet<string>): State {
  return {
    ...overlay(overridesOf(versions), providers),
    newest: Math.max(0, ...versions.map(({ version }) => version)),
    versions: new Map(versions.map((one) => [modelId(one.model), one])),
  };
}

function overridesOf(versions: Iterable<ModelVersion>): readonly Override[] {
  return [...versions].flatMap(({ model, version, patch }) => (patch === null ? [] : [{ model, version, patch }]));
}

function idOf({ catalogue, versions }: State, name: string): string | null {
  const row = catalogue.named(name) ?? BUILT_IN.named(name);
  const written = [...versions.keys()].find((model) => model.toLowerCase() === name.toLowerCase());
  return row?.id ?? written ?? null;
}

/** What would be wrong with the model after the change, or with another one because of it. */
function faultsAfter(
  before: State,
  id: string,
  patch: JsonObject | null,
  providers: ReadonlySet<string>,
): readonly RowFault[] {
  const others = overridesOf(before.versions.values()).filter(({ model }) => modelId(model) !== id);
  const own = patch === null ? [] : [{ model: id, version: before.newest + 1, patch }];
  return [...overlay([...others, ...own], providers).faults].flatMap(([model, faults]) => {
    if (model === id) return faults;
    if (before.faults.has(model)) return [];
    return faults.map(({ message }) => ({ path: 'name', message: `This leaves no place for ${model}: ${message}` }));
  });
}
