/** Ids of this process. */

import { expect, it } from 'vitest';

import { isUuid } from '../src/model/id.ts';
import { newId } from '../src/new-id.ts';

it('new ids sort in the order they were made, also within one millisecond, and never repeat', () => {
  const ids = Array.from({ length: 20_000 }, () => newId());
  expect(ids.every(isUuid)).toBe(true);
  expect([...ids].sort()).toEqual(ids);
  expect(new Set(ids).size).toBe(ids.length);
});
