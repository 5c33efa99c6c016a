/** One signed call of Tencent Cloud's API, whose errors come back as HTTP 200 too. */

import type { FailureKind } from '../../model/failure.ts';
import { isObject, property } from '../../model/json.ts';
import type { JsonObject } from '../../model/json.ts';
import type { HttpResponse, ProviderIo } from '../provider.ts';
import { assertDecided, objectIn, retryAfterMs } from '../replies.ts';
import type { SecretKeys } from './credential.ts';
import { tc3Authorization } from './sign.ts';
import { ERRORS, MODERATION } from './tables.ts';

const VERSION = '2018-07-17';
const CONTENT_TYPE = 'application/json';
const TENCENT_HOST = /[a-z0-9.-]*(?:tencentcloudapi\.com|vod-qcloud\.com)/i;
const TOO_MANY = 429;

export type CallError = {
  readonly kind: 'error';
  readonly code: string;
  readonly said: string;
  readonly retryAfterMs: number | null;
};
export type Answer = { readonly kind: 'response'; readonly response: JsonObject } | CallError;

/**
 * The host that signs for a channel's address: its own, or the one that a relay names in its path. Null where the address is
 * not of Tencent's API.
 */
export function hostOf(baseUrl: string): string | null {
  const { hostname, host, pathname } = new URL(baseUrl);
  return TENCENT_HOST.test(hostname) ? host : (TENCENT_HOST.exec(pathname)?.[0] ?? null);
}

/** Throws for an answer that is none of this API's, since then nobody knows what was done. */
export async function call(action: string, body: JsonObject, keys: SecretKeys, io: ProviderIo): Promise<Answer> {
  const response = await send(action, body, keys, io, io.now());
  const answer = read(action, response);
  const vendorsTime = Date.parse(response.headers['date'] ?? '');
  if (answer.kind !== 'error' || answer.code !== 'AuthFailure.SignatureExpire' || Number.isNaN(vendorsTime))
    return answer;
  // Our clock is off. Nothing was done yet, so that the same may be asked with the vendor's.
  return read(action, await send(action, body, keys, io, new Date(vendorsTime)));
}

/** What a code means: itself, a filter of the model's maker, or the code before its last point. Null if unknown. */
export function kindOf(code: string): FailureKind | null {
  const exact = property(ERRORS, code);
  if (exact !== undefined) return exact;
  if (MODERATION.test(code)) return 'content_rejected';
  const point = code.lastIndexOf('.');
  return point <= 0 ? null : kindOf(code.slice(0, point));
}

/** The longest known code that a text names; null if it names none. */
export function codeIn(text: string): string | null {
  const named = new Set(text.match(/[A-Za-z]+(?:\.[A-Za-z]+)*/g));
  const known = Object.keys(ERRORS).filter((code) => named.has(code));
  return known.toSorted((a, b) => b.length - a.length)[0] ?? null;
}

function send(action: string, body: JsonObject, keys: SecretKeys, io: ProviderIo, time: Date): Promise<HttpResponse> {
  const host = hostOf(io.baseUrl);
  if (host === null) throw new Error('the channel has no address of the Tencent Cloud API');
  const unixSeconds = Math.floor(time.getTime() / 1_000);
  const signed = { host, contentType: CONTENT_TYPE, body: JSON.stringify(body), unixSeconds };
  return io.http({
    method: 'POST',
    path: '/',
    headers: {
      'content-type': CONTENT_TYPE,
      'x-tc-action': action,
      'x-tc-version': VERSION,
      'x-tc-timestamp': String(unixSeconds),
      ...(keys.region === null ? {} : { 'x-tc-region': keys.region }),
      authorization: tc3Authorization(signed, keys),
    },
    json: body,
  });
}

function read(action: string, response: HttpResponse): Answer {
  assertDecided(response, action);
  if (response.status === TOO_MANY)
    return { kind: 'error', code: 'RequestLimitExceeded', said: 'HTTP 429', retryAfterMs: retryAfterMs(response) };
  const inner = property(objectIn(response) ?? {}, 'Response');
  if (response.status !== 200 || !isObject(inner))
    throw new Error(`the vendor answered ${response.status} to ${action}, in no known form`);
  const error = property(inner, 'Error');
  if (!isObject(error)) return { kind: 'response', response: inner };
  const code = String(property(error, 'Code'));
  const said = [code, property(error, 'Message'), property(inner, 'RequestId')].map((part) => String(part ?? ''));
  return { kind: 'error', code, said: said.join(' '), retryAfterMs: null };
}
