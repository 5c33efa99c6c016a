/** Jobs of live keys on Tencent Cloud VOD: from a client's request to the vendor, and back with the file and the charge. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { JsonObject } from '../../src/model/json.ts';
import { eventSign } from '../../src/providers/tencent-vod/sign.ts';
import { startTencentVod } from '../fakes/tencent-vod-vendor.ts';
import type { TencentVodFake } from '../fakes/tencent-vod-vendor.ts';
import type { FakeTask } from '../providers/suite.ts';
import { smallClip } from '../support/clips.ts';
import { liveCustomer } from '../support/live-customer.ts';
import type { LiveCustomer } from '../support/live-customer.ts';
import { serveMedia } from '../support/media-server.ts';
import type { MediaServer } from '../support/media-server.ts';
import { objectOf, startTestReelgate } from '../support/reelgate.ts';
import type { TestReelgate } from '../support/reelgate.ts';

const KEYS = { subAppId: 1500000001, secretId: 'AKIDcanary', secretKey: 'secret-key-canary' };
const SIGN_KEY = 'SIGNKEY';
const PUBLIC_URL = 'https://reelgate.example';
const PATIENCE_MS = 120_000;
const FOX: JsonObject = { model: 'Kling-3.0-Omni', prompt: 'a red fox runs in snow', seconds: '5' };

let media: MediaServer;
let vendor: TencentVodFake;
let reelgate: TestReelgate;
let customer: LiveCustomer;

beforeAll(async () => {
  media = await serveMedia({ '/v.mp4': { type: 'video/mp4', bytes: await smallClip() } });
  vendor = await startTencentVod({ ...KEYS, videoUrl: `${media.base}/v.mp4` });
  reelgate = await startTestReelgate({ REELGATE_FETCH_ALLOW: '127.0.0.1', REELGATE_PUBLIC_URL: PUBLIC_URL });
  await reelgate.admin('POST', '/channels', {
    name: 'tencent',
    provider: 'tencent-vod',
    mode: 'live',
    base_url: vendor.url,
    credentials: `${KEYS.subAppId}|${KEYS.secretId}|${KEYS.secretKey}|ap-guangzhou|${SIGN_KEY}`,
    priority: 9,
  });
  customer = await liveCustomer(reelgate, '100');
}, PATIENCE_MS);
afterAll(async () => {
  await reelgate.stop();
  await Promise.all([vendor.close(), media.close()]);
});

async function create(body: JsonObject): Promise<string> {
  const answer = await reelgate.ask('POST', '/v1/videos', { key: customer.key, body });
  expect(answer, JSON.stringify(answer.body)).toMatchObject({ status: 200 });
  return String(objectOf(answer.body)['id']);
}

/** The job that a body makes, and the one task that the vendor then has of it. */
async function made(body: JsonObject): Promise<{ readonly id: string; readonly task: FakeTask }> {
  const before = vendor.books.length;
  const id = await create(body);
  const [task, ...others] = vendor.books.slice(before);
  if (task === undefined || others.length > 0) throw new Error('the vendor has not one task');
  return { id, task };
}

/** Passes an event of the application on to the address that it names; answers the status. */
async function passOn(task: FakeTask, signKey = SIGN_KEY): Promise<number> {
  const creates = vendor.seen.filter(({ headers }) => headers['x-tc-action'] === 'CreateAigcVideoTask');
  const asked = creates.map(({ body }) => objectOf(body)).find((body) => body['SessionId'] === task.token);
  const address = String(asked?.['SessionContext']).replace(PUBLIC_URL, reelgate.url);
  const T = Math.floor(Date.now() / 1_000) + 600;
  const signed = { AigcVideoCompleteEvent: { TaskId: task.id }, Sign: eventSign(signKey, T), T };
  const body = JSON.stringify({ EventType: 'AigcVideoTaskComplete', ...signed });
  return (await fetch(address, { method: 'POST', body })).status;
}

const balance = (): Promise<JsonObject> => reelgate.admin('GET', `/accounts/${customer.accountId}`);

describe('a job of a live key on Tencent Cloud', () => {
  it('is made once, and comes home', { timeout: PATIENCE_MS }, async () => {
    const { id, task } = await made(FOX);
    vendor.move(task.id, 'FINISH');
    expect(await passOn(task)).toBe(200);
    expect(await reelgate.ended(id, customer.key)).toMatchObject({ status: 'completed' });
    const headers = { authorization: `Bearer ${customer.key}` };
    const file = await fetch(`${reelgate.url}/v1/videos/${id}/content`, { headers });
    expect(Buffer.from(await file.arrayBuffer()).toString('latin1', 4, 8)).toBe('ftyp');
  });

  it('whose submit got no answer is sent again with its token, and made once', { timeout: PATIENCE_MS }, async () => {
    const before = vendor.books.length;
    vendor.answerNext({ status: 502, body: 'bad gateway' });
    const id = await create(FOX);
    await expect.poll(() => vendor.books.length, { timeout: PATIENCE_MS }).toBe(before + 1);
    const [task] = vendor.books.slice(before);
    if (task === undefined) throw new Error('the vendor has a task');
    vendor.move(task.id, 'FINISH');
    expect(await passOn(task)).toBe(200);
    expect(await reelgate.ended(id, customer.key)).toMatchObject({ status: 'completed' });
    const creates = vendor.seen.filter(({ headers }) => headers['x-tc-action'] === 'CreateAigcVideoTask').slice(-2);
    const tokens = new Set(creates.map(({ body }) => objectOf(body)['SessionId']));
    expect([tokens.size, vendor.books.length]).toEqual([1, before + 1]);
  });

  it('that the vendor fails for its content costs nothing', { timeout: PATIENCE_MS }, async () => {
    const before = await balance();
    const { id, task } = await made(FOX);
    vendor.move(task.id, 'FINISH', 'InvalidParameter.VoilationContent');
    expect(await passOn(task)).toBe(200);
    expect(await reelgate.ended(id, customer.key)).toMatchObject({ status: 'failed' });
    expect(await balance()).toEqual(before);
  });

  it('listens to no event that the application did not sign', { timeout: PATIENCE_MS }, async () => {
    const { id, task } = await made(FOX);
    vendor.move(task.id, 'FINISH');
    expect(await passOn(task, 'ANOTHERKEY')).toBe(404);
    expect(await passOn(task)).toBe(200);
    expect(await reelgate.ended(id, customer.key)).toMatchObject({ status: 'completed' });
  });
});

it('a channel of Tencent Cloud can be tested', async () => {
  const { data } = await reelgate.admin('GET', '/channels');
  const channel = Array.isArray(data) ? data.map(objectOf).find((one) => one['name'] === 'tencent') : undefined;
  const tested = await reelgate.admin('POST', `/channels/${String(channel?.['id'])}/test`);
  expect(JSON.stringify(tested)).toContain('listed the tasks');
  expect(JSON.stringify(tested)).not.toMatch(/canary/);
});
