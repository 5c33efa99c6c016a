/** What each kind of error of a vendor comes to for a client and for the money, from its answer to the ledger. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { JsonObject } from '../../src/model/json.ts';
import { startKlingVendor } from '../fakes/kling-vendor.ts';
import type { KlingVendor } from '../fakes/kling-vendor.ts';
import { ERROR_PAGES } from '../providers/errors/pages.ts';
import type { Meaning } from '../providers/errors/pages.ts';
import { objectOf, startTestReelgate } from '../support/reelgate.ts';
import type { Answer, TestReelgate } from '../support/reelgate.ts';

const API_KEY = 'api-key-canary';
const PAIR = { accessKey: 'ak-canary-123', secretKey: 'sk/with+canary=' };
const FOX: JsonObject = { model: 'Kling-2.6', prompt: 'a red fox runs in snow', seconds: '5' };
const PAGE = ERROR_PAGES['kling'];

let vendor: KlingVendor;
let reelgate: TestReelgate;
let key: string;
let accountId: string;

beforeAll(async () => {
  vendor = await startKlingVendor({ ...PAIR, apiKey: API_KEY });
  reelgate = await startTestReelgate();
  accountId = String((await reelgate.admin('POST', '/accounts', { name: 'fox' }))['id']);
  await reelgate.admin('POST', `/accounts/${accountId}/credits`, { amount_usd: '100', note: 'for a test' });
  key = String((await reelgate.admin('POST', '/keys', { account_id: accountId, name: 'fox', mode: 'live' }))['key']);
});
afterAll(async () => {
  await reelgate.stop();
  await vendor.close();
});

/** On a channel of its own, so that what others have learned of theirs does not matter. */
async function onFreshChannel(run: () => Promise<void>): Promise<void> {
  const settings = { provider: 'kling', mode: 'live', base_url: vendor.url, credentials: API_KEY };
  const { id } = await reelgate.admin('POST', '/channels', { ...settings, name: `channel ${Math.random()}` });
  await run();
  await reelgate.admin('PATCH', `/channels/${String(id)}`, { enabled: false });
}

async function money(): Promise<JsonObject> {
  const { balance_usd, held_usd } = await reelgate.admin('GET', `/accounts/${accountId}`);
  return { balance_usd: balance_usd ?? null, held_usd: held_usd ?? null };
}

const create = (): Promise<Answer> => reelgate.ask('POST', '/v1/videos', { key, body: FOX });

function answerWith(meaning: Meaning): void {
  const [, status, [code = '']] = PAGE?.refusals.find(([one]) => one === meaning) ?? [meaning, 0, []];
  if (PAGE === undefined || code === '') throw new Error(`the page has no error that means ${meaning}`);
  vendor.answerNext(PAGE.answer(status, code));
}

describe('a task that the vendor failed', () => {
  it.each(PAGE?.taskErrors.flatMap(([meaning, codes]) => codes.map((code) => [code, meaning] as const)) ?? [])(
    "with '%s' (%s) costs nothing",
    async (code) => {
      await onFreshChannel(async () => {
        const before = await money();
        const id = String(objectOf((await create()).body)['id']);
        expect(await money()).not.toEqual(before);
        vendor.move(vendor.books.at(-1)?.id ?? '', 'failed', code);
        await reelgate.admin('POST', `/jobs/${id.slice('video_'.length)}/recheck`);
        expect(await reelgate.ended(id, key)).toMatchObject({ status: 'failed' });
        expect(await money()).toEqual(before);
      });
    },
  );
});

describe('a submit that the vendor refuses', () => {
  it.each([
    ['client', 400],
    ['content', 400],
    ['key', 503],
    ['ours', 502],
  ] as const)("and means '%s' is answered %i and costs nothing", async (meaning, status) => {
    await onFreshChannel(async () => {
      const before = await money();
      answerWith(meaning);
      expect((await create()).status).toBe(status);
      expect(await money()).toEqual(before);
    });
  });

  it('for a while waits, its money held', async () => {
    await onFreshChannel(async () => {
      const before = await money();
      answerWith('busy');
      const answer = await create();
      expect(answer).toMatchObject({ status: 200, body: { status: 'queued' } });
      expect(await money()).not.toEqual(before);
      await reelgate.ask('DELETE', `/v1/videos/${String(objectOf(answer.body)['id'])}`, { key });
      expect(await money()).toEqual(before);
    });
  });

  // The last, because what becomes of it later moves money too.
  it('or not, nobody knows, is in doubt, its money held', async () => {
    await onFreshChannel(async () => {
      const [before, tasks] = [await money(), vendor.books.length];
      answerWith('unclear');
      const answer = await create();
      expect(answer).toMatchObject({ status: 200, body: { status: 'queued' } });
      expect(vendor.books).toHaveLength(tasks);
      expect(await money()).not.toEqual(before);
    });
  });
});
