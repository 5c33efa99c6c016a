/** Jobs of live keys on Volcengine Ark and MiniMax: from a client's request to the vendor, its callbacks, the file and the charge. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { objectOf, startTestReelgate } from '../support/reelgate.ts';
import type { TestReelgate } from '../support/reelgate.ts';
import { startArkVendor } from '../fakes/ark-vendor.ts';
import type { ArkVendor } from '../fakes/ark-vendor.ts';
import { startHailuoVendor } from '../fakes/hailuo-vendor.ts';
import type { HailuoVendor } from '../fakes/hailuo-vendor.ts';
import { smallClip } from '../support/clips.ts';
import { liveCustomer } from '../support/live-customer.ts';
import { serveMedia } from '../support/media-server.ts';
import type { MediaServer } from '../support/media-server.ts';

const ARK_KEY = 'ark-test-0000';
const HAILUO_KEY = 'eyJ-minimax-0000';
const PUBLIC_URL = 'https://reelgate.example';
const DRAWN_MS = 120_000;

let media: MediaServer;
let ark: ArkVendor;
let hailuo: HailuoVendor;
let reelgate: TestReelgate;
let customer: { readonly key: string; readonly accountId: string };

beforeAll(async () => {
  media = await serveMedia({ '/v.mp4': { type: 'video/mp4', bytes: await smallClip() } });
  const reach = (url: string): string => url.replace(PUBLIC_URL, reelgate.url);
  ark = await startArkVendor(ARK_KEY, { videoUrl: `${media.base}/v.mp4`, reach });
  hailuo = await startHailuoVendor(HAILUO_KEY, { videoUrl: `${media.base}/v.mp4`, reach });
  reelgate = await startTestReelgate({ REELGATE_FETCH_ALLOW: '127.0.0.1', REELGATE_PUBLIC_URL: PUBLIC_URL });
  for (const [provider, fake, credentials] of [
    ['ark', ark, ARK_KEY],
    ['hailuo', hailuo, HAILUO_KEY],
  ] as const)
    await reelgate.admin('POST', '/channels', {
      name: provider,
      provider,
      mode: 'live',
      base_url: fake.url,
      credentials,
      priority: 9,
    });
  customer = await liveCustomer(reelgate, '100');
}, DRAWN_MS);
afterAll(async () => {
  await reelgate.stop();
  await Promise.all([ark.close(), hailuo.close(), media.close()]);
});

async function create(model: string, seconds: string): Promise<string> {
  const body = { model, prompt: 'a red fox runs in snow', seconds };
  const answer = await reelgate.ask('POST', '/v1/videos', { key: customer.key, body });
  expect(answer, JSON.stringify(answer.body)).toMatchObject({ status: 200 });
  return String(objectOf(answer.body)['id']);
}

describe('a job of a live key', () => {
  it.each([
    ['SV-1.5-pro', '5', () => ark, 'succeeded'],
    ['Hailuo-2.3', '6', () => hailuo, 'Success'],
    ['Hailuo-H3', '5', () => hailuo, 'succeeded'],
  ] as const)(
    'for %s is made once, and a callback brings it home',
    { timeout: DRAWN_MS },
    async (model, seconds, vendor, done) => {
      const before = vendor().books.length;
      const id = await create(model, seconds);
      const [task, ...others] = vendor().books.slice(before);
      expect(others).toEqual([]);
      vendor().move(task?.id ?? '', done);
      await vendor().settled();
      expect(await reelgate.ended(id, customer.key)).toMatchObject({ status: 'completed' });
      const headers = { authorization: `Bearer ${customer.key}` };
      const file = await fetch(`${reelgate.url}/v1/videos/${id}/content`, { headers });
      expect(Buffer.from(await file.arrayBuffer()).toString('latin1', 4, 8)).toBe('ftyp');
      expect(vendor().books).toHaveLength(before + 1);
    },
  );

  it('that the vendor refuses costs nothing', async () => {
    const balance = async (): Promise<unknown> => reelgate.admin('GET', `/accounts/${customer.accountId}`);
    const before = await balance();
    const code = 'InputTextSensitiveContentDetected.PolicyViolation';
    ark.answerNext({ status: 400, body: JSON.stringify({ error: { code, message: 'no' } }) });
    const body = { model: 'SV-1.5-pro', prompt: 'a red fox', seconds: '5' };
    const answer = await reelgate.ask('POST', '/v1/videos', { key: customer.key, body });
    expect(answer.status).toBe(400);
    expect(await balance()).toEqual(before);
  });

  it('that still waits at the vendor is cancelled there', async () => {
    const id = await create('SV-1.5-pro', '5');
    expect((await reelgate.ask('DELETE', `/v1/videos/${id}`, { key: customer.key })).status).toBeLessThan(300);
    expect(ark.books.at(-1)).toMatchObject({ status: 'cancelled' });
  });
});

it.each(['ark', 'hailuo'])('a channel of %s can be tested', async (name) => {
  const { data } = await reelgate.admin('GET', '/channels');
  const channel = Array.isArray(data) ? data.map(objectOf).find((one) => one['name'] === name) : undefined;
  const result = await reelgate.admin('POST', `/channels/${String(channel?.['id'])}/test`);
  expect(JSON.stringify(result)).toContain('listed the tasks');
});
