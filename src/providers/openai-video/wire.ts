/** Requests and replies of OpenAI-compatible video servers: strict in what is sent, lenient in what is read. */

import { readFile } from 'node:fs/promises';

import type { Failure, FailureKind } from '../../model/failure.ts';
import { isObject, property } from '../../model/json.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import type { SpecInput, VideoSpec } from '../../model/spec.ts';
import type { HttpResponse, ProviderIo } from '../provider.ts';
import { ERRORS, STATUS_ERRORS } from './tables.ts';

const TASK_ID = /^[A-Za-z0-9_.:-]{1,200}$/;
const MAX_DETAIL_CHARS = 500;

/** The body of a create. `upstream.extras` lists the fields beyond OpenAI's own that this server takes. */
export async function createBody(spec: VideoSpec, upstream: JsonObject, io: ProviderIo): Promise<JsonObject> {
  const first = spec.inputs.find((input) => input.role === 'first_frame' || input.role === 'reference_image');
  const extras: Readonly<Record<string, Json>> = {
    seed: spec.seed,
    negative_prompt: spec.negativePrompt,
    fps: spec.fps,
    generate_sound: spec.audio,
  };
  const wanted = property(upstream, 'extras');
  const names = Array.isArray(wanted) ? wanted.filter((name) => typeof name === 'string' && extras[name] !== null) : [];
  return {
    model: modelName(spec, upstream),
    prompt: spec.prompt ?? '',
    seconds: String(spec.seconds),
    size: `${spec.width}x${spec.height}`,
    ...(first === undefined ? {} : { input_reference: { image_url: await addressOf(first, io) } }),
    ...Object.fromEntries(names.map((name) => [name, extras[String(name)] ?? null])),
  };
}

export function modelName(spec: VideoSpec, upstream: JsonObject): string {
  const name = property(upstream, 'name') ?? property(upstream, 'model');
  return typeof name === 'string' ? name : spec.model;
}

/** A URL is passed on; anything else travels in the request. */
async function addressOf(input: SpecInput, io: ProviderIo): Promise<string> {
  if (input.url !== null) return input.url;
  return `data:${input.mime};base64,${(await readFile(await io.files.path(input))).toString('base64')}`;
}

/** Path of one task; throws for an id that could lead elsewhere. */
export function taskPath(id: string): string {
  if (!TASK_ID.test(id)) throw new Error('the vendor gave a task an id that is none');
  return `/v1/videos/${encodeURIComponent(id)}`;
}

export function isTaskId(id: Json | undefined): id is string {
  return typeof id === 'string' && TASK_ID.test(id);
}

/** The JSON object of a reply; null if it is none. */
export function objectIn(response: HttpResponse): JsonObject | null {
  try {
    const body: unknown = JSON.parse(response.text);
    return isObject(body) ? body : null;
  } catch {
    return null;
  }
}

/** Where the video lies, under whichever key this server says it. */
export function videoUrl(body: JsonObject): string | null {
  const metadata = property(body, 'metadata');
  const places = [
    property(body, 'video_url'),
    property(body, 'url'),
    isObject(metadata) ? property(metadata, 'url') : null,
  ];
  const found = places.find((place) => typeof place === 'string' && /^https?:\/\//.test(place));
  return typeof found === 'string' ? found : null;
}

/** What an error reply or a failed task says. */
export function failureOf(body: JsonObject | null, status: number | null, retryAfterMs: number | null): Failure {
  const error = body === null ? null : property(body, 'error');
  const code = isObject(error) ? property(error, 'code') : null;
  const text = isObject(error) ? property(error, 'message') : (property(body ?? {}, 'detail') ?? null);
  const known = typeof code === 'string' ? ERRORS[code] : undefined;
  const kind: FailureKind =
    known ?? (status === null ? 'generation_failed' : (STATUS_ERRORS[status] ?? 'upstream_protocol'));
  const detail = `${status ?? 'task'} ${String(code ?? '')} ${typeof text === 'string' ? text : ''}`
    .trim()
    .slice(0, MAX_DETAIL_CHARS);
  const failure: Failure = { kind, message: MESSAGES[kind] ?? 'The provider could not make the video.', detail };
  return retryAfterMs === null ? failure : { ...failure, retryAfterMs };
}

/** For the client; what the vendor wrote is for the operator. */
const MESSAGES: Readonly<Partial<Record<FailureKind, string>>> = {
  invalid_request: 'The provider refused the request as invalid.',
  content_rejected: 'The provider rejected the content of the request.',
  rate_limited: 'The provider is receiving too many requests at the moment.',
  upstream_credential: 'The provider refused our account.',
};

/** Milliseconds of `Retry-After` in seconds; null for dates and nonsense. */
export function retryAfterMs(response: HttpResponse): number | null {
  const text = response.headers['retry-after'] ?? '';
  return /^\d{1,6}$/.test(text) ? Number(text) * 1_000 : null;
}
