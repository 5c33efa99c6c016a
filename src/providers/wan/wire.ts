/** Requests and replies of DashScope's video tasks. */

import { FailureError } from '../../model/failure.ts';
import type { Failure, FailureKind } from '../../model/failure.ts';
import { isObject, property } from '../../model/json.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import type { SpecInput, VideoSpec } from '../../model/spec.ts';
import type { CheckResult, HttpResponse, ProviderIo, Usage } from '../provider.ts';
import { codeAndText, isTaskId, objectIn, retryAfterMs, urlOrDataUri, urlOrLink, vendorFailure } from '../replies.ts';
import { ERRORS, MEDIA_TYPES, PASSED_ON, PROTOCOLS, RATIOS, SOUND_SWITCH, STATES, STATUS_ERRORS } from './tables.ts';
import type { Protocol } from './tables.ts';

/** The vendor takes a picture of at most 10 MB inside a request; a larger one it may still fetch. */
const MAX_INSIDE_BYTES = 10 * 1024 * 1024;

/** The body of a create. Throws `FailureError` for an input that the vendor cannot be given. */
export async function createBody(spec: VideoSpec, upstream: JsonObject, io: ProviderIo): Promise<JsonObject> {
  const protocol = protocolOf(upstream);
  const inputs = protocol.media ? await mediaList(spec, io) : await namedFields(spec, io);
  const own = property(upstream, 'name');
  return {
    model: typeof own === 'string' ? own : modelName(spec, upstream),
    input: {
      ...(spec.prompt === null ? {} : { prompt: spec.prompt }),
      ...(spec.negativePrompt === null ? {} : { negative_prompt: spec.negativePrompt }),
      ...inputs,
    },
    parameters: {
      ...frame(spec, protocol),
      // An edit is as long as its source.
      ...(spec.mode === 'edit' ? {} : { duration: spec.seconds }),
      ...(SOUND_SWITCH.test(modelName(spec, upstream)) ? { audio: spec.audio } : {}),
      watermark: spec.watermark,
      ...(spec.seed === null ? {} : { seed: spec.seed }),
      ...Object.fromEntries(Object.entries(spec.vendor).filter(([key]) => PASSED_ON.includes(key))),
    },
  };
}

/** Where a model is asked. */
export function createPath(upstream: JsonObject): string {
  return `/api/v1/services/aigc/${protocolOf(upstream).service}/video-synthesis`;
}

function protocolOf(upstream: JsonObject): Protocol {
  const protocol = PROTOCOLS[String(property(upstream, 'protocol'))];
  if (protocol === undefined) throw new RangeError('the model does not say which protocol it takes');
  return protocol;
}

function modelName(spec: VideoSpec, upstream: JsonObject): string {
  const byMode = property(upstream, 'models');
  const name = (isObject(byMode) ? property(byMode, spec.mode) : undefined) ?? property(upstream, 'model');
  return typeof name === 'string' ? name : spec.model;
}

/** Older models take exact sizes, and the resolution alone where the picture decides the shape. */
function frame(spec: VideoSpec, protocol: Protocol): JsonObject {
  const resolution = spec.resolution.toUpperCase();
  const followsPicture = spec.inputs.some(({ role }) => role === 'first_frame' || role === 'source_video');
  if (!protocol.media) return followsPicture ? { resolution } : { size: `${spec.width}*${spec.height}` };
  const isNamed = !followsPicture && RATIOS.includes(spec.ratio);
  const ratio = isNamed ? spec.ratio : protocol.ratioOfPicture;
  return ratio === null ? { resolution } : { resolution, ratio };
}

async function namedFields({ inputs }: VideoSpec, io: ProviderIo): Promise<JsonObject> {
  const first = inputs.find(({ role }) => role === 'first_frame');
  const last = inputs.find(({ role }) => role === 'last_frame');
  const track = inputs.find(({ role }) => role === 'audio');
  const references = inputs.filter(({ role }) => role === 'reference_image' || role === 'reference_video');
  return {
    ...(first === undefined ? {} : { [last === undefined ? 'img_url' : 'first_frame_url']: await picture(first, io) }),
    ...(last === undefined ? {} : { last_frame_url: await picture(last, io) }),
    ...(track === undefined ? {} : { audio_url: address(track, io) }),
    ...(references.length === 0 ? {} : { reference_urls: references.map((input) => address(input, io)) }),
  };
}

/** The order is what `Image 1` and `Video 1` in a prompt refer to. */
async function mediaList({ inputs, mode }: VideoSpec, io: ProviderIo): Promise<JsonObject> {
  const media: Json[] = [];
  for (const input of inputs) {
    const audioType = mode === 'reference' ? 'reference_audio' : 'driving_audio';
    const type = input.role === 'audio' ? audioType : MEDIA_TYPES[input.role];
    if (type === undefined) throw cannotTake(`an input of the kind ${input.role}`);
    media.push({ type, url: input.mime.startsWith('image/') ? await picture(input, io) : address(input, io) });
  }
  return media.length === 0 ? {} : { media };
}

/** Only pictures may stand inside a request. */
async function picture(input: SpecInput, io: ProviderIo): Promise<string> {
  return input.bytes > MAX_INSIDE_BYTES ? address(input, io) : urlOrDataUri(input, io);
}

function address(input: SpecInput, io: ProviderIo): string {
  const url = urlOrLink(input, io);
  if (url === null) throw cannotTake('this kind of input except by URL: give a public URL instead of the file');
  return url;
}

function cannotTake(what: string): FailureError {
  return new FailureError({ kind: 'channel_unfit', message: `The provider of this model does not take ${what}.` });
}

/** The id of the task that was made. Throws where the reply has none: then nobody knows what came of the submit. */
export function madeTask(response: HttpResponse): string {
  const id = property(outputIn(objectIn(response) ?? {}), 'task_id');
  if (!isTaskId(id)) throw new Error('the vendor accepted a submit without an id');
  return id;
}

/** What the record of the task `id` says. Throws for a record that is not the task's, or says nothing definite. */
export function resultOf(body: JsonObject, id: string): CheckResult {
  const output = outputIn(body);
  if (property(output, 'task_id') !== id) throw new Error('the vendor answered for another task');
  const state = property(output, 'task_status');
  if (typeof state !== 'string') throw new Error('the vendor did not say how the task is');
  switch (property(STATES, state)) {
    case 'done': {
      const url = property(output, 'video_url');
      if (typeof url !== 'string' || !/^https?:\/\//.test(url))
        throw new Error('the vendor says that the video is done, but not where it is');
      return { kind: 'done', video: { from: 'url', url }, usage: usageIn(body) };
    }
    case 'failed': {
      const { code, text } = codeAndText(output);
      return {
        kind: 'failed',
        failure: vendorFailure(kindOf(code) ?? 'generation_failed', `${state} ${code} ${text}`),
      };
    }
    case 'absent':
      throw new Error('the vendor knows of no such task, or no longer');
    default:
      return { kind: 'waiting', progress: null, checkAfterMs: null };
  }
}

/** Numbers come as numbers or as text; `duration` is what is billed, input videos included. */
function usageIn(body: JsonObject): Usage {
  const usage = property(body, 'usage');
  const places = isObject(usage)
    ? ['duration', 'output_video_duration', 'video_duration'].map((key) => property(usage, key))
    : [];
  const seconds = places.map(Number).find((value) => Number.isFinite(value) && value > 0) ?? null;
  return { seconds, tokens: null };
}

/** What a refusal says. Throws where it is none of the vendor's words, so that nobody can tell what became of the request. */
export function refusalOf(response: HttpResponse): Failure {
  const { code, text } = codeAndText(objectIn(response) ?? {});
  const kind = kindOf(code) ?? STATUS_ERRORS[response.status] ?? (code === '' ? null : 'upstream_protocol');
  if (kind === null) throw new Error(`the vendor answered ${response.status} without saying why`);
  return vendorFailure(kind, `${response.status} ${code} ${text}`, retryAfterMs(response));
}

function kindOf(code: string): FailureKind | null {
  const parts = code.split('.', 4);
  const beginnings = parts.map((_, index) => parts.slice(0, parts.length - index).join('.'));
  const known = beginnings.find((beginning) => Object.hasOwn(ERRORS, beginning));
  return known === undefined ? null : (ERRORS[known] ?? null);
}

function outputIn(body: JsonObject): JsonObject {
  const output = property(body, 'output');
  return isObject(output) ? output : {};
}
