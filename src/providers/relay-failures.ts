/** What relays say went wrong, in whichever shape they say it. */

import type { Failure, FailureKind } from '../model/failure.ts';
import { isObject, property } from '../model/json.ts';
import type { JsonObject } from '../model/json.ts';
import type { HttpResponse } from './provider.ts';
import { CLIENT_FAULTS, ERRORS, STATUS_ERRORS, TEXTS } from './relay-words.ts';
import { objectIn, retryAfterMs, vendorFailure } from './replies.ts';

const SERVER_ERROR = 500;
/** Keys that hold a sentence where there is no error object. */
const SENTENCES = ['message', 'detail', 'fail_reason'] as const;

type Said = { readonly code: string; readonly text: string };

/** Null where nobody can tell whether the relay did what was asked. */
export function refusalOf(response: HttpResponse, decided: readonly string[]): Failure | null {
  const { code, text } = errorIn(objectIn(response) ?? {});
  const isClear = response.status < SERVER_ERROR || decided.includes(code);
  const kind = kindOf(code, text) ?? STATUS_ERRORS[response.status] ?? (code === '' ? null : 'upstream_protocol');
  if (!isClear || kind === null) return null;
  return vendorFailure(kind, `${response.status} ${code} ${text}`, retryAfterMs(response));
}

export function taskFailure(body: JsonObject, word: string): Failure {
  const { code, text } = errorIn(body);
  const kind = kindOf(code, text) ?? 'generation_failed';
  return vendorFailure(CLIENT_FAULTS.includes(kind) ? kind : 'generation_failed', `${word} ${code} ${text}`);
}

function kindOf(code: string, text: string): FailureKind | null {
  const known = Object.hasOwn(ERRORS, code) ? ERRORS[code] : undefined;
  const told = TEXTS.find(([pattern]) => pattern.test(text))?.[1];
  // What the text says is finer than that something is wrong with the request.
  return (known === undefined || known === 'invalid_request' ? told : undefined) ?? known ?? null;
}

/** `{error: {code, message}}`, `{error: text}`, or a code and a sentence at the top or in `data`. */
function errorIn(body: JsonObject): Said {
  const error = property(body, 'error');
  if (typeof error === 'string' && error !== '') return { code: '', text: error };
  if (isObject(error)) return { code: wordOf(error), text: sentenceOf(error) };
  const data = property(body, 'data');
  const inner = isObject(data) ? sentenceOf(data) : '';
  return { code: wordOf(body), text: inner === '' ? sentenceOf(body) : inner };
}

function wordOf(error: JsonObject): string {
  const word = [property(error, 'code'), property(error, 'type')].find((value) => value !== null && value !== '');
  return typeof word === 'string' || typeof word === 'number' ? String(word) : '';
}

function sentenceOf(error: JsonObject): string {
  const values = SENTENCES.map((key) => property(error, key));
  // An object under `detail` tells of tries that went before.
  const found = values.find((value) => (typeof value === 'string' && value !== '') || Array.isArray(value)) ?? '';
  return typeof found === 'string' ? found : JSON.stringify(found);
}
