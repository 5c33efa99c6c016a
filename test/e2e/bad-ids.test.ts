/** An id that is not one's own: wherever it is given, the answer is that to an id that never was, and no vendor hears of it. */

import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { parseJobId } from '../../src/model/id.ts';
import type { Provider } from '../../src/providers/provider.ts';
import { idCalls, unknownIdNames } from '../dialects/id-calls.ts';
import type { IdCall } from '../dialects/id-calls.ts';
import { smallClip } from '../support/clips.ts';
import { quickVendor } from '../support/quick-vendor.ts';
import { objectOf, startTestReelgate } from '../support/reelgate.ts';
import type { TestReelgate } from '../support/reelgate.ts';

/** In the prompt of a job that never ends. */
const STAYS = 'stays';
/** No other test looks at it by then. */
const LATER_MS = 3_600_000;
const UNKNOWN = '0197f0f0-0000-7000-8000-00000000dead';
const MALFORMED = ['nonsense', `${UNKNOWN}0`, UNKNOWN.toUpperCase(), "1' or '1'='1", 'video_none'];

type Made = { readonly id: string; readonly externalId: string };

let reelgate: TestReelgate;
let directory: string;
let finished: Made;
let running: Made;
/** Whose ids they are not. */
let stranger: string;
let otherMode: string;
/** What the vendor was asked to begin or to end. */
const heard: string[] = [];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'reelgate-ids-'));
  const clip = join(directory, 'clip.mp4');
  await writeFile(clip, await smallClip());
  reelgate = await startTestReelgate({}, { providers: [listeningVendor(clip)] });
  finished = await make('a boat');
  running = await make(STAYS);
  await reelgate.ended(finished.id);
  const { data } = await reelgate.admin('GET', '/accounts');
  const [own] = data as { id: string }[];
  await reelgate.admin('POST', '/channels', { name: 'live', provider: 'sandbox', mode: 'live', credentials: '' });
  const other = await reelgate.admin('POST', '/accounts', { name: 'Strangers' });
  stranger = await newKey(String(other['id']), 'test');
  otherMode = await newKey(own?.id ?? '', 'live');
});
afterAll(async () => {
  await reelgate.stop();
  await rm(directory, { recursive: true });
});

function listeningVendor(clip: string): Provider {
  const vendor = quickVendor(clip);
  return {
    ...vendor,
    submit: async (spec, upstream, io) => {
      heard.push('submit');
      const result = await vendor.submit(spec, upstream, io);
      return spec.prompt === STAYS && result.kind === 'accepted'
        ? { ...result, task: { id: STAYS, data: {} }, checkAfterMs: LATER_MS }
        : result;
    },
    check: async (task, io) =>
      task.id === STAYS ? { kind: 'waiting', progress: null, checkAfterMs: LATER_MS } : vendor.check(task, io),
    cancel: async () => {
      heard.push('cancel');
      return true;
    },
  };
}

async function newKey(accountId: string, mode: 'live' | 'test'): Promise<string> {
  return String((await reelgate.admin('POST', '/keys', { account_id: accountId, name: mode, mode }))['key']);
}

async function make(prompt: string): Promise<Made> {
  const externalId = `mine-${randomBytes(6).toString('hex')}`;
  const body = { model: 'Kling-3.0-Omni', prompt, seconds: 3, external_id: externalId };
  const created = objectOf((await reelgate.ask('POST', '/api/v1/videos', { body })).body);
  return { id: parseJobId(String(created['id'])) ?? '', externalId };
}

/** Status and body, with the id and the time taken left out. */
async function answer(call: IdCall, id: string, key: string): Promise<readonly [number, string]> {
  const { method, path, body } = call.ask(id);
  const response = await fetch(reelgate.url + path, {
    method,
    headers: {
      authorization: `Bearer ${key}`,
      'x-request-id': 'one-of-many',
      'content-type': 'application/json',
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = (await response.text()).replaceAll(/"time_elapsed":"[^"]*"/g, '');
  const spellings = [JSON.stringify(id).slice(1, -1), id, id.replaceAll('-', '')];
  return [response.status, spellings.reduce((said, spelling) => said.replaceAll(spelling, '<id>'), text)];
}

it('every name in the schemas that looks like an id is one of a job or of something else', () => {
  expect(unknownIdNames()).toEqual([]);
});

describe.each(idCalls())('$dialect: $what', (call) => {
  const nobodys = call.by === 'id' ? UNKNOWN : 'nobodys';
  const nameOf = (made: Made): string => (call.by === 'id' ? made.id : made.externalId);

  it('answers an id of another account, of the other mode, or none at all as one that never was', async () => {
    const before = heard.length;
    const prefixed = call.by === 'id' ? [`img_${finished.id}`, `cgt-${running.id}`] : [];
    const made = [nameOf(finished), nameOf(running)];
    for (const [key, ids] of [
      [stranger, made],
      [otherMode, made],
      [reelgate.testKey, [...MALFORMED, ...prefixed]],
    ] as const) {
      const never = await answer(call, nobodys, key);
      for (const id of ids) expect([id, ...(await answer(call, id, key))]).toEqual([id, ...never]);
    }
    expect(heard.length).toBe(before);
    const still = await reelgate.ask('GET', `/api/v1/videos/${running.id}`);
    expect(objectOf(still.body)['state']).toBe('running');
  });

  it('answers an id of one’s own otherwise', async () => {
    const own = call.ask('x').method === 'DELETE' ? await make('to be deleted') : finished;
    await reelgate.ended(own.id);
    const [status, text] = await answer(call, nameOf(own), reelgate.testKey);
    expect([status, text]).not.toEqual(await answer(call, nobodys, reelgate.testKey));
    if (call.ask('x').method === 'GET') expect(status).toBe(200);
  });
});
