/** Accounts with money and a live key. */

import { randomBytes } from 'node:crypto';

import type { TestReelgate } from './reelgate.ts';

export type LiveCustomer = { readonly key: string; readonly accountId: string };

/** On a channel that gives the sandbox to live keys. */
export async function liveCustomer(reelgate: TestReelgate, usd: string): Promise<LiveCustomer> {
  const name = randomBytes(6).toString('hex');
  await reelgate.admin('POST', '/channels', { name, provider: 'sandbox', mode: 'live', credentials: '' });
  return customerOf(reelgate, usd);
}

/** The same, on whatever channels there are. */
export async function customerOf(reelgate: TestReelgate, usd: string): Promise<LiveCustomer> {
  const name = randomBytes(6).toString('hex');
  const account = await reelgate.admin('POST', '/accounts', { name });
  const accountId = String(account['id']);
  await reelgate.admin('POST', `/accounts/${accountId}/credits`, { amount_usd: usd, note: 'for a test' });
  const { key } = await reelgate.admin('POST', '/keys', { account_id: accountId, name, mode: 'live' });
  return { key: String(key), accountId };
}
