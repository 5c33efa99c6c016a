/** What a simulated installation begins with: accounts with money, keys, receivers of webhooks, and channels. */

import { createHash } from 'node:crypto';

import { grantCredit, insertAccount, insertKey, readKey, updateAccount } from '../../src/store/accounts.ts';
import type { ApiKey } from '../../src/store/accounts.ts';
import { insertChannel } from '../../src/store/channels.ts';
import { credentialContext, insertCredentials } from '../../src/store/credentials.ts';
import type { Database } from '../../src/store/database.ts';
import { insertEndpoint } from '../../src/store/webhooks.ts';
import type { NewEndpoint } from '../../src/store/webhooks.ts';
import type { Secrets } from '../../src/secrets.ts';
import { MICROS_PER_SECOND } from './books.ts';
import type { ChannelPlaces } from './invariants.ts';
import type { Vendor } from './vendor.ts';
import type { World } from './world.ts';

export type Furniture = {
  readonly keys: readonly ApiKey[];
  readonly vendorOfChannel: ReadonlyMap<string, string>;
  readonly places: ChannelPlaces;
};

const ACCOUNTS = 2;
const MODELS = ['Kling-2.0', 'jimeng-video-2.0', 'OS-2.0'];
const RICH_MICROS = 100_000_000n;
/** Enough for two or three videos. */
const POOR_MICROS = 3_000_000n;

export async function furnish(
  world: World,
  link: Database,
  secrets: Secrets,
  vendors: readonly Vendor[],
  newId: () => string,
): Promise<Furniture> {
  const keys: ApiKey[] = [];
  for (let index = 0; index < ACCOUNTS; index += 1) keys.push(await addCustomer(world, link, newId, index));
  const vendorOfChannel = new Map<string, string>();
  const places = new Map<string, number | null>();
  // With no limits anywhere, jobs and their first attempts are written together.
  const isBoundless = world.random.chance(0.5);
  for (const vendor of vendors) {
    const channelId = newId();
    const maxConcurrency = isBoundless ? null : world.random.pick([null, null, 1, 2]);
    await insertChannel(link, {
      id: channelId,
      name: `channel of ${vendor.name}`,
      provider: vendor.name,
      mode: 'live',
      baseUrl: null,
      models: null,
      modelMap: {},
      priority: world.random.below(2),
      weight: 1 + world.random.below(3),
      maxConcurrency,
      requestsPerMinute: isBoundless ? null : world.random.pick([null, null, null, 30]),
      state: 'enabled',
      costs: MODELS.map((model) => ({ model, unit: 'second', micros: MICROS_PER_SECOND, when: {} })),
      retryAfterFailure: world.random.chance(0.5),
    });
    const credential = { id: newId(), channelId };
    const sealed = secrets.seal('the-key', credentialContext(credential));
    await insertCredentials(link, [{ ...credential, sealed, tail: null, state: 'enabled' }]);
    vendorOfChannel.set(channelId, vendor.name);
    places.set(channelId, maxConcurrency);
  }
  return { keys, vendorOfChannel, places };
}

async function addCustomer(world: World, link: Database, newId: () => string, index: number): Promise<ApiKey> {
  const id = newId();
  const name = `account ${index + 1}`;
  await insertAccount(link, id, name);
  const amountMicros = world.random.chance(0.8) ? RICH_MICROS : POOR_MICROS;
  await grantCredit(link, { accountId: id, amountMicros, note: 'to begin with', actor: 'sim', opKey: `grant:${id}` });
  if (world.random.chance(0.3)) {
    const budgets = { dailyMicros: RICH_MICROS / 20n, monthlyMicros: RICH_MICROS / 10n };
    await updateAccount(link, id, { name, budgets, limits: {} });
  }
  const owner = { accountId: id, mode: 'live' as const };
  const endpoint: NewEndpoint = {
    ...owner,
    id: newId(),
    name: 'receiver',
    url: 'https://receiver.example/hook',
    host: 'receiver.example',
    eventTypes: ['video.completed', 'video.failed'],
    secretSealed: Buffer.from('sealed'),
    secretHint: 'hint',
  };
  await insertEndpoint(link, endpoint, 1);
  const keyId = newId();
  const digest = createHash('sha256').update(keyId).digest();
  const free = { models: null, allowedIps: null, limits: {}, expiresAt: null };
  await insertKey(link, { ...owner, ...free, id: keyId, name: 'key', digest, prefix: 'sk', tail: 'tail' });
  const key = await readKey(link, keyId);
  if (key === null) throw new Error('the key that was just made is gone');
  return key;
}
