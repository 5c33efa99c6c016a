/** Replies of OpenAI-compatible video servers, read leniently. */

import { property } from '../../model/json.ts';
import type { JsonObject } from '../../model/json.ts';
import type { VideoSpec } from '../../model/spec.ts';
import { modelName, safeId } from '../relay.ts';
import type { Wire } from '../relay.ts';
import { chargeOf, firstUrl, percentOf, secondsOf, textOf, within } from '../relay-fields.ts';
import { sizeOf } from '../relay-places.ts';
import { PATH } from './tables.ts';

export const WIRE: Wire = {
  lookPath: taskPath,
  read: (body) => ({
    id: textOf(property(body, 'id')) ?? textOf(property(body, 'task_id')),
    word: textOf(property(body, 'status')),
    // Resale gateways give the address; everyone else has the file behind the key.
    url: firstUrl(property(body, 'video_url'), property(body, 'url'), property(within(body, 'metadata'), 'url')),
    progress: percentOf(property(body, 'progress')),
    seconds: secondsOf(property(body, 'seconds')),
    costMicros: chargeOf(body),
  }),
  isSame: (said, id) => said === id,
  contentPath: (id) => `${taskPath(id)}/content`,
};

export function taskPath(id: string): string {
  return `${PATH}/${safeId(id)}`;
}

/** All that the list shows must be as it was asked for. */
export function fits(video: JsonObject, spec: VideoSpec, upstream: JsonObject): boolean {
  const asked: Readonly<Record<string, string>> = {
    model: modelName(spec, upstream),
    prompt: spec.prompt ?? '',
    seconds: String(spec.seconds),
    size: sizeOf(spec),
  };
  return Object.entries(asked).every(([key, value]) => {
    const shown = property(video, key);
    return shown === undefined || shown === null || String(shown) === value;
  });
}
