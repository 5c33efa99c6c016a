/** Values for fuzzed requests: what a schema asks for, and what no schema ever did. */

import { listModels } from '../../../src/catalogue/index.ts';
import { isObject } from '../../../src/model/json.ts';
import type { Json, JsonObject } from '../../../src/model/json.ts';
import type { Random } from '../../sim/random.ts';

const MAX_DEPTH = 6;
const DEEP = 70;
const MAX_TEXT_CHARS = 300;
/** How often a key that may be left out is there. */
const OPTIONAL = 0.35;

const MODELS = listModels().flatMap(({ id, aliases }) => [id, ...aliases]);
const WORDS: readonly string[] = [
  'a paper boat',
  '一只猫在月球上',
  '16:9',
  '1280x720',
  '720p',
  '5',
  'first_frame',
  'http://127.0.0.1:1/x.png',
  'https://nowhere.example/x.mp4',
  'data:image/png;base64,iVBORw0KGgo=',
  '{id}',
  'video_{id}',
  'task_{id}',
];

/** What every object has. */
const INHERITED = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf'];

/** Things that break programs. */
const ODD: readonly Json[] = [
  null,
  true,
  false,
  0,
  -0,
  -1,
  0.1,
  1e308,
  -1e308,
  9_007_199_254_740_991,
  4_294_967_296,
  '',
  ' ',
  '0',
  '-1',
  'NaN',
  'Infinity',
  '1e9',
  '\u0000',
  'a\u0000b',
  '\ud800',
  'x\udc00y',
  '\ufeff',
  '\u202e',
  '👨‍👩‍👧‍👦',
  '../../../etc/passwd',
  '<script>alert(1)</script>',
  "' or 1=1; --",
  '%s%n%00',
  '${7*7}',
  'file:///etc/passwd',
  'http://[::1]/',
  ...INHERITED,
  'x'.repeat(10_000),
  '9'.repeat(400),
  '字'.repeat(3_000),
  [],
  {},
  [[]],
  [null],
  [{}],
  { '': '' },
  { constructor: { prototype: { polluted: true } } },
  { toString: 1, hasOwnProperty: 1, length: -1 },
  { url: { url: { url: '' } } },
  Array.from({ length: 500 }, () => 1),
];
const ODD_KEYS = ['', ' ', ...INHERITED, '0', 'a.b', 'a[b]', '\u0000', '键'];

/** A value such as the schema describes; anything where it says nothing. */
export function valueOf(schema: unknown, random: Random, depth = 0): Json {
  if (!isObject(schema) || depth > MAX_DEPTH) return random.pick(WORDS);
  const options = schema['anyOf'];
  if (Array.isArray(options) && options.length > 0) return valueOf(random.pick(options), random, depth + 1);
  if ('const' in schema) return schema['const'] ?? null;
  switch (schema['type']) {
    case 'object':
      return objectOf(schema, random, depth);
    case 'array':
      return Array.from({ length: random.below(4) }, () => valueOf(schema['items'], random, depth + 1));
    case 'integer':
    case 'number':
      return numberOf(schema, random);
    case 'boolean':
      return random.chance(0.5);
    case 'string':
      return textOf(schema, random);
    default:
      return random.pick(WORDS);
  }
}

function objectOf(schema: JsonObject, random: Random, depth: number): JsonObject {
  const properties = isObject(schema['properties']) ? schema['properties'] : {};
  const required: readonly Json[] = Array.isArray(schema['required']) ? schema['required'] : [];
  const keys = Object.keys(properties).filter((key) => required.includes(key) || random.chance(OPTIONAL));
  return Object.fromEntries(
    keys.map((key) => [
      key,
      /^(?:model|model_name|req_key)$/.test(key) ? random.pick(MODELS) : valueOf(properties[key], random, depth + 1),
    ]),
  );
}

function numberOf(schema: JsonObject, random: Random): number {
  const min = typeof schema['minimum'] === 'number' ? schema['minimum'] : 0;
  const max = typeof schema['maximum'] === 'number' ? schema['maximum'] : min + 20;
  return min + random.below(max - min + 1);
}

function textOf(schema: JsonObject, random: Random): Json {
  const examples = schema['examples'];
  if (Array.isArray(examples) && examples.length > 0 && random.chance(0.6)) return random.pick(examples);
  if (typeof schema['pattern'] === 'string' && random.chance(0.6)) return String(1 + random.below(15));
  return random.pick(WORDS);
}

/** The value with one thing wrong somewhere in it. */
export function spoilt(value: Json, random: Random): Json {
  if (Array.isArray(value) && value.length > 0 && random.chance(0.8)) {
    const at = random.below(value.length);
    return value.map((item: Json, index) => (index === at ? spoilt(item, random) : item));
  }
  if (isObject(value) && Object.keys(value).length > 0 && random.chance(0.9)) return spoiltObject(value, random);
  return otherThan(value, random);
}

function spoiltObject(value: JsonObject, random: Random): JsonObject {
  const key = random.pick(Object.keys(value));
  const inner = value[key] ?? null;
  switch (random.weighted({ deeper: 6, left: 1, added: 1, renamed: 1 })) {
    case 'deeper':
      return { ...value, [key]: spoilt(inner, random) };
    case 'left':
      return Object.fromEntries(Object.entries(value).filter(([name]) => name !== key));
    case 'added':
      return { ...value, [random.pick(ODD_KEYS)]: random.pick(ODD) };
    case 'renamed':
      return Object.fromEntries(
        Object.entries(value).map(([name, item]) => [name === key ? name.toUpperCase() : name, item]),
      );
  }
}

function otherThan(value: Json, random: Random): Json {
  switch (random.weighted({ odd: 6, wrapped: 1, text: 2, deep: 0.3 })) {
    case 'odd':
      return random.pick(ODD);
    case 'wrapped':
      return random.chance(0.5) ? [value] : { value };
    case 'text':
      return typeof value === 'string' ? spoiltText(value, random) : asText(value);
    case 'deep':
      return Array.from({ length: DEEP }).reduce<Json>((inner) => [inner], value);
  }
}

/** A text with characters lost, doubled or added. */
export function spoiltText(text: string, random: Random): string {
  const at = random.below(text.length + 1);
  switch (random.weighted({ cut: 1, doubled: 1, added: 2, case: 1 })) {
    case 'cut':
      return text.slice(0, at);
    case 'doubled':
      return text + text;
    case 'added':
      return text.slice(0, at) + asText(random.pick(ODD)) + text.slice(at);
    case 'case':
      return text.toUpperCase();
  }
}

/** A short text of any kind, for addresses and headers. */
export function oddText(random: Random): string {
  return asText(random.chance(0.5) ? random.pick(ODD) : random.pick(WORDS)).slice(0, MAX_TEXT_CHARS);
}

function asText(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
