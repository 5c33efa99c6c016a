/** Which models a channel serves, and by which names its provider knows them. */

import { describe, expect, it } from 'vitest';

import { findModel } from '../../src/catalogue/index.ts';
import { upstreamWords } from '../../src/engine/upstream-words.ts';
import type { ModelRow } from '../../src/model/catalogue.ts';
import type { Channel } from '../../src/store/channels.ts';
import { providerNamed } from '../support/providers.ts';

function row(name: string): ModelRow {
  const match = findModel(name);
  if (match === null) throw new Error(`the catalogue has ${name}`);
  return match.row;
}

function words(provider: string, model: string, channel: Partial<Channel> = {}, mode: 'text' | 'reference' = 'text') {
  return upstreamWords(providerNamed(provider), { models: null, modelMap: {}, ...channel }, row(model), mode);
}

describe('a channel', () => {
  it('of a vendor serves what the catalogue says, and nothing that it names besides', () => {
    expect(words('ark', 'Seedance-2.0')).toMatchObject({ model: expect.stringContaining('seedance-2-0') });
    expect(words('ark', 'Kling-3.0-Omni', { models: ['Kling-3.0-Omni'] })).toBeNull();
  });

  it.each(['openai-video', 'vllm-omni', 'sglang', 'generations', 'unified-video', 'deepwl'])(
    'of %s serves the models that it names, in the spelling it names them',
    (provider) => {
      expect(words(provider, 'GV-3.1-fast')).toBeNull();
      expect(words(provider, 'GV-3.1-fast', { models: ['veo3.1-fast'] })).toEqual({ model: 'veo3.1-fast' });
      expect(words(provider, 'GV-3.1-fast', { modelMap: { 'GV-3.1-fast': 'veo-fast-x' } })).toEqual({
        name: 'veo-fast-x',
      });
    },
  );

  it('serves no mode that its wire has no words for', () => {
    expect(words('sglang', 'GV-3.1-fast', { models: ['GV-3.1-fast'] }, 'reference')).toBeNull();
    expect(words('reelgate-generations', 'GV-3.1-fast', {}, 'reference')).toEqual({});
  });

  it('of another Reelgate serves every model', () => {
    expect(words('reelgate', 'Kling-3.0-Omni')).toEqual({});
  });
});
