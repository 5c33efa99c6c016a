/** Real pictures that a vendor would not take: refused before anything is sent, or made to fit where the operator allows it. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { JsonObject } from '../../src/model/json.ts';
import { sniffMedia } from '../../src/media/sniff.ts';
import { startArkVendor } from '../fakes/ark-vendor.ts';
import type { ArkVendor } from '../fakes/ark-vendor.ts';
import { startJimengVendor } from '../fakes/jimeng-vendor.ts';
import type { JimengVendor } from '../fakes/jimeng-vendor.ts';
import { noisePicture, picture } from '../support/pictures.ts';
import type { Answer } from '../support/reelgate.ts';
import { objectOf } from '../support/reelgate.ts';
import { PATIENCE_MS, startVendorSite } from '../support/vendor-site.ts';
import type { VendorSite } from '../support/vendor-site.ts';

const KEY = 'AKLTtest0000|c2VjcmV0LXRlc3Q/+=';
const ARK_KEY = 'ark-test-0000';

let site: VendorSite<{ readonly strict: JimengVendor; readonly fitting: JimengVendor; readonly ark: ArkVendor }>;
beforeAll(async () => {
  site = await startVendorSite(
    async (around) => ({
      strict: await startJimengVendor(KEY, around.videoUrl),
      fitting: await startJimengVendor(KEY, around.videoUrl),
      ark: await startArkVendor(ARK_KEY, around),
    }),
    ({ strict, fitting, ark }) => [
      { name: 'strict', provider: 'jimeng', base_url: strict.url, credentials: KEY, models: ['jimeng-video-3.0'] },
      {
        name: 'fitting',
        provider: 'jimeng',
        base_url: fitting.url,
        credentials: KEY,
        models: ['jimeng-video-3.0-pro'],
        fit_inputs: true,
      },
      { name: 'ark', provider: 'ark', base_url: ark.url, credentials: ARK_KEY },
    ],
  );
}, PATIENCE_MS);
afterAll(() => site.stop());

function dataUri(bytes: Buffer, mime = 'image/png'): string {
  return `data:${mime};base64,${bytes.toString('base64')}`;
}

function ask(model: string, image: string): Promise<Answer> {
  const body = { model, prompt: 'the fox turns its head', seconds: '5', input_reference: { image_url: image } };
  return site.reelgate.ask('POST', '/v1/videos', { key: site.customer.key, body });
}

/** The picture as the vendor has it. */
function sentTo(vendor: JimengVendor): Buffer {
  const [base64] = objectOf(vendor.seen.at(-1)?.body ?? null)['binary_data_base64'] as readonly string[];
  return Buffer.from(base64 ?? '', 'base64');
}

describe('a picture over the limits of the vendor', () => {
  it('is refused before it is sent, with the field, what it is and the limit', async () => {
    const { seen } = site.vendors.strict;
    const before = [seen.length, await site.account()];
    const answer = await ask('jimeng-video-3.0', dataUri(picture(4_200, 2_000)));
    expect(answer.status).toBe(400);
    const { message } = objectOf(objectOf(answer.body)['error'] ?? null);
    expect(message).toBe(
      `'input_reference.image_url' is "4200x2000", outside the allowed range: 320 to 4096 pixels a side.`,
    );
    expect([seen.length, await site.account()]).toEqual(before);
  });

  it.each([
    ['too many pixels', () => dataUri(picture(4_200, 2_100)), 'image/png', 4_096, 2_048],
    ['a type that it does not know', () => dataUri(picture(640, 360, 0, 'webp'), 'image/webp'), 'image/jpeg', 640, 360],
  ] as const)('is made to fit where the operator allows it: %s', async (_, image, mime, width, height) => {
    const answer = await ask('jimeng-video-3.0-pro', image());
    expect(answer, JSON.stringify(answer.body)).toMatchObject({ status: 200 });
    expect(sniffMedia(sentTo(site.vendors.fitting))).toMatchObject({ mime, width, height });
    expect(answer.headers.get('x-reelgate-notes')).toContain('input_reference.image_url');
    const id = String(objectOf(answer.body)['id']);
    const job = await site.reelgate.admin('GET', `/jobs/${id.slice('video_'.length)}`);
    expect(job['notes']).toMatchObject([{ code: 'adjusted', param: 'input_reference.image_url' }]);
  });

  it('is made smaller until its bytes fit as well', async () => {
    const noise = noisePicture(1_600, 1_200);
    expect(noise.length).toBeGreaterThan(4.7 * 1024 * 1024);
    const answer = await ask('jimeng-video-3.0-pro', dataUri(noise));
    expect(answer, JSON.stringify(answer.body)).toMatchObject({ status: 200 });
    const sent = sentTo(site.vendors.fitting);
    expect(sent.length).toBeLessThanOrEqual(4.7 * 1024 * 1024);
    expect(sniffMedia(sent)).toMatchObject({ mime: 'image/png' });
  });

  it('is refused where no smaller picture would do', async () => {
    const answer = await ask('jimeng-video-3.0-pro', dataUri(picture(3_200, 319)));
    expect(answer.status).toBe(400);
    expect(JSON.stringify(answer.body)).toContain('320 to 4096 pixels a side');
  });
});

it('a picture that one vendor would not take goes to another that does', async () => {
  const settings: JsonObject = { name: 'other', provider: 'tencent-vod', mode: 'live', priority: 99 };
  const channel = await site.reelgate.admin('POST', '/channels', {
    ...settings,
    base_url: 'http://127.0.0.1:9',
    credentials: '1|AKIDnobody|secret',
    models: ['SV-1.5-pro'],
  });
  const before = site.vendors.ark.books.length;
  const answer = await ask('SV-1.5-pro', dataUri(picture(640, 360, 0, 'gif'), 'image/gif'));
  expect(answer, JSON.stringify(answer.body)).toMatchObject({ status: 200 });
  expect(site.vendors.ark.books).toHaveLength(before + 1);
  await site.reelgate.admin('DELETE', `/channels/${String(channel['id'])}`).catch(() => null);
});
