/** What a run of a test file says of the cases of a letter. */

import type { Case } from '../cases/case.ts';
import { LETTERS } from '../cases/index.ts';

/** What counts here of the report that vitest writes as JSON. */
export type Report = {
  readonly success: boolean;
  readonly testResults: readonly { readonly assertionResults: readonly TestResult[] }[];
};

export type TestResult = {
  readonly title: string;
  /** With the titles around it. */
  readonly fullName: string;
  readonly status: string;
  readonly failureMessages: readonly string[];
};

/**
 * Ids of cases. One that did not run, or ended with anything but the verdict of an assertion, is neither green nor red. What a
 * red one leaves behind may turn later ones red.
 */
export type Outcome = { readonly green: readonly string[]; readonly red: readonly string[] };

/** The assertions `rejects` and `resolves` fail under another name. */
const ASSERTION = /^(?:AssertionError\b|Error: promise (?:resolved|rejected) )/;

export function outcomeOf(letter: string, test: string, report: Report): Outcome {
  const results = report.testResults.flatMap(({ assertionResults }) => assertionResults);
  const cases = casesIn(letter, test).map((one) => ({ id: one.id, of: results.filter((result) => isOf(one, result)) }));
  const idsWhere = (holds: (of: readonly TestResult[]) => boolean): string[] =>
    cases.filter(({ of }) => holds(of)).map(({ id }) => id);
  return {
    green: idsWhere((of) => of.length > 0 && of.every(({ status }) => status === 'passed')),
    red: idsWhere((of) => of.some(failedAnAssertion)),
  };
}

/** The cases of a letter that `test/<test>.test.ts` runs. */
export function casesIn(letter: string, test: string): readonly Case[] {
  const { file, rows } = LETTERS.find((one) => one.letter === letter) ?? { file: '', rows: [] };
  return rows.filter(({ tested }) =>
    tested.by === 'here' ? test === `security/${file}` : tested.by === 'elsewhere' && test === tested.file,
  );
}

function isOf({ id, tested }: Case, { title, fullName }: TestResult): boolean {
  return tested.by === 'elsewhere' ? fullName.includes(tested.says) : title.startsWith(`${id}: `);
}

function failedAnAssertion({ status, failureMessages }: TestResult): boolean {
  return status === 'failed' && failureMessages.some((message) => ASSERTION.test(message));
}
