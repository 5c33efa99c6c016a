/** X: files, paths, and words that other programs might act upon. */

import { elsewhere, here } from './case.ts';
import type { Case } from './case.ts';

export const CONTENT: readonly Case[] = [
  here('X01', 'paths that climb', '404', 'a path on disk is made of a digest alone', [
    '..%2f..%2fetc%2fpasswd',
    '%2e%2e%2f%2e%2e%2fetc%2fpasswd',
    '..%5c..%5cwindows',
    '%00',
    '%2fetc%2fpasswd',
    '....%2f%2f',
  ]),
  elsewhere(
    'X02',
    'a vendor that delivers HTML as the video',
    'it is not delivered',
    'engine/collect',
    'that is no video is not delivered, and is tried again',
  ),
  elsewhere('X03', 'odd ranges', 'one part, or 416', 'server/parts', 'is always inside the file'),
  here(
    'X04',
    'markup and formulas in prompts and names',
    '200',
    'answers are JSON that no browser takes for anything else',
    [
      '<img src=x onerror=alert(1)>',
      '"><script>alert(1)</script>',
      '=cmd|\u0027/c calc\u0027!A1',
      '{{constructor.constructor("return this")()}}',
    ],
  ),
  here(
    'X05',
    'a JSON body that claims to be an upload: files[].filepath',
    '200',
    'no file of ours is opened, and the vendor gets none',
    ['filepath', 'path', 'sha256', 'tempFilePath'],
  ),
  here(
    'X06',
    'a vendor\u2019s error that repeats our key, with markup, at length',
    '400',
    'the key is in no answer, and at most 500 characters are kept',
  ),
  elsewhere(
    'X07',
    'a vendor\u2019s video at a private address',
    'no connection; it is tried again',
    'engine/collect',
    'is never fetched from a private place',
  ),
  here(
    'X08',
    'a file after its video was deleted',
    '410 gone',
    'its content says so to its owner, and its link to everybody; the video itself is 404',
  ),
  here(
    'X09',
    'the names that every object inherits, as the value of each field',
    null,
    'never an error of ours: a word is looked up in a table of its own words alone',
    ['constructor', '__proto__', 'toString', 'hasOwnProperty', 'valueOf'],
  ),
];
