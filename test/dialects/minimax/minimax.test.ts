/** The MiniMax dialects: frames and subjects of version 1, content with roles of version 2. */

import { describe, expect, it } from 'vitest';

import { minimax, minimaxV2 } from '../../../src/dialects/minimax/dialect.ts';
import type { Json } from '../../../src/model/json.ts';
import { viewIn } from '../job-views.ts';
import { commandOf, createOf, describeDialect, faultsOf, readAt, said } from '../suite.ts';

const CREATE = 'POST /v1/video_generation';
const CREATE_V2 = 'POST /v2/video_generation';
const AGAIN_V2 = 'POST /v2/video_regeneration';
const PICTURE = 'https://x.example/a.png';
const BASE = { model: 'MiniMax-Hailuo-2.3', prompt: 'A man picks up a book [Pedestal up]' };
const TEXT = { type: 'text', text: 'a cat' };
const BASE_V2 = { model: 'MiniMax-H3', content: [TEXT] };

describeDialect({
  dialect: minimax,
  folder: import.meta.dirname,
  creates: [
    {
      route: CREATE,
      base: BASE,
      fields: {
        model: 'MiniMax-Hailuo-02',
        prompt: 'another',
        prompt_optimizer: false,
        fast_pretreatment: true,
        duration: 10,
        resolution: '1080P',
        first_frame_image: PICTURE,
        last_frame_image: PICTURE,
        subject_reference: [{ type: 'character', image: [PICTURE] }],
        callback_url: 'https://x.example/told',
        aigc_watermark: false,
      },
    },
  ],
});

const FIELDS_V2 = {
  model: 'MiniMax-H3-fast',
  content: [TEXT, { type: 'image_url', image_url: { url: PICTURE } }],
  resolution: '2K',
  duration: 7,
  ratio: '9:16',
  callback_url: 'https://x.example/told',
  aigc_watermark: false,
};

describeDialect({
  dialect: minimaxV2,
  folder: `${import.meta.dirname}/v2`,
  creates: [CREATE_V2, AGAIN_V2].map((route) => ({ route, base: BASE_V2, fields: FIELDS_V2 })),
});

const create = (body: Json) => readAt(minimax, CREATE, { body });
const createV2 = (body: Json) => readAt(minimaxV2, CREATE_V2, { body });
const item = (kind: string, role: string) => ({ type: kind, [kind]: { url: PICTURE }, role });

describe('version 1', () => {
  it('reads the request of the page', () => {
    const body = { ...BASE, duration: 6, resolution: '1080P', prompt_optimizer: true, callback_url: 'https://gw/cb' };
    expect(said(createOf(create(body)))).toEqual({
      ...BASE,
      seconds: 6,
      resolution: '1080p',
      callbackUrl: 'https://gw/cb',
      vendor: { prompt_optimizer: true },
    });
  });

  it('gives frames and subjects their roles', () => {
    const body = {
      ...BASE,
      first_frame_image: PICTURE,
      last_frame_image: 'data:image/png;base64,AAAA',
      subject_reference: [{ type: 'character', image: [PICTURE] }],
    };
    expect(createOf(create(body)).request.inputs.map(({ role, param }) => `${role} ${param}`)).toEqual([
      'first_frame first_frame_image',
      'last_frame last_frame_image',
      'reference_image subject_reference[0].image[0]',
    ]);
  });

  it.each<[Json, readonly string[]]>([
    [{}, ['missing model']],
    [7, ['wrong_type body']],
    [{ ...BASE, duration: '6' }, ['wrong_type duration']],
    [{ ...BASE, subject_reference: {} }, ['wrong_type subject_reference']],
    [{ ...BASE, subject_reference: ['x'] }, ['wrong_type subject_reference[0]']],
    [{ ...BASE, subject_reference: [{ type: 'dog', image: [PICTURE] }] }, ['not_offered subject_reference[0].type']],
    [{ ...BASE, first_frame_image: 5 }, ['wrong_type first_frame_image']],
  ])('refuses %j', (body, faults) => {
    expect(faultsOf(create(body))).toEqual(faults);
  });

  it('finds a task by its id, and the file of one that is done', () => {
    const query = { task_id: 'a', file_id: 'b' };
    expect(commandOf(readAt(minimax, 'GET /v1/query/video_generation', { query }))).toMatchObject({
      kind: 'get',
      id: 'a',
    });
    const file = commandOf(readAt(minimax, 'GET /v1/files/retrieve', { query }));
    if (file.kind !== 'get') throw new Error('no get');
    expect(file.id).toBe('b');
    expect(file.write?.(viewIn('succeeded'), 'en').body).toMatchObject({
      file: { download_url: 'https://r.example/v' },
      base_resp: { status_code: 0 },
    });
    expect(file.write?.(viewIn('running'), 'en').body).toMatchObject({ file: null, base_resp: { status_code: 2013 } });
    expect(faultsOf(readAt(minimax, 'GET /v1/files/retrieve', {}))).toEqual(['missing file_id']);
  });

  it('calls back in small letters', () => {
    const target = { url: 'https://x.example', secret: 'whsec_AAAA' };
    expect(minimax.writeCallback?.(viewIn('succeeded'), target).body).toMatchObject({ status: 'success' });
    expect(minimax.writeCallback?.(viewIn('expired'), target).body).toMatchObject({ status: 'failed' });
  });
});

describe('version 2', () => {
  it('reads texts and files with their roles; a picture without one is the first frame', () => {
    const content = [
      TEXT,
      { type: 'image_url', image_url: { url: PICTURE } },
      item('image_url', 'last_frame'),
      item('image_url', 'reference_image'),
      item('video_url', 'reference_video'),
      item('audio_url', 'reference_audio'),
      { type: 'text', text: 'and a dog' },
    ];
    const { request } = createOf(createV2({ ...BASE_V2, content, resolution: '768P', duration: 5 }));
    expect(request).toMatchObject({ prompt: 'a cat\nand a dog', resolution: '768p', seconds: 5, scene: null });
    expect(request.inputs.map(({ role }) => role)).toEqual([
      'first_frame',
      'last_frame',
      'reference_image',
      'reference_video',
      'audio',
    ]);
  });

  it('has no use for the role of a text', () => {
    const { notes } = createOf(createV2({ ...BASE_V2, content: [{ ...TEXT, role: 'first_frame' }] }));
    expect(notes.map(({ code, param }) => `${code} ${param}`)).toEqual(['not_used content[0].role']);
  });

  it('makes a video larger', () => {
    const { request } = createOf(
      readAt(minimaxV2, AGAIN_V2, { body: { ...BASE_V2, content: [item('video_url', 'base_video')] } }),
    );
    expect(request).toMatchObject({ scene: 'upscale', inputs: [{ role: 'source_video' }] });
  });

  it.each<[Json, readonly string[]]>([
    [{ model: 'x' }, ['missing content']],
    [{ ...BASE_V2, content: {} }, ['wrong_type content']],
    [{ ...BASE_V2, content: [5] }, ['wrong_type content[0]']],
    [{ ...BASE_V2, content: [{}] }, ['missing content[0].type']],
    [{ ...BASE_V2, content: [{ type: 'smell' }] }, ['not_offered content[0].type']],
    [{ ...BASE_V2, content: [{ type: 'image_url' }] }, ['missing content[0].image_url.url']],
    [{ ...BASE_V2, content: [item('image_url', 'reference_video')] }, ['not_offered content[0].role']],
    [{ ...BASE_V2, content: Array.from({ length: 65 }, () => TEXT) }, ['too_many content']],
  ])('refuses %j', (body, faults) => {
    expect(faultsOf(createV2(body))).toEqual(faults);
  });

  it('lists tasks by pages', () => {
    const route = 'GET /v2/query/video_generation';
    const command = commandOf(readAt(minimaxV2, route, { query: { page_num: '2', page_size: '5' } }));
    expect(command).toMatchObject({ kind: 'list', query: { limit: 5, skip: 5, counted: true } });
    if (command.kind !== 'list') throw new Error('no list');
    expect(command.write({ views: [viewIn('failed')], hasMore: false, total: 6 }, 'en').body).toMatchObject({
      total: 6,
      items: [{ status: 'failed', error: { code: '1000' } }],
    });
    expect(faultsOf(readAt(minimaxV2, route, { query: { page_num: 'x' } }))).toEqual(['out_of_range page_num']);
  });

  it('calls back with the task', () => {
    const body = minimaxV2.writeCallback?.(viewIn('cancelled'), { url: 'https://x.example', secret: 's' }).body;
    expect(body).toMatchObject({ task: { status: 'cancelled' } });
  });
});
