/** Ready-made rows for tests that begin in the middle: an account with money, a key, a channel, a job. */

import { randomBytes } from 'node:crypto';

import type { KeyMode } from '../../src/model/job.ts';
import type { Micros } from '../../src/model/money.ts';
import type { VideoSpec } from '../../src/model/spec.ts';
import { grantCredit, insertAccount, insertKey } from '../../src/store/accounts.ts';
import { insertChannel, readChannel } from '../../src/store/channels.ts';
import { insertCredentials } from '../../src/store/credentials.ts';
import type { Database } from '../../src/store/database.ts';
import type { NewJob } from '../../src/store/new-jobs.ts';
import { newId } from '../../src/new-id.ts';

export async function accountWith(db: Database, amountMicros: Micros): Promise<string> {
  const id = newId();
  await insertAccount(db, id, 'Test account');
  if (amountMicros > 0n)
    await grantCredit(db, { accountId: id, amountMicros, note: 'for a test', actor: 'test', opKey: `grant:${id}` });
  return id;
}

export async function keyOf(db: Database, accountId: string, mode: KeyMode): Promise<string> {
  const id = newId();
  const fixed = {
    name: 'key',
    prefix: 'sk',
    tail: 'tail',
    models: null,
    allowedIps: null,
    limits: {},
    expiresAt: null,
  };
  await insertKey(db, { id, accountId, mode, digest: randomBytes(32), ...fixed });
  return id;
}

export async function sandboxChannel(db: Database, mode: KeyMode, sealed: Buffer): Promise<string> {
  const id = newId();
  const open = {
    baseUrl: null,
    models: null,
    modelMap: {},
    priority: 0,
    weight: 1,
    maxConcurrency: null,
    requestsPerMinute: null,
  };
  await insertChannel(db, {
    id,
    name: `channel ${id}`,
    provider: 'sandbox',
    mode,
    state: 'enabled',
    ...open,
  });
  await insertCredentials(db, [{ id: newId(), channelId: id, sealed, tail: null, state: 'enabled' }]);
  return id;
}

/** The channel's first credential. */
export async function credentialOf(db: Database, channelId: string): Promise<string> {
  const id = (await readChannel(db, channelId))?.credentials[0]?.id;
  if (id === undefined) throw new Error('the channel has a credential');
  return id;
}

export const SPEC: VideoSpec = {
  model: 'Kling-3.0-Omni',
  requestedModel: 'Kling-3.0-Omni',
  mode: 'text',
  scene: null,
  prompt: 'a cat',
  negativePrompt: null,
  inputs: [],
  seconds: 5,
  billedSeconds: 5,
  resolution: '720p',
  ratio: '16:9',
  width: 1280,
  height: 720,
  fps: 24,
  audio: false,
  bgm: false,
  seed: null,
  count: 1,
  offPeak: false,
  motionLevel: null,
  watermark: false,
  callbackUrl: null,
  payload: null,
  user: null,
  vendor: {},
};

/** A job of five seconds for one dollar, leased to `node`. */
export function jobOf(accountId: string, keyId: string, over: Partial<NewJob> = {}): NewJob {
  return {
    id: newId(),
    accountId,
    keyId,
    mode: 'live',
    dialect: 'openai',
    spec: SPEC,
    notes: [],
    price: { unit: 'second', micros: 200_000n },
    quoteMicros: 1_000_000n,
    holdMicros: 1_000_000n,
    leaseOwner: 'node',
    leaseMs: 60_000,
    deadlineMs: 3_600_000,
    ...over,
  };
}
