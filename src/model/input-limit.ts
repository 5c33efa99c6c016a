/** What a vendor takes as an input, as data, and how an input differs from that. Pure. */

import { INPUT_ROLES, ROLE_KINDS } from './request.ts';
import type { InputRole, MediaKind } from './request.ts';
import type { SpecInput } from './spec.ts';
import { violation } from './violation.ts';
import type { Violation } from './violation.ts';

export const MEGABYTE = 1024 * 1024;

/** Both ends are allowed; an open end is absent. */
type Span = { readonly min?: number; readonly max?: number };

/** What is absent has no limit. */
export type InputLimit = {
  /** MIME types. */
  readonly types?: readonly string[];
  readonly maxBytes?: number;
  /** Pixels of each side. */
  readonly sides?: Span;
  /** The longer side by the shorter, at most. */
  readonly maxShape?: number;
  /** Length of one file, and of all files of the role together. */
  readonly seconds?: Span;
  readonly maxSecondsTogether?: number;
};

/** A role that is not here has no limits. */
export type InputLimits = Readonly<Partial<Record<InputRole, InputLimit>>>;

/** The same limit for every role of a kind. */
export function limitsByKind(kinds: Readonly<Partial<Record<MediaKind, InputLimit>>>): InputLimits {
  return Object.fromEntries(
    INPUT_ROLES.flatMap((role) => {
      const limit = kinds[ROLE_KINDS[role]];
      return limit === undefined ? [] : [[role, limit]];
    }),
  );
}

/** The first thing about an input that is not as the limit wants it; null if all is. What was not measured is in order. */
export function inputFault(input: SpecInput, limit: InputLimit): Violation | null {
  const { types, maxBytes, sides, maxShape, seconds } = limit;
  const { mime, bytes, width, height, durationMs } = input;
  const param = paramOf(input);
  if (types !== undefined && !types.includes(mime)) return violation('wrong_media', param, mime, { values: types });
  if (maxBytes !== undefined && bytes > maxBytes)
    return violation('out_of_range', param, `${megabytes(bytes)} MB`, { values: [`up to ${megabytes(maxBytes)} MB`] });
  if (seconds !== undefined && durationMs !== null && !isWithin(durationMs / 1_000, seconds))
    return violation('out_of_range', param, `${durationMs / 1_000} s`, { values: [`${spanText(seconds)} s`] });
  if (width === null || height === null) return null;
  const size = `${width}x${height}`;
  if (sides !== undefined && !(isWithin(width, sides) && isWithin(height, sides)))
    return violation('out_of_range', param, size, { values: [`${spanText(sides)} pixels a side`] });
  if (maxShape !== undefined && Math.max(width, height) > maxShape * Math.min(width, height))
    return violation('out_of_range', param, size, { values: [`no side longer than ${maxShape} times the other`] });
  return null;
}

/** Roles whose files are too long together; each is told of once, with its first file. */
export function faultsTogether(inputs: readonly SpecInput[], limits: InputLimits): readonly Violation[] {
  return INPUT_ROLES.flatMap((role) => {
    const most = limits[role]?.maxSecondsTogether;
    const own = inputs.filter((input) => input.role === role);
    const seconds = own.reduce((sum, { durationMs }) => sum + (durationMs ?? 0), 0) / 1_000;
    const [first] = own;
    if (first === undefined || most === undefined || seconds <= most) return [];
    return [violation('out_of_range', paramOf(first), `${seconds} s`, { values: [`up to ${most} s together`] })];
  });
}

/** How the client calls the field that an input came in. */
export function paramOf({ param, role }: SpecInput): string {
  return param ?? role;
}

/** Rounded up, so that nothing over a limit looks as if it were at it. */
export function megabytes(bytes: number): number {
  return Math.ceil((bytes / MEGABYTE) * 100) / 100;
}

function isWithin(value: number, { min = 0, max = Infinity }: Span): boolean {
  return value >= min && value <= max;
}

function spanText({ min, max }: Span): string {
  if (max === undefined) return `${min ?? 0} or more`;
  return min === undefined ? `up to ${max}` : `${min} to ${max}`;
}
