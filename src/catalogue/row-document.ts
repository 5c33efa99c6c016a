/** A row of the catalogue as JSON and back: snake case, amounts as decimal USD, modes and servings by their names. */

import type { ModelRow, PriceRow, Serving, Source } from '../model/catalogue.ts';
import { isObject } from '../model/json.ts';
import type { Json, JsonObject } from '../model/json.ts';
import { parseUsd } from '../model/money.ts';
import { priceText } from '../model/price.ts';
import type { PriceDocument, RowDocument } from './row-schema.ts';

/** Fields whose spelling differs: ours, and that of documents. */
const SPELLINGS: readonly (readonly [own: string, written: string])[] = [
  ['promptMaxChars', 'prompt_max_chars'],
  ['maxCount', 'max_count'],
  ['negativePrompt', 'negative_prompt'],
  ['offPeak', 'off_peak'],
  ['motionLevel', 'motion_level'],
  ['videoInput', 'video_input'],
  ['vendorKeys', 'vendor_keys'],
  ['typicalSeconds', 'typical_seconds'],
  ['deadlineHours', 'deadline_hours'],
  ['retryAfterFailure', 'retry_after_failure'],
  ['secondsFromAudio', 'seconds_from_audio'],
  ['secondsFromVideo', 'seconds_from_video'],
  ['orSaid', 'or_said'],
  ['minBilledSeconds', 'min_billed_seconds'],
];
const WRITTEN = new Map(SPELLINGS);
const OWN = new Map(SPELLINGS.map(([own, written]) => [written, own]));

/** The vendor's own words, whatever their spelling. */
const OPAQUE = 'upstream';

const OPERATORS_WORD: Source = { reference: 'set by the operator', confidence: 'documented' };

/** What a row of an operator's own says where the operator says nothing. */
export const USUAL_ROW: JsonObject = {
  aliases: [],
  audio: { offered: 'never', default: false },
  max_count: 1,
  fps: { values: [24], default: 24 },
  supports: {
    seed: false,
    negative_prompt: false,
    off_peak: false,
    bgm: false,
    watermark: false,
    motion_level: false,
  },
  rules: [],
  vendor_keys: [],
  servings: {},
  typical_seconds: 120,
  deadline_hours: 24,
  retry_after_failure: false,
  prices: [],
  source: OPERATORS_WORD,
};

export function documentOf({ modes, servings, prices, ...row }: ModelRow): JsonObject {
  const written = {
    ...row,
    modes: Object.fromEntries(modes.map((mode) => [mode.name, without(mode, 'name')])),
    servings: Object.fromEntries(servings.map((serving) => [serving.provider, servingDocument(serving)])),
    prices: prices.map(priceDocument),
  };
  return respelled(without(written, 'id'), WRITTEN) as JsonObject;
}

function servingDocument({ costs, ...serving }: Serving) {
  return { ...without(serving, 'provider'), ...(costs === undefined ? {} : { costs: costs.map(priceDocument) }) };
}

function without<T extends object>(object: T, key: keyof T): object {
  return Object.fromEntries(Object.entries(object).filter(([name]) => name !== key));
}

export function priceDocument(price: PriceRow): JsonObject {
  const { when, source } = price;
  return respelled({ ...priceText(price), when, source }, WRITTEN) as JsonObject;
}

/** Of a document without faults. */
export function rowOf(id: string, document: RowDocument): ModelRow {
  const { modes, servings, prices, ...rest } = document;
  const row = {
    ...withDefaults(rest),
    id,
    modes: Object.entries(modes).map(([name, mode]) => ({ name, inputs: {}, ...withDefaults(mode ?? {}) })),
    servings: Object.entries(servings).map(([provider, { costs, ...serving }]) => ({
      provider,
      ...serving,
      ...(costs === undefined ? {} : { costs: costs.map(priceOfDocument) }),
    })),
    prices: prices.map(priceOfDocument),
  };
  return respelled(row, OWN) as ModelRow;
}

function priceOfDocument({ unit, usd, base_usd: base, when = {}, source = OPERATORS_WORD }: PriceDocument) {
  const baseMicros = base === undefined ? {} : { baseMicros: microsOf(base) };
  return { unit, micros: microsOf(usd), ...baseMicros, when, source };
}

function microsOf(usd: string | number): bigint {
  const micros = parseUsd(String(usd));
  if (micros === null) throw new RangeError(`not an amount: ${usd}`);
  return micros;
}

/** A choice without a default has its first value as one. */
function withDefaults(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => {
      if (!isObject(value) || !Array.isArray(value.values)) return [key, value];
      return [key, { default: value.values[0], ...value }];
    }),
  );
}

function respelled(value: unknown, spellings: ReadonlyMap<string, string>): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => respelled(item, spellings));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, field]: [string, Json]) =>
      key === OPAQUE ? [key, field] : [spellings.get(key) ?? key, respelled(field, spellings)],
    ),
  );
}
