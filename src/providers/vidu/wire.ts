/** Requests and replies of Vidu's API: strict in what is sent, lenient in what is read. */

import type { Failure } from '../../model/failure.ts';
import { FailureError } from '../../model/failure.ts';
import { isObject, property } from '../../model/json.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import type { VideoSpec } from '../../model/spec.ts';
import type { CheckResult, HttpResponse, ListedTask, ProviderIo, TimeWindow, UpstreamTask } from '../provider.ts';
import { isTaskId, objectIn, retryAfterMs, vendorFailure } from '../replies.ts';
import { mediaOf } from './media.ts';
import type { MediaIo } from './media.ts';
import { ENDPOINTS, ERRORS, STATES, STATUS_ERRORS, STORY, UNDECIDED } from './tables.ts';
import type { Endpoint, FieldName } from './tables.ts';

const RATIOS: readonly string[] = ['16:9', '9:16', '1:1', '4:3', '3:4'];
/** What a list shows of a task, as far as it was asked for by name. */
const SHOWN: readonly string[] = ['model', 'template', 'prompt', 'duration', 'resolution', 'aspect_ratio'];
const NAMES: readonly string[] = ['model', 'template'];

/** Null leaves the field out, as what is off unless asked for: few endpoints know them all. */
const FIELDS: Readonly<Record<FieldName, (spec: VideoSpec, upstream: JsonObject) => Json>> = {
  model: modelName,
  prompt: ({ prompt }) => prompt,
  duration: ({ seconds }) => seconds,
  // Vidu draws lots where there is none or 0.
  seed: ({ seed }) => (seed === null || seed < 0 ? null : seed),
  resolution: ({ resolution }) => resolution,
  upscale_resolution: ({ resolution }) => resolution.replace('k', 'K'),
  // Only a reference gives a shape that has no name, and there `auto` asks for it.
  aspect_ratio: ({ ratio }) => (RATIOS.includes(ratio) ? ratio : 'auto'),
  // What is usually so depends on model and endpoint.
  audio: ({ audio }) => audio,
  bgm: ({ bgm }) => bgm || null,
  off_peak: ({ offPeak }) => offPeak || null,
  watermark: ({ watermark }) => watermark || null,
};

/** Throws a `FailureError` for what Vidu cannot be asked. */
export async function createRequest(
  spec: VideoSpec,
  upstream: JsonObject,
  io: MediaIo & Pick<ProviderIo, 'attemptToken' | 'callbackUrl'>,
): Promise<{ readonly path: string; readonly json: JsonObject }> {
  const endpoint = endpointOf(spec);
  const json = {
    ...settings(endpoint, spec, upstream),
    ...(await mediaOf(spec, io)),
    payload: io.attemptToken,
    ...(io.callbackUrl === null ? {} : { callback_url: io.callbackUrl }),
  };
  return { path: `/ent/v2/${endpoint.path}`, json };
}

function endpointOf(spec: VideoSpec): Endpoint {
  const has = (key: string): boolean => property(spec.vendor, key) !== undefined;
  if (spec.mode === 'template_effect' && !has('template')) {
    if (has('story')) return STORY;
    const message = "An effect is named by 'template', a story by 'story': give one of them.";
    throw new FailureError({ kind: 'channel_unfit', message });
  }
  const endpoint = ENDPOINTS[spec.mode];
  if (endpoint !== undefined) return endpoint;
  throw new FailureError(vendorFailure('upstream_protocol', `Vidu has no endpoint for ${spec.mode}`));
}

/** What is asked for beside the media. */
function settings({ fields, passedOn }: Endpoint, spec: VideoSpec, upstream: JsonObject): JsonObject {
  const own = fields.map((name): readonly [string, Json] => [name, FIELDS[name](spec, upstream)]);
  const passed = Object.entries(spec.vendor).filter(([key]) => passedOn.includes(key));
  return Object.fromEntries([...own, ...passed].filter(([, value]) => value !== null));
}

function modelName(spec: VideoSpec, upstream: JsonObject): string {
  const name = property(upstream, 'name') ?? property(upstream, 'model');
  return typeof name === 'string' ? name : spec.model;
}

/** Path of one task; throws for an id that could lead elsewhere. */
export function taskPath({ id }: UpstreamTask, last: 'creations' | 'cancel'): string {
  if (!isTaskId(id)) throw new Error('the vendor gave a task an id that is none');
  return `/ent/v2/tasks/${encodeURIComponent(id)}/${last}`;
}

/** The id in a reply, under whichever key it stands. */
export function idIn(body: JsonObject): Json | undefined {
  return property(body, 'task_id') ?? property(body, 'id');
}

/** What the record of a task says; null where nobody can tell. */
export function resultOf(body: JsonObject, task: UpstreamTask): CheckResult | null {
  const state = property(body, 'state');
  if (typeof state !== 'string') return null;
  switch (known(STATES, state) ?? 'waiting') {
    case 'done': {
      const creation = creationIn(body) ?? {};
      const marked = property(task.data, 'watermark') === true ? property(creation, 'watermarked_url') : '';
      const url = [marked, property(creation, 'url')].find(isAddress);
      if (url === undefined) return null;
      return { kind: 'done', video: { from: 'url', url }, usage: { seconds: seconds(creation), tokens: null } };
    }
    case 'failed':
      return { kind: 'failed', failure: taskFailure(body) };
    default:
      return { kind: 'waiting', progress: null, checkAfterMs: null };
  }
}

/** The first thing that a task made. */
export function creationIn(body: JsonObject): JsonObject | null {
  const creations = property(body, 'creations');
  const [first] = Array.isArray(creations) ? creations : [];
  return isObject(first) ? first : null;
}

function isAddress(value: Json | undefined): value is string {
  return typeof value === 'string' && /^https?:\/\//.test(value);
}

/** Only some versions of the reply tell. */
function seconds(creation: JsonObject): number | null {
  const video = property(creation, 'video');
  const length = isObject(video) ? property(video, 'duration') : null;
  return typeof length === 'number' && length > 0 ? length : null;
}

function taskFailure(body: JsonObject): Failure {
  const code = textOf(body, 'err_code');
  return vendorFailure(known(ERRORS, code) ?? 'generation_failed', `failed ${code}`);
}

/** What a refusal says. Throws where nobody can tell what became of the request. */
export function refusalOf(response: HttpResponse): Failure {
  const body = objectIn(response) ?? {};
  const reason = textOf(body, 'reason');
  const byStatus = STATUS_ERRORS[response.status] ?? (reason === '' ? null : 'upstream_protocol');
  const kind = UNDECIDED.includes(response.status) ? null : (known(ERRORS, reason) ?? byStatus);
  if (kind === null) throw new Error(`the vendor answered ${response.status}, which decides nothing`);
  return vendorFailure(kind, `${response.status} ${reason} ${textOf(body, 'message')}`, retryAfterMs(response));
}

function known<T>(table: Readonly<Record<string, T>>, word: string): T | null {
  return Object.hasOwn(table, word) ? (table[word] ?? null) : null;
}

function textOf(body: JsonObject, key: string): string {
  const value = property(body, key);
  return typeof value === 'string' ? value : '';
}

/** A task of the vendor's list, which shows only some of what was asked; null for what is none, or of another time. */
export function listedTask(
  item: JsonObject,
  spec: VideoSpec,
  upstream: JsonObject,
  window: TimeWindow,
): ListedTask | null {
  const id = idIn(item);
  if (!isTaskId(id) || !isWithin(item, window)) return null;
  const payload = property(item, 'payload');
  return {
    task: { id, data: dataOf(spec) },
    // Also an empty one shows that it is not ours.
    token: typeof payload === 'string' ? payload : null,
    fits: fits(item, settings(endpointOf(spec), spec, upstream)),
    samePrompt: spec.prompt !== null && property(item, 'prompt') === spec.prompt,
  };
}

/** What was asked for is shown as it was; model and effect also where none was asked for. */
function fits(item: JsonObject, asked: JsonObject): boolean {
  return SHOWN.every((key) => {
    const [shown, own] = [property(item, key) ?? '', property(asked, key)];
    return shown === '' || String(shown) === String(own) || (own === undefined && !NAMES.includes(key));
  });
}

/** What later checks of the task need to know. */
export function dataOf({ watermark }: VideoSpec): JsonObject {
  return watermark ? { watermark } : {};
}

function isWithin(item: JsonObject, { from, to }: TimeWindow): boolean {
  const made = Date.parse(textOf(item, 'created_at'));
  return Number.isNaN(made) || (made >= from.getTime() && made <= to.getTime());
}
