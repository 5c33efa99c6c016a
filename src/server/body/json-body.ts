/** Parses a JSON body: bounded in depth and number of values before it is parsed, and without keys that reach prototypes. */

import { isUtf8 } from 'node:buffer';

import { isObject } from '../../model/json.ts';
import type { Json } from '../../model/json.ts';
import { BODY_BOUNDS } from '../bounds.ts';
import { failed } from '../fail.ts';

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

const BYTE_ORDER_MARK = Buffer.of(0xef, 0xbb, 0xbf);

/** Throws `invalid_request` with one sentence for text that is no JSON or goes beyond the bounds. */
export function parseJsonBody(body: Buffer): Json {
  const bytes = body.subarray(0, 3).equals(BYTE_ORDER_MARK) ? body.subarray(3) : body;
  const fault = shapeFault(bytes);
  if (fault !== null) throw failed('invalid_request', `The JSON body cannot be read: ${fault}.`);
  if (!isUtf8(bytes)) throw failed('invalid_request', 'The JSON body cannot be read: it is not UTF-8.');
  try {
    const value: Json = JSON.parse(bytes.toString('utf8'));
    dropPrototypeKeys(value);
    return value;
  } catch (error) {
    throw failed('invalid_request', `The body is not valid JSON${placeOf(error, bytes)}.`);
  }
}

/** Why a text would cost too much to parse; null if it would not. Strings are skipped at the speed of a search. */
function shapeFault(bytes: Buffer): string | null {
  let depth = 0;
  let values = 0;
  let quotes = 0;
  let structure = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    structure += 1;
    const byte = bytes[at];
    if (byte === QUOTE) {
      const end = stringEnd(bytes, at + 1, BODY_BOUNDS.jsonQuotes - quotes);
      quotes += end.quotes;
      at = end.at;
    } else if (byte === OPEN_LIST || byte === OPEN_OBJECT) depth += 1;
    else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) depth -= 1;
    else if (byte === COMMA || byte === COLON) values += 1;
    if (depth > BODY_BOUNDS.jsonDepth) return `it is nested deeper than ${BODY_BOUNDS.jsonDepth} levels`;
    if (values > BODY_BOUNDS.jsonValues) return `it has more than ${BODY_BOUNDS.jsonValues} values`;
    if (quotes >= BODY_BOUNDS.jsonQuotes) return `it has more than ${BODY_BOUNDS.jsonQuotes} quotation marks`;
    if (structure > BODY_BOUNDS.jsonStructureBytes) return 'it has too much outside of strings';
  }
  return null;
}

/** The index of the closing quote, or the end of the text, after at most `maxQuotes` quotes inside the string. */
function stringEnd(bytes: Buffer, from: number, maxQuotes: number): { at: number; quotes: number } {
  let search = from;
  for (let quotes = 1; quotes <= maxQuotes; quotes += 1) {
    const at = bytes.indexOf(QUOTE, search);
    if (at === -1) return { at: bytes.length, quotes };
    let backslashes = 0;
    while (at - backslashes > search && bytes[at - backslashes - 1] === BACKSLASH) backslashes += 1;
    if (backslashes % 2 === 0) return { at, quotes };
    search = at + 1;
  }
  return { at: bytes.length, quotes: maxQuotes };
}

/** Drops own `__proto__` keys, and `constructor` keys that hold a `prototype`: a careless copy of them would act. */
function dropPrototypeKeys(value: Json): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, item] of Object.entries(value)) {
    const isDangerous =
      key === '__proto__' || (key === 'constructor' && isObject(item) && Object.hasOwn(item, 'prototype'));
    if (isDangerous) Reflect.deleteProperty(value, key);
    else dropPrototypeKeys(item);
  }
}

/** Where parsing stopped, as far as the parser tells. */
function placeOf(error: unknown, bytes: Buffer): string {
  if (!(error instanceof SyntaxError)) return '';
  const position = /at position (\d{1,9})/.exec(error.message)?.[1];
  if (position !== undefined) return `: something is wrong at character ${Number(position) + 1}`;
  if (/end of JSON input/.test(error.message)) return bytes.length === 0 ? ': it is empty' : ': it ends too early';
  return '';
}
