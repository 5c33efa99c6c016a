/** Any server that speaks OpenAI's `/v1/videos`: self-hosted (vLLM-Omni, SGLang), a reseller, or another Reelgate. */

import { isObject, property } from '../../model/json.ts';
import type { JsonObject } from '../../model/json.ts';
import type { VideoSpec } from '../../model/spec.ts';
import type { CredentialTest, ListedTask, Provider, ProviderIo, TimeWindow, UpstreamTask } from '../provider.ts';
import { call, createRelay, look } from '../relay.ts';
import type { Quirks } from '../relay.ts';
import { STATES } from '../relay-words.ts';
import { assertDecided, isMadeSince, isMadeWithin, isTaskId } from '../replies.ts';
import { PATH } from './tables.ts';
import { fits, taskPath, WIRE } from './wire.ts';

const LIST_LIMIT = 100;
/** Looked through for one task; a vendor that lists more than this within the window is as good as silent. */
const MAX_LIST_PAGES = 20;

export function createOpenaiVideo(name: string, baseUrl: string, quirks: Quirks): Provider {
  return { ...createRelay({ name, baseUrl, wire: WIRE, quirks }), cancel, listRecent, testCredential };
}

/** Only a task that still waits or works: to delete one that has ended would take its video away. */
async function cancel(task: UpstreamTask, io: ProviderIo): Promise<boolean> {
  const { body } = await look(io, taskPath(task.id));
  const word = (WIRE.read(body).word ?? '').toLowerCase();
  if (property(STATES, word) === 'done' || property(STATES, word) === 'failed') return word.startsWith('cancel');
  const response = await call(io, { method: 'DELETE', path: taskPath(task.id) });
  assertDecided(response, 'cancel');
  return response.status < 300;
}

async function listRecent(
  spec: VideoSpec,
  upstream: JsonObject,
  window: TimeWindow,
  io: ProviderIo,
): Promise<readonly ListedTask[]> {
  const listed = new Map<string, ListedTask>();
  let after: string | null = null;
  for (let page = 0; page < MAX_LIST_PAGES; page += 1) {
    const { videos, last, isLast } = await listPage(after, window, io);
    for (const [id, video] of videos) {
      const samePrompt = property(video, 'prompt') === (spec.prompt ?? '');
      listed.set(id, { task: { id, data: {} }, token: null, fits: fits(video, spec, upstream), samePrompt });
    }
    if (isLast) return [...listed.values()];
    if (last === null || last === after) break;
    after = last;
  }
  // What is alone in a part of the list may not be alone in the whole.
  throw new Error('the vendor lists more tasks than can be looked through');
}

type ListPage = {
  /** Those of the window, by id. */
  readonly videos: readonly (readonly [string, JsonObject])[];
  readonly last: string | null;
  /** Nothing of the window is on a later page. */
  readonly isLast: boolean;
};

/** Newest first. */
async function listPage(after: string | null, window: TimeWindow, io: ProviderIo): Promise<ListPage> {
  const from = after === null ? '' : `&after=${encodeURIComponent(after)}`;
  const { body } = await look(io, `${PATH}?limit=${LIST_LIMIT}&order=desc${from}`);
  const data = property(body, 'data');
  if (!Array.isArray(data)) throw new Error('the vendor answered a list that is none');
  const known = data.filter(isObject).flatMap((video) => {
    const { id } = WIRE.read(video);
    return id === null || !isTaskId(id) ? [] : [[id, video] as const];
  });
  const [last, oldest] = known.at(-1) ?? [null, {}];
  const hasMore = property(body, 'has_more') === true || data.length >= LIST_LIMIT;
  return {
    videos: known.filter(([, video]) => isMadeWithin(property(video, 'created_at'), window)),
    last,
    isLast: !hasMore || !isMadeSince(property(oldest, 'created_at'), window.from),
  };
}

async function testCredential(io: ProviderIo): Promise<CredentialTest> {
  const response = await call(io, { method: 'GET', path: `${PATH}?limit=1` });
  if (response.status === 200) return { ok: true, message: 'The server listed the videos of this key.' };
  if (response.status === 401 || response.status === 403)
    return { ok: false, message: `The server refused the key with HTTP status ${response.status}.` };
  throw new Error(`the server could not be asked: it answered ${response.status}`);
}
