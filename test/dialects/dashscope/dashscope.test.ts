/** The DashScope dialect: the three protocols of its models, tasks, and what is refused. */

import { describe, expect, it } from 'vitest';

import { dashscope } from '../../../src/dialects/dashscope/dialect.ts';
import type { Json, JsonObject } from '../../../src/model/json.ts';
import { viewIn } from '../job-views.ts';
import { commandOf, createOf, describeDialect, faultsOf, readAt, said } from '../suite.ts';
import type { FieldSample, RoutePage } from '../route-page.ts';

const CREATE = 'POST /api/v1/services/aigc/video-generation/video-synthesis';
const FRAMES = 'POST /ali/api/v1/services/aigc/image2video/video-synthesis';
const BASE = { model: 'wan2.6-t2v', input: { prompt: 'a kitten runs' } };
const PICTURE = 'https://x.example/a.png';

const FIELDS: Readonly<Record<string, FieldSample>> = {
  model: 'wan2.7-t2v',
  'input.prompt': 'another',
  'input.negative_prompt': 'blur',
  'input.img_url': PICTURE,
  'input.first_frame_url': PICTURE,
  'input.last_frame_url': PICTURE,
  'input.audio_url': 'https://x.example/a.mp3',
  'input.reference_urls': [PICTURE, 'https://x.example/b.mp4'],
  'input.template': 'flying',
  'input.media': [{ type: 'first_frame', url: PICTURE }],
  'parameters.size': '1280*720',
  'parameters.resolution': '1080P',
  'parameters.ratio': '9:16',
  'parameters.duration': 10,
  'parameters.prompt_extend': true,
  'parameters.shot_type': 'multi',
  'parameters.audio': false,
  'parameters.watermark': false,
  'parameters.seed': 0,
  'parameters.audio_setting': 'origin',
};

const PAGES: readonly RoutePage[] = [CREATE, FRAMES].map((route) => ({ route, base: BASE, fields: FIELDS }));

describeDialect({ dialect: dashscope, folder: import.meta.dirname, creates: PAGES });

const create = (body: Json) => readAt(dashscope, CREATE, { body });

describe('a video synthesis', () => {
  it.each<[string, JsonObject, JsonObject]>([
    [
      'of the older protocol',
      {
        model: 'wan2.6-t2v',
        input: { prompt: 'a kitten runs', audio_url: 'https://x/a.mp3' },
        parameters: {
          size: '1280*720',
          duration: 10,
          prompt_extend: true,
          shot_type: 'multi',
          watermark: false,
          seed: 12345,
        },
      },
      {
        model: 'wan2.6-t2v',
        prompt: 'a kitten runs',
        inputs: [{ role: 'audio', source: { from: 'url', url: 'https://x/a.mp3' }, param: 'input.audio_url' }],
        seconds: 10,
        size: { width: 1280, height: 720 },
        watermark: false,
        seed: 12345,
        vendor: { prompt_extend: true, shot_type: 'multi' },
      },
    ],
    [
      'of Wan 3',
      {
        model: 'wan3.0-video',
        input: {
          prompt: '...',
          media: [
            { type: 'first_frame', url: 'https://x/a.png' },
            { type: 'last_frame', url: 'https://x/b.png' },
          ],
        },
        parameters: { resolution: '720P', ratio: 'adaptive', duration: 5, audio: true },
      },
      {
        model: 'wan3.0-video',
        prompt: '...',
        inputs: [
          { role: 'first_frame', source: { from: 'url', url: 'https://x/a.png' }, param: 'input.media[0].url' },
          { role: 'last_frame', source: { from: 'url', url: 'https://x/b.png' }, param: 'input.media[1].url' },
        ],
        seconds: 5,
        resolution: '720p',
        ratio: 'adaptive',
        audio: true,
      },
    ],
    [
      'of Wan 2.7 with references',
      {
        model: 'wan2.7-r2v',
        input: { prompt: 'Image 1 dances', media: [{ type: 'reference_image', url: 'https://x/a.png' }] },
        parameters: { resolution: '1080P', ratio: '16:9', duration: 5 },
      },
      {
        model: 'wan2.7-r2v',
        prompt: 'Image 1 dances',
        inputs: [
          { role: 'reference_image', source: { from: 'url', url: 'https://x/a.png' }, param: 'input.media[0].url' },
        ],
        seconds: 5,
        resolution: '1080p',
        ratio: '16:9',
      },
    ],
  ])('%s is read', (_, body, meant) => {
    expect(said(createOf(create(body)))).toEqual(meant);
  });

  it('knows references that are videos by their names', () => {
    const body = { ...BASE, input: { prompt: 'x', reference_urls: [PICTURE, 'https://x.example/b.mp4?sig=1'] } };
    expect(createOf(create(body)).request.inputs.map(({ role }) => role)).toEqual([
      'reference_image',
      'reference_video',
    ]);
  });

  it.each([
    ['first_clip', 'extend'],
    ['video', 'edit'],
  ])('with a %s is a scene of its own', (type, scene) => {
    const media = [{ type, url: 'https://x.example/v.mp4' }];
    expect(said(createOf(create({ ...BASE, input: { prompt: 'x', media } })))).toMatchObject({ scene });
  });

  it.each<[Json, readonly string[]]>([
    [{}, ['missing model']],
    [[], ['wrong_type body']],
    [{ ...BASE, input: 'x' }, ['wrong_type input']],
    [{ ...BASE, parameters: { size: 'large' } }, ['wrong_type parameters.size']],
    [{ ...BASE, parameters: { duration: '5' } }, ['wrong_type parameters.duration']],
    [{ ...BASE, input: { media: {} } }, ['wrong_type input.media']],
    [{ ...BASE, input: { media: [7] } }, ['wrong_type input.media[0]']],
    [{ ...BASE, input: { media: [{ type: 'smell', url: PICTURE }] } }, ['not_offered input.media[0].type']],
    [{ ...BASE, input: { media: [{ type: 'link', url: PICTURE }] } }, ['not_offered input.media[0].type']],
    [{ ...BASE, input: { media: [{ type: 'video' }] } }, ['missing input.media[0].url']],
    [{ ...BASE, input: { media: Array.from({ length: 65 }, () => ({})) } }, ['too_many input.media']],
  ])('%j is refused', (body, faults) => {
    expect(faultsOf(create(body))).toEqual(faults);
  });
});

describe('tasks', () => {
  it('are asked for, and cancelled, by their id', () => {
    const params = { id: 'abc' };
    expect(commandOf(readAt(dashscope, 'GET /ali/api/v1/tasks/:id', { params }))).toEqual({ kind: 'get', id: 'abc' });
    expect(commandOf(readAt(dashscope, 'POST /api/v1/tasks/:id/cancel', { params }))).toMatchObject({
      kind: 'cancel',
      id: 'abc',
      ended: 'refuse',
    });
  });

  it('are listed by pages, states and models', () => {
    const query = { page_no: '3', page_size: '20', status: 'running', model_name: 'wan2.6-t2v' };
    const command = commandOf(readAt(dashscope, 'GET /api/v1/tasks', { query }));
    expect(command).toMatchObject({
      kind: 'list',
      query: { limit: 20, skip: 40, counted: true, filter: { states: ['running', 'collecting'], model: 'wan2.6-t2v' } },
    });
    if (command.kind !== 'list') throw new Error('no list');
    const { body } = command.write({ views: [viewIn('running')], hasMore: false, total: 41 }, 'en');
    expect(body).toMatchObject({ total: 41, total_page: 3, page_no: 3, data: [{ task_status: 'RUNNING' }] });
  });

  it.each([
    [{ page_no: '0' }, 'out_of_range page_no'],
    [{ page_size: '101' }, 'out_of_range page_size'],
    [{ status: 'LOST' }, 'not_offered status'],
  ])('with %j are refused', (query, fault) => {
    expect(faultsOf(readAt(dashscope, 'GET /api/v1/tasks', { query }))).toEqual([fault]);
  });
});
