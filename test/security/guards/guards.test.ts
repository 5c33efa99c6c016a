/** The guards that `npm run guards` breaks are where it looks for them, and only a failed assertion counts as noticing. */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { LETTERS } from '../cases/index.ts';
import { ROOT } from './guarded-tree.ts';
import { GUARDS } from './guards.ts';
import { casesIn, outcomeOf } from './verdict.ts';
import type { TestResult } from './verdict.ts';

describe('a guard that is broken on purpose', () => {
  it.each(LETTERS.map(({ letter }) => letter))('is there for the cases %s', (letter) => {
    expect(GUARDS.map((guard) => guard.letter)).toContain(letter);
  });

  it.each(GUARDS.map((guard) => [guard.letter, guard.guard, guard] as const))(
    '%s: “%s” stands in its file once, and cases of its letter are in the test',
    (_, __, { letter, file, text, broken, test }) => {
      expect(readFileSync(join(ROOT, file), 'utf8').split(text)).toHaveLength(2);
      expect(broken).not.toBe(text);
      expect(existsSync(join(ROOT, `test/${test}.test.ts`))).toBe(true);
      expect(casesIn(letter, test)).not.toEqual([]);
    },
  );
});

describe('a case', () => {
  const passed: TestResult = {
    title: 'A02: a key',
    fullName: 'cases A A02: a key',
    status: 'passed',
    failureMessages: [],
  };
  const failed = (message: string): TestResult => ({ ...passed, status: 'failed', failureMessages: [message] });
  const outcome = (...assertionResults: TestResult[]): ReturnType<typeof outcomeOf> =>
    outcomeOf('A', 'security/authentication', { success: false, testResults: [{ assertionResults }] });

  it.each([
    ['that passed is green', [passed], { green: ['A02'], red: [] }],
    ['whose assertion failed is red', [failed('AssertionError: 401 expected')], { green: [], red: ['A02'] }],
    [
      'that was to be refused and was not is red',
      [failed('Error: promise resolved "[]" instead of rejecting')],
      { green: [], red: ['A02'] },
    ],
    ['that ran out of time is neither', [failed('Error: Test timed out in 30000ms.')], { green: [], red: [] }],
    ['that broke down is neither', [failed('TypeError: fetch failed')], { green: [], red: [] }],
    [
      'that was left out, as after a set-up that failed, is neither',
      [{ ...passed, status: 'skipped' }],
      { green: [], red: [] },
    ],
    ['of a file that could not be loaded is neither', [], { green: [], red: [] }],
    ['is not known by another one with a longer number', [{ ...passed, title: 'A021: a key' }], { green: [], red: [] }],
  ])('%s', (_, results, expected) => {
    expect(outcome(...results)).toEqual(expected);
  });

  it('that another file tests is known by the beginning of its title', () => {
    const fullName = 'the image runs as nobody special, and writes to one place';
    const result = { ...passed, title: 'runs as nobody special, and writes to one place', fullName };
    const report = { success: true, testResults: [{ assertionResults: [result] }] };
    expect(outcomeOf('K', 'packaging/packaging', report)).toEqual({ green: ['K09'], red: [] });
  });
});
