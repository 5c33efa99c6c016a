/** What is wrong with a row as an operator wrote it: where, what stands there, and what may. */

import { Compile } from 'typebox/compile';
import type { TLocalizedValidationError } from 'typebox/error';

import { parseSize } from '../model/frame-size.ts';
import { isObject } from '../model/json.ts';
import type { Json, JsonObject } from '../model/json.ts';
import { MICROS_PER_USD, parseUsd } from '../model/money.ts';
import { RowDocument } from './row-schema.ts';

/** `path` such as `prices[0].when.resolution`; `message` is a whole sentence that begins with it. */
export type RowFault = { readonly path: string; readonly message: string };

/** More than anyone mends at once. */
const MAX_FAULTS = 8;
const MAX_SHOWN_CHARS = 60;
/** Nobody sells a second of video for more; a price of this size is a slip, and its sums stay far below 64 bits. */
const MAX_PRICE_MICROS = 10_000n * MICROS_PER_USD;

const SCHEMA = Compile(RowDocument);

type Checked = { readonly document: RowDocument } | { readonly faults: readonly RowFault[] };

/** `said`: what of it the operator wrote, which may name only what the row offers. */
export function checkRow(whole: Json, said: JsonObject, providers: ReadonlySet<string>): Checked {
  if (!SCHEMA.Check(whole)) return { faults: shapeFaults(whole) };
  const faults = [
    ...choiceFaults(whole),
    ...modeFaults(whole),
    ...sizeFaults(whole),
    ...servingFaults(whole, said, providers),
    ...amountFaults(whole),
    ...ruleFaults(whole),
    ...conditionFaults(whole, said),
  ];
  return faults.length === 0 ? { document: whole } : { faults: faults.slice(0, MAX_FAULTS) };
}

function fault(path: string, said: unknown, allowed: string): RowFault {
  const text = said === undefined ? 'missing' : JSON.stringify(said);
  const shown = text.length > MAX_SHOWN_CHARS ? `${text.slice(0, MAX_SHOWN_CHARS)}…` : text;
  return { path, message: `'${path}' is ${shown}, but must be ${allowed}.` };
}

function unknownKey(path: string, key: string, allowed: readonly string[]): RowFault {
  const place = path === '' ? '' : ` in '${path}'`;
  const name = key.slice(0, MAX_SHOWN_CHARS);
  return {
    path: path === '' ? name : `${path}.${name}`,
    message: `There is no field '${name}'${place}. Allowed: ${allowed.join(', ')}.`,
  };
}

// The shape

function shapeFaults(whole: Json): readonly RowFault[] {
  const found = new Map<string, RowFault>();
  for (const error of SCHEMA.Errors(whole)) {
    for (const one of shapeFault(whole, error)) if (!found.has(one.path)) found.set(one.path, one);
  }
  return [...found.values()].slice(0, MAX_FAULTS);
}

function shapeFault(whole: Json, error: TLocalizedValidationError): readonly RowFault[] {
  const steps = stepsOf(error.instancePath);
  const path = pathOf(steps);
  const schema = schemaAt(steps);
  switch (error.keyword) {
    case 'required':
      return error.params.requiredProperties.map((key) =>
        fault(pathOf([...steps, key]), undefined, wordsAt([...steps, key]) ?? 'given'),
      );
    case 'additionalProperties':
      return error.params.additionalProperties.map((key) => unknownKey(path, key, keysOf(schema)));
    case 'boolean':
      return [unknownKey(pathOf(steps.slice(0, -1)), steps.at(-1) ?? '', keysOf(schemaAt(steps.slice(0, -1))))];
    default:
      return [fault(path, valueAt(whole, steps), wordsAt(steps) ?? error.message.replace(/^must be /, ''))];
  }
}

function stepsOf(pointer: string): readonly string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function pathOf(steps: readonly string[]): string {
  return steps.reduce(
    (path, step) => (/^\d+$/.test(step) ? `${path}[${step}]` : path === '' ? step : `${path}.${step}`),
    '',
  );
}

function valueAt(whole: Json, steps: readonly string[]): unknown {
  return steps.reduce<unknown>(
    (place, step) => (Array.isArray(place) ? place[Number(step)] : isObject(place) ? place[step] : undefined),
    whole,
  );
}

/** The schema of a place; null where the schema knows no such place. */
function schemaAt(steps: readonly string[]): JsonObject | null {
  return steps.reduce<JsonObject | null>(
    (schema, step) => {
      if (schema === null) return null;
      const { items, properties, patternProperties } = schema;
      const [each] = isObject(patternProperties) ? Object.values(patternProperties) : [];
      const next = items ?? (isObject(properties) ? properties[step] : each);
      return isObject(next) ? next : null;
    },
    RowDocument as unknown as JsonObject,
  );
}

function wordsAt(steps: readonly string[]): string | null {
  const schema = schemaAt(steps);
  if (typeof schema?.description === 'string') return schema.description;
  const keys = keysOf(schema);
  return keys.length === 0 ? null : `an object of ${keys.join(', ')}`;
}

function keysOf(schema: JsonObject | null): readonly string[] {
  return isObject(schema?.properties) ? Object.keys(schema.properties) : [];
}

// What no schema sees

type Choice = { readonly values: readonly unknown[]; readonly default?: unknown };

function choiceFaults(row: RowDocument): readonly RowFault[] {
  const own: readonly (readonly [string, Choice | undefined])[] = [
    ['seconds', row.seconds],
    ['resolutions', row.resolutions],
    ['ratios', row.ratios],
    ['fps', row.fps],
    ...Object.entries(row.modes).flatMap(([name, mode]): (readonly [string, Choice | undefined])[] => [
      [`modes.${name}.seconds`, mode?.seconds],
      [`modes.${name}.resolutions`, mode?.resolutions],
      [`modes.${name}.ratios`, mode?.ratios],
    ]),
  ];
  return own.flatMap(([path, choice]) =>
    choice?.default === undefined || choice.values.includes(choice.default)
      ? []
      : [fault(`${path}.default`, choice.default, `one of ${path}.values: ${choice.values.join(', ')}`)],
  );
}

function modeFaults(row: RowDocument): readonly RowFault[] {
  const modes = Object.entries(row.modes);
  if (modes.length === 0) return [fault('modes', {}, 'an object of at least one mode')];
  return modes.flatMap(([name, mode]) =>
    Object.entries(mode?.inputs ?? {}).flatMap(([role, count]) =>
      count === undefined || count.min <= count.max
        ? []
        : [fault(`modes.${name}.inputs.${role}.min`, count.min, `at most the max, ${count.max}`)],
    ),
  );
}

/** Each resolution that any mode offers, and each ratio. */
function offeredBy(row: RowDocument) {
  const modes = Object.values(row.modes).filter((mode) => mode !== undefined);
  return {
    mode: Object.keys(row.modes),
    resolution: [
      ...new Set([row.resolutions, ...modes.map((mode) => mode.resolutions)].flatMap((one) => one?.values ?? [])),
    ],
    ratio: [...new Set([row.ratios, ...modes.map((mode) => mode.ratios)].flatMap((one) => one?.values ?? []))],
  };
}

function sizeFaults(row: RowDocument): readonly RowFault[] {
  return Object.entries(row.sizes ?? {}).flatMap(([label, sizes]) =>
    Object.entries(sizes).flatMap(([ratio, size]) =>
      parseSize(size) === null ? [fault(`sizes.${label}.${ratio}`, size, 'a size such as 1280x720')] : [],
    ),
  );
}

/** Of the providers that the operator names. */
function servingFaults(row: RowDocument, said: JsonObject, providers: ReadonlySet<string>): readonly RowFault[] {
  const allowed = Object.keys(row.modes);
  const named = isObject(said.servings) ? said.servings : {};
  return Object.entries(row.servings).flatMap(([name, { modes = [] }]) => {
    if (Object.hasOwn(named, name) && !providers.has(name))
      return [unknownKey('servings', name, [...providers].toSorted())];
    return modes.flatMap((mode, at) =>
      allowed.includes(mode) ? [] : [fault(`servings.${name}.modes[${at}]`, mode, `one of ${allowed.join(', ')}`)],
    );
  });
}

function amountFaults(row: RowDocument): readonly RowFault[] {
  const costs = Object.entries(row.servings).flatMap(([name, serving]) =>
    pricesFaults(`servings.${name}.costs`, serving.costs ?? [], true),
  );
  return [...pricesFaults('prices', row.prices, false), ...costs];
}

/** Costs may be nothing: of machines of one's own. */
function pricesFaults(path: string, prices: RowDocument['prices'], mayBeNothing: boolean): readonly RowFault[] {
  const [least, words] = mayBeNothing ? [0n, '0'] : [1n, '0.000001'];
  return prices.flatMap((price, at) =>
    (['usd', 'base_usd'] as const).flatMap((key) => {
      const said = price[key];
      const micros = said === undefined ? null : parseUsd(String(said));
      if (said === undefined || (micros !== null && micros >= least && micros <= MAX_PRICE_MICROS)) return [];
      const allowed = `an amount of USD from ${words} to ${MAX_PRICE_MICROS / MICROS_PER_USD} with at most six decimals`;
      return [fault(`${path}[${at}].${key}`, said, allowed)];
    }),
  );
}

function ruleFaults(row: RowDocument): readonly RowFault[] {
  const lists = [
    { path: 'rules', rules: row.rules },
    ...Object.entries(row.servings).map(([name, { rules = [] }]) => ({ path: `servings.${name}.rules`, rules })),
  ];
  return lists.flatMap(({ path, rules }) =>
    rules.flatMap(({ only, forbid }, at) =>
      (only === undefined) === (forbid === undefined)
        ? [fault(`${path}[${at}]`, { only, forbid }, "a rule with either 'only' or 'forbid'")]
        : [],
    ),
  );
}

type Placed = readonly [path: string, condition: Readonly<Record<string, unknown>> | undefined];

/** A row of prices for what the model does not offer is a slip; built-in ones may outlive what an operator takes away. */
function conditionFaults(row: RowDocument, said: JsonObject): readonly RowFault[] {
  const offered: Readonly<Record<string, readonly string[]>> = offeredBy(row);
  const prices = row.prices.map(({ when }, at): Placed => [`prices[${at}].when`, when]);
  const rules = row.rules.flatMap(({ when, only, forbid }, at): Placed[] => [
    [`rules[${at}].when`, when],
    [`rules[${at}].only`, only],
    [`rules[${at}].forbid`, forbid],
  ]);
  const placed = [...('prices' in said ? prices : []), ...('rules' in said ? rules : [])];
  return placed.flatMap(([path, condition = {}]) =>
    Object.entries(offered).flatMap(([key, allowed]) => {
      const values = condition[key];
      if (!Array.isArray(values)) return [];
      return values.flatMap((value: unknown, at) =>
        allowed.some((one) => one === value)
          ? []
          : [fault(`${path}.${key}[${at}]`, value, `one of ${allowed.join(', ')}, which the model offers`)],
      );
    }),
  );
}
