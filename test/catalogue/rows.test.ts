import { describe, expect, test } from 'vitest';
import { findModel, listModels } from '../../src/catalogue/index.ts';
import { PINNED_NAMES } from '../../src/catalogue/pinned-names.ts';
import { cny, isScene, withPortrait } from '../../src/catalogue/rows.ts';
import type { Choices, Condition, ModelRow, ModeRow } from '../../src/model/catalogue.ts';
import { parseSize, shortSideOf } from '../../src/model/frame-size.ts';
import { isObject, property } from '../../src/model/json.ts';
import { INPUT_ROLES, ROLE_KINDS } from '../../src/model/request.ts';
import type { InputRole } from '../../src/model/request.ts';
import { breaks, matches } from '../../src/model/rules.ts';
import type { SpecFacts as Facts } from '../../src/model/rules.ts';
import { MODE_NAMES } from '../../src/model/spec.ts';
import type { VideoSpec } from '../../src/model/spec.ts';

const ROWS = listModels().map((row) => [row.id, row] as const);
const RATIO = /^(adaptive|\d{1,2}:\d{1,2})$/;
const LABEL = /^\d{3,4}p$|^[248]k$/;

function expectChoices<T>(choices: Choices<T>): void {
  expect(choices.values.length).toBeGreaterThan(0);
  expect(choices.values).toContain(choices.default);
  expect(new Set(choices.values).size).toBe(choices.values.length);
}

const resolutionsOf = (row: ModelRow, mode: ModeRow): Choices<string> => mode.resolutions ?? row.resolutions;
const ratiosOf = (row: ModelRow, mode: ModeRow): Choices<string> => mode.ratios ?? row.ratios;
const secondsOf = (row: ModelRow, mode: ModeRow): Choices<number> => mode.seconds ?? row.seconds;
const soundsOf = (row: ModelRow): readonly boolean[] =>
  row.audio.offered === 'optional' ? [true, false] : [row.audio.offered === 'always'];

/** Every spec of a row as far as rules and prices can tell specs apart; ratios only by their first. */
function* specsOf(row: ModelRow): Generator<Facts> {
  for (const mode of row.modes) {
    const videoRoles = INPUT_ROLES.filter((role) => ROLE_KINDS[role] === 'video' && mode.inputs[role] !== undefined);
    const given: readonly InputRole[][] = videoRoles.some((role) => mode.inputs[role]?.min === 1)
      ? [videoRoles]
      : [[], ...videoRoles.map((role) => [role])];
    for (const roles of given)
      for (const resolution of resolutionsOf(row, mode).values)
        for (const seconds of secondsOf(row, mode).values)
          for (const audio of soundsOf(row))
            for (const offPeak of row.supports.offPeak ? [true, false] : [false]) {
              const scene = mode.name === 'text' || !isScene(mode.name) ? null : (mode.name as VideoSpec['scene']);
              const inputs = roles.map((role) => ({ role }));
              const { default: ratio } = ratiosOf(row, mode);
              yield { mode: mode.name, scene, resolution, ratio, seconds, audio, offPeak, motionLevel: null, inputs };
            }
  }
}

const allowed = (row: ModelRow, spec: Facts): boolean => !row.rules.some((rule) => breaks(rule, spec));

describe.each(ROWS)('%s', (_id, row) => {
  test('offers its defaults, in well-formed words', () => {
    for (const choices of [row.seconds, row.fps]) expectChoices(choices);
    for (const choices of [row.resolutions, row.ratios]) expectChoices(choices);
    for (const mode of row.modes) {
      expectChoices(secondsOf(row, mode));
      expectChoices(resolutionsOf(row, mode));
      expectChoices(ratiosOf(row, mode));
      for (const seconds of secondsOf(row, mode).values) expect(Number.isInteger(seconds) && seconds >= 1).toBe(true);
      for (const label of resolutionsOf(row, mode).values) {
        expect(label).toMatch(LABEL);
        expect(shortSideOf(label)).not.toBeNull();
        expect(row.resolutions.values).toContain(label);
      }
      for (const ratio of ratiosOf(row, mode).values) expect(ratio).toMatch(RATIO);
    }
    expect(row.ratios.default).not.toBe('adaptive');
    if (row.audio.offered !== 'optional') expect(row.audio.default).toBe(row.audio.offered === 'always');
  });

  test('means five seconds where it offers five', () => {
    for (const { values, default: usual } of [row.seconds, ...row.modes.map((mode) => secondsOf(row, mode))]) {
      if (values.includes(5)) expect(usual).toBe(5);
    }
  });

  test('asks each mode for inputs that make sense', () => {
    expect(row.modes.length).toBeGreaterThan(0);
    expect(new Set(row.modes.map((mode) => mode.name)).size).toBe(row.modes.length);
    for (const mode of row.modes) {
      expect(MODE_NAMES).toContain(mode.name);
      for (const count of Object.values(mode.inputs)) {
        expect(count.min).toBeGreaterThanOrEqual(0);
        expect(count.max).toBeGreaterThanOrEqual(Math.max(1, count.min));
        expect(count.max).toBeLessThanOrEqual(16);
      }
      expect(Object.keys(mode.inputs).toSorted()).toEqual(rolesOf(mode).toSorted());
      if (mode.secondsFromAudio !== undefined) {
        expect(mode.inputs.audio).toBeDefined();
        expect(mode.secondsFromAudio.max).toBeGreaterThanOrEqual(Math.max(...secondsOf(row, mode).values));
      }
      if (mode.secondsFromVideo !== undefined) {
        expect(mode.inputs.source_video ?? mode.inputs.motion_video).toBeDefined();
        expect(mode.secondsFromVideo.max).toBeGreaterThanOrEqual(Math.max(...secondsOf(row, mode).values));
      }
    }
  });

  test('names exact sizes only for what it offers', () => {
    for (const [label, sizes] of Object.entries(row.sizes ?? {})) {
      for (const [ratio, text] of Object.entries(sizes)) {
        const size = parseSize(text);
        expect(size, `${label} ${ratio}`).not.toBeNull();
        const [across = 0, down = 0] = ratio.split(':').map(Number);
        const shape = (size?.width ?? 0) / (size?.height ?? 1);
        expect(Math.abs(shape / (across / down) - 1), `${label} ${ratio} is ${text}`).toBeLessThan(0.04);
        expect(row.ratios.values).toContain(ratio);
      }
    }
  });

  test('has rules about offered values only, each of which can be met and broken', () => {
    for (const rule of row.rules) {
      const limit = 'only' in rule ? rule.only : rule.forbid;
      for (const condition of [rule.when, limit]) expectOffered(row, condition);
      const touched = [...specsOf(row)].filter((spec) => matches(rule.when, spec));
      expect(touched.length).toBeGreaterThan(0);
      const ratioOnly = Object.keys(limit).every((key) => key === 'ratio');
      if (!ratioOnly) {
        expect(touched.some((spec) => matches(limit, spec))).toBe(true);
        expect(touched.some((spec) => !matches(limit, spec))).toBe(true);
      }
      expect(rule.because.en).toMatch(/^[\x20-\x7e]+[^.]$/);
      expect(rule.because.zh).toMatch(/[\u4e00-\u9fff]/);
    }
  });

  test('has servings whose limits matter, and leave something of every mode', () => {
    for (const { rules = [], modes } of row.servings) {
      for (const rule of rules) {
        const limit = 'only' in rule ? rule.only : rule.forbid;
        const isSeen = 'ratio' in limit || [...specsOf(row)].some((spec) => breaks(rule, spec));
        expect(isSeen, rule.because.en).toBe(true);
        expect(rule.because.en).toMatch(/^[\x20-\x7e]+[^.]$/);
        expect(rule.because.zh).toMatch(/[\u4e00-\u9fff]/);
      }
      for (const mode of row.modes.filter(({ name }) => modes?.includes(name) ?? true)) {
        const left = [...specsOf(row)].filter((spec) => spec.mode === mode.name && allowed(row, spec));
        expect(left.some((spec) => !rules.some((rule) => breaks(rule, spec)))).toBe(true);
      }
    }
  });

  test('accepts its own defaults in every mode', () => {
    for (const mode of row.modes) {
      const defaults = [...specsOf(row)].filter(
        (spec) =>
          spec.mode === mode.name &&
          spec.seconds === secondsOf(row, mode).default &&
          spec.resolution === resolutionsOf(row, mode).default &&
          spec.audio === row.audio.default &&
          !spec.offPeak,
      );
      expect(defaults.length).toBeGreaterThan(0);
      for (const spec of defaults) expect(allowed(row, spec), mode.name).toBe(true);
    }
  });

  test('has no price in a mode, or one for everything it makes in it and no row too many', () => {
    const used = new Set<number>();
    const byMode = Map.groupBy(
      [...specsOf(row)].filter((spec) => allowed(row, spec)),
      ({ mode }) => mode,
    );
    for (const specs of byMode.values()) {
      const places = specs.map((spec) => row.prices.findIndex((price) => matches(price.when, spec)));
      const unpriced = specs.filter((_, at) => places[at] === -1);
      if (unpriced.length !== specs.length) expect(unpriced).toEqual([]);
      for (const place of places) used.add(place);
    }
    for (const [at, price] of row.prices.entries()) {
      expect(used.has(at), `price row ${at} is never the price`).toBe(true);
      expect(price.micros > 0n).toBe(true);
      expect(price.source.reference.length).toBeGreaterThan(0);
      expectOffered(row, price.when);
    }
  });

  test('costs less off-peak', () => {
    if (!row.supports.offPeak || row.prices.length === 0) return;
    for (const spec of specsOf(row)) {
      if (!allowed(row, { ...spec, offPeak: true })) continue;
      const priceOf = (offPeak: boolean): bigint | undefined =>
        row.prices.find((price) => matches(price.when, { ...spec, offPeak }))?.micros;
      const [less, more] = [priceOf(true), priceOf(false)];
      if (more !== undefined) expect(less !== undefined && less < more, JSON.stringify(spec)).toBe(true);
    }
  });

  test('is served in every mode, by words that the provider needs, or resold in modes that gateways have', () => {
    expect(new Set(row.servings.map((one) => one.provider)).size).toBe(row.servings.length);
    const names = row.modes.map((mode) => mode.name);
    for (const { provider, modes } of row.servings) {
      expect(provider).toMatch(/^[a-z][a-z-]+$/);
      for (const mode of modes ?? []) expect(names).toContain(mode);
    }
    if (row.servings.length === 0) {
      for (const { name } of row.modes) expect(['text', 'first_frame', 'first_last']).toContain(name);
      return;
    }
    for (const mode of row.modes) {
      const serving = row.servings.filter((one) => one.modes?.includes(mode.name) ?? true);
      expect(serving.length, mode.name).toBeGreaterThan(0);
      for (const { provider, upstream } of serving) {
        if (provider !== 'jimeng') expect(upstream.model).toEqual(expect.stringMatching(/./));
        if (provider === 'tencent-vod') expect(upstream.version).toEqual(expect.stringMatching(/./));
        if (provider === 'jimeng') expectReqKeys(row, mode, upstream.reqKeys);
        for (const named of isObject(upstream.models) ? Object.keys(upstream.models) : [])
          expect(names).toContain(named);
      }
    }
  });

  test('has sane bounds', () => {
    expect(row.promptMaxChars).toBeGreaterThanOrEqual(500);
    expect(row.maxCount).toBe(1);
    expect(row.typicalSeconds).toBeGreaterThanOrEqual(30);
    expect(row.deadlineHours).toBeGreaterThanOrEqual(row.supports.offPeak ? 48 : 12);
    // Tencent keeps tasks for three days.
    expect(row.deadlineHours).toBeLessThanOrEqual(72);
    expect(row.label).not.toBe('');
    expect(row.source.reference).not.toBe('');
    for (const key of row.vendorKeys) expect(key).toMatch(/^[a-z][a-z_]*$/);
    expect(new Set(row.vendorKeys).size).toBe(row.vendorKeys.length);
  });
});

function rolesOf(mode: ModeRow): readonly string[] {
  // A track that the video follows.
  const track = 'audio' in mode.inputs ? ['audio'] : [];
  switch (mode.name) {
    case 'text':
      return track;
    case 'first_frame':
      return ['first_frame', ...track];
    case 'first_last':
      return ['first_frame', 'last_frame'];
    case 'reference':
      return Object.keys(mode.inputs).filter((role) => role.startsWith('reference_') || role === 'audio');
    case 'motion_control':
      return ['first_frame', 'motion_video'];
    case 'avatar_i2v':
      return ['audio', 'first_frame'];
    case 'lip_sync':
      return ['audio', 'source_video'];
    case 'template_effect':
      return ['reference_image'];
    case 'edit':
      return ['source_video', ...('reference_image' in mode.inputs ? ['reference_image'] : [])];
    case 'upscale':
      return ['source_video'];
    case 'extend':
      return [
        'source_video',
        ...Object.keys(mode.inputs).filter((role) => /^(last_frame|reference_image)$/.test(role)),
      ];
    case 'multi_frame':
      return ['first_frame', 'reference_image'];
  }
}

function expectOffered(row: ModelRow, condition: Condition): void {
  const resolutions = row.modes.flatMap((mode) => resolutionsOf(row, mode).values);
  const seconds = row.modes.flatMap((mode) => secondsOf(row, mode).values);
  const ratios = row.modes.flatMap((mode) => ratiosOf(row, mode).values);
  for (const mode of condition.mode ?? []) expect(row.modes.map((one) => one.name)).toContain(mode);
  for (const label of condition.resolution ?? []) expect(resolutions).toContain(label);
  for (const length of condition.seconds ?? []) expect(seconds).toContain(length);
  for (const ratio of condition.ratio ?? []) expect(ratios).toContain(ratio);
  for (const sound of condition.audio ?? []) expect(soundsOf(row)).toContain(sound);
  if (condition.offPeak?.includes(true) === true) expect(row.supports.offPeak).toBe(true);
  for (const values of Object.values(condition)) expect(values.length).toBeGreaterThan(0);
}

function expectReqKeys(row: ModelRow, mode: ModeRow, reqKeys: unknown): void {
  const byResolution = isObject(reqKeys) ? property(reqKeys, mode.name) : undefined;
  for (const label of resolutionsOf(row, mode).values) {
    const key = isObject(byResolution) ? property(byResolution, label) : undefined;
    expect(key, `${mode.name} ${label}`).toEqual(expect.stringMatching(/^jimeng_/));
  }
}

describe('the catalogue as a whole', () => {
  test('gives every name to one model, in any case of letters', () => {
    const names = listModels().flatMap((row) => [row.id, ...row.aliases]);
    const folded = [...names, ...PINNED_NAMES.map(({ name }) => name)].map((name) => name.toLowerCase());
    expect(new Set(folded).size).toBe(folded.length);
    for (const row of listModels()) {
      for (const name of [row.id, ...row.aliases]) expect(findModel(name)?.row.id).toBe(row.id);
    }
  });

  test('can bundle every resolution that any model offers', () => {
    for (const row of listModels()) {
      for (const label of row.resolutions.values) {
        const name = `${row.id}-${label}`;
        expect(findModel(name)?.pins.resolution, name).toBe(label);
      }
    }
  });

  test('offers motion control without a picture on three Klings, with a shape of the client’s choice', () => {
    for (const id of ['Kling-2.6', 'Kling-3.0', 'Kling-3.0-Omni']) {
      const mode = findModel(id)?.row.modes.find((one) => one.name === 'motion_control');
      expect(mode?.inputs).toEqual({ first_frame: { min: 0, max: 1 }, motion_video: { min: 1, max: 1 } });
      expect(mode?.ratio).toBe('choice');
    }
  });

  test('offers all of Kling’s scenes, and edits, on Kling-3.0-Omni', () => {
    const scenes = findModel('Kling-3.0-Omni')?.row.modes.filter((mode) => isScene(mode.name));
    expect(scenes?.map((mode) => mode.name)).toEqual([
      'edit',
      'motion_control',
      'avatar_i2v',
      'lip_sync',
      'template_effect',
    ]);
  });

  test('bills lip sync for five seconds at least', () => {
    for (const row of listModels()) {
      const mode = row.modes.find((one) => one.name === 'lip_sync');
      if (mode !== undefined) expect(mode.minBilledSeconds, row.id).toBe(5);
    }
  });

  test('counts Seedance in tokens of exact pixels', () => {
    for (const row of listModels().filter(({ family }) => family === 'seedance')) {
      for (const price of row.prices) expect(price.unit).toBe('million_tokens');
      for (const label of row.resolutions.values) {
        expect(Object.keys(row.sizes?.[label] ?? {}).toSorted(), row.id).toEqual([...row.ratios.values].toSorted());
      }
    }
    expect(findModel('SV-1.0-pro')?.row.sizes?.['1080p']?.['9:16']).toBe('1088x1920');
    expect(findModel('SV-1.5-pro')?.row.sizes?.['720p']?.['3:4']).toBe('834x1112');
  });
});

describe('the words of the tables', () => {
  test('yuan become micro-USD at one rate, rounded up', () => {
    expect(cny('7.1')).toBe(1_000_000n);
    expect(cny('0.28')).toBe(39_437n);
  });

  test('a portrait size is its landscape turned', () => {
    expect(withPortrait({ '16:9': '864x480', '1:1': '640x640' })).toEqual({
      '16:9': '864x480',
      '9:16': '480x864',
      '1:1': '640x640',
    });
  });
});
