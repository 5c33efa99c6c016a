/** Names that carry settings, all of them: what such a name means can be made, and what cannot be made has no name. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { SLOTS } from '../../src/catalogue/bundled-names.ts';
import type { Token } from '../../src/catalogue/bundled-names.ts';
import { findModel, listModels, nearestModels } from '../../src/catalogue/index.ts';
import type { ModelMatch, ModelRow, ModeRow } from '../../src/model/catalogue.ts';
import { EMPTY_REQUEST, INPUT_ROLES, SCENES } from '../../src/model/request.ts';
import type { InputRole, ReadRequest, VideoRequest } from '../../src/model/request.ts';
import { resolve } from '../../src/model/resolve.ts';
import type { Resolution } from '../../src/model/resolve.ts';
import { violationMessage } from '../../src/model/violation.ts';

/** The slots in the order in which a name has them. */
const IN_ORDER = SLOTS.toReversed();
const ROWS = listModels().map((row) => [row.id, row] as const);

/** Every choice of at most one word of each slot. */
const BUNDLES: readonly (readonly Token[])[] = IN_ORDER.reduce<readonly (readonly Token[])[]>(
  (all, slot) => all.flatMap((tokens) => [tokens, ...slot.map((token) => [...tokens, token])]),
  [[]],
);

const nameOf = (row: ModelRow, tokens: readonly Token[]): string =>
  `${row.id}${tokens.map(({ suffix }) => suffix).join('')}`;

function asked(name: string, mode: ModeRow, over: Partial<VideoRequest> = {}): ReadRequest {
  const roles = INPUT_ROLES.flatMap((role): readonly InputRole[] => {
    const least = mode.inputs[role]?.min ?? 0;
    const isNeeded = mode.name === 'reference' && role.startsWith('reference_') && mode.inputs[role] !== undefined;
    return Array.from({ length: Math.max(least, isNeeded ? 1 : 0) }, () => role);
  });
  const inputs = roles.map((role) => ({ role, source: { from: 'inline', text: '' }, param: role }) as const);
  const scene = SCENES.find((candidate) => candidate === mode.name) ?? null;
  const request = { ...EMPTY_REQUEST, model: name, prompt: 'a fox', inputs, scene, ...over };
  return { request, params: {}, roleParams: {}, notes: [] };
}

/** What becomes of the plainest request under this name, at any length that the model offers. */
function makeable(name: string, match: ModelMatch): boolean {
  return match.row.modes.some((mode) => {
    const lengths = [null, ...(mode.seconds ?? match.row.seconds).values];
    return lengths.some((seconds) => resolve(asked(name, mode, { seconds }), match).ok);
  });
}

describe.each(ROWS)('of %s', (_id, row) => {
  const names = BUNDLES.map((tokens) => ({ tokens, name: nameOf(row, tokens) }));
  const existing = names.flatMap(({ tokens, name }) => {
    const match = findModel(name);
    return match === null || match.row !== row ? [] : [{ tokens, name, match }];
  });

  it(`each of ${existing.length} bundled names means something that can be made, and fixes what it says`, () => {
    for (const { tokens, name, match } of existing) {
      for (const { pins } of tokens) {
        const { resolution, ...others } = pins;
        expect(match.pins, name).toMatchObject(others);
        if (resolution !== undefined && tokens.filter((token) => 'resolution' in token.pins).length === 1)
          expect(match.pins.resolution, name).toBe(resolution);
      }
      expect(makeable(name, match), name).toBe(true);
    }
  });

  it('its resolutions, and sound, references and off-peak hours as far as it has them, can be said', () => {
    const can = (suffix: string): boolean => findModel(`${row.id}${suffix}`)?.row === row;
    for (const label of row.resolutions.values) expect(can(`-${label}`), label).toBe(true);
    expect(can('-audio')).toBe(row.audio.offered !== 'never');
    expect(can('-mute')).toBe(row.audio.offered !== 'always');
    expect(can('-offpeak')).toBe(row.supports.offPeak);
    expect(can('-ref')).toBe(row.modes.some(({ name }) => name === 'reference'));
  });

  it('a word that it cannot do is answered with names that are this model', () => {
    for (const { suffix } of IN_ORDER.flat()) {
      const name = `${row.id}${suffix}`;
      if (findModel(name) === null)
        expect(nearestModels(name).map((near) => findModel(near)?.row.id)).toContain(row.id);
    }
  });
});

describe('a request under a bundled name', () => {
  const refusal = (name: string, mode: ModeRow['name'], over: Partial<VideoRequest>): string => {
    const match = findModel(name);
    if (match === null) throw new Error(`${name} is a model`);
    const way = match.row.modes.find((one) => one.name === mode);
    if (way === undefined) throw new Error(`${name} has the mode ${mode}`);
    return messages(resolve(asked(name, way, over), match));
  };

  it.each([
    ['kling-3.0-omni-1080p', 'text', { resolution: '720p' }, ['720p', '1080p']],
    ['kling-3.0-omni-1080p-audio', 'text', { audio: false }, ['false', 'true']],
    ['viduq3p-1080p-offpeak', 'text', { offPeak: false }, ['false', 'true']],
    ['kling-3.0-omni-motion-pro', 'motion_control', { motionLevel: 'std' }, ['std', 'pro']],
    ['kling-3.0-omni-motion', 'avatar_i2v', {}, ['avatar_i2v', 'motion_control']],
    ['kling-3.0-omni-noref', 'reference', {}, ['a reference', 'no reference']],
    ['kling-3.0-omni-ref', 'first_frame', {}, ['a frame', 'takes references']],
  ] as const)('%s is refused %s with %j, and told both', (name, mode, over, values) => {
    const said = refusal(name, mode, over);
    for (const value of values) expect(said).toContain(value);
    expect(said).toContain(name);
  });

  it('may repeat what the name says', () => {
    const match = findModel('kling-3.0-omni-1080p-audio');
    const mode = match?.row.modes.find((one) => one.name === 'text');
    if (match === null || mode === undefined) throw new Error('it is a model');
    const same = asked('kling-3.0-omni-1080p-audio', mode, { resolution: '1080P', audio: true });
    expect(resolve(same, match).ok).toBe(true);
  });
});

it('a name of words in any order either is a model that means them all, or hears of names that are', () => {
  const word = fc.constantFrom(...IN_ORDER.flat());
  const row = fc.constantFrom(...listModels());
  const law = fc.property(row, fc.array(word, { maxLength: 4 }), (model, tokens) => {
    const name = nameOf(model, tokens);
    const match = findModel(name);
    if (match === null) {
      const near = nearestModels(name);
      expect(near.length, name).toBeGreaterThan(0);
      for (const suggestion of near) expect(findModel(suggestion), suggestion).not.toBeNull();
    } else {
      for (const { pins } of tokens) expect(Object.keys(match.pins)).toEqual(expect.arrayContaining(Object.keys(pins)));
    }
  });
  fc.assert(law, { numRuns: 300 });
});

function messages(resolution: Resolution): string {
  return resolution.ok ? '' : resolution.violations.map((fault) => violationMessage(fault, 'en')).join(' ');
}
