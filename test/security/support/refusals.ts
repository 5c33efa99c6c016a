/** Whether an answer is the one that a dialect writes for a failure, whatever its sentence. */

import { expect } from 'vitest';

import type { Dialect } from '../../../src/dialects/dialect.ts';
import { isFailureKind } from '../../../src/model/failure.ts';
import type { FailureKind } from '../../../src/model/failure.ts';
import { isObject } from '../../../src/model/json.ts';
import type { Json } from '../../../src/model/json.ts';
import { violation } from '../../../src/model/violation.ts';
import type { ViolationCode } from '../../../src/model/violation.ts';
import { writeProblem } from '../../../src/server/problem.ts';
import type { Case } from '../cases/case.ts';

export type Refusal = { readonly status: number; readonly body: Json };

/** Stands for whatever a sentence, a name or an id may be. */
const ANY = 'anything-at-all';

const FAULTS: Readonly<Record<ViolationCode, true>> = {
  missing: true,
  wrong_type: true,
  not_offered: true,
  out_of_range: true,
  too_long: true,
  too_many: true,
  too_few: true,
  unknown_model: true,
  not_supported: true,
  needs: true,
  contradiction: true,
  unreadable: true,
  not_allowed_url: true,
  unreachable: true,
  too_large: true,
  wrong_media: true,
  rule: true,
};
const FAULT_CODES = Object.keys(FAULTS) as ViolationCode[];

/** Asserts that `given` is what the row promises, in the words of the dialect; null: those of the plain routes. */
export function expectAnswer(row: Case, given: Refusal, dialect: Dialect | null): void {
  const kind = kindOf(row);
  if (kind === null) expect(given.status, said(row, given)).toBe(Number(row.answer));
  else expectFailure(kind, given, dialect, said(row, given));
}

export function expectFailure(kind: FailureKind, given: Refusal, dialect: Dialect | null, hint: string): void {
  const answers = wordings(kind, dialect);
  expect(
    answers.map(({ status }) => status),
    hint,
  ).toContain(given.status);
  const isOne = answers.some(({ status, body }) => status === given.status && isLike(given.body, body));
  expect(isOne, hint).toBe(true);
}

/** The failure that a row promises; null where it promises only a status. */
export function kindOf(row: Case): FailureKind | null {
  const [, kind = ''] = (row.answer ?? '').split(' ');
  return isFailureKind(kind) ? kind : null;
}

function said(row: Case, given: Refusal): string {
  return `${row.id}: ${String(row.answer)} expected, not ${given.status} ${JSON.stringify(given.body).slice(0, 400)}`;
}

/** An invalid request is written by what is wrong with it. */
function wordings(kind: FailureKind, dialect: Dialect | null): readonly Refusal[] {
  const write = dialect?.writeFailure ?? writeProblem;
  const plain = { kind, message: ANY };
  const faults = kind === 'invalid_request' ? FAULT_CODES.map((code) => violation(code, ANY, ANY)) : [];
  return [plain, ...faults.map((fault) => ({ ...plain, violations: [fault] }))].map((failure) => {
    const { status, body } = write(failure, 'en', ANY);
    return { status, body };
  });
}

function isLike(given: Json, wanted: Json): boolean {
  if (typeof wanted === 'string' && wanted.includes(ANY)) return true;
  if (Array.isArray(wanted)) return Array.isArray(given);
  if (!isObject(wanted)) return given === wanted || isSentence(given, wanted);
  return (
    isObject(given) &&
    Object.keys(given).length === Object.keys(wanted).length &&
    Object.entries(wanted).every(([key, value]) => isLike(given[key] ?? null, value ?? null))
  );
}

/** Where a failure without a violation names no field, one with a violation does. */
function isSentence(given: Json, wanted: Json): boolean {
  return (wanted === null || wanted === '') && (typeof given === 'string' || given === null);
}
