/** Version 2, of the H3 models: contents with roles, errors with their HTTP status, a list, and tasks that can be cancelled. */

import { isObject, property } from '../../model/json.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import type { VideoSpec } from '../../model/spec.ts';
import type { CheckResult, HttpRequest, ListedTask, ProviderIo, TimeWindow, UpstreamTask, Usage } from '../provider.ts';
import { assertDecided, isMadeSince, isMadeWithin, urlOrDataUri, urlOrLink } from '../replies.ts';
import { PLACES, RATIOS, STATES } from './tables.ts';
import { call, idOf, label, look, modelName, taskFailure } from './wire.ts';

const QUERY = '/v2/query/video_generation';
const LIST_PAGE = 100;
const MAX_LIST_PAGES = 10;
/** What makes 64 MB, the most that a request may hold, once it is written as base64. */
const MAX_INSIDE_BYTES = 45 * 1024 * 1024;
const ADAPTIVE = 'adaptive';

export async function createRequest2(spec: VideoSpec, upstream: JsonObject, io: ProviderIo): Promise<HttpRequest> {
  const json = {
    model: modelName(spec, upstream),
    content: await contents(spec, io),
    ...settings(spec),
    ...(spec.watermark ? { aigc_watermark: true } : {}),
    ...(io.callbackUrl === null ? {} : { callback_url: io.callbackUrl }),
  };
  return { method: 'POST', path: spec.mode === 'upscale' ? '/v2/video_regeneration' : '/v2/video_generation', json };
}

/** What is asked beside the contents, and shown again in the record of the task. Frames decide the shape by themselves. */
function settings(spec: VideoSpec): JsonObject {
  if (spec.mode === 'upscale') return { resolution: label(spec) };
  const isFree = spec.mode === 'text' || spec.mode === 'reference';
  const ratio = RATIOS.includes(spec.ratio) ? spec.ratio : ADAPTIVE;
  return { resolution: label(spec), duration: spec.seconds, ...(isFree ? { ratio } : {}) };
}

async function contents(spec: VideoSpec, io: ProviderIo): Promise<readonly Json[]> {
  const items: Json[] = spec.prompt === null ? [] : [{ type: 'text', text: spec.prompt }];
  for (const input of spec.inputs) {
    const { type, role } = PLACES[input.role];
    const link = isTooMuch(spec) ? urlOrLink(input, io) : null;
    items.push({ type, [type]: { url: link ?? (await urlOrDataUri(input, io)) }, role });
  }
  return items;
}

/** Whether the files that have no address of their own are more than one request may hold. */
function isTooMuch({ inputs }: VideoSpec): boolean {
  const inside = inputs.filter(({ url }) => url === null);
  return inside.reduce((sum, { bytes }) => sum + bytes, 0) > MAX_INSIDE_BYTES;
}

export async function check2(task: UpstreamTask, io: ProviderIo): Promise<CheckResult> {
  const record = await recordOf(task, io);
  const state = property(record, 'status');
  if (typeof state !== 'string') throw new Error('the vendor did not say how the task is');
  switch (property(STATES, state) ?? 'waiting') {
    case 'done': {
      const output = property(record, 'content');
      const url = isObject(output) ? property(output, 'url') : undefined;
      if (typeof url !== 'string' || !/^https?:\/\//.test(url))
        throw new Error('the vendor says that the video is done, but not where it is');
      return { kind: 'done', video: { from: 'url', url }, usage: usageOf(record) };
    }
    case 'failed':
      return { kind: 'failed', failure: taskFailure(record, state) };
    default:
      return { kind: 'waiting', progress: null, checkAfterMs: null };
  }
}

async function recordOf(task: UpstreamTask, io: ProviderIo): Promise<JsonObject> {
  const record = property(await look(io, `${QUERY}/${encodeURIComponent(task.id)}`), 'task');
  if (!isObject(record) || idOf(property(record, 'id')) !== task.id)
    throw new Error('the vendor did not answer for this task');
  return record;
}

/** Seconds of reference videos are billed like those that were made. */
function usageOf(record: JsonObject): Usage {
  const usage = property(record, 'usage');
  const said = isObject(usage) ? usage : {};
  const [seconds, tokens] = [property(said, 'total_seconds'), property(said, 'total_tokens')];
  return {
    seconds: typeof seconds === 'number' && seconds > 0 ? seconds : null,
    tokens: typeof tokens === 'number' && Number.isSafeInteger(tokens) && tokens > 0 ? BigInt(tokens) : null,
  };
}

/** Only a task that still waits: to delete one that has ended would take its video away. */
export async function cancel2(task: UpstreamTask, io: ProviderIo): Promise<boolean> {
  const state = property(await recordOf(task, io), 'status');
  if (state !== 'queued') return state === 'cancelled';
  const response = await call(io, { method: 'DELETE', path: `/v2/video_generation/${encodeURIComponent(task.id)}` });
  assertDecided(response, 'cancel');
  return response.status < 300;
}

export async function listRecent2(
  spec: VideoSpec,
  upstream: JsonObject,
  window: TimeWindow,
  io: ProviderIo,
): Promise<readonly ListedTask[]> {
  const found: ListedTask[] = [];
  for (let page = 1; page <= MAX_LIST_PAGES; page += 1) {
    const items = property(await look(io, listPath(page, LIST_PAGE)), 'items');
    if (!Array.isArray(items)) throw new Error('the vendor answered a list that is none');
    const records = items.filter(isObject);
    for (const record of records) {
      const id = idOf(property(record, 'id'));
      if (id !== null && isMadeWithin(property(record, 'created_at'), window))
        found.push({ task: task2(id), token: null, fits: fits(record, spec, upstream), samePrompt: false });
    }
    // The newest come first.
    const goesOn = items.length === LIST_PAGE && isMadeSince(property(records.at(-1) ?? {}, 'created_at'), window.from);
    if (!goesOn) return found;
  }
  throw new Error('the vendor lists more tasks than can be read');
}

export function listPath(page: number, size: number): string {
  return `${QUERY}?page_num=${page}&page_size=${size}`;
}

export function task2(id: string): UpstreamTask {
  return { id, data: { api: 'v2' } };
}

/** All that the record shows must be as it was asked for; it shows nothing of some things as an empty text. */
function fits(record: JsonObject, spec: VideoSpec, upstream: JsonObject): boolean {
  const asked: JsonObject = {
    model: modelName(spec, upstream),
    task_type: spec.mode === 'upscale' ? 'regeneration' : 'generation',
    ...settings(spec),
  };
  return Object.entries(asked).every(([key, value]) => {
    const shown = property(record, key) ?? '';
    return shown === '' || shown === ADAPTIVE || value === ADAPTIVE || shown === value;
  });
}
