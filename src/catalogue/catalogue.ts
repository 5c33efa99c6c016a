/** Models by every name that they are known by: ids and aliases, names that pin settings, and bundled names. */

import type { ModelMatch, ModelRow, Pins } from '../model/catalogue.ts';
import { SCENES } from '../model/request.ts';
import { canDo, continuations, nameOf, pinsOf, readings, variations } from './bundled-names.ts';
import type { Bundle } from './bundled-names.ts';
import { editDistance } from './edit-distance.ts';
import { PINNED_NAMES } from './pinned-names.ts';

/** Longer names are no model's. */
export const MAX_NAME_CHARS = 96;
const MAX_SUGGESTIONS = 3;
/** Bases near to an unknown name that are tried with its tokens. */
const MAX_NEAR_BASES = 8;
/** Printable ASCII: no letter outside it folds onto one inside it. */
const NAME = /^[\x20-\x7e]+$/;

/** Models that never change: where rows change, there is another catalogue. */
export type Catalogue = {
  readonly rows: readonly ModelRow[];
  /** The model of this name: an id or alias first, then a bundled name that the model can do; in any case of letters. */
  find(name: string): ModelMatch | null;
  /** The model with this id or alias; none for a name that says more than the model. */
  named(name: string): ModelRow | null;
  /** At most three names that exist, of the model that is named first, then the nearest; none where the name is like no other. */
  nearest(name: string): readonly string[];
  /** Which version of the operator's row this is; null for a built-in one. */
  versionOf(id: string): number | null;
};

type Entry = ModelMatch & { readonly spelling: string };
type Entries = ReadonlyMap<string, Entry>;

/** Throws for two rows that share a name. `versions`: of the operator's rows, by id. */
export function createCatalogue(
  rows: readonly ModelRow[],
  versions: ReadonlyMap<string, number> = new Map(),
): Catalogue {
  const entries = index(rows);
  return {
    rows,
    find: (name) => findIn(entries, name),
    named: (name) => rowNamed(entries, name),
    nearest: (name) => nearestIn(entries, name),
    versionOf: (id) => versions.get(id) ?? null,
  };
}

/** A name as it is compared; null for what cannot be one. */
export function nameKey(name: string): string | null {
  return name.length > MAX_NAME_CHARS || !NAME.test(name) ? null : name.toLowerCase();
}

function findIn(entries: Entries, name: string): ModelMatch | null {
  const key = nameKey(name);
  if (key === null) return null;
  const matches = readings(key).map((bundle) => matchBundle(entries, bundle));
  return matches.find((match) => match !== null) ?? null;
}

function rowNamed(entries: Entries, name: string): ModelRow | null {
  const key = nameKey(name);
  const row = key === null ? undefined : entries.get(key)?.row;
  return row !== undefined && [row.id, ...row.aliases].some((own) => nameKey(own) === key) ? row : null;
}

function nearestIn(entries: Entries, name: string): readonly string[] {
  const key = nameKey(name);
  if (key === null) return [];
  // Distances tie often; order of the catalogue then decides, so that answers stay the same.
  const byDistance = (spellings: readonly string[]): readonly string[] =>
    [...new Set(spellings)]
      .map((spelling) => ({ spelling, distance: editDistance(key, spelling.toLowerCase(), MAX_NAME_CHARS) }))
      .toSorted((one, other) => one.distance - other.distance)
      .map(({ spelling }) => spelling);
  const names = [
    ...byDistance(sameBase(entries, key)),
    ...byDistance([...sameStart(entries, key), ...nearBases(entries, key)]),
  ];
  return [...new Set(names)].slice(0, MAX_SUGGESTIONS);
}

function matchBundle(entries: Entries, bundle: Bundle): ModelMatch | null {
  const entry = entries.get(bundle.base);
  if (entry === undefined) return null;
  const pins = pinsOf(bundle.tokens, entry.pins);
  return pins !== null && canDo(entry.row, pins) ? { row: entry.row, pins } : null;
}

/** Where the base is right and a token is not: the base with other tokens. */
function sameBase(entries: Entries, key: string): readonly string[] {
  return readings(key).flatMap((bundle) => {
    const entry = entries.get(bundle.base);
    return entry === undefined ? [] : existing(entries, bundle, entry);
  });
}

/** Where the end is no token: the longest beginning that is a name, with each token that may follow. */
function sameStart(entries: Entries, key: string): readonly string[] {
  for (let end = key.lastIndexOf('-'); end > 0; end = key.lastIndexOf('-', end - 1)) {
    const start = readings(key.slice(0, end)).find((bundle) => matchBundle(entries, bundle) !== null);
    const entry = start === undefined ? undefined : entries.get(start.base);
    if (start === undefined || entry === undefined) continue;
    return continuations(start).flatMap((bundle) => existing(entries, bundle, entry));
  }
  return [];
}

/** Where the base is wrong: the bases like it, with the name's tokens as far as they exist. */
function nearBases(entries: Entries, key: string): readonly string[] {
  return readings(key).flatMap((bundle) => {
    const limit = Math.max(2, Math.floor(bundle.base.length / 3));
    const near = [...entries]
      .map(([base, entry]) => ({ base, entry, distance: editDistance(bundle.base, base, limit) }))
      .filter(({ distance }) => distance <= limit)
      .toSorted((one, other) => one.distance - other.distance)
      .slice(0, MAX_NEAR_BASES);
    return near.flatMap(({ base, entry }) => existing(entries, { base, tokens: bundle.tokens }, entry));
  });
}

function existing(entries: Entries, bundle: Bundle, entry: Entry): readonly string[] {
  return variations(bundle, entry.row)
    .filter((variation) => matchBundle(entries, variation) !== null)
    .map((variation) => nameOf({ ...variation, base: entry.spelling }));
}

function index(rows: readonly ModelRow[]): Entries {
  const entries = new Map<string, Entry>();
  const add = (spelling: string, row: ModelRow, pins: Pins): void => {
    const key = nameKey(spelling);
    if (key === null) throw new Error(`the catalogue name ${spelling} is malformed`);
    if (entries.has(key)) throw new Error(`the catalogue has two models named ${spelling}`);
    entries.set(key, { spelling, row, pins });
  };
  for (const row of rows) {
    for (const spelling of [row.id, ...row.aliases]) add(spelling, row, onlyScene(row));
  }
  for (const { name, base, pins } of PINNED_NAMES) {
    const entry = entries.get(base.toLowerCase());
    // An operator may have taken away what the name stands for.
    if (entry === undefined || !canDo(entry.row, { ...entry.pins, ...pins })) continue;
    add(name, entry.row, { ...entry.pins, ...pins });
  }
  return entries;
}

/** A model that does one scene and nothing else needs no word for it. */
function onlyScene(row: ModelRow): Pins {
  const [first, ...others] = row.modes;
  const scene = SCENES.find((candidate) => candidate === first?.name);
  return scene === undefined || others.length > 0 ? {} : { scene };
}
