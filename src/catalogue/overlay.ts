/** The catalogue in force: the built-in rows with what operators have said of them, and rows of the operators' own. */

import type { ModelRow } from '../model/catalogue.ts';
import { isObject } from '../model/json.ts';
import type { Json, JsonObject } from '../model/json.ts';
import { createCatalogue, MAX_NAME_CHARS } from './catalogue.ts';
import type { Catalogue } from './catalogue.ts';
import { BUILT_IN } from './index.ts';
import { mergePatch } from './merge-patch.ts';
import { PINNED_NAMES } from './pinned-names.ts';
import { documentOf, rowOf, USUAL_ROW } from './row-document.ts';
import { checkRow } from './row-faults.ts';
import type { RowFault } from './row-faults.ts';

/** What an operator says of one model: a merge patch over its built-in row, or a whole row of its own. */
export type Override = {
  /** The built-in row's id, or the new one's. */
  readonly model: string;
  readonly version: number;
  readonly patch: JsonObject;
};

export type Overlay = {
  readonly catalogue: Catalogue;
  /** Why an override cannot be, by its model. Such a model is in no catalogue: it must not be sold at a price that was changed. */
  readonly faults: ReadonlyMap<string, readonly RowFault[]>;
};

const MODEL_NAME = /^[\x21-\x7e]{1,96}$/;
/** More than any row of the built-in ones has. */
const MAX_PATCH_CHARS = 100_000;

type ReadRow = { readonly row: ModelRow } | { readonly faults: readonly RowFault[] };

/** The row that an override makes of the built-in one of the same name. */
export function overriddenRow({ model, patch }: Omit<Override, 'version'>, providers: ReadonlySet<string>): ReadRow {
  const base = BUILT_IN.named(model);
  const id = base?.id ?? model;
  if (!MODEL_NAME.test(id))
    return faulty('name', `'name' must be 1 to ${MAX_NAME_CHARS} printable characters without spaces.`);
  if (JSON.stringify(patch).length > MAX_PATCH_CHARS)
    return faulty('override', `'override' must have at most ${MAX_PATCH_CHARS} characters.`);
  const whole = withoutStale(mergePatch(base === null ? USUAL_ROW : documentOf(base), patch), patch);
  const checked = checkRow(whole, patch, providers);
  return 'faults' in checked ? checked : { row: rowOf(id, checked.document) };
}

/** `overrides`: at most one of each model. Where two claim one name, the older keeps it. */
export function overlay(overrides: readonly Override[], providers: ReadonlySet<string>): Overlay {
  const faults = new Map<string, readonly RowFault[]>();
  const versions = new Map<string, number>();
  const rows = new Map(BUILT_IN.rows.map((row) => [row.id, row]));
  const own = overrides.toSorted((one, other) => one.version - other.version);
  const ids = own.map(({ model }) => BUILT_IN.named(model)?.id ?? model);
  const names = takenNames(BUILT_IN.rows.filter(({ id }) => !ids.includes(id)));
  for (const [at, override] of own.entries()) {
    const id = ids[at] ?? override.model;
    const read = overriddenRow(override, providers);
    const wrong = 'faults' in read ? read.faults : clashes(read.row, names);
    if ('faults' in read || wrong.length > 0) {
      faults.set(id, wrong);
      rows.delete(id);
      continue;
    }
    for (const key of namesOf(read.row)) names.set(key, id);
    rows.set(id, read.row);
    versions.set(id, override.version);
  }
  return { catalogue: createCatalogue([...rows.values()], versions), faults };
}

/** Where other values are said, a default that is not among them any more, and that nobody said, goes with the old ones. */
function withoutStale(whole: Json, said: Json | undefined): Json {
  if (!isObject(whole) || !isObject(said)) return whole;
  const { values, default: usual } = whole;
  const isStale = Array.isArray(values) && !('default' in said) && !values.includes(usual);
  const kept = Object.entries(whole).filter(([key]) => !(isStale && key === 'default'));
  return Object.fromEntries(kept.map(([key, value]) => [key, withoutStale(value, said[key])]));
}

function faulty(path: string, message: string): ReadRow {
  return { faults: [{ path, message }] };
}

function namesOf(row: ModelRow): readonly string[] {
  return [row.id, ...row.aliases].map((name) => name.toLowerCase());
}

function takenNames(rows: readonly ModelRow[]): Map<string, string> {
  const pinned = PINNED_NAMES.map(({ name, base }): [string, string] => [name.toLowerCase(), `${base} with settings`]);
  return new Map([...pinned, ...rows.flatMap((row) => namesOf(row).map((name): [string, string] => [name, row.id]))]);
}

function clashes(row: ModelRow, taken: ReadonlyMap<string, string>): readonly RowFault[] {
  return namesOf(row).flatMap((name, at) => {
    const owner = taken.get(name);
    const path = at === 0 ? 'name' : `aliases[${at - 1}]`;
    const repeated = namesOf(row).indexOf(name) < at;
    if (owner === undefined && !repeated) return [];
    const why = owner === undefined ? 'is said twice' : `is already a name of ${owner}`;
    return [{ path, message: `'${path}' is '${name}', which ${why}.` }];
  });
}
