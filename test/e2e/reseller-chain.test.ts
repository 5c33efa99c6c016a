/** Two Reelgates in a row: a customer of the first, which is a customer of the second, which runs the job on its sandbox. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { liveCustomer } from '../support/live-customer.ts';
import type { LiveCustomer } from '../support/live-customer.ts';
import { startReceiver } from '../support/receiver.ts';
import type { Receiver } from '../support/receiver.ts';
import { objectOf, startTestReelgate } from '../support/reelgate.ts';
import type { TestReelgate } from '../support/reelgate.ts';

const MADE_MS = 120_000;

let behind: TestReelgate;
let wholesale: LiveCustomer;
beforeAll(async () => {
  behind = await startTestReelgate({ REELGATE_FETCH_ALLOW: '127.0.0.1' });
  wholesale = await liveCustomer(behind, '100');
}, MADE_MS);
afterAll(async () => {
  expect(await faults(behind)).toEqual([]);
  await behind.stop();
});

async function faults(reelgate: TestReelgate): Promise<unknown[]> {
  const { checks } = await reelgate.admin('GET', '/audit');
  return Array.isArray(checks) ? checks.filter((check) => objectOf(check)['ok'] !== true) : ['no audit'];
}

async function moneyOf(reelgate: TestReelgate, accountId: string): Promise<{ available: string; held: string }> {
  const account = await reelgate.admin('GET', `/accounts/${accountId}`);
  return { available: String(account['available_usd']), held: String(account['held_usd']) };
}

describe.each(['reelgate', 'reelgate-generations'])('a chain by the provider %s', (provider) => {
  let before: TestReelgate;
  /** What is called from outside is passed on to the first: its address is known before it has one. */
  let door: Receiver;
  let retail: { readonly key: string; readonly accountId: string };
  beforeAll(async () => {
    door = await startReceiver();
    before = await startTestReelgate({ REELGATE_PUBLIC_URL: `http://${door.host}`, REELGATE_FETCH_ALLOW: '127.0.0.1' });
    door.answer((response, { path, body }) => {
      fetch(`${before.url}${path}`, { method: 'POST', body })
        .then(({ status }) => response.writeHead(status).end())
        .catch(() => response.destroy());
    });
    const channel = { name: 'wholesale', provider, mode: 'live', base_url: behind.url, credentials: wholesale.key };
    await before.admin('POST', '/channels', channel);
    const account = await before.admin('POST', '/accounts', { name: 'retail' });
    const accountId = String(account['id']);
    await before.admin('POST', `/accounts/${accountId}/credits`, { amount_usd: '50', note: 'for a test' });
    const { key } = await before.admin('POST', '/keys', { account_id: accountId, name: 'retail', mode: 'live' });
    retail = { key: String(key), accountId };
  }, MADE_MS);
  afterAll(async () => {
    expect(await faults(before)).toEqual([]);
    await before.stop();
    await door.close();
  });

  async function create(prompt: string) {
    const body = { model: 'Kling-3.0-Omni', prompt, seconds: '5', size: '1280x720' };
    return before.ask('POST', '/v1/videos', { key: retail.key, body });
  }

  it('completes a job: a callback brings it home, and each end is charged once', { timeout: MADE_MS }, async () => {
    const funds = Number((await moneyOf(behind, wholesale.accountId)).available);
    const created = await create('a red fox runs in snow');
    expect(created, JSON.stringify(created.body)).toMatchObject({ status: 200 });
    const video = await before.ended(String(objectOf(created.body)['id']), retail.key);
    expect(video).toMatchObject({ status: 'completed', seconds: '5', size: '1280x720', cost: { charge: '0.42' } });
    expect(door.heard.length).toBeGreaterThan(0);
    expect(await moneyOf(before, retail.accountId)).toEqual({ available: '49.58', held: '0.00' });
    const paid = await moneyOf(behind, wholesale.accountId);
    expect([(funds - Number(paid.available)).toFixed(2), paid.held]).toEqual(['0.42', '0.00']);
    const { data } = await before.admin('GET', '/margins');
    expect(data).toMatchObject([{ name: 'wholesale', revenue_usd: '0.42', expense_usd: '0.42', margin_usd: '0.00' }]);
    const file = await fetch(`${before.url}/v1/videos/${String(video['id'])}/content`, {
      headers: { authorization: `Bearer ${retail.key}` },
    });
    expect(Buffer.from(await file.arrayBuffer()).toString('latin1', 4, 8)).toBe('ftyp');
  });

  it('answers with the refusal of its far end, which costs nobody anything', { timeout: MADE_MS }, async () => {
    const start = [await moneyOf(before, retail.accountId), await moneyOf(behind, wholesale.accountId)];
    const refused = await create('a fox [refuse:content_rejected]');
    expect(refused).toMatchObject({ status: 400, body: { error: { code: 'moderation_blocked' } } });
    expect([await moneyOf(before, retail.accountId), await moneyOf(behind, wholesale.accountId)]).toEqual(start);
  });

  it('fails a job that failed at its far end, and gives both their money back', { timeout: MADE_MS }, async () => {
    const start = [await moneyOf(before, retail.accountId), await moneyOf(behind, wholesale.accountId)];
    const { body } = await create('a fox [fail:content_rejected]');
    const video = await before.ended(String(objectOf(body)['id']), retail.key);
    expect(video).toMatchObject({ status: 'failed', error: { code: 'moderation_blocked' }, cost: { charge: '0.00' } });
    expect([await moneyOf(before, retail.accountId), await moneyOf(behind, wholesale.accountId)]).toEqual(start);
  });
});
