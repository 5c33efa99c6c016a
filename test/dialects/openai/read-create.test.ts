/** What the fields of `POST /v1/videos` are read as: their precedence, their refusals, their notes. */

import { describe, expect, test } from 'vitest';

import { SCENES } from '../../../src/model/request.ts';
import type { Json, JsonObject } from '../../../src/model/json.ts';
import { create, createForm, faultsOf, file, notesOf, readOf, said } from './support.ts';

const BASE = { model: 'm', prompt: 'p' } as const;

/** What is said beyond `BASE`. */
function beyond(body: JsonObject): JsonObject {
  const { model: _model, prompt: _prompt, ...rest } = said(readOf(create({ ...BASE, ...body })));
  return rest;
}

function faults(body: JsonObject): readonly string[] {
  return faultsOf(create({ ...BASE, ...body }));
}

function notes(body: JsonObject): readonly string[] {
  return notesOf(create({ ...BASE, ...body }));
}

function picture(url: string, param: string, role: string = 'image'): JsonObject {
  return { role, source: { from: 'url', url }, param };
}

describe('the length is taken', () => {
  const places: readonly (readonly [string, (seconds: number) => JsonObject])[] = [
    ['seconds', (seconds) => ({ seconds: String(seconds) })],
    ['duration', (duration) => ({ duration })],
    ['metadata.seconds', (seconds) => ({ metadata: { seconds } })],
    ['metadata.duration', (duration) => ({ metadata: { duration: String(duration) } })],
    ['metadata.video_duration', (duration) => ({ metadata: { video_duration: duration } })],
    ['metadata.output_config.duration', (duration) => ({ metadata: { output_config: { duration } } })],
  ];

  function merged(first: JsonObject, second: JsonObject): JsonObject {
    const metadata = [first.metadata, second.metadata].reduce<JsonObject>(
      (all, part) => Object.assign({}, all, part),
      {},
    );
    return { ...first, ...second, ...(Object.keys(metadata).length > 0 ? { metadata } : {}) };
  }

  test.each(places)('from %s', (param, at) => {
    const read = readOf(create({ ...BASE, ...at(7) }));
    expect(read.request.seconds).toBe(7);
    expect(read.params.seconds).toBe(param);
    expect(read.notes).toEqual([]);
  });

  const pairs = places.flatMap((high, index) => places.slice(index + 1).map((low) => [high, low] as const));

  test.each(pairs.map(([high, low]) => [high[0], low[0], high[1], low[1]] as const))(
    'from %s before %s, with a note if they disagree',
    (high, low, atHigh, atLow) => {
      const disagreeing = readOf(create({ ...BASE, ...merged(atHigh(8), atLow(4)) }));
      expect(disagreeing.request.seconds).toBe(8);
      expect(disagreeing.notes).toMatchObject([
        { code: 'overridden', param: low, because: { en: `'${high}' takes precedence` } },
      ]);
      expect(readOf(create({ ...BASE, ...merged(atHigh(8), atLow(8)) })).notes).toEqual([]);
    },
  );

  test('from nowhere if nobody gave it: the model decides', () => {
    expect(readOf(create(BASE)).request.seconds).toBeNull();
    expect(readOf(create({ ...BASE, seconds: null })).request.seconds).toBeNull();
  });

  test.each<Json>(['5s', 5.5, '0x10', ' 5 ', '', true, [5], 1e9, Number.NaN, JSON.parse('1e309'), '-5', {}])(
    'never from %j, wherever it stands',
    (value) => {
      expect(faults({ seconds: value })).toEqual(['wrong_type seconds']);
      expect(faults({ duration: value })).toEqual(['wrong_type duration']);
      expect(faults({ seconds: 5, metadata: { duration: value } })).toEqual(['wrong_type metadata.duration']);
      expect(faults({ metadata: { output_config: { duration: value } } })).toEqual([
        'wrong_type metadata.output_config.duration',
      ]);
    },
  );
});

describe('the frame', () => {
  test.each<[string, JsonObject, JsonObject, readonly string[]]>([
    ['pixels as size', { size: '1280x720' }, { size: { width: 1280, height: 720 } }, []],
    ['a label as size', { size: '720P' }, { resolution: '720p' }, []],
    [
      'metadata.resolution before size',
      { size: '480p', metadata: { resolution: '1080P' } },
      { resolution: '1080p' },
      ['overridden size'],
    ],
    [
      'output_config before metadata',
      { metadata: { resolution: '480p', output_config: { resolution: '1080P' } } },
      { resolution: '1080p' },
      ['overridden metadata.resolution'],
    ],
    [
      'a label beside pixels, as both count',
      { size: '720x1280', metadata: { output_config: { resolution: '1080P' } } },
      { resolution: '1080p', size: { width: 720, height: 1280 } },
      [],
    ],
    [
      'pixels in output_config before size',
      { size: '1x1', metadata: { output_config: { resolution: '1280x720' } } },
      { size: { width: 1280, height: 720 } },
      ['overridden size'],
    ],
    [
      'a top-level resolution last',
      { resolution: '480p', size: '720p' },
      { resolution: '720p' },
      ['overridden resolution'],
    ],
    ['the same label twice', { size: '720p', metadata: { resolution: '720P' } }, { resolution: '720p' }, []],
    [
      'aspect_ratio: output_config, metadata, top',
      { aspect_ratio: '1:1', metadata: { aspect_ratio: '9:16', output_config: { aspect_ratio: '16:9' } } },
      { ratio: '16:9' },
      ['overridden metadata.aspect_ratio', 'overridden aspect_ratio'],
    ],
    ['aspect_ratio at the top', { aspect_ratio: '1:1' }, { ratio: '1:1' }, []],
    ['empty texts, which say nothing', { size: '', aspect_ratio: '' }, {}, []],
  ])('takes %s', (_, body, expected, expectedNotes) => {
    expect(beyond(body)).toEqual(expected);
    expect(notes(body)).toEqual(expectedNotes);
  });

  test('is refused where a size is no size', () => {
    for (const size of ['large', '16:9', '1280x', '0x0', 720, {}])
      expect(faults({ size })).toEqual(['wrong_type size']);
    expect(faults({ metadata: { output_config: { resolution: 720 } } })).toEqual([
      'wrong_type metadata.output_config.resolution',
    ]);
    expect(faults({ aspect_ratio: 1.5 })).toEqual(['wrong_type aspect_ratio']);
  });
});

describe('sound', () => {
  test.each<[JsonObject, boolean, readonly string[]]>([
    [{ metadata: { output_config: { audio_generation: 'Enabled' } } }, true, []],
    [{ metadata: { output_config: { audio_generation: 'disabled' } } }, false, []],
    [{ metadata: { output_config: { audio_generation: false } } }, false, []],
    [{ metadata: { audio: true } }, true, []],
    [
      { metadata: { audio: false, output_config: { audio_generation: 'Enabled' } } },
      true,
      ['overridden metadata.audio'],
    ],
    [{ audio: false }, false, []],
    [{ generate_audio: false }, false, []],
    [{ generate_audio: true, audio: false }, false, ['overridden generate_audio']],
  ])('%j is %s', (body, expected, expectedNotes) => {
    expect(readOf(create({ ...BASE, ...body })).request.audio).toBe(expected);
    expect(notes(body)).toEqual(expectedNotes);
  });

  test('given as a file is an input, not a switch', () => {
    expect(beyond({ audio: 'https://a.example/s.mp3' })).toEqual({
      inputs: [picture('https://a.example/s.mp3', 'audio', 'audio')],
    });
    expect(beyond({ audio: 'https://a.example/s.mp3', generate_audio: true })).toMatchObject({ audio: true });
  });

  test('is refused where it is neither', () => {
    expect(faults({ audio: 1 })).toEqual(['wrong_type audio']);
    expect(faults({ generate_audio: 'loud' })).toEqual(['wrong_type generate_audio']);
    expect(faults({ metadata: { output_config: { audio_generation: 'On' } } })).toEqual([
      'wrong_type metadata.output_config.audio_generation',
    ]);
  });
});

describe('the other fields', () => {
  test.each<[JsonObject, JsonObject]>([
    [{ metadata: { scene_type: 'lip_sync' } }, { scene: 'lip_sync' }],
    [{ metadata: { scene_type: 'Avatar_I2V' } }, { scene: 'avatar_i2v' }],
    [{ metadata: { motion_level: 'std' } }, { motionLevel: 'std' }],
    [{ metadata: { offpeak: true } }, { offPeak: true }],
    [{ metadata: { offpeak: 'true' } }, { offPeak: true }],
    [{ metadata: { off_peak: 'False' } }, { offPeak: false }],
    [{ offpeak: false }, { offPeak: false }],
    [{ metadata: { output_config: { off_peak: 'Enabled' } } }, { offPeak: true }],
    [{ seed: 0 }, { seed: 0 }],
    [{ metadata: { seed: -1 } }, { seed: -1 }],
    [{ negative_prompt: 'blur' }, { negativePrompt: 'blur' }],
    [{ metadata: { negative_prompt: 'blur' } }, { negativePrompt: 'blur' }],
    [{ fps: 24 }, { fps: 24 }],
    [{ n: 2 }, { count: 2 }],
    [{ metadata: { count: 2 } }, { count: 2 }],
    [{ watermark: false }, { watermark: false }],
    [{ metadata: { output_config: { enable_bgm: 'Enabled' } } }, { bgm: true }],
    [{ metadata: { bgm: false } }, { bgm: false }],
    [{ callback_url: 'https://c.example/' }, { callbackUrl: 'https://c.example/' }],
    [
      { metadata: { callback_url: 'https://c.example/', payload: 'x', user: 'u' } },
      { callbackUrl: 'https://c.example/', payload: 'x', user: 'u' },
    ],
    [
      { metadata: { ext_info: '{"AdditionalParameters":"{}"}' } },
      { vendor: { ext_info: '{"AdditionalParameters":"{}"}' } },
    ],
    [
      { metadata: { SceneType: 'lip_sync', OutputConfig: { Resolution: '720P', LogoAdd: 'Enabled' } } },
      { scene: 'lip_sync', resolution: '720p', vendor: { logo_add: 'Enabled' } },
    ],
    [
      {
        metadata: {
          cfg_scale: 0,
          camera_control: { type: 'simple' },
          output_config: {
            person_generation: 'AllowAdult',
            input_compliance_check: 'Enabled',
            output_compliance_check: 'Disabled',
            enhance_switch: 'Enabled',
            frame_interpolate: 'Enabled',
            logo_add: 'Disabled',
          },
        },
      },
      {
        vendor: {
          person_generation: 'AllowAdult',
          input_compliance_check: 'Enabled',
          output_compliance_check: 'Disabled',
          enhance_switch: 'Enabled',
          frame_interpolate: 'Enabled',
          logo_add: 'Disabled',
          cfg_scale: 0,
          camera_control: { type: 'simple' },
        },
      },
    ],
  ])('%j is %j', (body, expected) => {
    expect(beyond(body)).toEqual(expected);
    expect(notes(body)).toEqual([]);
  });

  test('given as empty texts or null say nothing', () => {
    const empty = {
      prompt: '',
      image: '',
      images: [],
      input_reference: '',
      user: null,
      callback_url: '',
      metadata: {
        scene_type: '',
        motion_level: '',
        offpeak: '',
        ext_info: '',
        last_frame_url: '',
        video_url: '',
        file_infos: [],
        style: '',
        output_config: '',
      },
    };
    expect(faults({ ...empty, metadata: null })).toEqual([]);
    const { output_config: _, ...metadata } = empty.metadata;
    expect(said(readOf(create({ model: 'm', ...empty, metadata })))).toEqual({ model: 'm' });
  });

  test('are refused where they are of the wrong kind', () => {
    expect(faults({ prompt: 5 })).toEqual(['wrong_type prompt']);
    expect(faults({ metadata: 'x' })).toEqual(['wrong_type metadata']);
    expect(faults({ metadata: [] })).toEqual(['wrong_type metadata']);
    expect(faults({ metadata: { output_config: 'x' } })).toEqual(['wrong_type metadata.output_config']);
    expect(faults({ metadata: { motion_level: 'max' } })).toEqual(['not_offered metadata.motion_level']);
    expect(faults({ metadata: { offpeak: 'Enabled' } })).toEqual(['wrong_type metadata.offpeak']);
    expect(faults({ metadata: { offpeak: 1 } })).toEqual(['wrong_type metadata.offpeak']);
    expect(faults({ metadata: { ext_info: { a: 1 } } })).toEqual(['wrong_type metadata.ext_info']);
    expect(faults({ metadata: { ext_info: '{broken' } })).toEqual(['unreadable metadata.ext_info']);
    expect(faults({ seed: '5' })).toEqual(['wrong_type seed']);
    expect(faults({ fps: 23.976 })).toEqual(['wrong_type fps']);
    expect(faults({ n: true })).toEqual(['wrong_type n']);
    expect(faults({ watermark: 'yes' })).toEqual(['wrong_type watermark']);
    expect(faults({ callback_url: 5 })).toEqual(['wrong_type callback_url']);
    expect(faults({ prompt: 'a\u0000b' })).toEqual(['unreadable prompt']);
    expect(faults({ metadata: { style: '\ud800' } })).toEqual(['unreadable metadata.style']);
  });

  test('in a scene that does not exist, are answered with those that do', () => {
    const result = create({ ...BASE, metadata: { scene_type: 'dance' } });
    expect(result).toMatchObject({
      violations: [
        {
          code: 'not_offered',
          param: 'metadata.scene_type',
          value: 'dance',
          allowed: { values: SCENES },
        },
      ],
    });
  });

  test('of the vendor are taken from output_config before metadata', () => {
    const body = { metadata: { logo_add: 'Enabled', output_config: { logo_add: 'Disabled' } } };
    expect(beyond(body)).toEqual({ vendor: { logo_add: 'Disabled' } });
    expect(notes(body)).toEqual(['overridden metadata.logo_add']);
  });
});

describe('the model', () => {
  test('is required: there is no default', () => {
    expect(faultsOf(create({ prompt: 'p' }))).toEqual(['missing model']);
    expect(faultsOf(create({ model: '', prompt: 'p' }))).toEqual(['missing model']);
    expect(faultsOf(create({ model: null }))).toEqual(['missing model']);
    expect(faultsOf(create({ model: 5 }))).toEqual(['wrong_type model']);
    expect(faultsOf(create(null))).toEqual(['missing model']);
    expect(faultsOf(create([]))).toEqual(['wrong_type body']);
    expect(faultsOf(create('text'))).toEqual(['wrong_type body']);
  });

  test('is named first when more is wrong, and all of it is told at once', () => {
    expect(faultsOf(create({ seconds: '5s', image: 5, metadata: { scene_type: 'x' } }))).toEqual([
      'missing model',
      'wrong_type image',
      'not_offered metadata.scene_type',
      'wrong_type seconds',
    ]);
  });
});

describe('unknown fields', () => {
  test('are accepted and noted', () => {
    expect(notes({ quality: 'hd', style: null, extra_body: { a: 1 } })).toEqual([
      'unknown_field quality',
      'unknown_field style',
      'unknown_field extra_body',
    ]);
    expect(notes({ character_ids: ['char_1'] })).toEqual(['not_used character_ids']);
    expect(
      notesOf(
        createForm(
          [
            ['model', 'm'],
            ['a[', 'x'],
          ],
          [file('watermark_image', 'w.png')],
        ),
      ),
    ).toEqual(['unknown_field a[', 'unknown_field watermark_image']);
  });

  test('share one note where there are too many, and are made fit to be stored', () => {
    const many = Object.fromEntries(Array.from({ length: 1000 }, (_, at) => [`f${at}`, at]));
    const read = readOf(create({ ...BASE, ...many }));
    expect(read.notes).toHaveLength(32);
    expect(read.notes.at(-1)).toMatchObject({
      param: 'f31',
      because: { en: 'this API has no such field, nor 968 more that were sent' },
    });
    const [odd] = readOf(create({ ...BASE, ['\u0000\ud800'.padEnd(200, 'x')]: 1 })).notes;
    expect(odd?.param).toMatch(/^\uFFFD\uFFFDx{78}…$/);
  });
});
