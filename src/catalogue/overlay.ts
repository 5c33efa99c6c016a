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

/** How a model is called in the catalogue: as the built-in row with this id spells it, in any case of its letters. */
export function modelId(model: string): string {
  return builtInRow(model)?.id ?? model;
}

function builtInRow(id: string): ModelRow | null {
  const row = BUILT_IN.named(id);
  return row?.id.toLowerCase() === id.toLowerCase() ? row : null;
}

/** The row that an override makes of the built-in one with the same id. */
export function overriddenRow({ model, patch }: Omit<Override, 'version'>, providers: ReadonlySet<string>): ReadRow {
  const base = builtInRow(model);
  const id = modelId(model);
  if (!MODEL_NAME.test(id))
    return faulty('name', `'name' must be 1 to ${MAX_NAME_CHARS} printable characters without spaces.`);
  if (JSON.stringify(patch).length > MAX_PATCH_CHARS)
    return faulty('override', `'override' must have at most ${MAX_PATCH_CHARS} characters.`);
  const whole = withoutStale(mergePatch(base === null ? USUAL_ROW : documentOf(base), patch), patch);
  const checked = checkRow(whole, patch, providers);
  return 'faults' in checked ? checked : { row: rowOf(id, checked.document) };
}

/**
 * `overrides`: at most one of each model. A built-in row keeps its names against others, as far as its own override does;
 * else, where two claim one name, the older version has it.
 */
export function overlay(overrides: readonly Override[], providers: ReadonlySet<string>): Overlay {
  const faults = new Map<string, readonly RowFault[]>();
  const versions = new Map<string, number>();
  const rows = new Map(BUILT_IN.rows.map((row) => [row.id, row]));
  const reads = overrides
    .toSorted((one, other) => one.version - other.version)
    .map((override) => ({
      id: modelId(override.model),
      version: override.version,
      read: overriddenRow(override, providers),
    }));
  for (const { id, read } of reads) {
    if ('row' in read) rows.set(id, read.row);
    else rows.delete(id);
  }
  const names = builtInNames(rows);
  for (const { id, version, read } of reads) {
    const wrong = 'faults' in read ? read.faults : clashes(read.row, names);
    if ('faults' in read || wrong.length > 0) {
      faults.set(id, wrong);
      rows.delete(id);
      continue;
    }
    for (const name of namesOf(read.row)) names.set(name, id);
    versions.set(id, version);
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

/** Whose each built-in name is, as far as its row still has it. */
function builtInNames(rows: ReadonlyMap<string, ModelRow>): Map<string, string> {
  const pinned = PINNED_NAMES.map(({ name, base }): [string, string] => [name.toLowerCase(), `${base} with settings`]);
  const kept = BUILT_IN.rows.flatMap((builtIn) => {
    const row = rows.get(builtIn.id);
    const own = row === undefined ? [] : namesOf(row);
    return namesOf(builtIn).flatMap((name): [string, string][] => (own.includes(name) ? [[name, builtIn.id]] : []));
  });
  return new Map([...pinned, ...kept]);
}

function clashes(row: ModelRow, taken: ReadonlyMap<string, string>): readonly RowFault[] {
  return namesOf(row).flatMap((name, at) => {
    const owner = taken.get(name);
    const path = at === 0 ? 'name' : `aliases[${at - 1}]`;
    const isFree = owner === undefined || owner === row.id;
    if (isFree && namesOf(row).indexOf(name) === at) return [];
    const why = isFree ? 'is said twice' : `is already a name of ${owner}`;
    return [{ path, message: `'${path}' is '${name}', which ${why}.` }];
  });
}
