/** Kling's task API: contents that say what each is for, and queries of many tasks at once. */

import { describe, expect, it } from 'vitest';

import { findModel } from '../../../src/catalogue/index.ts';
import { signedHeaders } from '../../../src/dialects/kling/callback.ts';
import { kling, klingTasks } from '../../../src/dialects/kling/dialect.ts';
import type { JsonObject } from '../../../src/model/json.ts';
import { resolve } from '../../../src/model/resolve.ts';
import { viewIn } from '../job-views.ts';
import { commandOf, createOf, describeDialect, faultsOf, readAt, said } from '../suite.ts';
import type { RoutePage } from '../route-page.ts';

const PICTURE = 'https://example.com/a.png';
const CLIP = 'https://example.com/clip.mp4';
const FIRST = { type: 'first_frame', url: PICTURE };
const MOTION = [
  { type: 'image', url: PICTURE },
  { type: 'video', url: CLIP },
];

const OPTIONS = {
  'options.callback_url': 'https://gw.example/cb',
  'options.external_task_id': 'job-2',
  'options.watermark_info': { enabled: true },
};
const SETTINGS = {
  'settings.resolution': '1080p',
  'settings.aspect_ratio': '9:16',
  'settings.duration': 10,
  'settings.audio': 'native',
  'settings.multi_shot': true,
  'settings.character_orientation': 'video',
};

function page(path: string, model: string, base: JsonObject, fields: RoutePage['fields']): RoutePage {
  const groups = { settings: { duration: 3 }, options: { external_task_id: 'job-3' } };
  return {
    route: `POST /${path}/:model`,
    params: { model },
    base,
    fields: { prompt: 'another', contents: [FIRST], ...groups, ...SETTINGS, ...OPTIONS, ...fields },
  };
}

const CREATES: readonly RoutePage[] = [
  page('text-to-video', 'kling-2.6', { prompt: 'a fox' }, {}),
  page(
    'image-to-video',
    'kling-3.0',
    { contents: [FIRST] },
    { contents: [FIRST, { type: 'last_frame', url: PICTURE }] },
  ),
  page('omni-video', 'kling-3.0-omni', { prompt: 'like <<<image_1>>>' }, {}),
  page('motion-control', 'kling-2.6', { contents: MOTION }, {}),
];

describeDialect({ dialect: klingTasks, folder: import.meta.dirname, creates: CREATES });

const create = (path: string, model: string, body: JsonObject) =>
  readAt(klingTasks, `POST /${path}/:model`, { params: { model }, body });

describe('a create of the task API', () => {
  it('reads the request of the page', () => {
    const body = {
      contents: [{ type: 'prompt', text: 'fox in snow' }, FIRST],
      settings: { resolution: '1080p', duration: 5, audio: 'native' },
      options: { callback_url: 'https://gw.example/cb', external_task_id: 'job-2' },
    };
    expect(said(createOf(create('image-to-video', 'kling-2.6', body)))).toEqual({
      model: 'kling-2.6',
      prompt: 'fox in snow',
      inputs: [{ role: 'first_frame', source: { from: 'url', url: PICTURE }, param: 'contents[1].url' }],
      resolution: '1080p',
      seconds: 5,
      audio: true,
      callbackUrl: 'https://gw.example/cb',
      externalId: 'job-2',
    });
  });

  it.each([
    ['text-to-video', ['kling-3.0-turbo', 'kling-3.0', 'kling-2.6', 'kling-2.5-turbo'], { prompt: 'a' }, 'text'],
    [
      'image-to-video',
      ['kling-3.0-turbo', 'kling-3.0', 'kling-2.6', 'kling-2.5-turbo'],
      { contents: [FIRST] },
      'first_frame',
    ],
    [
      'omni-video',
      ['kling-3.0-omni', 'kling-o1'],
      { prompt: 'a', contents: [{ type: 'refer_image', url: PICTURE }] },
      'reference',
    ],
    [
      'omni-video',
      ['kling-3.0-omni', 'kling-o1'],
      { prompt: 'a', contents: [{ type: 'feature_video', url: CLIP }] },
      'reference',
    ],
    [
      'omni-video',
      ['kling-3.0-omni', 'kling-o1'],
      { prompt: 'a', contents: [{ type: 'base_video', url: CLIP }] },
      'edit',
    ],
    ['motion-control', ['kling-3.0', 'kling-2.6'], { contents: MOTION }, 'motion_control'],
  ])('%s of %j with %j is %s', (path, models, body, mode) => {
    for (const model of models) {
      const match = findModel(model);
      const resolution = match === null ? null : resolve(createOf(create(path, model, body)), match);
      expect(resolution).toMatchObject({ ok: true, spec: { requestedModel: model, mode } });
    }
  });

  it.each([
    [{ audio: 'native' }, [], { audio: true }],
    [{ audio: 'off' }, [], { audio: false }],
    [{ audio: 'original' }, [{ type: 'base_video', url: CLIP }], { vendor: { keep_original_sound: 'yes' } }],
    [{ audio: 'off' }, [{ type: 'feature_video', url: CLIP }], { audio: false, vendor: { keep_original_sound: 'no' } }],
  ])('hears with %j and %j what it should', (settings, contents, heard) => {
    expect(said(createOf(create('omni-video', 'kling-3.0-omni', { prompt: 'a', settings, contents })))).toMatchObject(
      heard,
    );
  });

  it('hands elements and voices on to the vendor', () => {
    const contents = [
      FIRST,
      { type: 'element', element_id: '829', id: 'element_1' },
      { type: 'voice', voice_id: 'v-1' },
      { type: 'voice', voice_id: 'v-2' },
    ];
    expect(createOf(create('image-to-video', 'kling-3.0', { contents })).request.vendor).toEqual({
      element_list: [{ id: 'element_1', element_id: '829' }],
      voice_list: [{ voice_id: 'v-1' }, { voice_id: 'v-2' }],
    });
  });

  it.each([
    ['image-to-video', {}, 'missing contents'],
    ['image-to-video', { contents: [{ type: 'prompt', text: 'a' }] }, 'missing contents'],
    ['motion-control', { contents: {} }, 'wrong_type contents missing contents'],
    ['omni-video', { contents: [{ type: 'first_frame' }] }, 'missing contents[0].url'],
    ['omni-video', { contents: [{ url: PICTURE }] }, 'missing contents[0].type'],
    ['omni-video', { contents: [{ type: 'hologram', url: PICTURE }] }, 'not_offered contents[0].type'],
    ['omni-video', { contents: ['a fox'] }, 'wrong_type contents[0]'],
    ['text-to-video', { prompt: 'a', settings: { duration: '5' } }, 'wrong_type settings.duration'],
    ['text-to-video', { prompt: 'a', settings: { audio: 'loud' } }, 'not_offered settings.audio'],
    ['text-to-video', { prompt: 'a', settings: 5 }, 'wrong_type settings'],
    [
      'text-to-video',
      { prompt: ['a'], options: { external_task_id: 7 } },
      'wrong_type prompt wrong_type options.external_task_id',
    ],
  ])('%s %j is refused by %s', (path, body, faults) => {
    expect(faultsOf(create(path, 'kling-3.0', body as JsonObject)).join(' ')).toBe(faults);
  });

  it.each([
    ['motion-control', 'kling-2.6', { contents: [{ type: 'image', url: PICTURE }] }],
    ['omni-video', 'kling-o1', { prompt: 'a', contents: [{ type: 'last_frame', url: PICTURE }] }],
  ])('%s of %s names contents where a file is missing: %j', (path, model, body) => {
    const match = findModel(model);
    const resolution = match === null ? null : resolve(createOf(create(path, model, body)), match);
    expect(JSON.stringify(resolution)).toMatch(/'contents'|"param":"contents"/);
  });

  it('notes what stands where nothing is looked for', () => {
    const body = { prompt: 'a', negative_prompt: 'b', settings: { seed: 1 }, contents: [{ ...FIRST, weight: 1 }] };
    const read = createOf(create('omni-video', 'kling-o1', body));
    expect(read.notes.map(({ param }) => param)).toEqual(['contents[0].weight', 'settings.seed', 'negative_prompt']);
  });
});

describe('GET /tasks', () => {
  const query = (of: Record<string, string>) => readAt(klingTasks, 'GET /tasks', { query: of });

  it('is of many tasks, each named once, by our ids or the client’s', () => {
    expect(commandOf(query({ task_ids: 'a, b,a,' }))).toMatchObject({ kind: 'batch', ids: ['a', 'b'], by: 'own' });
    expect(commandOf(query({ external_task_ids: 'x,y' }))).toMatchObject({ ids: ['x', 'y'], by: 'external' });
  });

  it('is of one task that must exist, and answers a list all the same', () => {
    const command = commandOf(query({ external_task_ids: 'x' }));
    expect(command).toMatchObject({ kind: 'get', id: 'x', by: 'external' });
    const answer = command.kind === 'get' ? command.write?.(viewIn('running'), 'en') : null;
    expect(answer?.body).toMatchObject({ data: [{ status: 'processing', external_id: 'mine-1', outputs: [] }] });
  });

  it.each([
    [{}, 'missing task_ids'],
    [{ task_ids: ',' }, 'too_few task_ids'],
    [{ task_ids: Array.from({ length: 101 }, (_, at) => `t${at}`).join(',') }, 'too_many task_ids'],
    [{ task_ids: 'a', external_task_ids: 'b' }, 'contradiction external_task_ids'],
  ])('is refused %#', (of, fault) => {
    expect(faultsOf(query(of))).toEqual([fault]);
  });
});

describe('POST /tasks', () => {
  const CURSOR = '0197f0f0-0000-7000-8000-000000000009';
  const list = (body: JsonObject | null) => readAt(klingTasks, 'POST /tasks', { body });

  it('lists the newest hundred, or what is asked for', () => {
    expect(commandOf(list(null))).toMatchObject({
      kind: 'list',
      query: { after: null, limit: 100, order: 'desc', filter: {} },
    });
    const body = {
      start_time: 1_767_225_600_000,
      end_time: 1_767_225_700_000,
      cursor: CURSOR,
      limit: 500,
      filters: [
        { key: 'status', values: ['submitted', 'succeeded'] },
        { key: 'product_type', values: ['motion-control', 'image-to-video'] },
      ],
    };
    expect(commandOf(list(body))).toMatchObject({
      query: {
        after: CURSOR,
        limit: 500,
        filter: {
          states: ['queued', 'submitting', 'succeeded'],
          modes: ['motion_control', 'first_frame', 'first_last'],
          createdFrom: new Date(1_767_225_600_000),
          createdTo: new Date(1_767_225_700_000),
        },
      },
    });
  });

  it.each([
    ['status', 'submitted', { states: ['queued', 'submitting'] }],
    ['status', 'processing', { states: ['running', 'collecting'] }],
    ['status', 'succeeded', { states: ['succeeded'] }],
    ['status', 'failed', { states: ['failed', 'cancelled', 'expired'] }],
    ['product_type', 'text-to-video', { modes: ['text'] }],
    ['product_type', 'image-to-video', { modes: ['first_frame', 'first_last'] }],
    ['product_type', 'omni-video', { modes: ['text', 'first_frame', 'first_last', 'reference', 'edit'] }],
    ['product_type', 'motion-control', { modes: ['motion_control'] }],
  ])('leaves of %s %s only %j', (key, value, filter) => {
    expect(commandOf(list({ filters: [{ key, values: [value] }] }))).toMatchObject({ query: { filter } });
  });

  it('says where the next page begins', () => {
    const command = commandOf(list({}));
    const page = { views: [viewIn('succeeded'), viewIn('queued')], hasMore: true };
    const write = command.kind === 'list' ? command.write : null;
    expect(write?.(page, 'en').body).toMatchObject({
      data: { count: 2, next_cursor: viewIn('queued').job.id, has_more: true, result: [{}, {}] },
    });
    expect(write?.({ views: [], hasMore: false }, 'en').body).toMatchObject({
      request_id: '',
      data: { result: [], count: 0, next_cursor: '', has_more: false },
    });
  });

  it.each([
    [{ limit: 0 }, 'out_of_range limit'],
    [{ limit: 501 }, 'out_of_range limit'],
    [{ cursor: 'here' }, 'wrong_type cursor'],
    [{ start_time: -1 }, 'out_of_range start_time'],
    [{ end_time: 9e15 }, 'out_of_range end_time'],
    [{ filters: [{ values: [] }] }, 'missing filters[0].key'],
    [{ filters: [{ key: 'status' }] }, 'missing filters[0].values'],
    [{ filters: [{ key: 'status', values: ['succeed'] }] }, 'not_offered filters[0].values[0]'],
    [{ filters: [{ key: 'product_type', values: 'image' }] }, 'wrong_type filters[0].values'],
    [{ filters: [{ key: 'product_type', values: ['__proto__'] }] }, 'not_offered filters[0].values[0]'],
    [{ filters: 'all' }, 'wrong_type filters'],
    [[], 'wrong_type body'],
  ])('%j is refused by %s', (body, fault) => {
    expect(faultsOf(list(body as JsonObject))).toEqual([fault]);
  });
});

describe('a callback', () => {
  const TARGET = { url: 'https://gw.example/cb', secret: 'whsec_dGVzdHNlY3JldHRlc3RzZWNyZXR0ZXN0c2VjcmV0MTI=' };

  it('is signed as in the vendor’s own example', () => {
    const raw =
      '{"id":"1234567890","status":"succeeded","message":"","create_time":1781080778802,"update_time":1781080794151}';
    expect(signedHeaders('9876543210', 1_781_080_794, raw, TARGET.secret)).toEqual({
      'webhook-id': '9876543210',
      'webhook-timestamp': '1781080794',
      'webhook-signature': 'v1,UsKlJP00XoQyOn410NM9xv34sP+Gl0jnOO9Lcpr7NJ4=',
    });
  });

  it('tells the task alone, in the words of the API that made it', () => {
    const view = viewIn('succeeded');
    const { id } = view.job;
    expect(kling.writeCallback?.(view, TARGET).body).toEqual({
      task_id: id,
      task_info: { external_task_id: 'mine-1' },
      task_status: 'succeed',
      task_status_msg: '',
      created_at: 1_759_938_772_900,
      updated_at: 1_759_938_900_999,
      watermark_info: { enabled: false },
      final_unit_deduction: '3',
      task_result: { videos: [{ id, url: 'https://r.example/v', watermark_url: '', duration: '5' }] },
    });
    expect(klingTasks.writeCallback?.(view, TARGET).body).toEqual({
      id,
      status: 'succeeded',
      message: '',
      create_time: 1_759_938_772_900,
      update_time: 1_759_938_900_999,
      external_id: 'mine-1',
      outputs: [{ type: 'video', id, url: 'https://r.example/v', duration: '5' }],
      billing: [{ charge_type: 'unit', amount: '3', package_type: 'video' }],
    });
  });
});
