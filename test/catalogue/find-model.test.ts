import { describe, expect, test } from 'vitest';
import { findModel, listModels, MAX_NAME_CHARS, nearestModels } from '../../src/catalogue/index.ts';
import { editDistance } from '../../src/catalogue/edit-distance.ts';
import type { Pins } from '../../src/model/catalogue.ts';

type Case = readonly [name: string, id: string, pins: Pins];

const found = (name: string): readonly [string, string | null, Pins | null] => {
  const match = findModel(name);
  return [name, match?.row.id ?? null, match?.pins ?? null];
};

describe('a name that clients already use', () => {
  const plain: readonly Case[] = [
    ['Kling-3.0-Omni', 'Kling-3.0-Omni', {}],
    ['Kling-2.6', 'Kling-2.6', {}],
    ['Kling-2.5', 'Kling-2.5', {}],
    ['kling-v1', 'kling-v1', {}],
    ['veo3.1-fast-components', 'GV-3.1-fast', { reference: true }],
    ['jimeng_vgfm_t2v_l20', 'jimeng-video-2.0', {}],
    ['jimeng_vgfm_i2v_l20', 'jimeng-video-2.0', {}],
    ['jimeng-video-3.0', 'jimeng-video-3.0', {}],
    ['jimeng-video-2.0', 'jimeng-video-2.0', {}],
    ['jimeng_t2v_v30', 'jimeng-video-3.0', { resolution: '720p' }],
    ['jimeng_i2v_first_v30_1080', 'jimeng-video-3.0', { resolution: '1080p' }],
    ['viduq1', 'viduq1', {}],
    ['viduq2', 'Vidu-q2', {}],
    ['viduq3-pro', 'Vidu-q3-pro', {}],
    ['viduq3p-540p', 'Vidu-q3-pro', { resolution: '540p' }],
    ['viduq3p-720p', 'Vidu-q3-pro', { resolution: '720p' }],
    ['viduq3p-1080p', 'Vidu-q3-pro', { resolution: '1080p' }],
    ['viduq3t-540p', 'Vidu-q3-turbo', { resolution: '540p', reference: false }],
    ['viduq3t-720p', 'Vidu-q3-turbo', { resolution: '720p', reference: false }],
    ['viduq3t-1080p', 'Vidu-q3-turbo', { resolution: '1080p', reference: false }],
    ['viduq3p-1080p-offpeak', 'Vidu-q3-pro', { resolution: '1080p', offPeak: true }],
    ['viduq3p-mix-720p', 'Vidu-q3-mix', { resolution: '720p' }],
    ['vidu-q2-pro-reference-1080p-offpeak', 'Vidu-q2-pro', { reference: true, resolution: '1080p', offPeak: true }],
    ['kling-3.0-omni-1080p-ref-audio', 'Kling-3.0-Omni', { resolution: '1080p', reference: true, audio: true }],
    ['kling-2.6-motion-pro-1080p', 'Kling-2.6', { scene: 'motion_control', motionLevel: 'pro', resolution: '1080p' }],
    ['kling-avatar-720p', 'Kling-Avatar', { scene: 'avatar_i2v', resolution: '720p' }],
    ['sv-1.5-pro-1080p-audio', 'SV-1.5-pro', { resolution: '1080p', audio: true }],
    ['Hailuo-2.3-fast-768p', 'Hailuo-2.3-fast', { resolution: '768p' }],
    ['GV-3.1-1080p', 'GV-3.1', { resolution: '1080p' }],
    ['OS-2.0-720p', 'OS-2.0', { resolution: '720p' }],
    ['Vidu-q2-turbo-720p', 'Vidu-q2-turbo', { resolution: '720p' }],
    ['doubao-seedance-2-0-fast-480p', 'Seedance-2.0-fast', { resolution: '480p' }],
  ];

  test.each(plain)('%s means %s', (name, id, pins) => {
    expect(found(name)).toEqual([name, id, pins]);
  });

  const models = [
    'Kling-1.6 Kling-2.0 Kling-2.1 Kling-2.5 Kling-2.6 Kling-3.0 Kling-3.0-Omni Kling-O1',
    'Vidu-q2 Vidu-q2-pro Vidu-q2-turbo Vidu-q3 Vidu-q3-pro Vidu-q3-turbo Vidu-q3-mix Vidu-template',
    'GV-3.1 GV-3.1-fast OS-2.0 Hunyuan-1.5 Mingmou-1.0 JV-3.0-pro',
    'Hailuo-02 Hailuo-2.3 Hailuo-2.3-fast Hailuo-H3 SV-1.5-pro SV-1.0-pro SV-1.0-pro-fast SV-1.0-lite',
  ].flatMap((line) => line.split(' '));
  test.each(models)('%s is a model of that name', (name) => {
    expect(findModel(name)?.row.id).toBe(name);
  });

  const omni = ['720p', '1080p'].flatMap((resolution) =>
    (['noref', 'ref'] as const).flatMap((inputs) =>
      (['audio', 'mute'] as const).map((sound) => [resolution, inputs, sound] as const),
    ),
  );
  test.each(omni)('kling-3.0-omni-%s-%s-%s fixes all three', (resolution, inputs, sound) => {
    const name = `kling-3.0-omni-${resolution}-${inputs}-${sound}`;
    const pins = { resolution, reference: inputs === 'ref', audio: sound === 'audio' };
    expect(found(name)).toEqual([name, 'Kling-3.0-Omni', pins]);
  });
});

describe('the case of letters', () => {
  test('does not matter in any name, whole or bundled', () => {
    for (const name of ['KLING-3.0-OMNI', 'Kling-3.0-omni-1080p', 'VIDUQ3P-1080P-OFFPEAK', 'minimax-HAILUO-02']) {
      expect(findModel(name)).toEqual(findModel(name.toLowerCase()));
      expect(findModel(name)).not.toBeNull();
    }
  });
});

describe('a bundled name', () => {
  test('says the level and the resolution of motion control, and a resolution of its own wins', () => {
    expect(findModel('kling-2.6-motion-std')?.pins).toEqual({
      scene: 'motion_control',
      motionLevel: 'std',
      resolution: '720p',
    });
    expect(findModel('kling-3.0-motion-pro')?.pins).toEqual({
      scene: 'motion_control',
      motionLevel: 'pro',
      resolution: '1080p',
    });
    expect(findModel('kling-2.6-motion-pro-720p')?.pins.resolution).toBe('720p');
  });

  test('adds to what an alias already fixes, and never contradicts it', () => {
    expect(findModel('veo_3_1-fast-components-4K')?.pins).toEqual({ reference: true, resolution: '4k' });
    expect(findModel('veo3.1-components-noref')).toBeNull();
    expect(findModel('jimeng_t2v_v30-1080p')).toBeNull();
  });

  test('of a model that does one scene means that scene without saying so', () => {
    expect(findModel('Kling-Avatar')?.pins).toEqual({ scene: 'avatar_i2v' });
    expect(findModel('kling-lip-sync-1080p')?.pins).toEqual({ scene: 'lip_sync', resolution: '1080p' });
    expect(findModel('Vidu-template')?.pins).toEqual({ scene: 'template_effect' });
  });

  const impossible: readonly (readonly [name: string, reason: string])[] = [
    ['viduq3p-360p', 'the resolution is not offered'],
    ['viduq3p-mix-540p', 'the mode offers fewer resolutions than the family'],
    ['kling-2.6-motion-pro-4k', 'the scene offers fewer resolutions than the model'],
    ['kling-2.5-720p-audio', 'the model makes no sound'],
    ['hailuo-h3-768p-mute', 'the model always makes sound'],
    ['kling-2.6-720p-audio', 'a rule forbids the two together'],
    ['kling-3.0-omni-1080p-offpeak', 'the model has no off-peak price'],
    ['kling-2.5-motion-pro-1080p', 'the model has no such scene'],
    ['kling-2.6-1080p-ref', 'the model takes no references'],
    ['vidu-q3-mix-720p-noref', 'the model takes nothing but references'],
    ['viduq3p-offpeak-1080p', 'the parts are in the wrong order'],
    ['kling-2.6-1080p-720p', 'a part comes twice'],
    ['kling-3.0-omni-reference-1080p-noref', 'two parts contradict each other'],
    ['-1080p', 'there is no base'],
    ['kling', 'a family is no model'],
    ['kling-2.7-1080p', 'the base does not exist'],
  ];
  test.each(impossible)('%s is none, because %s', (name) => {
    expect(findModel(name)).toBeNull();
  });

  test('ending like a part of the grammar is still found where a model is called so', () => {
    expect(findModel('kling-lip-sync')?.row.id).toBe('Kling-Lip-Sync');
    expect(findModel('vidu-template-offpeak')?.pins).toEqual({ scene: 'template_effect', offPeak: true });
  });
});

describe('a suggestion', () => {
  const nearest: readonly (readonly [name: string, first: string])[] = [
    ['klng-3.0-omni', 'Kling-3.0-Omni'],
    ['Kling 3.0-Omni', 'Kling-3.0-Omni'],
    ['sora2', 'sora-2'],
    ['viduq3pro', 'viduq3-pro'],
    ['viduq3p-360p', 'viduq3p-540p'],
    ['kling-2.6-4k', 'Kling-2.6'],
    ['kling-2.6-720p-audio', 'Kling-2.6-1080p-audio'],
    ['viduq3p-offpek', 'viduq3p-offpeak'],
    ['kling-3.0-omni-1080p-reference-audoi', 'Kling-3.0-Omni-1080p-audio'],
    ['hailuo-2.4-fast-768p', 'Hailuo-2.3-fast-768p'],
  ];
  test.each(nearest)('for %s begins with %s', (name, first) => {
    const [suggestion = 'none'] = nearestModels(name);
    expect(suggestion).toBe(first);
    expect(findModel(suggestion)).not.toBeNull();
  });

  test('is always a name that exists, and there are at most three', () => {
    const names = [
      'kling-2.6-4k',
      'veo3',
      'viduq9',
      'jimeng-video-4.0',
      'sv-1.5-pro-4k-audio',
      'kling-9-omni-1080p-ref-audio',
    ];
    for (const name of names) {
      const suggestions = nearestModels(name);
      expect(suggestions.length, name).toBeGreaterThan(0);
      expect(suggestions.length, name).toBeLessThanOrEqual(3);
      expect(new Set(suggestions).size, name).toBe(suggestions.length);
      for (const suggestion of suggestions) expect(findModel(suggestion), suggestion).not.toBeNull();
    }
  });

  test('is not made for a name that is like no other', () => {
    expect(nearestModels('gpt-4o-mini')).toEqual([]);
    expect(nearestModels('')).toEqual([]);
  });
});

describe('a hostile name', () => {
  const hostile: readonly (readonly [what: string, name: string])[] = [
    ['empty', ''],
    ['ten kilobytes', 'kling-'.repeat(1700)],
    ['a kilobyte of suffixes', `kling-2.6${'-1080p'.repeat(200)}`],
    ['a letter that folds to ASCII', '\u212Aling-2.6'],
    ['full-width letters', 'Ｋｌｉｎｇ-2.6'],
    ['a prototype key', '__proto__'],
    ['another prototype key', 'constructor'],
    ['a null character', 'kling-2.6\0'],
    ['a line break', 'kling-2.6\n'],
    ['spaces around', ' kling-2.6 '],
    ['emoji', '🎬'.repeat(40)],
    ['a lone surrogate', '\uD83C'],
  ];
  test.each(hostile)('(%s) is no model', (_what, name) => {
    expect(findModel(name)).toBeNull();
  });

  test('costs next to nothing', () => {
    const longest = `${'k'.repeat(MAX_NAME_CHARS - 45)}-motion-pro-reference-1080p-noref-audio-offpeak`.slice(
      0,
      MAX_NAME_CHARS,
    );
    const startedMs = performance.now();
    for (const [, name] of [...hostile, ['the longest', longest] as const]) {
      findModel(name);
      nearestModels(name);
    }
    expect(performance.now() - startedMs).toBeLessThan(500);
  });
});

describe('the distance between two names', () => {
  test('counts characters to insert, delete or replace, up to a limit', () => {
    expect(editDistance('kitten', 'sitting', 9)).toBe(3);
    expect(editDistance('', 'abc', 9)).toBe(3);
    expect(editDistance('same', 'same', 0)).toBe(0);
    expect(editDistance('kitten', 'sitting', 2)).toBe(3);
    expect(editDistance('a', 'abcdefgh', 2)).toBe(3);
  });
});

test('the list holds each model once and in a stable order', () => {
  expect(listModels()).toBe(listModels());
  expect(new Set(listModels().map((row) => row.id)).size).toBe(listModels().length);
});
