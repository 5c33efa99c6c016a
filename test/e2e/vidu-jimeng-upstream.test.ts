/** Jobs of live keys on Vidu and Volcengine's Jimeng: from a client's request to the vendor, the file and the charge. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { startJimengVendor } from '../fakes/jimeng-vendor.ts';
import type { JimengVendor } from '../fakes/jimeng-vendor.ts';
import { startViduVendor } from '../fakes/vidu-vendor.ts';
import type { ViduVendor } from '../fakes/vidu-vendor.ts';
import { PATIENCE_MS, startVendorSite } from '../support/vendor-site.ts';
import type { VendorSite } from '../support/vendor-site.ts';

const VIDU_KEY = 'vda_test_key';
const JIMENG_KEY = 'AKLTtest0000|c2VjcmV0LXRlc3Q/+=';

let site: VendorSite<{ readonly vidu: ViduVendor; readonly jimeng: JimengVendor }>;
let vidu: ViduVendor;
let jimeng: JimengVendor;
beforeAll(async () => {
  site = await startVendorSite(
    async (around) => ({
      vidu: await startViduVendor(VIDU_KEY, around),
      jimeng: await startJimengVendor(JIMENG_KEY, around.videoUrl),
    }),
    (vendors) => [
      { name: 'vidu', provider: 'vidu', base_url: vendors.vidu.url, credentials: VIDU_KEY },
      { name: 'jimeng', provider: 'jimeng', base_url: vendors.jimeng.url, credentials: JIMENG_KEY },
    ],
  );
  ({ vidu, jimeng } = site.vendors);
}, PATIENCE_MS);
afterAll(() => site.stop());

function fox(model: string) {
  return { model, prompt: 'a red fox runs in snow', seconds: '5' };
}

describe('a job of a live key', () => {
  it('for Vidu is made once, and a signed callback brings it home', { timeout: PATIENCE_MS }, async () => {
    const { id, task } = await site.made(vidu, fox('Vidu-q3-pro'));
    const { length } = vidu.books;
    vidu.move(task.id, 'success');
    await vidu.settled();
    await site.expectVideo(id);
    expect(vidu.books).toHaveLength(length);
  });

  it('for Jimeng is made once, and found finished by asking', { timeout: PATIENCE_MS }, async () => {
    const { id, task } = await site.made(jimeng, fox('jimeng-video-3.0'));
    const { length } = jimeng.books;
    jimeng.move(task.id, 'done');
    await site.reelgate.admin('POST', `/jobs/${id.replace('video_', '')}/recheck`);
    await site.expectVideo(id);
    expect(jimeng.books).toHaveLength(length);
  });

  it.each([
    ['Vidu-q3-pro', () => vidu, { code: 400, reason: 'AuditSubmitIllegal', message: 'submit is illegal' }],
    ['jimeng-video-3.0', () => jimeng, { code: 50412, data: null, message: 'Pre Text Risk Not Pass' }],
  ] as const)('for %s that the vendor refuses costs nothing', async (model, vendor, answer) => {
    const before = await site.account();
    vendor().answerNext({ status: 400, body: JSON.stringify(answer) });
    const { reelgate, customer } = site;
    const refused = await reelgate.ask('POST', '/v1/videos', { key: customer.key, body: fox(model) });
    expect(refused.status).toBe(400);
    expect(await site.account()).toEqual(before);
  });

  it(
    'whose submit Vidu took but did not answer comes home by its callback, and is not made again',
    {
      timeout: PATIENCE_MS,
    },
    async () => {
      const before = vidu.books.length;
      vidu.losesNext = true;
      const id = await site.create(fox('Vidu-q3-pro'));
      await site.create(fox('Vidu-q3-pro'));
      const [lost] = vidu.books.slice(before);
      vidu.move(lost?.id ?? '', 'success');
      await vidu.settled();
      await site.expectVideo(id);
      expect(vidu.books).toHaveLength(before + 2);
    },
  );

  it('that still waits at Vidu is cancelled there', async () => {
    const id = await site.create(fox('Vidu-q3-pro'));
    const deleted = await site.reelgate.ask('DELETE', `/v1/videos/${id}`, { key: site.customer.key });
    expect(deleted.status).toBeLessThan(300);
    expect(vidu.books.at(-1)).toMatchObject({ state: 'failed', code: 'UserCancelled' });
  });
});

it.each([
  ['vidu', 'credits left'],
  ['jimeng', 'takes the signature'],
])('a channel of %s can be tested', async (name, said) => {
  expect(await site.testChannel(name)).toContain(said);
});
