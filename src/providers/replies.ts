/** What providers make of vendors' replies, and of inputs that travel to them: the parts that no wire differs in. */

import { readFile } from 'node:fs/promises';

import type { Failure, FailureKind } from '../model/failure.ts';
import { isObject, property } from '../model/json.ts';
import type { Json, JsonObject } from '../model/json.ts';
import type { SpecInput } from '../model/spec.ts';
import type { HttpResponse, ProviderIo, TimeWindow } from './provider.ts';

const TASK_ID = /^(?!\.{1,2}$)[A-Za-z0-9_.:-]{1,200}$/;
const MAX_DETAIL_CHARS = 500;
const MIN_KEY_CHARS = 8;
const MAX_KEY_CHARS = 500;
const SERVER_ERROR = 500;

/** For the client; what the vendor wrote is for the operator. */
const MESSAGES: Readonly<Partial<Record<FailureKind, string>>> = {
  invalid_request: 'The provider refused the request as invalid.',
  content_rejected: 'The provider rejected the content of the request.',
  rate_limited: 'The provider is receiving too many requests at the moment.',
  upstream_credential: 'The provider refused our account.',
  upstream_unavailable: 'The provider cannot take the request at the moment.',
};

/** The JSON object of a reply; null if it is none. */
export function objectIn(response: Pick<HttpResponse, 'text'>): JsonObject | null {
  try {
    const body: unknown = JSON.parse(response.text);
    return isObject(body) ? body : null;
  } catch {
    return null;
  }
}

/** `{ code, message }` of an answer, or the same within `error`; empty where it has none. */
export function codeAndText(body: JsonObject): { readonly code: string; readonly text: string } {
  const wrapped = property(body, 'error');
  const error = isObject(wrapped) ? wrapped : body;
  const code = property(error, 'code');
  const text = property(error, 'message');
  return { code: typeof code === 'string' ? code : '', text: typeof text === 'string' ? text : '' };
}

/** What is wrong with a key that has to be one word; null if nothing. `scheme`: the word before it in the header. */
export function keyFault(key: string, scheme: 'Bearer' | 'Token' = 'Bearer', maxChars = MAX_KEY_CHARS): string | null {
  if (/^(?:token|bearer)\s/i.test(key)) return `write the API key alone, without '${scheme}' before it`;
  if (!/^[\x21-\x7e]*$/.test(key)) return 'write the API key as one word of printable characters';
  if (key.length < MIN_KEY_CHARS) return `an API key has at least ${MIN_KEY_CHARS} characters: this one is cut`;
  return key.length > maxChars ? `an API key has at most ${maxChars} characters` : null;
}

/** A failure in our words; `said` is what the vendor wrote, shortened for the operator. */
export function vendorFailure(kind: FailureKind, said: string, retryAfterMs: number | null = null): Failure {
  const failure: Failure = {
    kind,
    message: MESSAGES[kind] ?? 'The provider could not make the video.',
    detail: said.trim().slice(0, MAX_DETAIL_CHARS),
  };
  return retryAfterMs === null ? failure : { ...failure, retryAfterMs };
}

/** Milliseconds of `Retry-After` in seconds; null for dates and nonsense. */
export function retryAfterMs(response: Pick<HttpResponse, 'headers'>): number | null {
  const text = response.headers['retry-after'] ?? '';
  return /^\d{1,6}$/.test(text) ? Number(text) * 1_000 : null;
}

/** Throws for a reply from which nobody can tell whether the vendor did what was asked: its outcome is unknown. */
export function assertDecided(response: Pick<HttpResponse, 'status' | 'text'>, what: string): void {
  if (response.status < SERVER_ERROR) return;
  const said = response.text.trim().slice(0, MAX_DETAIL_CHARS);
  throw new Error(`the vendor answered ${response.status} to a ${what}${said === '' ? '' : `: ${said}`}`);
}

/** Whether a task, made at `madeAt` in unix seconds, was made in `window`. */
export function isMadeWithin(madeAt: Json | undefined, { from, to }: TimeWindow): boolean {
  return isMadeSince(madeAt, from) && Number(madeAt) * 1_000 <= to.getTime();
}

/** Vendors give whole seconds: a task may seem made up to one second before it was asked for. */
export function isMadeSince(madeAt: Json | undefined, from: Date): boolean {
  return typeof madeAt === 'number' && madeAt * 1_000 >= from.getTime() - 1_000;
}

/** Whether a value can be the id of a task: nothing that could lead elsewhere in a path. */
export function isTaskId(id: Json | undefined): id is string {
  return typeof id === 'string' && TASK_ID.test(id);
}

/** A URL that the client gave is passed on; anything else travels as a data URI. */
export async function urlOrDataUri(input: SpecInput, io: Pick<ProviderIo, 'files'>): Promise<string> {
  return input.url ?? `data:${input.mime};base64,${await base64Of(input, io)}`;
}

/** The same for vendors that take base64 without a prefix. */
export async function urlOrBase64(input: SpecInput, io: Pick<ProviderIo, 'files'>): Promise<string> {
  return input.url ?? base64Of(input, io);
}

/** For vendors that take addresses only: the client's URL or one of ours; null if nobody could fetch from here. */
export function urlOrLink(input: SpecInput, io: Pick<ProviderIo, 'files'>): string | null {
  return input.url ?? io.files.link(input);
}

export async function base64Of(input: Pick<SpecInput, 'sha256'>, io: Pick<ProviderIo, 'files'>): Promise<string> {
  return (await readFile(await io.files.path(input))).toString('base64');
}
