/** Jobs on vendors that nobody here wrote: `@copilotkit/aimock` as OpenAI, as Veo and as Ark, calm and with each of its faults. */

import { LLMock } from '@copilotkit/aimock';
import type { ChaosConfig, JournalEntry } from '@copilotkit/aimock';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { JsonObject } from '../../src/model/json.ts';
import { objectOf } from '../support/reelgate.ts';
import { PATIENCE_MS, startVendorSite } from '../support/vendor-site.ts';
import type { VendorSite } from '../support/vendor-site.ts';

const KEY = 'aimock-key-0000';
/** What is charged for a clip that is a second long. */
const WIRES = [
  { wire: 'openai-video', path: '', model: 'OS-2.0', seconds: '4', charge: '0.10' },
  { wire: 'veo', path: '', model: 'GV-3.1-fast', seconds: '8', charge: '0.15' },
  { wire: 'ark', path: '/api/v3', model: 'SV-1.5-pro', seconds: '5', charge: '0.054' },
] as const;
type Wire = (typeof WIRES)[number];

/** Each of them at every request. */
const FAULTS = {
  drop: { dropRate: 1 },
  malformed: { malformedRate: 1 },
  disconnect: { disconnectRate: 1 },
  rateLimit: { rateLimitRate: 1 },
} as const satisfies Readonly<Record<string, ChaosConfig>>;
/** After these nobody can tell whether a submit was taken. */
const UNCLEAR = ['drop', 'malformed', 'disconnect'] as const;

/** Twice this long after a submit the vendor must have had it. */
const SUBMIT_MS = 3_000;

const mock = new LLMock({ port: 0 });
let site: VendorSite<{ readonly mock: { close(): Promise<void> } }>;
/** How far the clock by which channels rest is ahead. */
let aheadMs = 0;
const lost: { readonly id: string; readonly prompt: string }[] = [];

beforeAll(async () => {
  let made = 0;
  site = await startVendorSite(
    async ({ videoUrl }) => {
      // Ark's fixtures are the record of the task itself.
      mock.on({ endpoint: 'video', model: /seedance/ }, () => ({
        json: { model: 'seedance', status: 'succeeded', content: { video_url: videoUrl }, usage: USAGE },
      }));
      mock.on({ endpoint: 'video' }, () => ({
        video: { id: `video_${(made += 1)}`, status: 'completed', url: videoUrl },
      }));
      await mock.start();
      return { mock: { close: () => mock.stop() } };
    },
    () =>
      WIRES.map(({ wire, path, model }) => ({
        name: wire,
        provider: wire,
        base_url: mock.url + path,
        credentials: KEY,
        models: [model],
      })),
    { limits: { submitMs: SUBMIT_MS }, nowMs: () => Date.now() + aheadMs },
  );
}, PATIENCE_MS);
afterAll(() => site.stop());

const USAGE = { completion_tokens: 108_900, total_tokens: 108_900 };

function bodyOf({ model, seconds }: Wire, prompt: string) {
  return { model, seconds, prompt };
}

/** The create of a job while every request meets `chaos`. */
async function createdUnder(chaos: ChaosConfig, wire: Wire, prompt: string): Promise<string> {
  calm();
  mock.setChaos(chaos);
  try {
    return await site.create(bodyOf(wire, prompt));
  } finally {
    calm();
  }
}

/** The channels need not rest in a test. */
function calm(): void {
  mock.clearChaos();
  aheadMs += 3_600_000;
}

/** Submits that carried the prompt. */
function submitsOf(prompt: string): readonly JournalEntry[] {
  return mock
    .getRequests()
    .filter(({ method, body }) => method === 'POST' && JSON.stringify(body).includes(`"${prompt}`));
}

function takenOf(prompt: string): number {
  return submitsOf(prompt).filter(({ response }) => response.status === 200 && response.chaosAction === undefined)
    .length;
}

function adminJob(id: string): Promise<JsonObject> {
  return site.reelgate.admin('GET', `/jobs/${id.slice('video_'.length)}`);
}

/** Asks the vendor now, and not only when such a video may be ready. */
async function look(id: string): Promise<void> {
  await site.reelgate.admin('POST', `/jobs/${id.slice('video_'.length)}/recheck`);
}

async function expectVideo(id: string): Promise<void> {
  await expect.poll(async () => (await adminJob(id))['state'], { timeout: PATIENCE_MS }).not.toBe('queued');
  await look(id);
  await site.expectVideo(id);
}

describe.each(WIRES)('aimock as $wire', (wire) => {
  it('makes a video, of which what was delivered is charged', { timeout: PATIENCE_MS }, async () => {
    const prompt = `calm at ${wire.wire}`;
    const id = await site.create(bodyOf(wire, prompt));
    await expectVideo(id);
    expect((await adminJob(id))['charge_usd']).toBe(wire.charge);
    expect(takenOf(prompt)).toBe(1);
  });

  it('makes a video though it puts the submit off', { timeout: PATIENCE_MS }, async () => {
    const prompt = `put off at ${wire.wire}`;
    const id = await createdUnder(FAULTS.rateLimit, wire, prompt);
    await expectVideo(id);
    expect(takenOf(prompt)).toBe(1);
  });

  it('makes a video though it is slow', { timeout: PATIENCE_MS }, async () => {
    const prompt = `slow at ${wire.wire}`;
    await expectVideo(await createdUnder({ latencyMs: 300 }, wire, prompt));
    expect(takenOf(prompt)).toBe(1);
  });

  it.each(Object.entries(FAULTS))(
    'makes a video though every look meets %s',
    { timeout: PATIENCE_MS },
    async (name, chaos) => {
      const prompt = `unseen for ${name} at ${wire.wire}`;
      const id = await site.create(bodyOf(wire, prompt));
      mock.setChaos(chaos);
      const before = mock.getRequests().length;
      await look(id);
      await expect.poll(() => mock.getRequests().length, { timeout: PATIENCE_MS }).toBeGreaterThan(before);
      calm();
      await expectVideo(id);
      expect(takenOf(prompt)).toBe(1);
    },
  );
});

describe('what is lost', () => {
  it.each(WIRES)('at $wire is not sent twice', { timeout: PATIENCE_MS }, async (wire) => {
    for (const fault of UNCLEAR) {
      const prompt = `lost by ${fault} at ${wire.wire}`;
      const id = await createdUnder(FAULTS[fault], wire, prompt);
      expect([submitsOf(prompt).length, (await adminJob(id))['state']]).toEqual([1, 'submitting']);
      lost.push({ id, prompt });
    }
  });

  it(
    'is made once, when the operator has seen that the vendor does not have it',
    { timeout: PATIENCE_MS },
    async () => {
      expect(lost).toHaveLength(WIRES.length * UNCLEAR.length);
      for (const { id, prompt } of lost) {
        const path = `/admin/v1/jobs/${id.slice('video_'.length)}/mark_not_created`;
        // oxlint-disable-next-line unicorn/no-thenable -- a body is never awaited
        const mark = { key: site.reelgate.adminKey, body: { then: 'retry' } };
        // Refused while the submit may still be on its way.
        await expect
          .poll(async () => (await site.reelgate.ask('POST', path, mark)).status, { timeout: PATIENCE_MS })
          .toBe(200);
        await expectVideo(id);
        expect([submitsOf(prompt).length, takenOf(prompt)]).toEqual([2, 1]);
      }
    },
  );

  it('has left the books in order, and no money held', async () => {
    const { checks } = await site.reelgate.admin('GET', '/audit');
    expect(Array.isArray(checks) && checks.filter((check) => objectOf(check)['ok'] !== true)).toEqual([]);
    expect(Number((await site.account())['held_usd'])).toBe(0);
  });
});
