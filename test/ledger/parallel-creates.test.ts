/** Two hundred creates at once on a balance for fifty: the whole server, real requests. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { formatUsd, parseUsd } from '../../src/model/money.ts';
import { objectOf, startTestReelgate } from '../support/reelgate.ts';
import type { TestReelgate } from '../support/reelgate.ts';

const ASKED = 200;
const PAID = 50;
/** Never finished, so that no job gives anything back while the others ask. */
const VIDEO = { model: 'Kling-3.0-Omni', prompt: 'a paper boat [stuck]', seconds: '5', size: '1280x720' };

let server: TestReelgate;
beforeAll(async () => {
  server = await startTestReelgate();
  await server.admin('POST', '/channels', { name: 'Live', provider: 'sandbox', mode: 'live', credentials: 'none' });
});
afterAll(() => server.stop());

async function tenant(balanceUsd: string, more: object = {}): Promise<{ account: string; key: string; keyId: string }> {
  const account = String((await server.admin('POST', '/accounts', { name: 'Racer', ...more }))['id']);
  await server.admin('POST', `/accounts/${account}/credits`, { amount_usd: balanceUsd, note: 'start' });
  const made = await server.admin('POST', '/keys', { account_id: account, name: 'k', mode: 'live' });
  return { account, key: String(made['key']), keyId: String(made['id']) };
}

/** What one such video is quoted at, in micro-USD. */
async function priceOfOne(): Promise<bigint> {
  const { key } = await tenant('1000');
  const created = objectOf((await server.ask('POST', '/v1/videos', { key, body: VIDEO })).body);
  const id = String(created['id']).replace(/^video_/, '');
  return parseUsd(String((await server.admin('GET', `/jobs/${id}`))['hold_usd'])) ?? 0n;
}

async function askAll(key: string): Promise<{ accepted: number; refused: { status: number; error: object }[] }> {
  const answers = await Promise.all(
    Array.from({ length: ASKED }, () => server.ask('POST', '/v1/videos', { key, body: VIDEO })),
  );
  const refused = answers.filter((answer) => answer.status >= 400);
  return {
    accepted: answers.length - refused.length,
    refused: refused.map(({ status, body }) => ({ status, error: objectOf(objectOf(body)['error'] ?? null) })),
  };
}

describe('two hundred creates at once', () => {
  it('on a balance for fifty make fifty videos, leave nothing, and tell the others that funds are short', async () => {
    const price = await priceOfOne();
    const { account, key } = await tenant(formatUsd(price * BigInt(PAID)));
    const { accepted, refused } = await askAll(key);
    expect(accepted).toBe(PAID);
    expect(refused).toHaveLength(ASKED - PAID);
    for (const { status, error } of refused) {
      expect(status).toBe(402);
      expect(error).toMatchObject({ type: 'insufficient_quota', code: 'insufficient_quota' });
    }
    expect(await server.admin('GET', `/accounts/${account}`)).toMatchObject({
      available_usd: '0.00',
      held_usd: formatUsd(price * BigInt(PAID)),
    });
    expect(await server.admin('GET', '/audit')).toMatchObject({ ok: true });
  });

  it('on a key with a budget for fifty make fifty, and the refusal names the budget', async () => {
    const price = await priceOfOne();
    const { account, key, keyId } = await tenant('1000');
    const budget = formatUsd(price * BigInt(PAID) + 1n);
    await server.admin('PATCH', `/keys/${keyId}`, { limits: { budget_daily_usd: budget } });
    const { accepted, refused } = await askAll(key);
    expect(accepted).toBe(PAID);
    expect(refused[0]).toMatchObject({
      status: 402,
      error: { message: expect.stringContaining(`The daily budget of this key, ${budget} USD, is too low`) },
    });
    const spent = formatUsd(price * BigInt(PAID));
    expect(await server.admin('GET', `/accounts/${account}`)).toMatchObject({
      held_usd: spent,
      spent_today_usd: spent,
    });
    expect(await server.admin('GET', '/audit')).toMatchObject({ ok: true });
  });
});
