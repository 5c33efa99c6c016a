/** What a vendor charges us: by its channel's own prices, else by the catalogue's, else nobody knows. */

import { describe, expect, it } from 'vitest';

import { BUILT_IN } from '../../src/catalogue/index.ts';
import { costBasis, failedCost } from '../../src/engine/cost-basis.ts';
import type { Provider } from '../../src/providers/provider.ts';
import type { Channel, ChannelCost } from '../../src/store/channels.ts';
import { providerNamed } from '../support/providers.ts';
import { SPEC } from '../support/rows.ts';

const openaiVideo = providerNamed('openai-video');
const SORA = { spec: { ...SPEC, model: 'OS-2.0', seconds: 8, billedSeconds: 8 } };
const SORA_ROW = BUILT_IN.named('OS-2.0');
const UNSAID = { seconds: null, tokens: null };

function seller(costs: readonly ChannelCost[] = [], over: Partial<Provider> = {}) {
  const channel: Channel = {
    id: 'a',
    name: 'a',
    provider: 'openai-video',
    mode: 'live',
    baseUrl: null,
    credentials: [],
    models: null,
    modelMap: {},
    priority: 0,
    weight: 1,
    maxConcurrency: null,
    requestsPerMinute: null,
    state: 'enabled',
    costs,
    retryAfterFailure: false,
    fitInputs: false,
  };
  return { channel, provider: { ...openaiVideo, ...over } };
}

describe('what a vendor charges for a video', () => {
  it('is its list price where the catalogue knows it, for what it says it used', () => {
    expect(costBasis(SORA_ROW, SORA, seller(), UNSAID)).toBe(800_000n);
    expect(costBasis(SORA_ROW, SORA, seller(), { seconds: 4, tokens: null })).toBe(400_000n);
  });

  it('is what the channel says, by the first of its rows that matches', () => {
    const costs: ChannelCost[] = [
      { model: 'Kling-3.0-Omni', unit: 'video', micros: 1n, when: {} },
      { model: 'OS-2.0', unit: 'video', micros: 2n, when: { resolution: ['4k'] } },
      { model: 'OS-2.0', unit: 'second', micros: 60_000n, when: { audio: [false] } },
      { model: 'OS-2.0', unit: 'video', micros: 3n, when: {} },
    ];
    expect(costBasis(SORA_ROW, SORA, seller(costs), UNSAID)).toBe(480_000n);
  });

  it('is nothing on one’s own machines, if the channel says so', () => {
    expect(costBasis(SORA_ROW, SORA, seller([{ model: 'OS-2.0', unit: 'video', micros: 0n, when: {} }]), UNSAID)).toBe(
      0n,
    );
  });

  it('is not known for a model that neither lists', () => {
    expect(costBasis(BUILT_IN.named(SPEC.model), { spec: SPEC }, seller(), UNSAID)).toBeNull();
  });

  it('is asked for a failed one only by vendors that bill such failures', () => {
    expect(failedCost(SORA_ROW, SORA, seller(), 'generation_failed')).toBe(0n);
    const billing = seller([], { billsFailures: ['content_rejected'] });
    expect(failedCost(SORA_ROW, SORA, billing, 'generation_failed')).toBe(0n);
    expect(failedCost(SORA_ROW, SORA, billing, 'content_rejected')).toBe(800_000n);
  });
});
