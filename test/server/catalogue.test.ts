/** The catalogue in the operator's hands: rows and prices changed while jobs run, on every node, and nothing paid twice. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { listModels } from '../../src/catalogue/index.ts';
import { runAudit } from '../../src/ledger/audit.ts';
import type { Json, JsonObject } from '../../src/model/json.ts';
import { smallClip } from '../support/clips.ts';
import { fakeVendor } from '../support/fake-vendor.ts';
import { liveCustomer } from '../support/live-customer.ts';
import type { LiveCustomer } from '../support/live-customer.ts';
import { serveMedia } from '../support/media-server.ts';
import type { MediaServer } from '../support/media-server.ts';
import { quickVendor } from '../support/quick-vendor.ts';
import { objectOf, startTestReelgate } from '../support/reelgate.ts';
import type { Answer, TestReelgate } from '../support/reelgate.ts';

const SOON = { timeout: 20_000, interval: 20 };
const PATIENCE_MS = 60_000;

const OWN = {
  label: 'Ours',
  family: 'ours',
  prompt_max_chars: 500,
  modes: { text: { prompt: 'required', ratio: 'choice' } },
  seconds: { values: [5, 10] },
  resolutions: { values: ['480p'] },
  ratios: { values: ['16:9'] },
  servings: { patient: { upstream: { model: 'ours-v1' } } },
  prices: [{ unit: 'second', usd: '0.02' }],
};

/** Keeps what it was told to make, and with which words, until it is told to end it. */
const words: JsonObject[] = [];
const patient = fakeVendor('patient', { servesEveryModel: false });
const provider: typeof patient.provider = {
  ...patient.provider,
  submit: (spec, upstream, io) => {
    words.push(upstream);
    return patient.provider.submit(spec, upstream, io);
  },
};

let directory: string;
let media: MediaServer;
let node: TestReelgate;
let other: TestReelgate;
let customer: LiveCustomer;
beforeAll(async () => {
  const clip = await smallClip();
  directory = await mkdtemp(join(tmpdir(), 'reelgate-clip-'));
  await writeFile(join(directory, 'clip.mp4'), clip);
  media = await serveMedia({ '/clip.mp4': { type: 'video/mp4', bytes: clip } });
  const env = { REELGATE_FETCH_ALLOW: media.host };
  const providers = [provider, quickVendor(join(directory, 'clip.mp4'))];
  node = await startTestReelgate(env, { providers });
  other = await startTestReelgate(env, { providers }, node);
  customer = await liveCustomer(node, '100');
  await keepSandboxFrom('ours-1');
  const channel = { name: 'patient', provider: 'patient', mode: 'live', credentials: 'key', priority: 9 };
  await node.admin('POST', '/channels', { ...channel, max_concurrency: 1 });
}, PATIENCE_MS);
afterAll(async () => {
  const audit = await runAudit(node.db);
  await other.stop();
  await node.stop();
  await media.close();
  await rm(directory, { recursive: true });
  expect(audit.checks.filter(({ ok }) => !ok)).toEqual([]);
});

/** So that its jobs wait for the one provider that their row names. */
async function keepSandboxFrom(own: string): Promise<void> {
  const names = listModels().map(({ id }) => id);
  expect(names).not.toContain(own);
  const { data } = await node.admin('GET', '/channels');
  const sandbox = Array.isArray(data) ? data.map(objectOf).find(({ mode }) => mode === 'live') : undefined;
  await node.admin('PATCH', `/channels/${String(sandbox?.['id'])}`, { models: names });
}

function create(body: JsonObject, key = customer.key): Promise<Answer> {
  return node.ask('POST', '/v1/videos', { key, body: { prompt: 'a cat', ...body } });
}

function override(name: string, patch: JsonObject, more: JsonObject = {}): Promise<JsonObject> {
  return node.admin('PUT', `/models/${name}`, { override: patch, ...more });
}

async function estimate(model: string, at = node): Promise<Json> {
  const answer = await at.ask('POST', '/v1/videos/estimate', { key: customer.key, body: { model, prompt: 'a cat' } });
  return answer.status === 200 ? (objectOf(answer.body)['amount_usd'] ?? null) : answer.status;
}

async function admin(method: string, path: string, body?: Json): Promise<Answer> {
  return node.ask(method, `/admin/v1${path}`, { key: node.adminKey, ...(body === undefined ? {} : { body }) });
}

async function jobOf(answer: Answer): Promise<JsonObject> {
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  return node.admin('GET', `/jobs/${String(objectOf(answer.body)['id']).replace('video_', '')}`);
}

function priceOf(usd: string): JsonObject[] {
  return [{ unit: 'second', usd }];
}

describe('a price', () => {
  it('is the quote of new jobs at once, and on every node soon', async () => {
    expect([await estimate('Kling-2.5'), await estimate('Kling-2.5', other)]).toEqual(['0.21', '0.21']);
    const told = await node.admin('PUT', '/prices', { model: 'kling-v2-5', prices: priceOf('0.1') });
    expect(told).toMatchObject({ model: 'Kling-2.5', origin: 'operator', prices: [{ unit: 'second', usd: '0.10' }] });
    expect(await estimate('Kling-2.5')).toBe('0.50');
    await vi.waitFor(async () => expect(await estimate('Kling-2.5', other)).toBe('0.50'), SOON);
    const back = await node.admin('PUT', '/prices', { model: 'Kling-2.5', prices: null });
    expect(back).toMatchObject({ origin: 'built_in', version: null });
    expect(await estimate('Kling-2.5')).toBe('0.21');
  });

  it('stays with a job that runs: it is settled on what it was quoted', async () => {
    await node.admin('PUT', '/prices', { model: 'Kling-2.1', prices: priceOf('0.2') });
    const made = await create({ model: 'Kling-2.1' });
    await node.admin('PUT', '/prices', { model: 'Kling-2.1', prices: priceOf('0.9') });
    const job = await jobOf(made);
    expect(job).toMatchObject({ price: { unit: 'second', usd: '0.20' }, quote_usd: '1.00' });
    await node.ended(String(objectOf(made.body)['id']), customer.key);
    expect(await jobOf(made)).toMatchObject({ state: 'succeeded', charge_usd: '0.20', hold_usd: '1.00' });
    expect(await estimate('Kling-2.1')).toBe('4.50');
  });

  it('can be so much a video and so much a second', async () => {
    const prices = [
      { unit: 'second', usd: '0.01', base_usd: '0.1', source: { reference: 'our list', confidence: 'documented' } },
    ];
    expect((await node.admin('PUT', '/prices', { model: 'Kling-1.6', prices }))['prices']).toEqual([
      { unit: 'second', usd: '0.01', base_usd: '0.10', when: {}, source: prices[0]?.source },
    ]);
    const body = { model: 'Kling-1.6', prompt: 'a cat' };
    const told = await node.ask('POST', '/v1/videos/estimate', { key: customer.key, body });
    expect(told.body).toMatchObject({
      amount_usd: '0.15',
      breakdown: [
        { item: 'base', quantity: '1', unit_price_usd: '0.10', amount_usd: '0.10' },
        { item: 'video', quantity: '5', unit_price_usd: '0.01', amount_usd: '0.05' },
      ],
    });
    const made = await create(body);
    await node.ended(String(objectOf(made.body)['id']), customer.key);
    expect(await jobOf(made)).toMatchObject({ charge_usd: '0.11', hold_usd: '0.15', price: { base_usd: '0.10' } });
  });

  it('that there is not refuses live jobs and leaves test jobs alone', async () => {
    await node.admin('PUT', '/prices', { model: 'wan2.5', prices: [], note: 'not for sale' });
    const refused = await create({ model: 'wan2.5' });
    expect([refused.status, JSON.stringify(refused.body)]).toEqual([
      503,
      expect.stringContaining('The operator has set no price for wan2.5'),
    ]);
    const test = await create({ model: 'wan2.5', prompt: 'a cat [fail:generation_failed]' }, node.testKey);
    expect(test.status).toBe(200);
    expect(await node.admin('GET', '/models/wan2.5')).toMatchObject({ priced: false, origin: 'overridden' });
    const isListed = async (key: string): Promise<boolean> =>
      JSON.stringify((await node.ask('GET', '/v1/models', { key })).body).includes('"wan2.5"');
    expect([await isListed(customer.key), await isListed(node.testKey)]).toEqual([false, true]);
  });

  it('is listed with its source and what the vendors charge', async () => {
    const { data } = await node.admin('GET', '/prices');
    expect(Array.isArray(data) && data.length).toBeGreaterThan(40);
    expect(await node.admin('GET', '/prices?model=sora-2')).toMatchObject({
      data: [
        {
          model: 'OS-2.0',
          prices: [{ usd: '0.10', source: { confidence: 'observed' } }],
          costs: [
            { provider: 'tencent-vod', costs: [] },
            { provider: 'openai-video', costs: [{ usd: '0.10' }] },
          ],
        },
      ],
    });
    expect((await admin('GET', '/prices?model=sora-2-720p')).status).toBe(400);
  });

  it.each([-1, 0, 1e30, '1e3', '0.0000001', true, null])('is refused as %j, with its place', async (usd) => {
    const answer = await admin('PUT', '/prices', { model: 'sora-2', prices: [{ unit: 'second', usd }] });
    expect([answer.status, String(objectOf(answer.body)['detail'])]).toEqual([
      400,
      expect.stringContaining(`'prices[0].usd' is ${JSON.stringify(usd)}, but must be an amount of USD`),
    ]);
  });

  it('has a history that says who, when and what', async () => {
    const { data, next } = await node.admin('GET', '/prices/versions?model=Kling-2.1&limit=1');
    expect(data).toMatchObject([{ actor: 'admin', note: null, prices: [{ usd: '0.9' }] }]);
    const { data: older } = await node.admin('GET', `/prices/versions?model=Kling-2.1&limit=1&after=${String(next)}`);
    expect(older).toMatchObject([{ prices: [{ usd: '0.2' }] }]);
  });
});

describe('a row', () => {
  it('that an operator added is made by its provider, in the words it says, and can be read again', async () => {
    const told = await override('ours-1', OWN, { note: 'our machines' });
    expect(told).toMatchObject({ id: 'ours-1', origin: 'own', override: OWN, built_in: null, row: { max_count: 1 } });
    const made = await create({ model: 'Ours-1-480p', prompt: 'an added model' });
    const job = await jobOf(made);
    expect(job).toMatchObject({ model: 'ours-1', model_version: told['version'], quote_usd: '0.10' });
    expect(words).toEqual([{ model: 'ours-v1' }]);
  });

  it('stays with a job that waits: it is submitted as it was made, and new jobs as the row is now', async () => {
    const waiting = await jobOf(await create({ model: 'ours-1', prompt: 'an early job' }));
    await override('ours-1', { ...OWN, servings: { patient: { upstream: { model: 'ours-v2' } } } });
    const later = await jobOf(await create({ model: 'ours-1', prompt: 'a late job' }));
    expect(later['model_version']).toBeGreaterThan(Number(waiting['model_version']));
    await node.admin('DELETE', '/models/ours-1');
    expect((await create({ model: 'ours-1' })).status).toBe(400);
    for (let submits = 1; submits <= 3; submits += 1) {
      await vi.waitFor(() => expect(patient.submits.length).toBe(submits), SOON);
      patient.end(patient.submits.at(-1)?.prompt ?? '');
    }
    expect(Object.fromEntries(patient.submits.map(({ prompt }, at) => [prompt, words[at]?.['model']]))).toEqual({
      'an added model': 'ours-v1',
      'an early job': 'ours-v1',
      'a late job': 'ours-v2',
    });
  });

  it('shows in what clients are told of models', async () => {
    const aliases = ['kling-v2-1-master', 'house-kling'];
    await override('Kling-2.1-master', { label: 'House Kling', aliases, seconds: { values: [5] } });
    const { body } = await node.ask('GET', '/v1/models/house-kling');
    expect(body).toMatchObject({ id: 'house-kling', name: 'House Kling' });
    const wrong = await create({ model: 'house-kling', seconds: '6' }, node.testKey);
    expect(wrong.body).toMatchObject({ error: { param: 'seconds', message: expect.stringMatching(/6.*: 5\./) } });
  });

  it('is what it was before once the override is taken back', async () => {
    const before = await node.admin('GET', '/models/GV-3.1');
    await override('GV-3.1', { label: 'Ours' });
    expect(await override('GV-3.1', { label: 'Ours' })).toMatchObject({ label: 'Ours', built_in: before['row'] });
    expect((await admin('DELETE', '/models/gv-3.1')).status).toBe(204);
    expect((await admin('DELETE', '/models/gv-3.1')).status).toBe(404);
    expect(await node.admin('GET', '/models/GV-3.1')).toEqual(before);
    const { data } = await node.admin('GET', '/models/GV-3.1/versions');
    expect(data).toMatchObject([
      { override: null, changed: ['label'] },
      { override: { label: 'Ours' }, changed: ['label'] },
    ]);
  });

  it('is one of a list that says where each comes from', async () => {
    const { data } = await node.admin('GET', '/models');
    expect(data).toContainEqual(expect.objectContaining({ id: 'Kling-2.1-master', origin: 'overridden', faults: [] }));
    expect(data).toContainEqual(expect.objectContaining({ id: 'Kling-O1', origin: 'built_in', version: null }));
  });

  it('is refused as a whole where anything of it cannot be', async () => {
    const answer = await admin('PUT', '/models/Kling-O1', {
      override: { prices: priceOf('-1'), servings: { nobody: {} } },
    });
    expect(answer.body).toMatchObject({ status: 400, param: expect.stringMatching(/^(prices|servings)/) });
    expect(await node.admin('GET', '/models/Kling-O1')).toMatchObject({ origin: 'built_in' });
    expect((await admin('GET', '/models/no-such-model')).status).toBe(404);
    expect((await admin('PUT', '/models/Kling-O1', { override: { aliases: ['sora-2'] } })).status).toBe(400);
    expect((await admin('PUT', '/models/Kling-O1', { label: 'x' })).status).toBe(400);
  });

  it('has one version after another, however many operators write at once', async () => {
    const labels = Array.from({ length: 8 }, (_, at) => `label ${at}`);
    await Promise.all(
      labels.map((label, at) =>
        (at % 2 === 0 ? node : other).admin('PUT', '/models/Kling-2.0', { override: { label } }),
      ),
    );
    const { data } = await node.admin('GET', '/models/Kling-2.0/versions');
    expect(Array.isArray(data) && data.length).toBe(labels.length);
    const names = Array.from({ length: 4 }, (_, at) =>
      admin('PUT', `/models/rival-${at}`, { override: { ...OWN, aliases: ['prize'] } }),
    );
    const won = (await Promise.all(names)).filter(({ status }) => status === 200);
    expect(won).toHaveLength(1);
  });

  it('can never be rewritten in the database', async () => {
    await expect(node.db.query(`update model_override set patch = null`)).rejects.toThrow('append-only');
    await expect(node.db.query(`delete from model_override`)).rejects.toThrow('append-only');
  });
});

describe('the length of a video that is given', () => {
  it.each(['Kling-3.0', 'Kling-2.6'])(
    'is what %s follows, from the shortest that it makes: held for that, not for five seconds',
    async (model) => {
      const made = await create({ model, scene_type: 'motion_control', video_url: `${media.base}/clip.mp4` });
      const job = await jobOf(made);
      expect(job).toMatchObject({ spec: { mode: 'motion_control', seconds: 3, billedSeconds: 3 } });
      const price = objectOf(job['price'] ?? null);
      expect(Number(job['hold_usd'])).toBeCloseTo(3 * Number(price['usd']), 6);
    },
  );
});

describe('the margins', () => {
  it('are of a period, and say how many videos nobody sent a bill for', async () => {
    const { data } = await node.admin('GET', '/margins?since=2020-01-01T00:00:00Z');
    expect(data).toContainEqual(
      expect.objectContaining({ revenue_usd: expect.any(String), unbilled_count: expect.any(Number) }),
    );
    expect(await node.admin('GET', '/margins?until=2020-01-01T00:00:00Z')).toMatchObject({ data: [] });
    expect((await admin('GET', '/margins?until=never')).status).toBe(400);
  });
});
