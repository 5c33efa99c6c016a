/** Jobs of live keys on Model Studio and Google: a video at an address, one within an answer, one that only the key can fetch. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { startVeoVendor } from '../fakes/veo-vendor.ts';
import type { VeoVendor } from '../fakes/veo-vendor.ts';
import { startWanVendor } from '../fakes/wan-vendor.ts';
import type { WanVendor } from '../fakes/wan-vendor.ts';
import type { Json, JsonObject } from '../../src/model/json.ts';
import { smallClip } from '../support/clips.ts';
import { liveCustomer } from '../support/live-customer.ts';
import { serveMedia } from '../support/media-server.ts';
import type { MediaServer } from '../support/media-server.ts';
import { objectOf, startTestReelgate } from '../support/reelgate.ts';
import type { TestReelgate } from '../support/reelgate.ts';

const WAN_KEY = 'sk-wan-test-0000';
const GOOGLE_KEY = 'AIzaSy-test-0000';
const DRAWN_MS = 120_000;

let media: MediaServer;
let wan: WanVendor;
let google: VeoVendor;
let reelgate: TestReelgate;
let customer: { readonly key: string; readonly accountId: string };

beforeAll(async () => {
  const video = await smallClip();
  media = await serveMedia({ '/v.mp4': { type: 'video/mp4', bytes: video } });
  wan = await startWanVendor(WAN_KEY, { videoUrl: `${media.base}/v.mp4` });
  google = await startVeoVendor(GOOGLE_KEY, { video });
  reelgate = await startTestReelgate({ REELGATE_FETCH_ALLOW: new URL(media.base).host });
  // As it stands in the file that Google gives out.
  const account = JSON.stringify(JSON.parse(google.account), null, 2);
  for (const [name, provider, url, credentials, models] of [
    ['model-studio', 'wan', wan.url, WAN_KEY, null],
    ['vertex', 'veo', google.url, account, ['GV-3.1']],
    ['gemini', 'veo', google.url, GOOGLE_KEY, ['gemini-omni-1.1-flash', 'GV-3.1-fast']],
  ] as const) {
    const channel = { name, provider, mode: 'live', base_url: url, credentials, priority: 9 };
    await reelgate.admin('POST', '/channels', models === null ? channel : { ...channel, models });
  }
  customer = await liveCustomer(reelgate, '100');
}, DRAWN_MS);
afterAll(async () => {
  await reelgate.stop();
  await Promise.all([wan.close(), google.close(), media.close()]);
});

/** The vendors call nobody back: an operator has the task looked at. */
async function looked(id: string): Promise<JsonObject> {
  await reelgate.admin('POST', `/jobs/${id.slice('video_'.length)}/recheck`);
  return reelgate.ended(id, customer.key);
}

describe('a job of a live key', () => {
  it.each([
    ['wan2.6', '5', () => wan, 'SUCCEEDED'],
    ['wan3.0', '5', () => wan, 'SUCCEEDED'],
    ['GV-3.1', '8', () => google, 'done'],
    ['GV-3.1-fast', '8', () => google, 'done'],
    ['gemini-omni-1.1-flash', '5', () => google, 'completed'],
  ] as const)('for %s is made once and brought home', { timeout: DRAWN_MS }, async (model, seconds, vendor, done) => {
    const before = vendor().books.length;
    const body = { model, prompt: 'a red fox runs in snow', seconds };
    const made = await reelgate.ask('POST', '/v1/videos', { key: customer.key, body });
    expect(made, JSON.stringify(made.body)).toMatchObject({ status: 200 });
    const id = String(objectOf(made.body)['id']);
    vendor().move(vendor().books.at(-1)?.id ?? '', done);
    expect(await looked(id)).toMatchObject({ status: 'completed' });
    const headers = { authorization: `Bearer ${customer.key}` };
    const file = await fetch(`${reelgate.url}/v1/videos/${id}/content`, { headers });
    expect(Buffer.from(await file.arrayBuffer()).toString('latin1', 4, 8)).toBe('ftyp');
    expect(vendor().books).toHaveLength(before + 1);
  });

  it('whose video the vendor filters out costs nothing', { timeout: DRAWN_MS }, async () => {
    const balance = async (): Promise<unknown> => reelgate.admin('GET', `/accounts/${customer.accountId}`);
    const before = await balance();
    const body = { model: 'GV-3.1', prompt: 'a red fox runs in snow', seconds: '8' };
    const made = await reelgate.ask('POST', '/v1/videos', { key: customer.key, body });
    google.move(google.books.at(-1)?.id ?? '', 'error', 'filtered');
    const id = String(objectOf(made.body)['id']);
    expect(await looked(id)).toMatchObject({ status: 'failed' });
    expect(await balance()).toEqual(before);
  });
});

it('stores no key of Google beside the address of a video', { timeout: DRAWN_MS }, async () => {
  const rows = await reelgate.db.query('select source::text from vendor_output');
  expect(JSON.stringify(rows)).toContain('withCredential');
  expect(JSON.stringify(rows)).not.toContain(GOOGLE_KEY);
});

it.each([
  ['model-studio', 'takes the key'],
  ['vertex', 'access token'],
  ['gemini', 'takes the key'],
])('a channel at %s can be tested', async (name, words) => {
  const { data } = await reelgate.admin('GET', '/channels');
  const channel = Array.isArray(data) ? data.map(objectOf).find((one) => one['name'] === name) : undefined;
  const result = await reelgate.admin('POST', `/channels/${String(channel?.['id'])}/test`);
  expect(JSON.stringify(result)).toContain(words);
});

it('a file of a service account that is not whole is explained by its first line', async () => {
  const broken = JSON.stringify({ ...objectOf(JSON.parse(google.account) as Json), project_id: '' }, null, 2);
  const body = { name: 'broken', provider: 'veo', credentials: `${GOOGLE_KEY}\n\n${broken}` };
  const refused = await reelgate.ask('POST', '/admin/v1/channels', { key: reelgate.adminKey, body });
  expect(refused.status).toBe(400);
  expect(JSON.stringify(refused.body)).toContain("line 3: 'project_id' is missing");
});
