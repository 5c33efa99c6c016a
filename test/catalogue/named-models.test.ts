/** The catalogue knows every model that anyone’s pages name, or says why not. */

import { describe, expect, it } from 'vitest';

import { findModel } from '../../src/catalogue/index.ts';
import { NAMED, NOT_MODELS } from './named-models.ts';

const ALL = new Set(Object.values(NAMED).flat());

describe.each(Object.entries(NAMED))('of %s', (_source, names) => {
  it(`each of ${names.length} names is a model, or has a reason not to be one`, () => {
    const missing = names.filter((name) => findModel(name) === null && !(name in NOT_MODELS));
    expect(missing).toEqual([]);
  });
});

it('no reason is given for a name that is a model, or that nobody uses', () => {
  for (const name of Object.keys(NOT_MODELS)) {
    expect(findModel(name), name).toBeNull();
    expect(ALL.has(name), name).toBe(true);
  }
});
