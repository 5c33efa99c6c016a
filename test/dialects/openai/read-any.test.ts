/** Holds for any body: reading never throws, says what is wrong by name, and loses no documented field. */

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import type { Json, JsonObject } from '../../../src/model/json.ts';
import { violationMessage } from '../../../src/model/violation.ts';
import { create, createForm, readOf } from './support.ts';

const TOP_KEYS = [
  'model',
  'prompt',
  'seconds',
  'duration',
  'size',
  'image',
  'images',
  'input_reference',
  'metadata',
  'audio',
  'n',
];
const METADATA_KEYS = [
  'output_config',
  'scene_type',
  'motion_level',
  'offpeak',
  'last_frame_url',
  'video_url',
  'file_infos',
  'ext_info',
  'SceneType',
  '__proto__',
];
const OUTPUT_KEYS = ['resolution', 'aspect_ratio', 'audio_generation', 'duration', 'logo_add', 'constructor'];

const anyJson: fc.Arbitrary<Json> = fc
  .jsonValue({ maxDepth: 4, noUnicodeString: false })
  .map((value) => JSON.parse(JSON.stringify(value)));
const leaf: fc.Arbitrary<Json> = fc.oneof(
  anyJson,
  fc.constantFrom<Json>(
    '5',
    5,
    '',
    null,
    '720P',
    '1280x720',
    'https://a.example/1.png',
    '[',
    '{}',
    'true',
    JSON.parse('1e309'),
    -0,
    [[]],
    [{}],
    [{ url: {} }],
  ),
);

function objectOf(keys: readonly string[], value: fc.Arbitrary<Json>): fc.Arbitrary<JsonObject> {
  const entry = fc.tuple(
    fc.oneof({ weight: 8, arbitrary: fc.constantFrom(...keys) }, { weight: 1, arbitrary: fc.string() }),
    value,
  );
  return fc.array(entry, { maxLength: 8 }).map((entries) => Object.fromEntries(entries));
}

const output = objectOf(OUTPUT_KEYS, leaf);
const metadata = objectOf(METADATA_KEYS, fc.oneof(leaf, output));
const body = objectOf(TOP_KEYS, fc.oneof(leaf, metadata)).map((fields): JsonObject => ({ model: 'm', ...fields }));

function check(result: ReturnType<typeof create>): void {
  if (result.ok) {
    // What is kept must be storable: text that PostgreSQL takes, and the same again after JSON.
    const kept = JSON.stringify(readOf(result));
    expect(kept).not.toMatch(/(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/);
    return;
  }
  expect(result.violations.length).toBeGreaterThan(0);
  for (const fault of result.violations) {
    expect(fault.param).not.toBe('');
    for (const language of ['en', 'zh'] as const) expect(violationMessage(fault, language)).not.toContain('undefined');
  }
}

describe('reading never throws', () => {
  test('on any JSON', () => {
    fc.assert(
      fc.property(fc.oneof(anyJson, body), (value) => check(create(value))),
      { numRuns: 600 },
    );
  });

  test('on any form', () => {
    const name = fc.constantFrom(
      'model',
      'prompt',
      'seconds',
      'images[]',
      'images',
      'metadata',
      'metadata[output_config][duration]',
      'metadata[file_infos][][url]',
      'input_reference[image_url]',
      'input_reference',
    );
    const text = fc.oneof(
      fc.string(),
      leaf.map((value) => JSON.stringify(value)),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(name, text), { maxLength: 10 }), (fields) => check(createForm(fields))),
      { numRuns: 400 },
    );
  });

  test('on a body nested beyond all reason', () => {
    const deep = JSON.parse('{"a":'.repeat(50_000) + '1' + '}'.repeat(50_000));
    for (const value of [deep, { model: 'm', metadata: deep }, { model: deep }]) check(create(value));
    expect(create(deep).ok).toBe(false);
  });
});

describe('no documented field vanishes: setting it changes the request, or is noted', () => {
  const url = 'https://a.example/1.png';
  const documented: readonly (readonly [string, JsonObject])[] = [
    ['prompt', { prompt: 'other' }],
    ['seconds', { seconds: '10' }],
    ['duration', { duration: 10 }],
    ['size', { size: '720x1280' }],
    ['image', { image: url }],
    ['images', { images: [url] }],
    ['input_reference', { input_reference: url }],
    ...Object.entries<Json>({
      seconds: 10,
      duration: 10,
      video_duration: 10,
      scene_type: 'lip_sync',
      motion_level: 'std',
      offpeak: false,
      last_frame_url: url,
      video_url: url,
      file_infos: [{ type: 'Url', category: 'Image', url }],
      ext_info: '{}',
      anything_else: 0,
    }).map(([key, value]) => [`metadata.${key}`, { metadata: { [key]: value } }] as const),
    ...Object.entries<Json>({
      resolution: '720P',
      aspect_ratio: '16:9',
      audio_generation: 'Disabled',
      duration: 10,
      person_generation: 'AllowAdult',
      input_compliance_check: 'Enabled',
      output_compliance_check: 'Enabled',
      enhance_switch: 'Enabled',
      frame_interpolate: 'Enabled',
      logo_add: 'Enabled',
      anything_else: false,
    }).map(
      ([key, value]) => [`metadata.output_config.${key}`, { metadata: { output_config: { [key]: value } } }] as const,
    ),
  ];

  test.each(documented)('%s', (_, fields) => {
    const without = readOf(create({ model: 'm', prompt: 'p' }));
    const withIt = readOf(create({ model: 'm', prompt: 'p', ...fields }));
    expect({ request: withIt.request, notes: withIt.notes }).not.toEqual({
      request: without.request,
      notes: without.notes,
    });
  });

  test('nor do any two set together: each still shows', () => {
    const everything = create({
      model: 'm',
      prompt: 'p',
      seconds: '10',
      duration: 9,
      size: '720x1280',
      image: url,
      images: [url],
      input_reference: url,
      metadata: { seconds: 8, duration: 7, video_duration: 6, output_config: { duration: 5, resolution: '720P' } },
    });
    expect(readOf(everything).notes.map((note) => note.param)).toEqual([
      'images[0]',
      'input_reference',
      'duration',
      'metadata.seconds',
      'metadata.duration',
      'metadata.video_duration',
      'metadata.output_config.duration',
    ]);
  });
});
