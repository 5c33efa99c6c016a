/** The page on faults names only tests that exist. */

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

import { CHECK_FAULTS, FILE_FAULTS, SUBMIT_FAULTS } from './fakes/openai-video-vendor.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PAGE = readFileSync(`${ROOT}docs/faults.md`, 'utf8');
const ROWS = PAGE.split('\n').filter((line) => line.startsWith('| F-'));

it('has every row of the matrix', () => {
  expect(ROWS).toHaveLength(30);
});

it.each(
  ROWS.flatMap((row) => [...row.matchAll(/`((?:[a-z\d-]+\/)+[a-z\d-]+)`(?:: ([^;|]+))?/g)].map((found) => [...found])),
)('names a test that exists: %s', (_, file, title) => {
  const text = readFileSync(`${ROOT}test/${String(file)}.test.ts`, 'utf8');
  if (title !== undefined) expect(text).toContain(title.trim());
});

it('names faults that the vendor of the tests has', () => {
  const known: readonly string[] = [...SUBMIT_FAULTS, ...CHECK_FAULTS, ...FILE_FAULTS];
  const named = ROWS.flatMap((row) => [...row.matchAll(/`([a-z]+_[a-z_\d]+[a-z\d])`/g)].map(([, name]) => name ?? ''));
  expect(named.filter((name) => !known.includes(name))).toEqual([]);
});
