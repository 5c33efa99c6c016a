/** The catalogue: every model by every name it is known by. */

import type { ModelMatch, ModelRow, Pins } from '../model/catalogue.ts';
import { SCENES } from '../model/request.ts';
import { canDo, continuations, nameOf, pinsOf, readings, variations } from './bundled-names.ts';
import type { Bundle } from './bundled-names.ts';
import { editDistance } from './edit-distance.ts';
import { HAILUO_ROWS } from './families/hailuo.ts';
import { HUNYUAN_ROWS } from './families/hunyuan.ts';
import { JIMENG_ROWS } from './families/jimeng.ts';
import { KLING_ROWS } from './families/kling.ts';
import { MINGMOU_ROWS } from './families/mingmou.ts';
import { PIXVERSE_ROWS } from './families/pixverse.ts';
import { RELAYED_ROWS } from './families/relayed.ts';
import { SEEDANCE_ROWS } from './families/seedance.ts';
import { SORA_ROWS } from './families/sora.ts';
import { VEO_ROWS } from './families/veo.ts';
import { VIDU_ROWS } from './families/vidu.ts';
import { WAN_ROWS } from './families/wan.ts';
import { PINNED_NAMES } from './pinned-names.ts';

/** Longer names are no model's. */
export const MAX_NAME_CHARS = 96;
const MAX_SUGGESTIONS = 3;
/** Bases near to an unknown name that are tried with its tokens. */
const MAX_NEAR_BASES = 8;
/** Printable ASCII: no letter outside it folds onto one inside it. */
const NAME = /^[\x20-\x7e]+$/;

const ROWS: readonly ModelRow[] = [
  ...KLING_ROWS,
  ...VIDU_ROWS,
  ...JIMENG_ROWS,
  ...SEEDANCE_ROWS,
  ...VEO_ROWS,
  ...SORA_ROWS,
  ...HAILUO_ROWS,
  ...WAN_ROWS,
  ...HUNYUAN_ROWS,
  ...MINGMOU_ROWS,
  ...PIXVERSE_ROWS,
  ...RELAYED_ROWS,
];

type Entry = ModelMatch & { readonly spelling: string };

const ENTRIES: ReadonlyMap<string, Entry> = index();

export function listModels(): readonly ModelRow[] {
  return ROWS;
}

/** The model of this name: an id or alias first, then a bundled name that the model can do; in any case of letters. */
export function findModel(name: string): ModelMatch | null {
  const key = keyOf(name);
  return key === null
    ? null
    : (readings(key)
        .map(matchBundle)
        .find((match) => match !== null) ?? null);
}

/** At most three names that exist, of the model that is named first, then the nearest; none where the name is like no other. */
export function nearestModels(name: string): readonly string[] {
  const key = keyOf(name);
  if (key === null) return [];
  // Distances tie often; order of the catalogue then decides, so that answers stay the same.
  const byDistance = (spellings: readonly string[]): readonly string[] =>
    [...new Set(spellings)]
      .map((spelling) => ({ spelling, distance: editDistance(key, spelling.toLowerCase(), MAX_NAME_CHARS) }))
      .toSorted((one, other) => one.distance - other.distance)
      .map(({ spelling }) => spelling);
  const names = [...byDistance(sameBase(key)), ...byDistance([...sameStart(key), ...nearBases(key)])];
  return [...new Set(names)].slice(0, MAX_SUGGESTIONS);
}

function keyOf(name: string): string | null {
  return name.length > MAX_NAME_CHARS || !NAME.test(name) ? null : name.toLowerCase();
}

function matchBundle(bundle: Bundle): ModelMatch | null {
  const entry = ENTRIES.get(bundle.base);
  if (entry === undefined) return null;
  const pins = pinsOf(bundle.tokens, entry.pins);
  return pins !== null && canDo(entry.row, pins) ? { row: entry.row, pins } : null;
}

/** Where the base is right and a token is not: the base with other tokens. */
function sameBase(key: string): readonly string[] {
  return readings(key).flatMap((bundle) => {
    const entry = ENTRIES.get(bundle.base);
    return entry === undefined ? [] : existing(bundle, entry);
  });
}

/** Where the end is no token: the longest beginning that is a name, with each token that may follow. */
function sameStart(key: string): readonly string[] {
  for (let end = key.lastIndexOf('-'); end > 0; end = key.lastIndexOf('-', end - 1)) {
    const start = readings(key.slice(0, end)).find((bundle) => matchBundle(bundle) !== null);
    const entry = start === undefined ? undefined : ENTRIES.get(start.base);
    if (start === undefined || entry === undefined) continue;
    return continuations(start).flatMap((bundle) => existing(bundle, entry));
  }
  return [];
}

/** Where the base is wrong: the bases like it, with the name's tokens as far as they exist. */
function nearBases(key: string): readonly string[] {
  return readings(key).flatMap((bundle) => {
    const limit = Math.max(2, Math.floor(bundle.base.length / 3));
    const near = [...ENTRIES]
      .map(([base, entry]) => ({ base, entry, distance: editDistance(bundle.base, base, limit) }))
      .filter(({ distance }) => distance <= limit)
      .toSorted((one, other) => one.distance - other.distance)
      .slice(0, MAX_NEAR_BASES);
    return near.flatMap(({ base, entry }) => existing({ base, tokens: bundle.tokens }, entry));
  });
}

function existing(bundle: Bundle, entry: Entry): readonly string[] {
  return variations(bundle, entry.row)
    .filter((variation) => matchBundle(variation) !== null)
    .map((variation) => nameOf({ ...variation, base: entry.spelling }));
}

function index(): ReadonlyMap<string, Entry> {
  const entries = new Map<string, Entry>();
  const add = (spelling: string, row: ModelRow, pins: Pins): void => {
    const key = keyOf(spelling);
    if (key === null) throw new Error(`the catalogue name ${spelling} is malformed`);
    if (entries.has(key)) throw new Error(`the catalogue has two models named ${spelling}`);
    entries.set(key, { spelling, row, pins });
  };
  for (const row of ROWS) {
    for (const spelling of [row.id, ...row.aliases]) add(spelling, row, onlyScene(row));
  }
  for (const { name, base, pins } of PINNED_NAMES) {
    const entry = entries.get(base.toLowerCase());
    if (entry === undefined) throw new Error(`the name ${name} stands for ${base}, which the catalogue has not`);
    if (!canDo(entry.row, { ...entry.pins, ...pins })) throw new Error(`${base} cannot do what ${name} stands for`);
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
