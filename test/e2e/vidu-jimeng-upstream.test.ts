/** Jobs of live keys on Vidu and Volcengine's Jimeng: from a client's request to the vendor, the file and the charge. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { objectOf, startTestReelgate } from '../support/reelgate.ts';
import type { TestReelgate } from '../support/reelgate.ts';
import { startJimengVendor } from '../fakes/jimeng-vendor.ts';
import type { JimengVendor } from '../fakes/jimeng-vendor.ts';
import { startViduVendor } from '../fakes/vidu-vendor.ts';
import type { ViduVendor } from '../fakes/vidu-vendor.ts';
import { smallClip } from '../support/clips.ts';
import { liveCustomer } from '../support/live-customer.ts';
import { serveMedia } from '../support/media-server.ts';
import type { MediaServer } from '../support/media-server.ts';

const VIDU_KEY = 'vda_test_key';
const JIMENG_KEY = 'AKLTtest0000|c2VjcmV0LXRlc3Q/+=';
const PUBLIC_URL = 'https://reelgate.example';
const DRAWN_MS = 120_000;

let media: MediaServer;
let vidu: ViduVendor;
let jimeng: JimengVendor;
let reelgate: TestReelgate;
let customer: { readonly key: string; readonly accountId: string };

beforeAll(async () => {
  media = await serveMedia({ '/v.mp4': { type: 'video/mp4', bytes: await smallClip() } });
  const videoUrl = `${media.base}/v.mp4`;
  const reach = (url: string): string => url.replace(PUBLIC_URL, reelgate.url);
  vidu = await startViduVendor(VIDU_KEY, { videoUrl, reach });
  jimeng = await startJimengVendor(JIMENG_KEY, videoUrl);
  reelgate = await startTestReelgate({ REELGATE_FETCH_ALLOW: '127.0.0.1', REELGATE_PUBLIC_URL: PUBLIC_URL });
  for (const [provider, fake, credentials] of [
    ['vidu', vidu, VIDU_KEY],
    ['jimeng', jimeng, JIMENG_KEY],
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
  await Promise.all([vidu.close(), jimeng.close(), media.close()]);
});

async function create(model: string): Promise<string> {
  const body = { model, prompt: 'a red fox runs in snow', seconds: '5' };
  const answer = await reelgate.ask('POST', '/v1/videos', { key: customer.key, body });
  expect(answer, JSON.stringify(answer.body)).toMatchObject({ status: 200 });
  return String(objectOf(answer.body)['id']);
}

async function expectVideo(id: string): Promise<void> {
  expect(await reelgate.ended(id, customer.key)).toMatchObject({ status: 'completed' });
  const headers = { authorization: `Bearer ${customer.key}` };
  const file = await fetch(`${reelgate.url}/v1/videos/${id}/content`, { headers });
  expect(Buffer.from(await file.arrayBuffer()).toString('latin1', 4, 8)).toBe('ftyp');
}

describe('a job of a live key', () => {
  it('for Vidu is made once, and a signed callback brings it home', { timeout: DRAWN_MS }, async () => {
    const before = vidu.books.length;
    const id = await create('Vidu-q3-pro');
    const [task, ...others] = vidu.books.slice(before);
    expect(others).toEqual([]);
    vidu.move(task?.id ?? '', 'success');
    await vidu.settled();
    await expectVideo(id);
    expect(vidu.books).toHaveLength(before + 1);
  });

  it('for Jimeng is made once, and found finished by asking', { timeout: DRAWN_MS }, async () => {
    const before = jimeng.books.length;
    const id = await create('jimeng-video-3.0');
    const [task, ...others] = jimeng.books.slice(before);
    expect(others).toEqual([]);
    jimeng.move(task?.id ?? '', 'done');
    await reelgate.admin('POST', `/jobs/${id.replace('video_', '')}/recheck`);
    await expectVideo(id);
    expect(jimeng.books).toHaveLength(before + 1);
  });

  it.each([
    ['Vidu-q3-pro', () => vidu, { code: 400, reason: 'AuditSubmitIllegal', message: 'submit is illegal' }],
    ['jimeng-video-3.0', () => jimeng, { code: 50412, data: null, message: 'Pre Text Risk Not Pass' }],
  ] as const)('for %s that the vendor refuses costs nothing', async (model, vendor, answer) => {
    const balance = async (): Promise<unknown> => reelgate.admin('GET', `/accounts/${customer.accountId}`);
    const before = await balance();
    vendor().answerNext({ status: 400, body: JSON.stringify(answer) });
    const body = { model, prompt: 'a red fox', seconds: '5' };
    expect((await reelgate.ask('POST', '/v1/videos', { key: customer.key, body })).status).toBe(400);
    expect(await balance()).toEqual(before);
  });

  it(
    'whose submit Vidu took but did not answer comes home by its callback, and is not made again',
    {
      timeout: DRAWN_MS,
    },
    async () => {
      const before = vidu.books.length;
      vidu.losesNext = true;
      const id = await create('Vidu-q3-pro');
      await create('Vidu-q3-pro');
      const [lost] = vidu.books.slice(before);
      vidu.move(lost?.id ?? '', 'success');
      await vidu.settled();
      await expectVideo(id);
      expect(vidu.books).toHaveLength(before + 2);
    },
  );

  it('that still waits at Vidu is cancelled there', async () => {
    const id = await create('Vidu-q3-pro');
    expect((await reelgate.ask('DELETE', `/v1/videos/${id}`, { key: customer.key })).status).toBeLessThan(300);
    expect(vidu.books.at(-1)).toMatchObject({ state: 'failed', code: 'UserCancelled' });
  });
});

it.each([
  ['vidu', 'credits left'],
  ['jimeng', 'takes the signature'],
])('a channel of %s can be tested', async (name, said) => {
  const { data } = await reelgate.admin('GET', '/channels');
  const channel = Array.isArray(data) ? data.map(objectOf).find((one) => one['name'] === name) : undefined;
  const result = await reelgate.admin('POST', `/channels/${String(channel?.['id'])}/test`);
  expect(JSON.stringify(result)).toContain(said);
});
