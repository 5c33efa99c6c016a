/** One call to Kling: signed, again with the vendor's own time where the clocks differ, and its envelope taken apart. */

import type { Failure, FailureKind } from '../../model/failure.ts';
import { property } from '../../model/json.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import { UpstreamBusy } from '../provider.ts';
import type { HttpRequest, HttpResponse, ProviderIo } from '../provider.ts';
import { objectIn, retryAfterMs, vendorFailure } from '../replies.ts';
import { credentialOf } from './credential.ts';
import type { Credential } from './credential.ts';
import { signToken } from './sign.ts';
import { CLOCK_CODES, ERRORS, STATUS_ERRORS } from './tables.ts';

const DEFAULT_BUSY_MS = 5_000;
const SERVER_ERROR = 500;

/** `code` is the envelope's as text, empty where there is none. */
export type Answer = { readonly response: HttpResponse; readonly body: JsonObject | null; readonly code: string };

type Request = Pick<HttpRequest, 'method' | 'path' | 'json'>;

export async function call(request: Request, io: ProviderIo): Promise<Answer> {
  const credential = credentialOf(io.credential);
  const first = await send(request, credential, io.now().getTime(), io);
  if (credential.kind === 'api_key' || !CLOCK_CODES.has(first.code)) return first;
  const vendorMs = Date.parse(first.response.headers['date'] ?? '');
  return Number.isNaN(vendorMs) ? first : send(request, credential, vendorMs, io);
}

/** The `data` of an answer to a question. Throws where the vendor did not answer it: `what` names the question. */
export function dataOf(answer: Answer, what: string): Json {
  const { response, body, code } = answer;
  if (kindOf(answer) === 'rate_limited')
    throw new UpstreamBusy(`the vendor put a ${what} off`, retryAfterMs(response) ?? DEFAULT_BUSY_MS);
  if (response.status !== 200 || body === null || code !== '0')
    throw new Error(`the vendor answered ${response.status} ${code} to a ${what}`.replace('  ', ' '));
  return property(body, 'data') ?? null;
}

/** The refusal that an answer to a submit is; null if it is none. Throws where the outcome is not known. */
export function refusalIn(answer: Answer): Failure | null {
  const { response, code } = answer;
  const kind = kindOf(answer);
  if (response.status >= SERVER_ERROR || kind === 'outcome_unknown')
    throw new Error(`the vendor answered ${response.status} ${code} to a submit`);
  return kind === null ? null : vendorFailure(kind, saidIn(answer), retryAfterMs(response));
}

/** What the vendor says is wrong. */
export function saidIn({ response, body, code }: Answer): string {
  const message = property(body ?? {}, 'message');
  return `${response.status} ${code} ${typeof message === 'string' ? message : ''}`;
}

/** Null for an answer that is no error that we know. */
export function kindOf({ response, code }: Answer): FailureKind | null {
  if (Object.hasOwn(ERRORS, code)) return ERRORS[code] ?? null;
  return response.status < 400 ? null : (STATUS_ERRORS[response.status] ?? 'upstream_protocol');
}

async function send(request: Request, credential: Credential, nowMs: number, io: ProviderIo): Promise<Answer> {
  const token =
    credential.kind === 'api_key' ? credential.apiKey : signToken(credential.accessKey, credential.secretKey, nowMs);
  const response = await io.http({ ...request, headers: { authorization: `Bearer ${token}` } });
  const body = objectIn(response);
  const code = property(body ?? {}, 'code');
  return { response, body, code: typeof code === 'number' || typeof code === 'string' ? String(code) : '' };
}
