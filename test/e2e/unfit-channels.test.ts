/** Channels of one model that cannot do the same things: a request goes to one that can, and who asks too much hears why. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { isObject } from '../../src/model/json.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { startTencentVod } from '../fakes/tencent-vod-vendor.ts';
import type { TencentVodFake } from '../fakes/tencent-vod-vendor.ts';
import { startVeoVendor } from '../fakes/veo-vendor.ts';
import type { VeoVendor } from '../fakes/veo-vendor.ts';
import { objectOf, startTestReelgate } from '../support/reelgate.ts';
import type { Answer, TestReelgate } from '../support/reelgate.ts';

const SECRETS = { subAppId: 1_500_000_001, secretId: 'AKIDcanary', secretKey: 'secret-key-canary' };
const GOOGLE_KEY = 'AIzaSy-test-0000';
/** Tencent makes eight seconds of it only, and Google’s API with a key makes it only with sound. */
const FOX: JsonObject = { model: 'GV-3.1', prompt: 'a red fox runs in snow', seconds: '8' };
const SILENT: JsonObject = { ...FOX, generate_audio: false };

let tencent: TencentVodFake;
let google: VeoVendor;
let reelgate: TestReelgate;
let key: string;
let accountId: string;
const channels: Record<string, string> = {};

beforeAll(async () => {
  tencent = await startTencentVod(SECRETS);
  google = await startVeoVendor(GOOGLE_KEY);
  reelgate = await startTestReelgate();
  const credentials = Object.values(SECRETS).join('|');
  for (const channel of [
    { name: 'tencent', provider: 'tencent-vod', base_url: tencent.url, credentials },
    { name: 'google', provider: 'veo', base_url: google.url, credentials: GOOGLE_KEY },
  ])
    channels[channel.name] = String((await reelgate.admin('POST', '/channels', { ...channel, mode: 'live' }))['id']);
  accountId = String((await reelgate.admin('POST', '/accounts', { name: 'fox' }))['id']);
  await reelgate.admin('POST', `/accounts/${accountId}/credits`, { amount_usd: '100', note: 'for a test' });
  key = String((await reelgate.admin('POST', '/keys', { account_id: accountId, name: 'fox', mode: 'live' }))['key']);
});
afterAll(async () => {
  await reelgate.stop();
  await Promise.all([tencent.close(), google.close()]);
});

/** The first named is preferred; who is not named is out of use. */
async function use(...names: readonly string[]): Promise<void> {
  for (const [name, id] of Object.entries(channels)) {
    const at = names.indexOf(name);
    await reelgate.admin('PATCH', `/channels/${id}`, { enabled: at !== -1, priority: 9 - Math.max(at, 0) });
  }
}

const create = (body: JsonObject): Promise<Answer> => reelgate.ask('POST', '/v1/videos', { key, body });

async function attemptsOf(answer: Answer): Promise<readonly JsonObject[]> {
  expect(answer, JSON.stringify(answer.body)).toMatchObject({ status: 200 });
  const id = String(objectOf(answer.body)['id']).replace('video_', '');
  const { attempts } = await reelgate.admin('GET', `/jobs/${id}`);
  return Array.isArray(attempts) ? attempts.filter(isObject) : [];
}

const books = (): readonly number[] => [tencent.books.length, google.books.length];

describe('a request that a channel cannot do', () => {
  it('as the catalogue says is not offered to that channel, and the record says why', async () => {
    await use('tencent', 'google');
    const [atTencent = 0, atGoogle = 0] = books();
    const attempts = await attemptsOf(await create({ ...FOX, seconds: '6' }));
    expect(books()).toEqual([atTencent, atGoogle + 1]);
    expect(attempts).toMatchObject([{ channel_id: channels['google'], state: 'accepted' }]);
    expect(attempts[0]?.['candidates']).toContainEqual(
      expect.objectContaining({
        channel: 'tencent',
        verdict: 'unfit',
        because: 'it cannot do this spec: Veo is offered with 8 seconds only',
      }),
    );
  });

  it('is said to be so by a dry run', async () => {
    await use('tencent');
    const preview = await reelgate.admin('POST', '/route', { request: { ...FOX, seconds: '6' }, mode: 'live' });
    expect(preview['candidates']).toContainEqual(expect.objectContaining({ channel: 'tencent', verdict: 'unfit' }));
  });

  it('as its provider says goes on to the next one, and the channel is none the worse for it', async () => {
    await use('google', 'tencent');
    const [atTencent = 0, atGoogle = 0] = books();
    const attempts = await attemptsOf(await create(SILENT));
    expect(books()).toEqual([atTencent + 1, atGoogle]);
    expect(attempts).toMatchObject([
      { channel_id: channels['google'], state: 'refused', failure: { kind: 'channel_unfit' } },
      { channel_id: channels['tencent'], state: 'accepted' },
    ]);
    expect(await reelgate.admin('GET', `/channels/${channels['google']}`)).toMatchObject({
      health: { state: 'closed' },
    });
  });

  it('does not hide what the vendor of another one said of it', async () => {
    await use('tencent', 'google');
    const Error = { Code: 'ResourceInsufficient', Message: 'come again' };
    tencent.answerNext({ status: 200, body: JSON.stringify({ Response: { Error, RequestId: 'r' } }) });
    expect(await create(SILENT)).toMatchObject({ status: 503 });
  });

  it.each([
    ['tencent', { ...FOX, seconds: '6' }, /'seconds': Veo is offered with 8 seconds only/],
    ['google', SILENT, /always makes sound/],
  ] as const)('where %s is the only one is refused with the reason, and costs nothing', async (name, body, reason) => {
    await use(name);
    const before = [...books(), (await reelgate.admin('GET', `/accounts/${accountId}`))['balance_usd']];
    const answer = await create(body);
    expect(answer).toMatchObject({ status: 400, body: { error: { type: 'invalid_request_error' } } });
    expect(JSON.stringify(answer.body)).toMatch(reason);
    expect([...books(), (await reelgate.admin('GET', `/accounts/${accountId}`))['balance_usd']]).toEqual(before);
  });
});
