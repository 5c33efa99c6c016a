/** Reads Kling's tasks: the two generations name the same things differently. */

import { isObject, property } from '../../model/json.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import type { CheckResult, ProviderIo } from '../provider.ts';
import { isTaskId, vendorFailure } from '../replies.ts';
import { call, dataOf } from './call.ts';
import { TASKS } from './plan.ts';
import type { Home } from './plan.ts';
import { REJECTED_CONTENT, STATES } from './tables.ts';

/** A finished video as a task shows it; `id` seeds extensions and lip sync. */
export type MadeVideo = { readonly id: string | null; readonly url: string; readonly seconds: number | null };

export function taskIdIn(data: Json, home: Home): string | null {
  const id = isObject(data) ? property(data, home === TASKS ? 'id' : 'task_id') : undefined;
  return isTaskId(id) ? id : null;
}

/** Our token as the vendor gives it back; null where it does not. */
export function tokenIn(data: Json, home: Home): string | null {
  if (!isObject(data)) return null;
  const info = property(data, 'task_info');
  const token = home === TASKS ? property(data, 'external_id') : isObject(info) && property(info, 'external_task_id');
  return typeof token === 'string' && token !== '' ? token : null;
}

/** One task as the vendor shows it. Throws where it shows none, or another. */
export async function askTask(
  { id, home }: { readonly id: string; readonly home: Home },
  io: ProviderIo,
): Promise<JsonObject> {
  if (!isTaskId(id)) throw new Error('the vendor gave a task an id that is none');
  const name = encodeURIComponent(id);
  const path = home === TASKS ? `/tasks?task_ids=${name}` : `/v1/videos/${home}/${name}`;
  const data = dataOf(await call({ method: 'GET', path }, io), 'check');
  const task = Array.isArray(data) ? data.find((one) => taskIdIn(one, home) === id) : data;
  if (!isObject(task) || taskIdIn(task, home) !== id) throw new Error('the vendor answered for another task');
  return task;
}

/** Throws for a task that is said to be done and shows no video. */
export function resultIn(task: JsonObject, home: Home): CheckResult {
  switch (property(STATES, String(property(task, home === TASKS ? 'status' : 'task_status'))) ?? 'waiting') {
    case 'waiting':
      return { kind: 'waiting', progress: null, checkAfterMs: null };
    case 'failed': {
      const said = property(task, home === TASKS ? 'message' : 'task_status_msg');
      const text = typeof said === 'string' ? said : '';
      const kind = REJECTED_CONTENT.test(text) ? 'content_rejected' : 'generation_failed';
      return { kind: 'failed', failure: vendorFailure(kind, text) };
    }
    case 'done': {
      const video = videoIn(task, home);
      if (video === null) throw new Error('the vendor says that the video is done, but not where it is');
      const usage = { seconds: video.seconds, tokens: null };
      return { kind: 'done', video: { from: 'url', url: video.url }, usage };
    }
  }
}

export function videoIn(task: JsonObject, home: Home): MadeVideo | null {
  const result = property(task, 'task_result');
  const list = home === TASKS ? property(task, 'outputs') : isObject(result) ? property(result, 'videos') : undefined;
  const videos = Array.isArray(list) ? list.filter(isObject) : [];
  const video = videos.find((one) => (property(one, 'type') ?? 'video') === 'video');
  if (video === undefined) return null;
  // The copy with a watermark is only there where one was asked for.
  const url = [property(video, 'watermark_url'), property(video, 'url')].find(isUrl);
  if (url === undefined) return null;
  const id = property(video, 'id');
  return { id: isTaskId(id) ? id : null, url, seconds: secondsOf(property(video, 'duration')) };
}

function isUrl(value: Json | undefined): value is string {
  return typeof value === 'string' && /^https?:\/\//.test(value);
}

function secondsOf(duration: Json | undefined): number | null {
  const text = String(duration);
  return /^\d{1,5}(?:\.\d{1,9})?$/.test(text) && Number(text) > 0 ? Number(text) : null;
}
