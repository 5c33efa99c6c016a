/** What each reader of a single field takes, takes for absent, and refuses. */

import { describe, expect, test } from 'vitest';

import {
  MAX_DEPTH,
  depthFault,
  leftovers,
  place,
  readBoolean,
  readChoice,
  readFrame,
  readInteger,
  readPlace,
  readSeconds,
  readText,
  readToggle,
  storageFault,
} from '../../src/dialects/fields.ts';
import type { Field, Place } from '../../src/dialects/fields.ts';
import type { Json } from '../../src/model/json.ts';

type Read = (at: Place, key: string) => Field<unknown>;

function outcome(read: Read, value: Json, texts: boolean = false): unknown {
  const field = read(place({ x: value }, 'metadata.', texts), 'x');
  if (field.kind === 'value') return field.value;
  return field.kind === 'absent' ? 'absent' : `${field.violation.code} ${field.violation.param}`;
}

const BAD = 'wrong_type metadata.x';
const TOO_LARGE = JSON.parse('1e309');

describe('text', () => {
  test.each<[Json, unknown]>([
    ['a', 'a'],
    [' ', ' '],
    ['', 'absent'],
    [null, 'absent'],
    [5, BAD],
    [true, BAD],
    [['a'], BAD],
    [{}, BAD],
    ['a\u0000b', 'unreadable metadata.x'],
    ['half \ud83d', 'unreadable metadata.x'],
    ['whole 😀', 'whole 😀'],
  ])('%j is %j', (value, expected) => expect(outcome(readText, value)).toBe(expected));
});

describe('seconds', () => {
  test.each<[Json, unknown]>([
    ['5', 5],
    [5, 5],
    [5.0, 5],
    ['05', 5],
    [0, 0],
    ['0', 0],
    [JSON.parse('-0'), 0],
    [9999, 9999],
    [null, 'absent'],
    ['5s', BAD],
    [5.5, BAD],
    ['5.5', BAD],
    ['0x10', BAD],
    [' 5 ', BAD],
    ['', BAD],
    ['٥', BAD],
    [true, BAD],
    [[5], BAD],
    [{}, BAD],
    [1e9, BAD],
    ['10000', BAD],
    [-5, BAD],
    ['-5', BAD],
    ['+5', BAD],
    ['1e1', BAD],
    [Number.NaN, BAD],
    [TOO_LARGE, BAD],
  ])('%j is %j', (value, expected) => {
    expect(outcome(readSeconds, value)).toBe(expected);
    expect(outcome(readSeconds, value, true)).toBe(expected);
  });
});

describe('an integer', () => {
  test.each<[Json, unknown]>([
    [0, 0],
    [-1, -1],
    [4294967295, 4294967295],
    ['', 'absent'],
    [null, 'absent'],
    ['5', BAD],
    [1.5, BAD],
    [2 ** 53, BAD],
    [false, BAD],
    [TOO_LARGE, BAD],
  ])('in JSON: %j is %j', (value, expected) => expect(outcome(readInteger, value)).toBe(expected));

  test.each<[Json, unknown]>([
    ['0', 0],
    ['-1', -1],
    ['24', 24],
    ['', 'absent'],
    ['1.5', BAD],
    ['1e3', BAD],
    [' 1', BAD],
    ['Infinity', BAD],
    [['1', '2'], BAD],
  ])('in a form: %j is %j', (value, expected) => expect(outcome(readInteger, value, true)).toBe(expected));
});

describe('a boolean', () => {
  test.each<[Json, unknown]>([
    [true, true],
    [false, false],
    ['', 'absent'],
    ['true', BAD],
    [1, BAD],
    [0, BAD],
  ])('in JSON: %j is %j', (value, expected) => expect(outcome(readBoolean, value)).toBe(expected));

  test('also as a word in a form, or where the API documents both', () => {
    expect(outcome(readBoolean, 'False', true)).toBe(false);
    expect(outcome((at, key) => readBoolean(at, key, true), 'true')).toBe(true);
    expect(outcome(readBoolean, '1', true)).toBe(BAD);
  });

  test.each<[Json, unknown]>([
    ['Enabled', true],
    ['disabled', false],
    ['TRUE', true],
    [false, false],
    ['', 'absent'],
    ['on', BAD],
    [1, BAD],
  ])('as a toggle: %j is %j', (value, expected) => expect(outcome(readToggle, value)).toBe(expected));
});

describe('a choice', () => {
  const read: Read = (at, key) => readChoice(at, key, ['std', 'pro']);

  test('is found without regard to case, and a word that is none is answered with the list', () => {
    expect(outcome(read, 'PRO')).toBe('pro');
    const field = read(place({ x: 'max' }, '', false), 'x');
    expect(field).toMatchObject({
      violation: { code: 'not_offered', param: 'x', value: 'max', allowed: { values: ['std', 'pro'] } },
    });
  });
});

describe('a frame', () => {
  test.each<[Json, unknown]>([
    ['1280x720', { kind: 'size', size: { width: 1280, height: 720 } }],
    ['1280*720', { kind: 'size', size: { width: 1280, height: 720 } }],
    ['720P', { kind: 'label', label: '720p' }],
    ['4K', { kind: 'label', label: '4k' }],
    ['', 'absent'],
    ['large', BAD],
    ['0x720', BAD],
    ['1280x', BAD],
    ['1280x720x3', BAD],
    ['16:9', BAD],
    [' 720p', BAD],
    [720, BAD],
  ])('%j is %j', (value, expected) => expect(outcome(readFrame, value)).toEqual(expected));
});

describe('a place', () => {
  test('knows which keys nobody asked for', () => {
    const at = place({ a: 1, b: 2, c: null }, '', false);
    readInteger(at, 'a');
    readInteger(at, 'c');
    expect(leftovers(at)).toEqual(['b']);
  });

  test('finds other spellings only where it was told to, names them as the client did, and prefers the exact one', () => {
    expect(readText(place({ FileId: 'f' }, '', false), 'file_id')).toEqual({ kind: 'absent' });
    expect(readText(place({ FileId: 'f' }, 'm.', false, true), 'file_id')).toEqual({
      kind: 'value',
      value: 'f',
      param: 'm.FileId',
    });
    expect(readText(place({ FileId: 'f', file_id: 'g' }, '', false, true), 'file_id')).toMatchObject({ value: 'g' });
  });

  test('is read from JSON text in a form, with real numbers inside, and from nothing but an object in JSON', () => {
    const inForm = readPlace(place({ x: '{"a":5}' }, '', true), 'x');
    expect(inForm).toMatchObject({ kind: 'value', value: { object: { a: 5 }, path: 'x.', texts: false } });
    expect(outcome(readPlace, '{"a":5}')).toBe(BAD);
    expect(outcome(readPlace, '{broken', true)).toBe(BAD);
    expect(outcome(readPlace, '[1]', true)).toBe(BAD);
    expect(outcome(readPlace, [], false)).toBe(BAD);
    expect(outcome(readPlace, '', true)).toBe('absent');
  });

  test('never reaches a prototype', () => {
    expect(readText(place({}, '', false, true), 'constructor')).toEqual({ kind: 'absent' });
    expect(readText(place({}, '', false), '__proto__')).toEqual({ kind: 'absent' });
  });
});

describe('a value that cannot be kept', () => {
  test('is one that is too deep, even so deep that recursion would fail', () => {
    const nested = (levels: number): Json => JSON.parse('['.repeat(levels) + ']'.repeat(levels));
    expect(depthFault(nested(MAX_DEPTH), 'x')).toBeNull();
    expect(depthFault(nested(100_000), 'x')).toMatchObject({ code: 'unreadable', param: 'x' });
  });

  test('is one with a bad text, key or number anywhere inside', () => {
    expect(storageFault({ a: ['fine', 1, null, true] }, 'x')).toBeNull();
    expect(storageFault({ a: ['\u0000'] }, 'x')).toMatchObject({ param: 'x' });
    expect(storageFault({ a: { '\ud800': 1 } }, 'x')).toMatchObject({ param: 'x' });
    expect(storageFault({ a: [TOO_LARGE] }, 'x')).toMatchObject({ param: 'x' });
  });
});
