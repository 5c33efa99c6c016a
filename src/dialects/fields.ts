/** Readers of single fields, shared by all dialects: lenient in spelling where the APIs are, strict in value, never throwing. */

import { parseJobId } from '../model/id.ts';
import { isObject, property } from '../model/json.ts';
import type { Json, JsonObject } from '../model/json.ts';
import type { Size } from '../model/request.ts';
import { violation } from '../model/violation.ts';
import type { Language, Violation } from '../model/violation.ts';

/** An object of the body: where it stands, and which of its keys were asked for. */
export type Place = {
  readonly object: JsonObject;
  /** Put before a key to name it as the client would, such as `metadata.`. */
  readonly path: string;
  /** True if numbers and booleans come as text because the body was a form. */
  readonly texts: boolean;
  readonly used: Set<string>;
  /** Actual keys by their folded spelling; null where only the exact spelling counts. */
  readonly folded: ReadonlyMap<string, string> | null;
};

export type Field<T> =
  | { readonly kind: 'absent' }
  | { readonly kind: 'value'; readonly value: T; readonly param: string }
  | Refused;
export type Refused = { readonly kind: 'violation'; readonly violation: Violation };

/** What a field should have been, in both languages. */
export type Expected = Readonly<Record<Language, string>>;

export const EXPECTED = {
  text: { en: 'a string', zh: '字符串' },
  integer: { en: 'an integer', zh: '整数' },
  seconds: { en: 'a whole number of seconds, such as 5 or "5"', zh: '整数秒,例如 5 或 "5"' },
  boolean: { en: 'true or false', zh: 'true 或 false' },
  toggle: { en: 'Enabled or Disabled, or true or false', zh: 'Enabled、Disabled、true 或 false' },
  object: { en: 'an object', zh: '对象' },
  list: { en: 'an array', zh: '数组' },
  videoId: { en: 'the id of a video', zh: '视频 ID' },
  frame: {
    en: 'WIDTHxHEIGHT such as 1280x720, or a label such as 720p',
    zh: '“宽x高”(如 1280x720)或分辨率标签(如 720p)',
  },
} as const satisfies Record<string, Expected>;

/** What fields named `size` or `resolution` hold: exact pixels, or the label of a resolution. */
export type Frame = { readonly kind: 'size'; readonly size: Size } | { readonly kind: 'label'; readonly label: string };

const ABSENT = { kind: 'absent' } as const;
const SECONDS = /^\d{1,4}$/;
const MAX_SECONDS = 9999;
const INTEGER_TEXT = /^-?\d{1,15}$/;
const PIXELS = /^([1-9]\d{0,4})[xX*×]([1-9]\d{0,4})$/;
const LABEL = /^(?:\d{3,4}p|\d{1,2}k)$/i;
/** PostgreSQL can keep neither NUL nor half of a surrogate pair. */
const NUL = '\u0000';

/** `anyCase` also finds `FileInfos` and `fileInfos` where `file_infos` is asked for. */
export function place(object: JsonObject, path: string, texts: boolean, anyCase: boolean = false): Place {
  const folded = anyCase ? new Map(Object.keys(object).map((key) => [fold(key), key])) : null;
  return { object, path, texts, used: new Set(), folded };
}

/** The raw value and its name; marks the key as used. JSON `null` counts as absent. */
export function readRaw(at: Place, key: string): Field<Json> {
  const actual = Object.hasOwn(at.object, key) ? key : at.folded?.get(fold(key));
  if (actual === undefined) return ABSENT;
  at.used.add(actual);
  const value = property(at.object, actual) ?? null;
  return value === null ? ABSENT : { kind: 'value', value, param: `${at.path}${actual}` };
}

/** Keys that nobody asked for, in their order. */
export function leftovers(at: Place): readonly string[] {
  return Object.keys(at.object).filter((key) => !at.used.has(key));
}

/** Any text that can be stored; the empty one counts as absent. */
export function readText(at: Place, key: string): Field<string> {
  return map(readRaw(at, key), (value, param) => {
    if (typeof value !== 'string') return wrongType(param, value, EXPECTED.text);
    if (value === '') return ABSENT;
    const fault = textFault(value, param);
    return fault === null ? { kind: 'value', value, param } : { kind: 'violation', violation: fault };
  });
}

/** Text whose case means nothing, such as a resolution's: given in lower case. */
export function readLabel(at: Place, key: string): Field<string> {
  return map(readText(at, key), (text, param) => ({ kind: 'value', value: text.toLowerCase(), param }));
}

/** One to four digits as text, or a JSON integer of that size. Unlike other fields, the empty text is a violation. */
export function readSeconds(at: Place, key: string): Field<number> {
  return map(readRaw(at, key), (value, param) => {
    if (typeof value === 'string' && SECONDS.test(value)) return { kind: 'value', value: Number(value), param };
    if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MAX_SECONDS) {
      return { kind: 'value', value: value + 0, param };
    }
    return wrongType(param, value, EXPECTED.seconds);
  });
}

/** A JSON integer that is exact; digits as text only in a form. */
export function readInteger(at: Place, key: string): Field<number> {
  return map(readRaw(at, key), (value, param) => {
    if (value === '') return ABSENT;
    const number = at.texts && typeof value === 'string' && INTEGER_TEXT.test(value) ? Number(value) : value;
    // Adding zero turns -0, which JSON can spell, into 0.
    if (typeof number === 'number' && Number.isSafeInteger(number)) return { kind: 'value', value: number + 0, param };
    return wrongType(param, value, EXPECTED.integer);
  });
}

/** A JSON boolean; the words `true` and `false` in a form, or anywhere if the API documents both (`wordsToo`). */
export function readBoolean(at: Place, key: string, wordsToo: boolean = false): Field<boolean> {
  return map(readRaw(at, key), (value, param) => {
    if (value === '') return ABSENT;
    const words = at.texts || wordsToo;
    const flag = words && typeof value === 'string' ? flagOf(value, ['true'], ['false']) : value;
    return typeof flag === 'boolean'
      ? { kind: 'value', value: flag, param }
      : wrongType(param, value, EXPECTED.boolean);
  });
}

/** `Enabled` or `Disabled` as Tencent writes them, or a boolean in any spelling. */
export function readToggle(at: Place, key: string): Field<boolean> {
  return map(readRaw(at, key), (value, param) => {
    if (value === '') return ABSENT;
    const flag = typeof value === 'string' ? flagOf(value, ['enabled', 'true'], ['disabled', 'false']) : value;
    return typeof flag === 'boolean' ? { kind: 'value', value: flag, param } : wrongType(param, value, EXPECTED.toggle);
  });
}

/** One of `choices`, without regard to case. */
export function readChoice<T extends string>(at: Place, key: string, choices: readonly T[]): Field<T> {
  return map(readText(at, key), (value, param) => {
    const choice = choices.find((candidate) => candidate.toLowerCase() === value.toLowerCase());
    if (choice !== undefined) return { kind: 'value', value: choice, param };
    const subject = { en: 'this API', zh: '本接口' };
    return { kind: 'violation', violation: violation('not_offered', param, value, { values: choices }, subject) };
  });
}

/** The place in a list, in a query: the id of the video before the page. */
export function readCursor(at: Place, key: string): Field<string> {
  return map(readText(at, key), (text, param) => {
    const id = parseJobId(text);
    return id === null ? wrongType(param, text, EXPECTED.videoId) : { kind: 'value', value: id, param };
  });
}

/** A number from 1 to `max` in a query, as lists are paged by. */
export function readPageNumber(at: Place, key: string, max: number): Field<number> {
  return map(readText(at, key), (text, param) => {
    const value = /^\d{1,6}$/.test(text) ? Number(text) : 0;
    if (value >= 1 && value <= max) return { kind: 'value', value, param };
    return { kind: 'violation', violation: violation('out_of_range', param, text, { min: 1, max }) };
  });
}

/** Exact pixels (`1280x720`, also with `*`), or a label (`720P`), given in lower case. */
export function readFrame(at: Place, key: string): Field<Frame> {
  return map(readText(at, key), (value, param) => {
    const frame = frameOf(value);
    return frame === null ? wrongType(param, value, EXPECTED.frame) : { kind: 'value', value: frame, param };
  });
}

/** The frame that a text names; null if it names none. */
export function frameOf(text: string): Frame | null {
  const match = PIXELS.exec(text);
  if (match !== null) return { kind: 'size', size: { width: Number(match[1]), height: Number(match[2]) } };
  return LABEL.test(text) ? { kind: 'label', label: text.toLowerCase() } : null;
}

/** An object; in a form also the JSON text of one, whose numbers and booleans are then real ones. */
export function readPlace(at: Place, key: string, anyCase: boolean = false): Field<Place> {
  return map(readRaw(at, key), (value, param) => {
    if (value === '') return ABSENT;
    const parsed = at.texts && typeof value === 'string' ? parseJson(value) : value;
    const fault = depthFault(parsed ?? null, param);
    if (fault !== null) return { kind: 'violation', violation: fault };
    if (!isObject(parsed)) return wrongType(param, value, EXPECTED.object);
    const texts = at.texts && typeof value !== 'string';
    return { kind: 'value', value: place(parsed, `${param}.`, texts, anyCase), param };
  });
}

export function wrongType(param: string, value: Json, expected: Expected): Refused {
  // Words for the expected type are English wherever the sentence has no place for a subject.
  const found = typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
  return { kind: 'violation', violation: violation('wrong_type', param, found, { values: [expected.en] }, expected) };
}

/** The value of a JSON text; `undefined` if it is none. */
export function parseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Why a text cannot be stored; null if it can. */
export function textFault(text: string, param: string): Violation | null {
  if (!text.includes(NUL) && text.isWellFormed()) return null;
  const subject = {
    en: 'it holds a NUL character or half of a surrogate pair',
    zh: '包含 NUL 字符或不完整的 Unicode 字符',
  };
  return violation('unreadable', param, null, null, subject);
}

export const MAX_DEPTH = 24;

/** A violation if the value is nested deeper than `MAX_DEPTH`, which also keeps every later walk through it bounded. */
export function depthFault(value: Json, param: string): Violation | null {
  let level: readonly Json[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > MAX_DEPTH) {
      const subject = { en: `it is nested deeper than ${MAX_DEPTH} levels`, zh: `嵌套超过 ${MAX_DEPTH} 层` };
      return violation('unreadable', param, null, null, subject);
    }
    level = level.flatMap((item) => (typeof item === 'object' && item !== null ? Object.values(item) : []));
  }
  return null;
}

/** Why a value of a bounded depth cannot be stored as it is: a bad text or key, or a number that JSON cannot spell. */
export function storageFault(value: Json, param: string): Violation | null {
  if (typeof value === 'string') return textFault(value, param);
  if (typeof value === 'number' && !Number.isFinite(value)) {
    const subject = { en: 'the number is too large', zh: '数值过大' };
    return violation('unreadable', param, String(value), null, subject);
  }
  if (typeof value !== 'object' || value === null) return null;
  for (const [key, item] of Object.entries(value)) {
    const fault = textFault(key, param) ?? storageFault(item, param);
    if (fault !== null) return fault;
  }
  return null;
}

/** `then` for a field that has a value; the others pass. */
export function map<A, B>(field: Field<A>, then: (value: A, param: string) => Field<B>): Field<B> {
  return field.kind === 'value' ? then(field.value, field.param) : field;
}

function flagOf(text: string, yes: readonly string[], no: readonly string[]): boolean | null {
  const word = text.toLowerCase();
  if (yes.includes(word)) return true;
  return no.includes(word) ? false : null;
}

function fold(key: string): string {
  return key.replaceAll('_', '').toLowerCase();
}
