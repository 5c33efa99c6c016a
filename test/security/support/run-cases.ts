/** Runs the rows of one letter: each has a test here, or names one elsewhere that exists, or says why there is none. */

import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';

import type { Case } from '../cases/case.ts';

const TESTS = fileURLToPath(new URL('../../', import.meta.url));

export type Run = (row: Case) => Promise<void>;

/** `rest` runs the rows that `runs` does not name. */
export function runCases(
  letter: string,
  rows: readonly Case[],
  runs: Readonly<Record<string, Run>>,
  rest: Run | null = null,
): void {
  let passed = 0;
  const mine = rows.filter(({ tested }) => tested.by === 'here');

  describe(`security cases ${letter}`, () => {
    it.each(mine.map((row) => [row.id, row.input, row] as const))('%s: %s', async (id, _, row) => {
      const run = runs[id] ?? rest;
      if (run === null) throw new Error(`nothing runs ${id}`);
      await run(row);
      passed += 1;
    });

    it.each(rows.flatMap(pointer))('%s is tested in %s: %s', (_, file, says) => {
      const path = `${TESTS}${file}.test.ts`;
      expect(existsSync(path)).toBe(true);
      expect(readFileSync(path, 'utf8')).toContain(says);
    });

    it('has a row for everything that is run', () => {
      const ids = mine.map(({ id }) => id);
      expect(Object.keys(runs).filter((id) => !ids.includes(id))).toEqual([]);
      expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
    });
  });

  afterAll(() => {
    const elsewhere = rows.flatMap(pointer).length;
    const words = `${rows.length} cases, ${passed} passed, ${elsewhere} tested elsewhere`;
    process.stdout.write(`security ${letter}: ${words}, ${rows.length - mine.length - elsewhere} not applicable\n`);
  });
}

function pointer({ id, tested }: Case): [string, string, string][] {
  return tested.by === 'elsewhere' ? [[id, tested.file, tested.says]] : [];
}
