/** Schemas and small readers shared by the admin routes. */

import type { IncomingHttpHeaders } from 'node:http';
import { Type } from 'typebox';
import type { TProperties, TSchema } from 'typebox';

import { isUuid } from '../../model/id.ts';
import { parseUsd } from '../../model/money.ts';
import type { Micros } from '../../model/money.ts';
import { violation } from '../../model/violation.ts';
import { FailureError } from '../../model/failure.ts';
import { failed } from '../fail.ts';

export const PAGE = { usual: 50, max: 200 } as const;

export const Name = Type.String({
  minLength: 1,
  maxLength: 200,
  pattern: '\\S',
  description: 'a text of 1 to 200 characters',
});
export const Id = Type.String({ pattern: '^[0-9a-f-]{36}$', description: 'an id' });

/** An object that takes these keys and no others. */
export function Exactly<T extends TProperties>(properties: T) {
  return Type.Object(properties, { additionalProperties: false });
}

/** The type, or null where null takes the value away. */
export function Nullable<T extends TSchema>(type: T, description: string) {
  return Type.Union([type, Type.Null()], { description: `${description}, or null` });
}

export const PageQuery = {
  after: Type.Optional(Id),
  limit: Type.Optional(Type.String({ pattern: '^\\d{1,4}$', description: `a number from 1 to ${PAGE.max}` })),
};

const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,128}$/;

/** The caller's `Idempotency-Key`; null where there is none. Throws `invalid_request` for one that cannot be kept. */
export function idempotencyKeyIn(headers: IncomingHttpHeaders): string | null {
  const given = headers['idempotency-key'];
  if (given === undefined) return null;
  if (typeof given === 'string' && IDEMPOTENCY_KEY.test(given)) return given;
  throw refused('Idempotency-Key', "'Idempotency-Key' must be 1 to 128 printable characters without spaces.");
}

export type Page = { readonly after: string | null; readonly limit: number };

/** Throws `invalid_request` for a limit out of range or a cursor that is no id. */
export function pageOf(query: { after?: string; limit?: string }): Page {
  const limit = query.limit === undefined ? PAGE.usual : Number(query.limit);
  if (limit < 1 || limit > PAGE.max) throw refused('limit', `'limit' must be a number from 1 to ${PAGE.max}.`);
  if (query.after !== undefined && !isUuid(query.after))
    throw refused('after', "'after' must be the 'next' of the page before.");
  return { after: query.after ?? null, limit };
}

/** One page from `limit + 1` items: `next` is the cursor of the following page, null at the end. */
export function pageBody<T extends { readonly id: string }>(items: readonly T[], limit: number) {
  const data = items.slice(0, limit);
  return { data, next: items.length > limit ? (data.at(-1)?.id ?? null) : null };
}

/** The id in a path. Throws `not_found` for what is none, as for one that is unknown. */
export function idIn(params: { id: string }, what: string): string {
  if (!isUuid(params.id)) throw unknown(what);
  return params.id;
}

export function unknown(what: string): Error {
  return failed('not_found', `There is no such ${what}.`);
}

/** A fault of one field that no schema can see. */
export function refused(param: string, message: string): Error {
  return new FailureError({ kind: 'invalid_request', message, violations: [violation('rule', param, null)] });
}

export function taken(param: string, message: string): Error {
  return new FailureError({ kind: 'conflict', message, violations: [violation('rule', param, null)] });
}

/** Micro-USD of a decimal text or a JSON number. Throws for anything that is no positive amount. */
export function amountOf(param: string, value: string | number): Micros {
  const micros = parseUsd(String(value));
  if (micros === null || micros === 0n) {
    throw refused(param, `'${param}' must be a positive amount of USD with at most six decimals, such as "12.50".`);
  }
  return micros;
}
