/** Jobs of live keys on Model Studio and Google: a video at an address, one within an answer, one that only the key can fetch. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { Json, JsonObject } from '../../src/model/json.ts';
import { startVeoVendor } from '../fakes/veo-vendor.ts';
import type { VeoVendor } from '../fakes/veo-vendor.ts';
import { startWanVendor } from '../fakes/wan-vendor.ts';
import type { WanVendor } from '../fakes/wan-vendor.ts';
import { objectOf } from '../support/reelgate.ts';
import { PATIENCE_MS, startVendorSite } from '../support/vendor-site.ts';
import type { VendorSite } from '../support/vendor-site.ts';

const WAN_KEY = 'sk-wan-test-0000';
const GOOGLE_KEY = 'AIzaSy-test-0000';

let site: VendorSite<{ readonly wan: WanVendor; readonly google: VeoVendor }>;
beforeAll(async () => {
  site = await startVendorSite(
    async (around) => ({
      wan: await startWanVendor(WAN_KEY, around),
      google: await startVeoVendor(GOOGLE_KEY, around),
    }),
    ({ wan, google }) => [
      { name: 'model-studio', provider: 'wan', base_url: wan.url, credentials: WAN_KEY },
      {
        name: 'vertex',
        provider: 'veo',
        base_url: google.url,
        // As it stands in the file that Google gives out.
        credentials: JSON.stringify(JSON.parse(google.account), null, 2),
        models: ['GV-3.1'],
      },
      {
        name: 'gemini',
        provider: 'veo',
        base_url: google.url,
        credentials: GOOGLE_KEY,
        models: ['gemini-omni-1.1-flash', 'GV-3.1-fast'],
      },
    ],
  );
}, PATIENCE_MS);
afterAll(() => site.stop());

/** The vendors call nobody back: an operator has the task looked at. */
async function looked(id: string): Promise<JsonObject> {
  await site.reelgate.admin('POST', `/jobs/${id.slice('video_'.length)}/recheck`);
  return site.ended(id);
}

describe('a job of a live key', () => {
  it.each([
    ['wan2.6', '5', 'wan', 'SUCCEEDED'],
    ['wan3.0', '5', 'wan', 'SUCCEEDED'],
    ['GV-3.1', '8', 'google', 'done'],
    ['GV-3.1-fast', '8', 'google', 'done'],
    ['gemini-omni-1.1-flash', '5', 'google', 'completed'],
  ] as const)('for %s is made once and brought home', { timeout: PATIENCE_MS }, async (model, seconds, name, done) => {
    const vendor = site.vendors[name];
    const { id, task } = await site.made(vendor, { model, prompt: 'a red fox runs in snow', seconds });
    const { length } = vendor.books;
    vendor.move(task.id, done);
    expect(await looked(id)).toMatchObject({ status: 'completed' });
    await site.expectVideo(id);
    expect(vendor.books).toHaveLength(length);
  });

  it('whose video the vendor filters out costs nothing', { timeout: PATIENCE_MS }, async () => {
    const before = await site.account();
    const fox = { model: 'GV-3.1', prompt: 'a red fox runs in snow', seconds: '8' };
    const { id, task } = await site.made(site.vendors.google, fox);
    site.vendors.google.move(task.id, 'error', 'filtered');
    expect(await looked(id)).toMatchObject({ status: 'failed' });
    expect(await site.account()).toEqual(before);
  });
});

it('stores no key of Google beside the address of a video', { timeout: PATIENCE_MS }, async () => {
  const rows = await site.reelgate.db.query('select source::text from vendor_output');
  expect(JSON.stringify(rows)).toContain('withCredential');
  expect(JSON.stringify(rows)).not.toContain(GOOGLE_KEY);
});

it.each([
  ['model-studio', 'takes the key'],
  ['vertex', 'access token'],
  ['gemini', 'takes the key'],
])('a channel at %s can be tested', async (name, words) => {
  expect(await site.testChannel(name)).toContain(words);
});

it('a file of a service account that is not whole is explained by its first line', async () => {
  const broken = JSON.stringify(
    { ...objectOf(JSON.parse(site.vendors.google.account) as Json), project_id: '' },
    null,
    2,
  );
  const body = { name: 'broken', provider: 'veo', credentials: `${GOOGLE_KEY}\n\n${broken}` };
  const { reelgate } = site;
  const refused = await reelgate.ask('POST', '/admin/v1/channels', { key: reelgate.adminKey, body });
  expect(refused.status).toBe(400);
  expect(JSON.stringify(refused.body)).toContain("line 3: 'project_id' is missing");
});
