/** The OpenAI dialect as the shared suite asks for it, and the requests that begin with another video. */

import { describe, expect, it } from 'vitest';

import { findModel, listModels } from '../../../src/catalogue/index.ts';
import type { Quote } from '../../../src/dialects/dialect.ts';
import { openai } from '../../../src/dialects/openai/dialect.ts';
import { isObject } from '../../../src/model/json.ts';
import type { Json, JsonObject } from '../../../src/model/json.ts';
import { note } from '../../../src/model/violation.ts';
import { SPEC, UUID, viewIn } from '../job-views.ts';
import { commandOf, createOf, describeDialect, faultsOf, readAt, said } from '../suite.ts';
import type { FieldSample, RoutePage } from '../route-page.ts';

const PICTURE = 'https://example.com/a.png';
const CLIP = 'https://example.com/a.mp4';
const BASE = { model: 'Kling-3.0-Omni', prompt: 'a cat' };

/** Every field that a page of `/v1/videos` names. */
const FIELDS: Readonly<Record<string, FieldSample>> = {
  model: 'sora-2',
  prompt: 'another',
  seconds: '8',
  duration: 8,
  size: '1280x720',
  resolution: '1080p',
  aspect_ratio: '9:16',
  image: PICTURE,
  images: [PICTURE, 'https://example.com/b.png'],
  input_reference: { image_url: PICTURE },
  video_url: CLIP,
  audio_url: 'https://example.com/a.mp3',
  sound_file: 'https://example.com/a.mp3',
  generate_audio: true,
  negative_prompt: 'blur',
  seed: 0,
  fps: 24,
  n: 2,
  watermark: false,
  callback_url: 'https://example.com/told',
  payload: 'order 7',
  user: 'u-1',
  characters: [{ id: 'char_1' }],
  character_ids: ['char_1'],
  'metadata.scene_type': 'motion_control',
  'metadata.motion_level': 'pro',
  'metadata.offpeak': true,
  'metadata.first_frame_url': PICTURE,
  'metadata.last_frame_url': PICTURE,
  'metadata.video_url': CLIP,
  'metadata.audio_url': 'https://example.com/a.mp3',
  'metadata.file_infos': [{ type: 'Url', category: 'Video', url: CLIP }],
  'metadata.ext_info': '{"AdditionalParameters":"{}"}',
  'metadata.seconds': 8,
  'metadata.duration': 8,
  'metadata.video_duration': 8,
  'metadata.resolution': '1080P',
  'metadata.aspect_ratio': '9:16',
  'metadata.negative_prompt': 'blur',
  'metadata.seed': 0,
  'metadata.callback_url': 'https://example.com/told',
  'metadata.output_config.resolution': '1080P',
  'metadata.output_config.aspect_ratio': '9:16',
  'metadata.output_config.duration': 8,
  'metadata.output_config.audio_generation': 'Enabled',
  'metadata.output_config.enable_bgm': 'Enabled',
  'metadata.output_config.person_generation': 'AllowAdult',
  'metadata.output_config.input_compliance_check': 'Enabled',
  'metadata.output_config.output_compliance_check': 'Enabled',
  'metadata.output_config.enhance_switch': 'Enabled',
  'metadata.output_config.frame_interpolate': 'Enabled',
  'metadata.output_config.logo_add': 'Enabled',
};

const ID = { id: `video_${UUID}` };
const REMIX = 'POST /v1/videos/:id/remix';
const EDITS = 'POST /v1/videos/edits';
const EXTENSIONS = 'POST /v1/videos/extensions';
const EDIT = { prompt: 'in the snow', video: ID };
const EXTENSION = { prompt: 'it goes on', seconds: '4', video: ID };

const PAGES: readonly RoutePage[] = [
  { route: 'POST /v1/videos', base: BASE, fields: FIELDS },
  { route: REMIX, params: ID, base: { prompt: 'in the snow' }, fields: FIELDS },
  { route: EDITS, base: EDIT, fields: { ...FIELDS, video: CLIP, 'video.id': 'video_other' } },
  { route: EXTENSIONS, base: EXTENSION, fields: { ...FIELDS, video: CLIP } },
];

describeDialect({ dialect: openai, folder: import.meta.dirname, creates: PAGES });

describe('a request that begins with another video', () => {
  it.each([
    [REMIX, { prompt: 'in the snow' }, 'edit', 'id'],
    [EDITS, EDIT, 'edit', 'video.id'],
    [EDITS, { prompt: 'in the snow', video: ID.id }, 'edit', 'video'],
    [EXTENSIONS, EXTENSION, 'extend', 'video.id'],
  ])('%s %j leaves to that video what it does not say', (route, body, scene, param) => {
    const command = commandOf(readAt(openai, route, { params: ID, body }));
    expect(command).toMatchObject({ kind: 'create', from: ID.id });
    const request = said(createOf(readAt(openai, route, { params: ID, body })));
    expect(request).toMatchObject({ scene, inputs: [{ role: 'source_video', source: { from: 'job', ...ID }, param }] });
  });

  it('may be an upload, an address or a data URI', () => {
    const upload = { sha256: 'aa', bytes: 10, fileName: 'clip.mp4' };
    const form = { body: { prompt: 'x' }, multipart: true, files: [{ field: 'video', upload }] };
    const command = commandOf(readAt(openai, EDITS, form));
    expect(command).not.toHaveProperty('from');
    expect(command).toMatchObject({ read: { request: { inputs: [{ source: { from: 'upload', upload } }] } } });
    for (const video of [CLIP, 'data:video/mp4;base64,AAAA']) {
      expect(said(createOf(readAt(openai, EDITS, { body: { prompt: 'x', video } })))).toMatchObject({ scene: 'edit' });
    }
  });

  it.each([
    [EDITS, { prompt: 'x' }, 'missing video'],
    [EDITS, { prompt: 'x', video: {} }, 'missing video.id'],
    [EDITS, { prompt: 'x', video: 5 }, 'wrong_type video'],
    [EDITS, { prompt: 'x', video: { id: 5 } }, 'wrong_type video.id'],
    [EXTENSIONS, { prompt: 'x', video: ID }, 'missing seconds'],
    [REMIX, { prompt: 5 }, 'wrong_type prompt'],
    ['POST /v1/videos/characters', { name: 'Ann', video: CLIP }, 'not_supported character'],
  ])('%s %j is refused by %s', (route, body, fault) => {
    expect(faultsOf(readAt(openai, route, { params: ID, body }))).toEqual([fault]);
  });

  it('says what it does not know of that video', () => {
    const read = createOf(readAt(openai, EDITS, { body: { ...EDIT, video: { ...ID, start: 3 } } }));
    expect(read.notes.map(({ code, param }) => `${code} ${param}`)).toEqual(['unknown_field video.start']);
  });

  it('says where the scene was asked for in vain', () => {
    const body = { prompt: 'x', metadata: { scene_type: 'lip_sync' } };
    const read = createOf(readAt(openai, REMIX, { params: ID, body }));
    expect(read.request.scene).toBe('edit');
    expect(read.notes.map(({ code, param }) => `${code} ${param}`)).toEqual(['overridden metadata.scene_type']);
  });

  it('is named in the video that was made from it', () => {
    const input = { ...SPEC.inputs[0], role: 'source_video', jobId: UUID };
    const view = viewIn('running', { spec: { ...SPEC, inputs: [input as (typeof SPEC.inputs)[0]] } });
    expect(openai.writeJob(view, 'get', 'en').body).toMatchObject({ remixed_from_video_id: ID.id });
    expect(openai.writeJob(viewIn('running'), 'get', 'en').body).toMatchObject({ remixed_from_video_id: null });
  });
});

describe('models', () => {
  const rows = listModels();
  const cards = rows.map((row, at) => ({ row, isServed: at > 0 }));

  function listed(route: string): readonly JsonObject[] {
    const command = commandOf(readAt(openai, route, {}));
    if (command.kind !== 'models') throw new Error(`a ${command.kind} is no list of models`);
    const { data } = command.write(cards).body as { data: Json[] };
    return data.filter(isObject);
  }

  it('are listed as OpenAI does, as far as they can be used', () => {
    const list = listed('GET /v1/models');
    expect(list.map(({ id }) => id)).toEqual(rows.slice(1).map(({ id }) => id));
    expect(list[0]).toMatchObject({ object: 'model', created: expect.any(Number), owned_by: expect.any(String) });
  });

  it('are listed with all that they can do', () => {
    const list = listed('GET /v1/videos/models');
    expect(list).toHaveLength(rows.length);
    expect(list.map(({ available }) => available)).toEqual(cards.map(({ isServed }) => isServed));
    expect(list.find(({ id }) => id === 'viduq1')).toEqual({
      id: 'viduq1',
      object: 'video.model',
      created: 0,
      name: 'Vidu Q1',
      family: 'vidu',
      aliases: ['Vidu-q1'],
      available: expect.any(Boolean),
      supported_durations: [5],
      supported_resolutions: ['1080p'],
      supported_aspect_ratios: ['16:9', '9:16', '1:1'],
      supported_sizes: ['1920x1080', '1080x1920', '1080x1080'],
      supported_frame_images: ['first_frame', 'last_frame'],
      input_references: ['reference_image'],
      supported_scenes: [],
      generate_audio: false,
      audio: 'never',
      seed: true,
      negative_prompt: false,
      off_peak: false,
      watermark: true,
      bgm: true,
      fps: [24],
      max_count: 1,
      max_prompt_characters: 2000,
      allowed_passthrough_parameters: expect.arrayContaining(['movement_amplitude', 'style']),
      modes: expect.arrayContaining([
        {
          name: 'first_frame',
          prompt: 'optional',
          inputs: { first_frame: { min: 1, max: 1 } },
          durations: [5],
          resolutions: ['1080p'],
          aspect_ratios: [],
        },
      ]),
      prices: [{ unit: 'video', usd: '0.40', when: {} }],
    });
  });

  it('are read by any of their names, and answer to it', () => {
    const command = commandOf(readAt(openai, 'GET /v1/models/:id', { params: { id: 'sora-2' } }));
    const row = findModel('sora-2')?.row;
    if (command.kind !== 'model' || row === undefined) throw new Error('Sora 2 is a model');
    expect(command.name).toBe('sora-2');
    expect(command.write({ row, isServed: true }).body).toMatchObject({ id: 'sora-2', object: 'model' });
  });
});

describe('an estimate', () => {
  const notes = [note('not_used', 'fps', 'no', '无')];
  const { inputs: _, ...rest } = SPEC;
  const base = { spec: { ...rest, inputs: [] }, notes, holdMicros: 0n };

  function written(quote: Pick<Quote, 'amountMicros' | 'price'> & Partial<Quote>): Json {
    const command = commandOf(readAt(openai, 'POST /v1/videos/estimate', { body: BASE }));
    if (command.kind !== 'estimate') throw new Error(`a ${command.kind} is no estimate`);
    return command.write({ ...base, ...quote }, 'en').body;
  }

  it('says what is paid for, in exact amounts as text', () => {
    expect(
      written({ amountMicros: 420_000n, holdMicros: 420_000n, price: { unit: 'second', micros: 84_000n } }),
    ).toEqual({
      object: 'video.estimate',
      model: 'kling-3.0-omni-720p',
      seconds: '5',
      resolution: '720p',
      size: '1280x720',
      currency: 'USD',
      amount_usd: '0.42',
      hold_usd: '0.42',
      breakdown: [
        { item: 'video', count: 1, unit: 'second', quantity: '5', unit_price_usd: '0.084', amount_usd: '0.42' },
      ],
      warnings: [{ code: 'not_used', param: 'fps', message: 'no' }],
    });
  });

  it('counts videos and tokens in their own units, and has no sum without a price', () => {
    expect(written({ amountMicros: 2n, price: { unit: 'video', micros: 2n } })).toMatchObject({
      breakdown: [{ unit: 'video', quantity: '1' }],
    });
    expect(written({ amountMicros: 2n, price: { unit: 'million_tokens', micros: 2n } })).toMatchObject({
      breakdown: [{ unit: 'million_tokens', quantity: '0.1089' }],
    });
    expect(written({ amountMicros: null, price: null })).toMatchObject({ amount_usd: null, breakdown: [] });
  });

  it('refuses what a create would refuse', () => {
    expect(faultsOf(readAt(openai, 'POST /v1/videos/estimate', { body: { prompt: 'x' } }))).toEqual(['missing model']);
  });
});
