/** Jobs of live keys on Volcengine Ark and MiniMax: from a client's request to the vendor, its callbacks, the file and the charge. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { startArkVendor } from '../fakes/ark-vendor.ts';
import type { ArkVendor } from '../fakes/ark-vendor.ts';
import { startHailuoVendor } from '../fakes/hailuo-vendor.ts';
import type { HailuoVendor } from '../fakes/hailuo-vendor.ts';
import { objectOf } from '../support/reelgate.ts';
import { PATIENCE_MS, startVendorSite } from '../support/vendor-site.ts';
import type { VendorSite } from '../support/vendor-site.ts';

const ARK_KEY = 'ark-test-0000';
const HAILUO_KEY = 'eyJ-minimax-0000';
const FOX = { model: 'SV-1.5-pro', prompt: 'a red fox runs in snow', seconds: '5' };

let site: VendorSite<{ readonly ark: ArkVendor; readonly hailuo: HailuoVendor }>;
beforeAll(async () => {
  site = await startVendorSite(
    async (around) => ({
      ark: await startArkVendor(ARK_KEY, around),
      hailuo: await startHailuoVendor(HAILUO_KEY, around),
    }),
    ({ ark, hailuo }) => [
      { name: 'ark', provider: 'ark', base_url: ark.url, credentials: ARK_KEY },
      { name: 'hailuo', provider: 'hailuo', base_url: hailuo.url, credentials: HAILUO_KEY },
    ],
  );
}, PATIENCE_MS);
afterAll(() => site.stop());

describe('a job of a live key', () => {
  it.each([
    ['SV-1.5-pro', '5', 'ark', 'succeeded'],
    ['Hailuo-2.3', '6', 'hailuo', 'Success'],
    ['Hailuo-H3', '5', 'hailuo', 'succeeded'],
  ] as const)(
    'for %s is made once, and a callback brings it home',
    { timeout: PATIENCE_MS },
    async (model, seconds, name, done) => {
      const vendor = site.vendors[name];
      const { id, task } = await site.made(vendor, { ...FOX, model, seconds });
      const { length } = vendor.books;
      vendor.move(task.id, done);
      await vendor.settled();
      await site.expectVideo(id);
      expect(vendor.books).toHaveLength(length);
    },
  );

  it('that the vendor refuses costs nothing', async () => {
    const before = await site.account();
    const code = 'InputTextSensitiveContentDetected.PolicyViolation';
    const message = `<b>no foxes</b> for ${ARK_KEY} ${'!'.repeat(600)}`;
    site.vendors.ark.answerNext({ status: 400, body: JSON.stringify({ error: { code, message } }) });
    const answer = await site.reelgate.ask('POST', '/v1/videos', { key: site.customer.key, body: FOX });
    expect(answer.status).toBe(400);
    expect(await site.account()).toEqual(before);
    // The client is told why, and the attempt keeps it for the operator.
    const told = `The provider rejected the content of the request. It said: ${code} no foxes for (key) !!!`;
    expect(objectOf(objectOf(answer.body)['error'] ?? null)['message']).toContain(told);
    const { data } = await site.reelgate.admin('GET', '/jobs?state=failed');
    const [job] = Array.isArray(data) ? data.map(objectOf) : [];
    const { attempts } = await site.reelgate.admin('GET', `/jobs/${String(job?.['id'])}`);
    const [attempt] = Array.isArray(attempts) ? attempts.map(objectOf) : [];
    const { detail } = objectOf(attempt?.['failure'] ?? null);
    expect(detail).toMatch(/^400 InputTextSensitive\S+ no foxes for \(key\) !+$/);
    expect(String(detail).length).toBeLessThanOrEqual(500);
  });

  it('that the vendor answers with an error of its own is kept with what it said', async () => {
    site.vendors.ark.answerNext({ status: 502, body: `<h1>Bad gateway</h1> to ${ARK_KEY}` });
    const id = await site.create(FOX);
    const { attempts } = await site.reelgate.admin('GET', `/jobs/${id.slice('video_'.length)}`);
    const [attempt] = Array.isArray(attempts) ? attempts.map(objectOf) : [];
    expect(attempt).toMatchObject({ state: 'unknown' });
    expect(objectOf(attempt?.['failure'] ?? null)['detail']).toBe(
      'the vendor answered 502 to a submit: Bad gateway to (key)',
    );
  });

  it('that still waits at the vendor is cancelled there', async () => {
    const id = await site.create(FOX);
    const deleted = await site.reelgate.ask('DELETE', `/v1/videos/${id}`, { key: site.customer.key });
    expect(deleted.status).toBeLessThan(300);
    expect(site.vendors.ark.books.at(-1)).toMatchObject({ status: 'cancelled' });
  });
});

it.each(['ark', 'hailuo'])('a channel of %s can be tested', async (name) => {
  expect(await site.testChannel(name)).toContain('listed the tasks');
});
