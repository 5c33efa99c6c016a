/** Requests and replies of Ark's content generation tasks. */

import type { Failure, FailureKind } from '../../model/failure.ts';
import type { InputLimits } from '../../model/input-limit.ts';
import { isObject, property } from '../../model/json.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import type { SpecInput, VideoSpec } from '../../model/spec.ts';
import type { CheckResult, HttpResponse, ProviderIo, UpstreamTask } from '../provider.ts';
import { codeAndText, isTaskId, objectIn, retryAfterMs, urlOrDataUri, urlOrLink, vendorFailure } from '../replies.ts';
import { ERRORS, INPUT_LIMITS, PASSED_ON, PLACES, RATIOS, STATES, STATUS_ERRORS } from './tables.ts';

/** The vendor lists tasks of one tier at a time. */
export type Tier = 'default' | 'flex';

const ADAPTIVE = 'adaptive';
/** As a duration: the model decides. */
const OPEN_LENGTH = -1;
/** The international platform, which has its own names for the same models. */
const BYTEPLUS = /^https?:\/\/[^/]*\.bytepluses\.com\b/i;
/** What makes 64 MB, the most that a request may hold, once it is written as base64. */
const MAX_INSIDE_BYTES = 45 * 1024 * 1024;
/** What the record of a task shows in place of these, nobody asked for. */
const OPEN: readonly Json[] = [ADAPTIVE, OPEN_LENGTH];
/** The first generation makes no sound and has no word for it. */
const SILENT_MODELS = /seedance-1-0-/;
/** Settings that the first generations also read out of the prompt, where they would change what the video costs. */
const PROMPT_FLAGS =
  /\s*--(?:resolution|rs|ratio|rt|duration|dur|frames|fps|seed|camerafixed|cf|watermark|wm)\s+\S+(?=\s|$)/gi;

export async function createBody(spec: VideoSpec, upstream: JsonObject, io: ProviderIo): Promise<JsonObject> {
  const passedOn = Object.entries(spec.vendor).filter(([key]) => PASSED_ON.includes(key));
  return {
    model: modelName(spec, upstream, io),
    ...Object.fromEntries(passedOn),
    content: await contents(spec, io),
    ...(io.callbackUrl === null ? {} : { callback_url: io.callbackUrl }),
    watermark: spec.watermark,
    ...settings(spec, upstream),
  };
}

export function limitsOf(spec: VideoSpec, upstream: JsonObject): InputLimits {
  return SILENT_MODELS.test(listedName(spec, upstream)) ? INPUT_LIMITS.first : INPUT_LIMITS.later;
}

/** Why the vendor cannot be given an input; null if it can be given all. */
export function inputFault(spec: VideoSpec, io: ProviderIo): Failure | null {
  if (spec.inputs.every((input) => !isByAddress(input, spec) || urlOrLink(input, io) !== null)) return null;
  return {
    kind: 'channel_unfit',
    message:
      'The provider of this model takes videos and large inputs only by URL: give a public URL instead of the file.',
  };
}

/** The vendor takes pictures and sounds inside a request, as many as fit into it, but no videos. */
function isByAddress(input: SpecInput, { inputs }: VideoSpec): boolean {
  const inside = inputs.filter(({ url, mime }) => url === null && !isVideo(mime));
  return isVideo(input.mime) || inside.reduce((sum, { bytes }) => sum + bytes, 0) > MAX_INSIDE_BYTES;
}

function isVideo(mime: string): boolean {
  return mime.startsWith('video/');
}

/** What is asked of the model beside the contents: the vendor shows it again in the record of the task. */
function settings(spec: VideoSpec, upstream: JsonObject): JsonObject {
  return {
    resolution: spec.resolution,
    ratio: RATIOS.includes(spec.ratio) ? spec.ratio : ADAPTIVE,
    // An edit is as long as its source, which may be shorter than what can be asked for.
    duration: spec.mode === 'edit' ? OPEN_LENGTH : spec.seconds,
    ...(spec.seed === null ? {} : { seed: spec.seed }),
    ...(SILENT_MODELS.test(listedName(spec, upstream)) ? {} : { generate_audio: spec.audio }),
    ...(spec.offPeak ? { service_tier: tierOf(spec) } : {}),
    ...(spec.mode === 'edit' || spec.mode === 'extend' ? { omni_reference_task_type: spec.mode } : {}),
  };
}

/** `upstream.name` is the operator's own name, such as an endpoint id. */
function modelName(spec: VideoSpec, upstream: JsonObject, io: Pick<ProviderIo, 'baseUrl'>): string {
  const own = property(upstream, 'name');
  if (typeof own === 'string') return own;
  const name = listedName(spec, upstream);
  return BYTEPLUS.test(io.baseUrl) ? name.replace(/^doubao-(?=seedance-1)/, '').replace(/^doubao-/, 'dreamina-') : name;
}

function listedName(spec: VideoSpec, upstream: JsonObject): string {
  const byMode = property(upstream, 'models');
  const name = (isObject(byMode) ? property(byMode, spec.mode) : undefined) ?? property(upstream, 'model');
  return typeof name === 'string' ? name : spec.model;
}

export function tierOf({ offPeak }: Pick<VideoSpec, 'offPeak'>): Tier {
  return offPeak ? 'flex' : 'default';
}

async function contents(spec: VideoSpec, io: ProviderIo): Promise<readonly Json[]> {
  const text = (spec.prompt ?? '').replace(PROMPT_FLAGS, '').trim();
  const items: Json[] = text === '' ? [] : [{ type: 'text', text }];
  for (const input of spec.inputs) {
    const { type, role } = PLACES[input.role];
    const url = isByAddress(input, spec) ? urlOrLink(input, io) : await urlOrDataUri(input, io);
    items.push({ type, [type]: { url }, role });
  }
  return items;
}

/** The task of a record; null where it names none. */
export function taskOf(record: JsonObject): UpstreamTask | null {
  const id = property(record, 'id');
  if (!isTaskId(id)) return null;
  const tier = property(record, 'service_tier');
  return { id, data: typeof tier === 'string' ? { tier } : {} };
}

/** What the record of a task says; null where nobody can tell. */
export function resultOf(record: JsonObject): CheckResult | null {
  const state = property(record, 'status');
  if (typeof state !== 'string') return null;
  switch (property(STATES, state) ?? 'waiting') {
    case 'done': {
      const content = property(record, 'content');
      const url = isObject(content) ? property(content, 'video_url') : undefined;
      if (typeof url !== 'string' || !/^https?:\/\//.test(url)) return null;
      return { kind: 'done', video: { from: 'url', url }, usage: { seconds: seconds(record), tokens: tokens(record) } };
    }
    case 'failed':
      return { kind: 'failed', failure: taskFailure(record, state) };
    default:
      return { kind: 'waiting', progress: null, checkAfterMs: null };
  }
}

function taskFailure(record: JsonObject, state: string): Failure {
  const { code, text } = codeAndText(record);
  return vendorFailure(kindOf(code) ?? 'generation_failed', `${state} ${code} ${text}`);
}

/** What a refusal says. Throws where it is none of the vendor's words, so that nobody can tell what became of the request. */
export function refusalOf(response: HttpResponse): Failure {
  const { code, text } = codeAndText(objectIn(response) ?? {});
  const kind = kindOf(code) ?? STATUS_ERRORS[response.status] ?? (code === '' ? null : 'upstream_protocol');
  if (kind === null) throw new Error(`the vendor answered ${response.status} without saying why`);
  return vendorFailure(kind, `${response.status} ${code} ${text}`, retryAfterMs(response));
}

function kindOf(code: string): FailureKind | null {
  const [name = ''] = code.split('.');
  return Object.hasOwn(ERRORS, name) ? (ERRORS[name] ?? null) : null;
}

function seconds(record: JsonObject): number | null {
  const duration = property(record, 'duration');
  return typeof duration === 'number' && duration > 0 ? duration : null;
}

function tokens(record: JsonObject): bigint | null {
  const usage = property(record, 'usage');
  const count = isObject(usage) ? property(usage, 'completion_tokens') : undefined;
  return typeof count === 'number' && Number.isSafeInteger(count) && count > 0 ? BigInt(count) : null;
}

/** All that the record shows must be as it was asked for. Of an endpoint it may show the model behind it. */
export function fits(record: JsonObject, spec: VideoSpec, upstream: JsonObject, io: ProviderIo): boolean {
  const asked: JsonObject = { service_tier: tierOf(spec), ...settings(spec, upstream) };
  const shown = (key: string): Json => property(record, key) ?? null;
  const names: readonly Json[] = [null, modelName(spec, upstream, io), listedName(spec, upstream)];
  return (
    names.includes(shown('model')) &&
    Object.entries(asked).every(([key, value]) => shown(key) === null || OPEN.includes(value) || shown(key) === value)
  );
}
