/** What reading a request brings to light besides its values: violations, notes, and where each field was found. */

import type { RequestField } from '../model/request.ts';
import { note, violation } from '../model/violation.ts';
import type { Note, NoteCode, Violation } from '../model/violation.ts';
import type { Field } from './fields.ts';

/** More faults than anyone reads are left out of the answer; the request is refused all the same. */
const MAX_VIOLATIONS = 16;
const MAX_NOTES = 32;
const MAX_PARAM_CHARS = 80;

export type Findings = {
  readonly violations: Violation[];
  readonly notes: Note[];
  readonly params: Partial<Record<RequestField, string>>;
};

export type Found<T> = { readonly value: T; readonly param: string };

export function findings(): Findings {
  return { violations: [], notes: [], params: {} };
}

export function blame(into: Findings, fault: Violation): void {
  if (into.violations.length < MAX_VIOLATIONS) into.violations.push(fault);
}

export function remark(into: Findings, code: NoteCode, param: string, en: string, zh: string): void {
  if (into.notes.length < MAX_NOTES) into.notes.push(note(code, printable(param), en, zh));
}

/** Notes each name as not understood; those beyond the bound share the last note. */
export function remarkUnknown(into: Findings, params: readonly string[]): void {
  const room = Math.max(0, MAX_NOTES - into.notes.length);
  const rest = params.length - room;
  for (const [at, param] of params.slice(0, room).entries()) {
    const sharesNote = rest > 0 && at === room - 1;
    const en = sharesNote
      ? `this API has no such field, nor ${rest} more that were sent`
      : 'this API has no such field';
    remark(
      into,
      'unknown_field',
      param,
      en,
      sharesNote ? `本接口没有该字段,另有 ${rest} 个未知字段` : '本接口没有该字段',
    );
  }
}

/** The first field that has a value wins; a later one that says otherwise becomes a note, and every bad one is blamed. */
export function prefer<T>(
  into: Findings,
  fields: readonly Field<T>[],
  same: (a: T, b: T) => boolean = Object.is,
): Found<T> | null {
  let winner: Found<T> | null = null;
  for (const field of fields) {
    if (field.kind === 'violation') blame(into, field.violation);
    if (field.kind !== 'value') continue;
    if (winner === null) winner = { value: field.value, param: field.param };
    else if (!same(winner.value, field.value)) overridden(into, field.param, winner.param);
  }
  return winner;
}

/** `prefer`, keeping where the canonical field was found. */
export function take<T>(into: Findings, name: RequestField, fields: readonly Field<T>[]): T | null {
  const winner = prefer(into, fields);
  if (winner === null) return null;
  into.params[name] = winner.param;
  return winner.value;
}

export function overridden(into: Findings, param: string, by: string): void {
  remark(into, 'overridden', param, `'${by}' takes precedence`, `以“${by}”为准`);
}

export function missing(param: string): Violation {
  return violation('missing', param, null);
}

/** A client's own field name, short enough to repeat and fit to be stored. */
function printable(param: string): string {
  const clean = param.toWellFormed().replaceAll(/\p{Cc}/gu, '\uFFFD');
  return clean.length <= MAX_PARAM_CHARS ? clean : `${clean.slice(0, MAX_PARAM_CHARS).toWellFormed()}…`;
}
