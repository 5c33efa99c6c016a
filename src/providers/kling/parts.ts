/** What the bodies of both generations have in common. */

import { isObject, property } from '../../model/json.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import type { SpecInput, VideoSpec } from '../../model/spec.ts';
import type { ProviderIo } from '../provider.ts';
import { urlOrLink } from '../replies.ts';
import type { Home } from './plan.ts';
import { refusal } from './refuse.ts';

/** Who is told of the task, under which id of ours, and whether it bears a watermark. */
export function common(spec: VideoSpec, home: Home, io: ProviderIo): JsonObject {
  return {
    ...(spec.watermark ? { watermark_info: { enabled: true } } : {}),
    ...(io.callbackUrl === null ? {} : { callback_url: callbackUrl(io.callbackUrl, home) }),
    external_task_id: io.attemptToken,
  };
}

/** A callback of the first generation does not say of which kind its task is: so its address does. */
function callbackUrl(base: string, home: Home): string {
  const url = new URL(base);
  url.searchParams.set('kind', home);
  return url.href;
}

/** An address of an input for places that take nothing else. Throws a refusal where there is none. */
export function seenBy(input: SpecInput, io: ProviderIo): string {
  const url = urlOrLink(input, io);
  if (url !== null) return url;
  const what = input.mime.startsWith('video/') ? 'videos' : 'these files';
  throw refusal('channel_unfit', `Kling fetches ${what} itself: give a public http(s) URL instead of an upload.`);
}

/** The objects of a list that the client gave for the vendor. */
export function objectsIn(vendor: JsonObject, key: string): readonly JsonObject[] {
  const list = property(vendor, key);
  return Array.isArray(list) ? list.filter(isObject) : [];
}

/** The fields that have something to say. */
export function given(fields: Readonly<Record<string, Json>>): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
}

export function picked(vendor: JsonObject, keys: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(vendor).filter(([key]) => keys.includes(key)));
}
