/** How many jobs a key and an account may have at one time, whichever nodes they come through. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { isObject } from '../../src/model/json.ts';
import type { Json } from '../../src/model/json.ts';
import { startTestReelgate } from '../support/reelgate.ts';
import type { Answer, TestReelgate } from '../support/reelgate.ts';
import { fakeVendor } from '../support/fake-vendor.ts';
import type { FakeVendor } from '../support/fake-vendor.ts';
import { liveCustomer } from '../support/live-customer.ts';

let vendor: FakeVendor;
let first: TestReelgate;
let second: TestReelgate;
beforeAll(async () => {
  vendor = fakeVendor('sandbox');
  first = await startTestReelgate({}, { providers: [vendor.provider] });
  second = await startTestReelgate({}, { providers: [vendor.provider] }, first);
});
afterAll(async () => {
  await second.stop();
  await first.stop();
});

let made = 0;
function create(key: string, node: TestReelgate = first): Promise<Answer> {
  made += 1;
  const body = { model: 'Kling-3.0-Omni', prompt: `job ${made}`, seconds: '5', size: '1280x720' };
  return node.ask('POST', '/v1/videos', { key, body });
}

function codeOf({ body }: Answer): Json {
  const error = isObject(body) ? body['error'] : null;
  return isObject(error ?? null) ? ((error as { code: string }).code ?? null) : null;
}

async function keyWith(
  limits: Record<string, number>,
  accountId: string,
  mode: 'live' | 'test' = 'live',
): Promise<string> {
  const { key } = await first.admin('POST', '/keys', { account_id: accountId, name: 'limited', mode, limits });
  return String(key);
}

describe('concurrent jobs', () => {
  it('of a key are refused beyond its limit, with the time to wait and no money held', async () => {
    const { accountId } = await liveCustomer(first, '1000');
    const key = await keyWith({ concurrent_jobs: 2 }, accountId);
    const answers = [await create(key), await create(key)];
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    const before = await first.admin('GET', `/accounts/${accountId}`);
    const refused = await create(key);
    expect([refused.status, codeOf(refused), refused.headers.get('retry-after')]).toEqual([
      429,
      'concurrency_limit',
      '5',
    ]);
    expect(JSON.stringify(refused.body)).toContain('this API key may have 2');
    expect(await first.admin('GET', `/accounts/${accountId}`)).toEqual(before);
  });

  it('are let in again when one has ended', async () => {
    const { accountId } = await liveCustomer(first, '1000');
    const key = await keyWith({ concurrent_jobs: 1 }, accountId);
    const { body } = await create(key);
    const id = String((body as { id: string }).id);
    expect((await create(key)).status).toBe(429);
    vendor.end(`job ${made - 1}`);
    await first.ended(id, key);
    expect((await create(key)).status).toBe(200);
  });

  it('of an account count for all of its keys, live and for tests', async () => {
    const { accountId, key } = await liveCustomer(first, '1000');
    await first.admin('PATCH', `/accounts/${accountId}`, { limits: { concurrent_jobs: 2 } });
    const test = await keyWith({}, accountId, 'test');
    expect((await create(key)).status).toBe(200);
    expect((await create(test)).status).toBe(200);
    expect([codeOf(await create(key)), codeOf(await create(test))]).toEqual(['concurrency_limit', 'concurrency_limit']);
    await first.admin('PATCH', `/accounts/${accountId}`, { limits: null });
    expect((await create(key)).status).toBe(200);
  });

  it('that were made before there was a limit count', async () => {
    const { accountId, key } = await liveCustomer(first, '1000');
    expect((await create(key)).status).toBe(200);
    await first.admin('PATCH', `/accounts/${accountId}`, { limits: { concurrent_jobs: 1 } });
    expect(codeOf(await create(key))).toBe('concurrency_limit');
  });

  it('are never more than allowed, however many come at once through however many nodes', async () => {
    const { accountId } = await liveCustomer(first, '1000');
    const keys = [await keyWith({ concurrent_jobs: 4 }, accountId), await keyWith({ concurrent_jobs: 4 }, accountId)];
    await first.admin('PATCH', `/accounts/${accountId}`, { limits: { concurrent_jobs: 6 } });
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, n) => create(keys[n % 2] ?? '', n % 4 < 2 ? first : second)),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(6);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(34);
    const counted = await first.db.query<{ jobs: bigint }>(
      'select count(*) as jobs from job where account_id = $1 group by key_id',
      [accountId],
    );
    for (const { jobs } of counted) expect(jobs).toBeLessThanOrEqual(4n);
  });
});

describe('requests per minute', () => {
  it('hold across nodes for what makes something', async () => {
    const { accountId } = await liveCustomer(first, '1000');
    const key = await keyWith({ requests_per_minute: 5 }, accountId);
    const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => create(key, n % 2 === 0 ? first : second)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(5);
    for (const { status, headers } of answers)
      if (status === 429) expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  });
});
