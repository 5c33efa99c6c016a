/** What Google says where it does not do what was asked, in each of the shapes in which it says so. */

import type { Failure, FailureKind } from '../../model/failure.ts';
import { isObject, property } from '../../model/json.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import type { HttpResponse } from '../provider.ts';
import { retryAfterMs, vendorFailure } from '../replies.ts';
import { ABOUT_CONTENT, ERRORS, RPC_CODES, STATUS_ERRORS } from './tables.ts';

/** Throws where the refusal is none of Google's words, so that nobody can tell what became of the request. */
export function refusalOf(response: HttpResponse): Failure {
  const error = errorIn(response.text);
  const known = error === null ? null : kindOf(error);
  const kind = known ?? STATUS_ERRORS[response.status] ?? (error === null ? null : 'upstream_protocol');
  if (kind === null) throw new Error(`the vendor answered ${response.status} without saying why`);
  return vendorFailure(kind, `${response.status} ${saidIn(error ?? {})}`, retryAfterMs(response));
}

/** Why a task failed. */
export function taskFailure(error: JsonObject): Failure {
  return vendorFailure(kindOf(error) ?? 'generation_failed', saidIn(error));
}

/** `{ error }`, also as the first of a list. */
function errorIn(text: string): JsonObject | null {
  try {
    const body: unknown = JSON.parse(text);
    const holder: unknown = Array.isArray(body) ? body[0] : body;
    const error = isObject(holder) ? property(holder, 'error') : undefined;
    return isObject(error) ? error : null;
  } catch {
    return null;
  }
}

function kindOf(error: JsonObject): FailureKind | null {
  const known = wordsIn(error)
    .map((word) => (Object.hasOwn(ERRORS, word) ? (ERRORS[word] ?? null) : null))
    .find((kind) => kind !== null);
  const isContent = ABOUT_CONTENT.test(saidIn(error));
  return isContent && (known === undefined || known === 'invalid_request') ? 'content_rejected' : (known ?? null);
}

/** The most telling first: reasons, the status, and the code, which is a word or a number of google.rpc. */
function wordsIn(error: JsonObject): readonly string[] {
  const code = property(error, 'code');
  const named = typeof code === 'number' ? RPC_CODES[code] : code;
  return [...reasonsIn(property(error, 'details')), property(error, 'status'), named].flatMap((word) =>
    typeof word === 'string' ? [word.toUpperCase()] : [],
  );
}

function reasonsIn(details: Json | undefined): readonly Json[] {
  return Array.isArray(details) ? details.filter(isObject).flatMap((detail) => property(detail, 'reason') ?? []) : [];
}

function saidIn(error: JsonObject): string {
  const text = property(error, 'message');
  return `${wordsIn(error).join(' ')} ${typeof text === 'string' ? text : ''}`;
}
