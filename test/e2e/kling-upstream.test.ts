/** Jobs of live keys on Kling itself: from a client's request to the vendor, its signed callbacks, the file and the charge. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { startKlingVendor } from '../fakes/kling-vendor.ts';
import type { KlingVendor } from '../fakes/kling-vendor.ts';
import type { FakeTask } from '../providers/suite.ts';
import { objectOf } from '../support/reelgate.ts';
import { PATIENCE_MS, startVendorSite } from '../support/vendor-site.ts';
import type { VendorSite } from '../support/vendor-site.ts';

const KEYS = { apiKey: 'api-key-canary', accessKey: 'ak-canary', secretKey: 'sk-canary' };
const WEBHOOK_SECRET = 'whsec_dGVzdHNlY3JldHRlc3RzZWNyZXR0ZXN0c2VjcmV0MTI=';

let site: VendorSite<{ readonly kling: KlingVendor }>;
beforeAll(async () => {
  site = await startVendorSite(
    async (around) => ({ kling: await startKlingVendor(KEYS, { ...around, webhookSecret: WEBHOOK_SECRET }) }),
    ({ kling }) => [
      { name: 'kling', provider: 'kling', base_url: kling.url, credentials: `${KEYS.apiKey}|${WEBHOOK_SECRET}` },
    ],
  );
}, PATIENCE_MS);
afterAll(() => site.stop());

async function tell(task: FakeTask, state: string): Promise<void> {
  site.vendors.kling.move(task.id, state);
  expect((await site.vendors.kling.settled()).at(-1)).toBe(200);
}

describe('a job of a live key on Kling', () => {
  it.each([
    ['Kling-2.6', 'succeed'],
    ['Kling-3.0-turbo', 'succeeded'],
  ])('is made once (%s), and a signed callback brings it home', { timeout: PATIENCE_MS }, async (model, state) => {
    const fox = { model, prompt: 'a red fox runs in snow', seconds: '5' };
    const { id, task } = await site.made(site.vendors.kling, fox);
    await tell(task, state);
    await site.expectVideo(id);
  });

  it('is extended by the vendor’s own id of the earlier video', { timeout: PATIENCE_MS }, async () => {
    const { kling } = site.vendors;
    const text = { model_name: 'kling-v1', prompt: 'a paper boat', duration: '5' };
    const { id, task } = await site.made(kling, text, '/kling/v1/videos/text2video');
    await tell(task, 'succeed');
    await site.ended(id);
    const more = { model_name: 'kling-v1', video_id: id, prompt: 'on and on' };
    await site.made(kling, more, '/kling/v1/videos/video-extend');
    const asked = kling.seen.filter(({ method }) => method === 'POST').at(-1);
    expect(asked).toMatchObject({ path: '/v1/videos/video-extend', body: { video_id: `v-${task.id}` } });
  });

  it('hands the vendor an address where it can fetch an earlier video from', { timeout: PATIENCE_MS }, async () => {
    const { kling } = site.vendors;
    const { id, task } = await site.made(kling, { model: 'Kling-2.6', prompt: 'a face', seconds: '5' });
    await tell(task, 'succeed');
    await site.ended(id);
    const input = { mode: 'text2video', video_id: id, text: 'hello', voice_id: 'v' };
    await site.made(kling, { input }, '/kling/v1/videos/lip-sync');
    const asked = kling.seen.filter(({ method }) => method === 'POST').at(-1);
    const { video_url: url } = objectOf(objectOf(asked?.body ?? null)['input'] ?? null);
    const file = await fetch(site.reach(String(url)));
    expect([file.status, file.headers.get('content-type')]).toEqual([200, 'video/mp4']);
  });

  it('that the vendor fails for its content costs nothing', { timeout: PATIENCE_MS }, async () => {
    const before = await site.account();
    const body = { model: 'Kling-2.6', prompt: 'a red fox', seconds: '5' };
    const { id, task } = await site.made(site.vendors.kling, body);
    expect(await site.account()).not.toEqual(before);
    site.vendors.kling.move(task.id, 'failed', 'Failure to pass the risk control system');
    expect(await site.ended(id)).toMatchObject({ status: 'failed' });
    expect(await site.account()).toEqual(before);
  });
});

it('a channel of Kling can be tested', async () => {
  expect(await site.testChannel('kling')).toContain('61.50 units left');
});
