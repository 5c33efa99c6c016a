/** Servers that speak `/v1/video/generations`: new-api and its resellers, or another Reelgate. */

import { property } from '../../model/json.ts';
import type { JsonObject } from '../../model/json.ts';
import type { Provider } from '../provider.ts';
import { createRelay, safeId } from '../relay.ts';
import type { Quirks, TaskRecord, Wire } from '../relay.ts';
import { chargeOf, firstUrl, percentOf, secondsOf, textOf, within } from '../relay-fields.ts';
import { PATH } from './tables.ts';

const WIRE: Wire = {
  lookPath: (id) => `${PATH}/${safeId(id)}`,
  read,
  isSame: (said, id) => said === id,
  contentPath: null,
};

export function createGenerations(name: string, baseUrl: string, quirks: Quirks): Provider {
  return createRelay({ name, baseUrl, wire: WIRE, quirks });
}

/** The documented answer says all at the top; new-api's says it in `data`, and older ones give the address as a reason. */
function read(body: JsonObject): TaskRecord {
  const data = within(body, 'data');
  const either = (key: string): string | null => textOf(property(body, key)) ?? textOf(property(data, key));
  return {
    id: either('task_id') ?? textOf(property(body, 'id')),
    word: either('status'),
    url: firstUrl(
      property(body, 'url'),
      property(data, 'result_url'),
      property(data, 'url'),
      property(body, 'video_url'),
      property(data, 'fail_reason'),
    ),
    progress: percentOf(property(body, 'progress')) ?? percentOf(property(data, 'progress')),
    seconds: secondsOf(property(within(body, 'metadata'), 'duration')),
    costMicros: chargeOf(body),
  };
}
