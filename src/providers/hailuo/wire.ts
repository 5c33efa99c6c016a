/** What both versions of MiniMax's video API have in common: the key, numbers beyond 53 bits, and how errors look. */

import type { Failure, FailureKind } from '../../model/failure.ts';
import { isObject, property } from '../../model/json.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import type { VideoSpec } from '../../model/spec.ts';
import { UpstreamBusy } from '../provider.ts';
import type { HttpRequest, HttpResponse, ProviderIo } from '../provider.ts';
import { assertDecided, isTaskId, retryAfterMs, vendorFailure } from '../replies.ts';
import { ERRORS, STATUS_ERRORS, UNDECIDED } from './tables.ts';

const DEFAULT_BUSY_MS = 10_000;
/** The code of a reply that is no error. */
const FINE = '0';

type VendorError = { readonly code: string; readonly text: string };

export function call(io: ProviderIo, request: HttpRequest): Promise<HttpResponse> {
  return io.http({ ...request, headers: { authorization: `Bearer ${io.credential}` } });
}

/** A question without effect; throws for every answer that is none. */
export async function look(io: ProviderIo, path: string): Promise<JsonObject> {
  const response = await call(io, { method: 'GET', path });
  const body = exactObject(response);
  const { code } = errorIn(body ?? {});
  if (response.status === 429 || kindOf(code) === 'rate_limited')
    throw new UpstreamBusy('the vendor put a check off', retryAfterMs(response) ?? DEFAULT_BUSY_MS);
  if (response.status !== 200 || body === null)
    throw new Error(`the vendor answered ${response.status} ${code} to a check`);
  return body;
}

/** The JSON object of a reply, its integers beyond 53 bits as their digits; null if it is none. */
export function exactObject({ text }: Pick<HttpResponse, 'text'>): JsonObject | null {
  try {
    const body: unknown = JSON.parse(text, (_key, value: unknown, context?: { readonly source?: string }) =>
      Number.isInteger(value) && !Number.isSafeInteger(value) ? (context?.source ?? value) : value,
    );
    return isObject(body) ? body : null;
  } catch {
    return null;
  }
}

/** An id that comes as text or as a number; null if it is none. */
export function idOf(value: Json | undefined): string | null {
  const text = typeof value === 'number' ? String(value) : value;
  return isTaskId(text) ? text : null;
}

/** Why something was refused; null where it was not. Throws where the answer leaves open whether it was done. */
export function refusalOf(response: HttpResponse, what: string): Failure | null {
  assertDecided(response, what);
  const body = exactObject(response) ?? {};
  const error = errorIn(body);
  if (error.code === '' && response.status < 400) return null;
  const isNamed = idOf(property(body, 'task_id')) !== null;
  if (isNamed || UNDECIDED.includes(error.code)) throw new Error(`the vendor answered ${error.code} to a ${what}`);
  const kind = kindOf(error.code) ?? STATUS_ERRORS[response.status] ?? (error.code === '' ? null : 'upstream_protocol');
  if (kind === null) throw new Error(`the vendor answered ${response.status} without saying why`);
  return vendorFailure(kind, `${response.status} ${error.code} ${error.text}`, retryAfterMs(response));
}

/** Why a task failed. */
export function taskFailure(record: JsonObject, state: string): Failure {
  const { code, text } = errorIn(record);
  return vendorFailure(kindOf(code) ?? 'generation_failed', `${state} ${code} ${text}`);
}

/** `base_resp`, or `error` whose code may stand in brackets at the end of its message; the code is empty where all is well. */
function errorIn(body: JsonObject): VendorError {
  const base = property(body, 'base_resp');
  const error = property(body, 'error');
  const status = isObject(base) ? textOf(property(base, 'status_code')) : '';
  if (isObject(base) && status !== '' && status !== FINE)
    return { code: status, text: textOf(property(base, 'status_msg')) };
  if (!isObject(error)) return { code: '', text: '' };
  const text = textOf(property(error, 'message'));
  const bracketed = /\((\d{4,5})\)\s*$/.exec(text)?.[1];
  return { code: bracketed ?? (textOf(property(error, 'code')) || textOf(property(error, 'type'))), text };
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

function kindOf(code: string): FailureKind | null {
  return Object.hasOwn(ERRORS, code) ? (ERRORS[code] ?? null) : null;
}

/** `upstream.name` is the operator's own name for the model. */
export function modelName(spec: VideoSpec, upstream: JsonObject): string {
  const name = property(upstream, 'name') ?? property(upstream, 'model');
  return typeof name === 'string' ? name : spec.model;
}

/** `768p` as `768P`, `2k` as `2K`. */
export function label({ resolution }: Pick<VideoSpec, 'resolution'>): string {
  return resolution.toUpperCase();
}
