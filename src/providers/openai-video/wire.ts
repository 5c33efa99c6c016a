/** Requests and replies of OpenAI-compatible video servers: strict in what is sent, lenient in what is read. */

import type { Failure, FailureKind } from '../../model/failure.ts';
import { isObject, property } from '../../model/json.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import type { VideoSpec } from '../../model/spec.ts';
import type { ProviderIo } from '../provider.ts';
import { isTaskId, urlOrDataUri, vendorFailure } from '../replies.ts';
import { ERRORS, STATUS_ERRORS } from './tables.ts';

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
    ...(first === undefined ? {} : { input_reference: { image_url: await urlOrDataUri(first, io) } }),
    ...Object.fromEntries(names.map((name) => [name, extras[String(name)] ?? null])),
  };
}

export function modelName(spec: VideoSpec, upstream: JsonObject): string {
  const name = property(upstream, 'name') ?? property(upstream, 'model');
  return typeof name === 'string' ? name : spec.model;
}

/** Path of one task; throws for an id that could lead elsewhere. */
export function taskPath(id: string): string {
  if (!isTaskId(id)) throw new Error('the vendor gave a task an id that is none');
  return `/v1/videos/${encodeURIComponent(id)}`;
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
  const said = `${status ?? 'task'} ${String(code ?? '')} ${typeof text === 'string' ? text : ''}`;
  return vendorFailure(kind, said, retryAfterMs);
}
