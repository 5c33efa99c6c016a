/** What operators say of models, laid over the built-in rows: what it makes of them, and what cannot be said. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { BUILT_IN } from '../../src/catalogue/index.ts';
import { mergePatch } from '../../src/catalogue/merge-patch.ts';
import { overlay } from '../../src/catalogue/overlay.ts';
import type { Overlay } from '../../src/catalogue/overlay.ts';
import { PINNED_NAMES } from '../../src/catalogue/pinned-names.ts';
import { documentOf } from '../../src/catalogue/row-document.ts';
import type { Json, JsonObject } from '../../src/model/json.ts';

const PROVIDERS = new Set(BUILT_IN.rows.flatMap((row) => row.servings.map(({ provider }) => provider)));

const OWN: JsonObject = {
  label: 'Ours',
  family: 'ours',
  prompt_max_chars: 1_000,
  modes: { text: { prompt: 'required', ratio: 'choice' } },
  seconds: { values: [5, 10] },
  resolutions: { values: ['480p', '720p'] },
  ratios: { values: ['16:9'] },
  servings: { 'openai-video': { upstream: { model: 'ours-v1', off_peak: true } } },
  prices: [{ unit: 'second', usd: '0.02' }],
};

/** The catalogue with these overrides, in the order of their versions. */
function over(...said: readonly (readonly [model: string, patch: JsonObject])[]): Overlay {
  return overlay(
    said.map(([model, patch], at) => ({ model, version: at + 1, patch })),
    PROVIDERS,
  );
}

function sentences(model: string, patch: JsonObject): readonly string[] {
  const { catalogue, faults } = over([model, patch]);
  const found = faults.get(model) ?? [];
  if (found.length > 0) expect(catalogue.named(model)).toBeNull();
  return found.map(({ message }) => message);
}

describe('a built-in row', () => {
  it.each(BUILT_IN.rows.map((row) => [row.id, row] as const))('%s is the same as a document and back', (id, row) => {
    const { catalogue, faults } = over([id, documentOf(row)]);
    expect(faults.get(id)).toBeUndefined();
    expect(catalogue.named(id)).toEqual(row);
  });

  it('is as it was where an override says nothing of it', () => {
    const { catalogue } = over(['Kling-2.6', { label: 'Kling the sixth' }]);
    const row = BUILT_IN.named('Kling-2.6');
    expect(catalogue.named('kling-v2-6')).toEqual({ ...row, label: 'Kling the sixth' });
    expect(catalogue.rows.map(({ id }) => id)).toEqual(BUILT_IN.rows.map(({ id }) => id));
    expect([catalogue.versionOf('Kling-2.6'), catalogue.versionOf('Kling-O1')]).toEqual([1, null]);
    expect(catalogue.named('Kling-O1')).toBe(BUILT_IN.named('Kling-O1'));
  });

  it('is changed in one mode or serving without the others', () => {
    const { catalogue } = over([
      'Kling-2.6',
      { modes: { first_last: null, text: { seconds: { values: [5] } } }, servings: { 'tencent-vod': null } },
    ]);
    const row = catalogue.named('Kling-2.6');
    expect(row?.modes.map(({ name, seconds }) => [name, seconds?.values])).toEqual([
      ['text', [5]],
      ['first_frame', undefined],
      ['motion_control', expect.arrayContaining([3, 30])],
    ]);
    expect(row?.servings.map(({ provider }) => provider)).toEqual(['kling']);
  });

  it('takes its bundled names along, as far as it still can do them', () => {
    const { catalogue } = over(['Kling-2.6', { aliases: ['kling-v2-6', 'k26'], resolutions: { values: ['1080p'] } }]);
    expect(catalogue.find('k26-1080p-audio')).toMatchObject({
      row: { id: 'Kling-2.6' },
      pins: { resolution: '1080p', audio: true },
    });
    expect(catalogue.find('k26-540p')).toBeNull();
    expect(catalogue.nearest('k26-541p')[0]).toMatch(/^k26/);
    expect(BUILT_IN.find('k26-1080p-audio')).toBeNull();
  });

  it('loses a pinned name that it cannot do any more', () => {
    const { catalogue } = over(['jimeng-video-3.0', { resolutions: { values: ['1080p'] } }]);
    expect(catalogue.find('jimeng_t2v_v30')).toBeNull();
    expect(catalogue.find('jimeng_v30_1080p')?.row.id).toBe('jimeng-video-3.0');
  });

  it('has every pinned name', () => {
    for (const { name } of PINNED_NAMES) expect(BUILT_IN.find(name), name).not.toBeNull();
  });
});

describe('a row of an operator’s own', () => {
  it('needs only what has no usual answer', () => {
    const { catalogue } = over(['ours-1', OWN]);
    expect(catalogue.find('OURS-1-720p')).toMatchObject({
      row: { id: 'ours-1', seconds: { default: 5 }, audio: { offered: 'never' }, fps: { values: [24] } },
      pins: { resolution: '720p' },
    });
    expect(catalogue.named('ours-1')?.servings).toEqual([
      { provider: 'openai-video', upstream: { model: 'ours-v1', off_peak: true } },
    ]);
    expect(catalogue.named('ours-1')?.prices).toMatchObject([{ unit: 'second', micros: 20_000n, when: {} }]);
  });

  it('is asked for what it lacks, by name', () => {
    expect(sentences('ours-1', { ...OWN, label: null, modes: null })).toEqual([
      "'label' is missing, but must be a text.",
      expect.stringMatching(/^'modes' is missing, but must be an object of text, first_frame, /),
    ]);
  });

  it('must have a name of its own', () => {
    expect(sentences('ours-1', { ...OWN, aliases: ['Sora-2'] })).toEqual([
      "'aliases[0]' is 'sora-2', which is already a name of OS-2.0.",
    ]);
    expect(sentences('viduq3t', OWN)).toEqual([
      "'name' is 'viduq3t', which is already a name of Vidu-q3-turbo with settings.",
    ]);
    expect(sentences('our model', OWN)).toHaveLength(1);
    expect(sentences('x'.repeat(97), OWN)).toHaveLength(1);
    const { catalogue, faults } = over(
      ['ours-1', { ...OWN, aliases: ['ours'] }],
      ['ours-2', { ...OWN, aliases: ['OURS'] }],
    );
    expect(catalogue.find('ours')?.row.id).toBe('ours-1');
    expect([...faults.keys()]).toEqual(['ours-2']);
  });
});

describe('what cannot be', () => {
  const wrong: readonly (readonly [JsonObject, string])[] = [
    [
      { prices: [{ unit: 'second', usd: '-1' }] },
      `'prices[0].usd' is "-1", but must be an amount of USD from 0.000001 to 10000 with at most six decimals.`,
    ],
    [{ prices: [{ unit: 'second', usd: 0 }] }, `'prices[0].usd' is 0, but`],
    [{ prices: [{ unit: 'second', usd: 1e30 }] }, `'prices[0].usd' is 1e+30, but`],
    [{ prices: [{ unit: 'second', usd: 9_007_199_254_740_992 }] }, `'prices[0].usd' is 9007199254740992, but`],
    [{ prices: [{ unit: 'second', usd: '0.0000001' }] }, `'prices[0].usd' is "0.0000001", but`],
    [{ prices: [{ unit: 'second', usd: '0.1', base_usd: '-0.1' }] }, `'prices[0].base_usd' is "-0.1", but`],
    [
      { prices: [{ unit: 'frame', usd: '1' }] },
      `'prices[0].unit' is "frame", but must be one of second, video, million_tokens.`,
    ],
    [{ prices: [{ usd: '1' }] }, `'prices[0].unit' is missing, but must be one of second, video, million_tokens.`],
    [{ prices: { unit: 'second' } }, `'prices' is {"unit":"second"}, but must be a list of at most 500 prices`],
    [
      { prices: [{ unit: 'second', usd: '1', when: { resolutoin: ['4k'] } }] },
      `There is no field 'resolutoin' in 'prices[0].when'. Allowed: mode, scene, resolution,`,
    ],
    [
      { prices: [{ unit: 'second', usd: '1', when: { resolution: ['8k'] } }] },
      `'prices[0].when.resolution[0]' is "8k", but must be one of 720p, 1080p, which the model offers.`,
    ],
    [{ servings: { klnig: { upstream: {} } } }, `There is no field 'klnig' in 'servings'. Allowed: ark, `],
    [
      { servings: { kling: { modes: ['edit'] } } },
      `'servings.kling.modes[0]' is "edit", but must be one of text, first_frame, first_last, motion_control.`,
    ],
    [
      { rules: [{ when: { mode: ['text'] }, because: { en: 'a', zh: 'b' } }] },
      `'rules[0]' is {}, but must be a rule with either 'only' or 'forbid'.`,
    ],
    [
      { servings: { kling: { rules: [{ when: {}, because: { en: 'a', zh: 'b' } }] } } },
      `'servings.kling.rules[0]' is {}, but must be a rule with either 'only' or 'forbid'.`,
    ],
    [
      { rules: [{ when: { wether: [1] }, only: {}, because: { en: 'a', zh: 'b' } }] },
      `There is no field 'wether' in 'rules[0].when'.`,
    ],
    [{ seconds: { default: 7 } }, `'seconds.default' is 7, but must be one of seconds.values: 5, 10.`],
    [{ seconds: { values: [] } }, `'seconds.values' is [], but must be a list of whole seconds without repeats.`],
    [
      { resolutions: { values: ['huge'] } },
      `'resolutions.values[0]' is "huge", but must be a resolution such as 720p, 2k, 4k.`,
    ],
    [
      { modes: { dance: { prompt: 'required', ratio: 'choice' } } },
      `There is no field 'dance' in 'modes'. Allowed: text, first_frame,`,
    ],
    [
      { modes: { first_frame: { inputs: { first_frame: { min: 2 } } } } },
      `'modes.first_frame.inputs.first_frame.min' is 2, but must be at most the max, 1.`,
    ],
    [{ sizes: { '720p': { '16:9': 'wide' } } }, `'sizes.720p.16:9' is "wide", but must be a size such as 1280x720.`],
    [{ max_count: null }, `'max_count' is missing, but must be a whole number from 1 to 16.`],
    [{ deadline_hours: 1e30 }, `'deadline_hours' is 1e+30, but must be a whole number from 1 to 720.`],
    [{ labell: 'x' }, `There is no field 'labell'. Allowed: label, family,`],
    [{ __proto__x: { polluted: true } }, `There is no field '__proto__x'.`],
    [{ label: 'x'.repeat(100_001) }, `'override' must have at most 100000 characters.`],
  ];
  it.each(wrong)('%j is refused with its place, what stands there and what may', (patch, sentence) => {
    expect(sentences('Kling-2.6', patch)).toEqual([expect.stringContaining(sentence)]);
  });

  it('costs may be nothing, where prices may not', () => {
    const free = [{ unit: 'video', usd: '0' }];
    expect(sentences('Kling-2.6', { servings: { kling: { costs: free } } })).toEqual([]);
    expect(sentences('Kling-2.6', { prices: free })).toHaveLength(1);
  });
});

describe('a merge patch', () => {
  const json = fc.jsonValue({ maxDepth: 3 }).map((value) => value as Json);

  it('of nothing changes nothing, and said twice is said once', () => {
    fc.assert(
      fc.property(json, json, (target, patch) => {
        const once = mergePatch(target, patch);
        expect(mergePatch(once, patch)).toEqual(once);
        expect(mergePatch(once, {})).toEqual(
          typeof once === 'object' && once !== null && !Array.isArray(once) ? once : {},
        );
      }),
    );
  });

  it('never leaves a null in an object it changes, nor touches a prototype', () => {
    expect(mergePatch({ a: 1, b: { c: 2, d: 3 } }, { a: null, b: { c: null }, e: { f: null } })).toEqual({
      b: { d: 3 },
      e: {},
    });
    const hostile = JSON.parse('{"__proto__": {"polluted": true}}') as JsonObject;
    mergePatch({}, hostile);
    expect(Object.getOwnPropertyNames(Object.prototype)).not.toContain('polluted');
  });
});
