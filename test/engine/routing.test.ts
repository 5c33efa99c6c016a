/** Routing on real nodes and a real database, with vendors that keep their own books. */

import { afterEach, describe, expect, it, vi } from 'vitest';

import type { EngineLimits } from '../../src/engine/engine-context.ts';
import { isObject } from '../../src/model/json.ts';
import type { Json, JsonObject } from '../../src/model/json.ts';
import { takeTurn } from '../../src/store/places.ts';
import { fakeVendor } from '../support/fake-vendor.ts';
import type { FakeVendor } from '../support/fake-vendor.ts';
import { objectOf, startTestReelgate } from '../support/reelgate.ts';
import type { Answer, TestReelgate } from '../support/reelgate.ts';

const MODEL = 'viduq3-turbo';
const SOON = { timeout: 20_000, interval: 20 };

type Node = TestReelgate & { readonly vendor: FakeVendor; readonly forwardMs: (ms: number) => void };

const running: TestReelgate[] = [];
afterEach(async () => {
  for (const node of running.splice(0).reverse()) await node.stop();
});

/** A node whose test jobs go to a fake vendor only. */
async function start(
  vendor: FakeVendor = fakeVendor(),
  beside: TestReelgate | null = null,
  limits: Partial<EngineLimits> = {},
): Promise<Node> {
  let aheadMs = 0;
  const overrides = { limits, providers: [vendor.provider], nowMs: () => Date.now() + aheadMs };
  const node = await startTestReelgate({}, overrides, beside);
  running.push(node);
  if (beside === null) {
    for (const channel of listOf((await node.admin('GET', '/channels'))['data']))
      await node.admin('PATCH', `/channels/${String(channel['id'])}`, { enabled: false });
  }
  return { ...node, vendor, forwardMs: (ms) => void (aheadMs += ms) };
}

function listOf(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

async function addChannel(node: Node, settings: JsonObject = {}): Promise<string> {
  const base = { name: `channel ${Math.random()}`, provider: 'fake', mode: 'test', credentials: 'key-one' };
  return String((await node.admin('POST', '/channels', { ...base, ...settings }))['id']);
}

async function newKey(node: Node): Promise<string> {
  const account = await node.admin('POST', '/accounts', { name: 'an account' });
  const key = await node.admin('POST', '/keys', { account_id: String(account['id']), name: 'key', mode: 'test' });
  return String(key['key']);
}

function create(node: TestReelgate, prompt: string, key = node.testKey, more: JsonObject = {}): Promise<Answer> {
  return node.ask('POST', '/v1/videos', { key, body: { model: MODEL, prompt, ...more } });
}

async function jobOfAnswer(node: Node, answer: Answer): Promise<JsonObject> {
  expect(answer.status).toBe(200);
  return node.admin('GET', `/jobs/${String(objectOf(answer.body)['id']).replace('video_', '')}`);
}

async function count(node: Node, table: 'job' | 'asset' | 'attempt' | 'event', where = 'true'): Promise<number> {
  const [row] = await node.db.query<{ rows: number }>(`select count(*)::integer as rows from ${table} where ${where}`);
  return row?.rows ?? 0;
}

const prompts = (vendor: FakeVendor): string[] => vendor.submits.map(({ prompt }) => prompt);

describe('a channel with so many places', () => {
  it('never has more jobs than that, however many are made at once on two nodes, and makes them all', async () => {
    const vendor = fakeVendor();
    const one = await start(vendor);
    const two = await start(vendor, one);
    await addChannel(one, { max_concurrency: 5 });
    const keys = await Promise.all(Array.from({ length: 5 }, () => newKey(one)));
    const made = await Promise.all(
      Array.from({ length: 50 }, (_, n) => create(n % 2 === 0 ? one : two, `job ${n}`, keys[n % keys.length])),
    );
    expect(made.map(({ status }) => status)).toEqual(Array.from({ length: 50 }, () => 200));
    expect(vendor.most()).toBe(5);
    vendor.endsAtOnce = true;
    await vi.waitFor(async () => expect(await count(one, 'job', `state = 'failed'`)).toBe(50), SOON);
    expect(vendor.most()).toBe(5);
    expect(new Set(prompts(vendor)).size).toBe(50);
    expect(vendor.submits).toHaveLength(50);
  });

  it('is given to those who wait in a fair order: each account in turn, its oldest first, off-peak jobs last', async () => {
    const node = await start();
    await addChannel(node, { max_concurrency: 1 });
    const [a, b] = [await newKey(node), await newKey(node)];
    await create(node, 'first', a);
    await create(node, 'off-peak', b, { offpeak: true });
    for (const prompt of ['a1', 'a2', 'a3', 'a4']) await create(node, prompt, a);
    for (const prompt of ['b1', 'b2']) await create(node, prompt, b);
    expect(prompts(node.vendor)).toEqual(['first']);
    node.vendor.endsAtOnce = true;
    await vi.waitFor(() => expect(node.vendor.submits).toHaveLength(8), SOON);
    expect(prompts(node.vendor)).toEqual(['first', 'a1', 'b1', 'a2', 'b2', 'a3', 'a4', 'off-peak']);
  });

  it('is not given to a new job while others wait for it', async () => {
    const node = await start();
    const channel = await addChannel(node, { max_concurrency: 1 });
    await create(node, 'running');
    const waiting = await create(node, 'waiting');
    expect(await jobOfAnswer(node, waiting)).toMatchObject({ state: 'queued', waits_for: [channel], attempts: [] });
    node.vendor.end('running');
    await Promise.all([create(node, 'newer'), create(node, 'newest')]);
    node.vendor.endsAtOnce = true;
    await vi.waitFor(() => expect(node.vendor.submits).toHaveLength(4), SOON);
    expect(prompts(node.vendor).slice(0, 2)).toEqual(['running', 'waiting']);
  });

  it('takes the waiting at once when it is given more places', async () => {
    const node = await start();
    const channel = await addChannel(node, { max_concurrency: 1 });
    for (const prompt of ['one', 'two', 'three']) await create(node, prompt);
    expect(node.vendor.making()).toBe(1);
    await node.admin('PATCH', `/channels/${channel}`, { max_concurrency: 3 });
    await vi.waitFor(() => expect(node.vendor.making()).toBe(3), SOON);
  });
});

describe('a channel with so many requests per minute', () => {
  it('never begins more than that, however many nodes ask, and keeps some for looking at running jobs', async () => {
    const node = await start();
    // One in two seconds, besides those that are 4 or 6 seconds early.
    const id = await addChannel(node, { requests_per_minute: 33 });
    const channel = { id, requestsPerMinute: 33 };
    const take = async (kind: 'submit' | 'look'): Promise<number> =>
      (await Promise.all(Array.from({ length: 20 }, () => takeTurn(node.db, channel, kind)))).filter(Boolean).length;
    expect(await take('submit')).toBe(3);
    expect(await take('look')).toBe(1);
    expect(await take('submit')).toBe(0);
  });

  it('makes jobs over it wait, not fail', async () => {
    const node = await start();
    await addChannel(node, { requests_per_minute: 600 });
    const startedMs = performance.now();
    const answers = await Promise.all(Array.from({ length: 40 }, (_, n) => create(node, `job ${n}`)));
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    // One in 110 ms, besides those that are 4 s early.
    const { length } = node.vendor.submits;
    expect(length).toBeLessThanOrEqual(1 + (4_000 + performance.now() - startedMs) / 110);
    await vi.waitFor(() => expect(node.vendor.submits).toHaveLength(40), SOON);
  });
});

describe('a vendor that does not answer', () => {
  it('is left alone after a few failures, and tried again with one job after a while', async () => {
    const node = await start();
    const channel = await addChannel(node);
    node.vendor.refuse('key-one', 'unreachable');
    for (let n = 0; n < 8; n += 1) expect((await create(node, `lost ${n}`)).status).toBe(503);
    expect(node.vendor.submits).toHaveLength(5);
    const preview = await node.admin('POST', '/route', { mode: 'test', request: { model: MODEL, prompt: 'x' } });
    expect(preview).toMatchObject({ outcome: 'unhealthy', channel_id: null });
    expect(listOf(preview['candidates'])).toContainEqual({
      channel_id: channel,
      channel: expect.any(String),
      verdict: 'unhealthy',
      because: 'it rests after failures (no_answer)',
    });
    expect(await node.admin('GET', `/channels/${channel}`)).toMatchObject({ health: { state: 'open' } });

    node.forwardMs(5_000);
    await Promise.all(Array.from({ length: 5 }, (_, n) => create(node, `probe ${n}`)));
    expect(node.vendor.submits).toHaveLength(6);
    node.forwardMs(10_000);
    node.vendor.refuse('key-one', null);
    expect((await create(node, 'found')).status).toBe(200);
    expect((await create(node, 'again')).status).toBe(200);
    expect(await node.admin('GET', `/channels/${channel}`)).toMatchObject({ health: { state: 'closed' } });
  });

  it('is passed over for one that does', async () => {
    const node = await start();
    await addChannel(node, { priority: 1, credentials: 'key-dead' });
    await addChannel(node);
    node.vendor.refuse('key-dead', 'unreachable');
    for (let n = 0; n < 8; n += 1) expect((await create(node, `job ${n}`)).status).toBe(200);
    expect(node.vendor.submits.filter(({ credential }) => credential === 'key-dead')).toHaveLength(5);
    expect(node.vendor.making()).toBe(8);
  });
});

describe('a pool of credentials', () => {
  it('goes on with the others when one is refused, and says so', async () => {
    const node = await start();
    const channel = await addChannel(node, { credentials: 'key-one\nkey-two\n\nkey-three' });
    node.vendor.refuse('key-two', { kind: 'upstream_credential', message: 'no such key' });
    const answers = [];
    for (let n = 0; n < 20; n += 1) answers.push(await create(node, `job ${n}`));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200));
    const used = node.vendor.submits.map(({ credential }) => credential);
    expect(used.filter((credential) => credential === 'key-two').length).toBeLessThanOrEqual(1);
    expect(new Set(used).size).toBeGreaterThanOrEqual(2);
    const { credentials } = await node.admin('GET', `/channels/${channel}`);
    expect(listOf(credentials)).toHaveLength(3);
  });

  it('tries each of them before the job fails', async () => {
    const node = await start();
    await addChannel(node, { credentials: 'key-one\nkey-two' });
    for (const key of ['key-one', 'key-two'])
      node.vendor.refuse(key, { kind: 'upstream_credential', message: 'no such key' });
    expect((await create(node, 'refused')).status).toBe(503);
    expect(node.vendor.submits.map(({ credential }) => credential).sort()).toEqual(['key-one', 'key-two']);
  });
});

describe('a vendor that takes no more for now', () => {
  it('makes the job wait until it does, after all others were asked', async () => {
    const node = await start();
    await addChannel(node, { credentials: 'key-one\nkey-two' });
    const busy = { kind: 'rate_limited', message: 'too many', retryAfterMs: 600 } as const;
    for (const key of ['key-one', 'key-two']) node.vendor.refuse(key, busy);
    const answer = await create(node, 'patient');
    expect(await jobOfAnswer(node, answer)).toMatchObject({ state: 'queued', attempt_count: 2 });
    for (const key of ['key-one', 'key-two']) node.vendor.refuse(key, null);
    await vi.waitFor(() => expect(node.vendor.making()).toBe(1), SOON);
    expect(node.vendor.submits).toHaveLength(3);
  });

  it('is told to the client at once where refusals are final', async () => {
    const vendor = fakeVendor('fake', { refusalsAreFinal: true });
    const node = await start(vendor);
    await addChannel(node);
    vendor.refuse('key-one', { kind: 'rate_limited', message: 'too many' });
    for (let n = 0; n < 7; n += 1) expect((await create(node, 'told')).status).toBe(429);
    expect(vendor.submits).toHaveLength(7);
  });

  it('is asked four times at most for one job', async () => {
    const node = await start();
    const keys = Array.from({ length: 6 }, (_, n) => `key-${n}`);
    await addChannel(node, { credentials: keys.join('\n') });
    for (const key of keys) node.vendor.refuse(key, { kind: 'upstream_credential', message: 'no such key' });
    expect((await create(node, 'often')).status).toBe(503);
    expect(node.vendor.submits).toHaveLength(4);
  });
});

describe('a vendor that is slow to refuse', () => {
  it('is the last one asked when the time for all attempts is nearly over', async () => {
    let asked = 0;
    const vendor = fakeVendor('fake', {
      submit: async () => {
        asked += 1;
        await new Promise((resolve) => setTimeout(resolve, 600));
        return { kind: 'refused', failure: { kind: 'upstream_credential', message: 'no such key' } };
      },
    });
    const node = await start(vendor, null, { roundMs: 2_000, attemptMs: 1_000 });
    await addChannel(node, { credentials: ['a', 'b', 'c', 'd', 'e'].join('\n') });
    expect((await create(node, 'slow')).status).toBe(503);
    expect(asked).toBe(2);
  });
});

describe('a running job', () => {
  it('is looked after with the credential it began with, whatever becomes of its channel', async () => {
    const node = await start();
    const id = await addChannel(node, { credentials: 'key-old' });
    const [checked, cancelled] = [await create(node, 'checked'), await create(node, 'cancelled')];
    await node.admin('PATCH', `/channels/${id}`, { credentials: 'key-new', enabled: false });
    await node.admin('DELETE', `/channels/${id}`);
    const [task, other] = [...node.vendor.tasks.values()];
    task?.asked.clear();
    await vi.waitFor(() => expect([...(task?.asked ?? [])]).toEqual(['key-old']), SOON);
    await node.admin('POST', `/jobs/${String((await jobOfAnswer(node, cancelled))['id'])}/cancel`);
    expect([other?.over, ...(other?.asked ?? [])]).toEqual([true, 'key-old']);
    node.vendor.end('checked');
    await vi.waitFor(async () => expect(await jobOfAnswer(node, checked)).toMatchObject({ state: 'failed' }), SOON);
    expect(listOf((await jobOfAnswer(node, checked))['attempts'])).toMatchObject([
      { credential_id: expect.any(String), candidates: [{ verdict: 'chosen' }, { verdict: 'not_enabled' }] },
    ]);
  });
});

describe('a dry run', () => {
  const request = { model: 'sora-2', prompt: 'x', seconds: '4' };

  it('says where a request would go and makes nothing', async () => {
    const node = await start();
    const channel = await addChannel(node, { priority: 3 });
    const before = await Promise.all(
      (['job', 'asset', 'attempt', 'event'] as const).map((table) => count(node, table)),
    );
    const asked = await node.ask('POST', '/v1/videos?dry_run=1&mode=test', { key: node.adminKey, body: request });
    expect(asked.status).toBe(200);
    expect(asked.body).toMatchObject({
      object: 'dry_run',
      outcome: 'channel',
      channel_id: channel,
      quote_usd: expect.stringMatching(/^\d/),
      spec: { requestedModel: 'sora-2', seconds: 4 },
    });
    const same = await node.admin('POST', '/route', { mode: 'test', request });
    expect(same).toEqual(asked.body);
    expect(
      listOf(same['candidates'])
        .map((candidate) => candidate['verdict'])
        .sort(),
    ).toEqual(['chosen', 'not_enabled']);
    const after = await Promise.all((['job', 'asset', 'attempt', 'event'] as const).map((table) => count(node, table)));
    expect(after).toEqual(before);
    expect(node.vendor.submits).toEqual([]);
  });

  it('shows whether the account could pay', async () => {
    const node = await start();
    await addChannel(node, { mode: 'live' });
    const { id } = await node.admin('POST', '/accounts', { name: 'poor' });
    const headers = { 'x-reelgate-account': String(id) };
    const poor = await node.ask('POST', '/v1/videos?dry_run=1', { key: node.adminKey, body: request, headers });
    expect(poor.body).toMatchObject({ available_usd: '0.00', affordable: false, mode: 'live' });
  });

  it('is for operators only, and is never taken for a create', async () => {
    const node = await start();
    await addChannel(node);
    expect((await node.ask('POST', '/v1/videos?dry_run=1', { body: request })).status).toBe(401);
    const wrong = await node.ask('POST', '/v1/videos?dry_run=1', {
      key: node.adminKey,
      body: { ...request, model: 'x' },
    });
    expect(wrong.status).toBe(400);
    expect(await count(node, 'job')).toBe(0);
  });
});
