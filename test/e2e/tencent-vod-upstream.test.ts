/** Jobs of live keys on Tencent Cloud VOD: from a client's request to the vendor, and back with the file and the charge. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { JsonObject } from '../../src/model/json.ts';
import { eventSign } from '../../src/providers/tencent-vod/sign.ts';
import { startTencentVod } from '../fakes/tencent-vod-vendor.ts';
import type { TencentVodFake } from '../fakes/tencent-vod-vendor.ts';
import type { FakeTask } from '../providers/suite.ts';
import { objectOf } from '../support/reelgate.ts';
import { PATIENCE_MS, startVendorSite } from '../support/vendor-site.ts';
import type { VendorSite } from '../support/vendor-site.ts';

const KEYS = { subAppId: 1500000001, secretId: 'AKIDcanary', secretKey: 'secret-key-canary' };
const SIGN_KEY = 'SIGNKEY';
const FOX: JsonObject = { model: 'Kling-3.0-Omni', prompt: 'a red fox runs in snow', seconds: '5' };

let site: VendorSite<{ readonly vod: TencentVodFake }>;
let vendor: TencentVodFake;
beforeAll(async () => {
  const credentials = `${KEYS.subAppId}|${KEYS.secretId}|${KEYS.secretKey}|ap-guangzhou|${SIGN_KEY}`;
  site = await startVendorSite(
    async ({ videoUrl }) => ({ vod: await startTencentVod({ ...KEYS, videoUrl }) }),
    ({ vod }) => [{ name: 'tencent', provider: 'tencent-vod', base_url: vod.url, credentials }],
  );
  vendor = site.vendors.vod;
}, PATIENCE_MS);
afterAll(() => site.stop());

/** Passes an event of the application on to the address that it names; answers the status. */
async function passOn(task: FakeTask, signKey = SIGN_KEY): Promise<number> {
  const creates = vendor.seen.filter(({ headers }) => headers['x-tc-action'] === 'CreateAigcVideoTask');
  const asked = creates.map(({ body }) => objectOf(body)).find((body) => body['SessionId'] === task.token);
  const address = site.reach(String(asked?.['SessionContext']));
  const T = Math.floor(Date.now() / 1_000) + 600;
  const signed = { AigcVideoCompleteEvent: { TaskId: task.id }, Sign: eventSign(signKey, T), T };
  const body = JSON.stringify({ EventType: 'AigcVideoTaskComplete', ...signed });
  return (await fetch(address, { method: 'POST', body })).status;
}

describe('a job of a live key on Tencent Cloud', () => {
  it('is made once, and comes home', { timeout: PATIENCE_MS }, async () => {
    const { id, task } = await site.made(vendor, FOX);
    vendor.move(task.id, 'FINISH');
    expect(await passOn(task)).toBe(200);
    await site.expectVideo(id);
  });

  it('whose submit got no answer is sent again with its token, and made once', { timeout: PATIENCE_MS }, async () => {
    const before = vendor.books.length;
    vendor.answerNext({ status: 502, body: 'bad gateway' });
    const id = await site.create(FOX);
    await expect.poll(() => vendor.books.length, { timeout: PATIENCE_MS }).toBe(before + 1);
    const [task] = vendor.books.slice(before);
    if (task === undefined) throw new Error('the vendor has a task');
    vendor.move(task.id, 'FINISH');
    expect(await passOn(task)).toBe(200);
    expect(await site.ended(id)).toMatchObject({ status: 'completed' });
    const creates = vendor.seen.filter(({ headers }) => headers['x-tc-action'] === 'CreateAigcVideoTask').slice(-2);
    const tokens = new Set(creates.map(({ body }) => objectOf(body)['SessionId']));
    expect([tokens.size, vendor.books.length]).toEqual([1, before + 1]);
  });

  it('that the vendor fails for its content costs nothing', { timeout: PATIENCE_MS }, async () => {
    const before = await site.account();
    const { id, task } = await site.made(vendor, FOX);
    vendor.move(task.id, 'FINISH', 'InvalidParameter.VoilationContent');
    expect(await passOn(task)).toBe(200);
    expect(await site.ended(id)).toMatchObject({ status: 'failed' });
    expect(await site.account()).toEqual(before);
  });

  it('listens to no event that the application did not sign', { timeout: PATIENCE_MS }, async () => {
    const { id, task } = await site.made(vendor, FOX);
    vendor.move(task.id, 'FINISH');
    expect(await passOn(task, 'ANOTHERKEY')).toBe(404);
    expect(await passOn(task)).toBe(200);
    expect(await site.ended(id)).toMatchObject({ status: 'completed' });
  });
});

it('a channel of Tencent Cloud can be tested', async () => {
  const tested = await site.testChannel('tencent');
  expect(tested).toContain('listed the tasks');
  expect(tested).not.toMatch(/canary/);
});
