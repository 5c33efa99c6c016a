/** Relays that speak `/v1/video/create` and `/v1/video/query`. */

import { property } from '../../model/json.ts';
import type { Provider } from '../provider.ts';
import { createRelay, safeId } from '../relay.ts';
import type { Quirks, Wire } from '../relay.ts';
import { firstUrl, percentOf, secondsOf, textOf } from '../relay-fields.ts';
import { QUERY_PATH } from './tables.ts';

const WIRE: Wire = {
  lookPath: (id) => `${QUERY_PATH}?id=${safeId(id)}`,
  // `detail` tells of earlier tries as well, and may hold the error of a task that succeeded.
  read: (body) => ({
    id: textOf(property(body, 'id')) ?? textOf(property(body, 'task_id')),
    word: textOf(property(body, 'status')),
    url: firstUrl(property(body, 'video_url')),
    progress: percentOf(property(body, 'progress')),
    seconds: secondsOf(property(body, 'seconds')),
    costMicros: null,
  }),
  // Without the channel's prefix, such as `veo3.1-fast:`, in some replies.
  isSame: (said, id) => said === id || id.endsWith(`:${said}`),
  contentPath: null,
};

export function createUnifiedVideo(name: string, baseUrl: string, quirks: Quirks): Provider {
  return createRelay({ name, baseUrl, wire: WIRE, quirks });
}
