/** How flat form fields become nested objects. */

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { FORM_LIMITS, formBody, formPath } from '../../src/model/form-body.ts';

function bodyOf(...fields: readonly (readonly [string, string])[]) {
  const result = formBody(fields.map(([name, value]) => ({ name, value })));
  return result.ok ? result.body : { refused: result.violations.map((fault) => `${fault.code} ${fault.param}`) };
}

describe('form fields become', () => {
  test.each([
    [
      'plain texts',
      [
        ['model', 'm'],
        ['prompt', ''],
      ],
      { model: 'm', prompt: '' },
    ],
    [
      'an object, as the openai client writes one',
      [['input_reference[image_url]', 'u']],
      { input_reference: { image_url: 'u' } },
    ],
    [
      'nested objects',
      [
        ['metadata[a][b]', '1'],
        ['metadata[a][c]', '2'],
        ['metadata[d]', '3'],
      ],
      { metadata: { a: { b: '1', c: '2' }, d: '3' } },
    ],
    ['a list of one', [['images[]', 'a']], { images: ['a'] }],
    [
      'a list',
      [
        ['images[]', 'a'],
        ['images[]', 'b'],
      ],
      { images: ['a', 'b'] },
    ],
    [
      'a list, from repeated names',
      [
        ['images', 'a'],
        ['images', 'b'],
        ['images', 'c'],
      ],
      { images: ['a', 'b', 'c'] },
    ],
    [
      'a list, from names of both kinds',
      [
        ['images', 'a'],
        ['images[]', 'b'],
      ],
      { images: ['a', 'b'] },
    ],
    [
      'a list, from numbers in any order',
      [
        ['images[1]', 'b'],
        ['images[0]', 'a'],
      ],
      { images: ['a', 'b'] },
    ],
    [
      'an object where numbers have gaps',
      [
        ['images[0]', 'a'],
        ['images[2]', 'c'],
      ],
      { images: { '0': 'a', '2': 'c' } },
    ],
    [
      'a list inside an object',
      [
        ['metadata[list][]', 'a'],
        ['metadata[list][]', 'b'],
      ],
      { metadata: { list: ['a', 'b'] } },
    ],
    [
      'objects in a numbered list',
      [
        ['f[0][type]', 'Url'],
        ['f[0][url]', 'u'],
        ['f[1][type]', 'Url'],
      ],
      { f: [{ type: 'Url', url: 'u' }, { type: 'Url' }] },
    ],
    [
      'objects in an open list, a new one at each repeated key',
      [
        ['f[][type]', 'Url'],
        ['f[][url]', 'u'],
        ['f[][type]', 'Base64'],
      ],
      { f: [{ type: 'Url', url: 'u' }, { type: 'Base64' }] },
    ],
    [
      'deeper objects in an open list',
      [
        ['f[][a][b]', '1'],
        ['f[][a][c]', '2'],
        ['f[][a][b]', '3'],
      ],
      { f: [{ a: { b: '1', c: '2' } }, { a: { b: '3' } }] },
    ],
    [
      'literal names where the brackets are not well formed',
      [
        ['a[b', '1'],
        ['a]b', '2'],
        ['[c]', '3'],
        ['d[e]f', '4'],
        ['', '5'],
      ],
      { 'a[b': '1', 'a]b': '2', '[c]': '3', 'd[e]f': '4', '': '5' },
    ],
    [
      'own keys, whatever their names',
      [
        ['constructor', '1'],
        ['a[toString]', '2'],
      ],
      { constructor: '1', a: { toString: '2' } },
    ],
    ['an empty object', [], {}],
  ] as const)('%s', (_, fields, expected) => {
    expect(bodyOf(...fields)).toEqual(expected);
  });

  test('a refusal where two fields give one name different shapes', () => {
    expect(bodyOf(['a', '1'], ['a[b]', '2'])).toEqual({ refused: ['unreadable a[b]'] });
    expect(bodyOf(['a[b]', '1'], ['a', '2'])).toEqual({ refused: ['unreadable a'] });
    expect(bodyOf(['a[]', '1'], ['a[b]', '2'])).toEqual({ refused: ['unreadable a[b]'] });
    expect(bodyOf(['a[b]', '1'], ['a[][b]', '2'])).toEqual({ refused: ['unreadable a[][b]'] });
  });
});

describe('a form is refused', () => {
  test.each(['__proto__', '__proto__[x]', 'metadata[__proto__][polluted]', 'a[][__proto__]'])(
    'for the name %s',
    (name) => {
      expect(bodyOf([name, 'x'])).toEqual({ refused: [`not_supported ${name}`] });
      expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
    },
  );

  test('for too many fields, but not for as many as allowed', () => {
    const many = Array.from({ length: FORM_LIMITS.fields }, (_, at) => [`f${at}`, 'x'] as const);
    expect(Object.keys(bodyOf(...many))).toHaveLength(FORM_LIMITS.fields);
    expect(bodyOf(...many, ['one', 'more'])).toEqual({ refused: ['too_many body'] });
  });

  test('for names that are too deep or too long', () => {
    const deep = `a${'[b]'.repeat(FORM_LIMITS.depth)}`;
    expect(bodyOf([deep, 'x'])).toEqual({ refused: [`unreadable ${deep}`] });
    expect(bodyOf(['x'.repeat(FORM_LIMITS.nameChars + 1), 'x'])).toEqual({ refused: [`too_long ${'x'.repeat(40)}`] });
  });
});

test('the steps of a name keep empty brackets', () => {
  expect(formPath('images[]')).toEqual(['images', '']);
  expect(formPath('metadata[file_infos][0][url]')).toEqual(['metadata', 'file_infos', '0', 'url']);
  expect(formPath('a[')).toEqual(['a[']);
});

test('any fields at all are read or refused, and every text of an accepted form is in its body', () => {
  const step = fc.constantFrom('', '0', '1', 'a', 'b', '__proto__', 'constructor', 'x[', ']');
  const name = fc.oneof(
    fc.string({ maxLength: 12 }),
    fc
      .tuple(fc.constantFrom('a', 'b', '0', ''), fc.array(step, { maxLength: 4 }))
      .map(([head, steps]) => head + steps.map((text) => `[${text}]`).join('')),
  );
  fc.assert(
    fc.property(fc.array(name, { maxLength: 12 }), (names) => {
      const result = formBody(names.map((field, at) => ({ name: field, value: `text-${at}.` })));
      if (!result.ok) return;
      const text = JSON.stringify(result.body);
      for (const at of names.keys()) expect(text).toContain(`text-${at}.`);
    }),
    { numRuns: 300 },
  );
});
