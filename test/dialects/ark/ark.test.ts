/** The Ark dialect: contents by roles, settings in the body or at the end of the prompt, and what a delete means. */

import { describe, expect, it } from 'vitest';

import { ark } from '../../../src/dialects/ark/dialect.ts';
import type { JsonObject } from '../../../src/model/json.ts';
import { violation } from '../../../src/model/violation.ts';
import { UUID, viewIn } from '../job-views.ts';
import { commandOf, createOf, describeDialect, faultsOf, readAt, said } from '../suite.ts';
import type { RoutePage } from '../route-page.ts';

const TASKS = '/api/v3/contents/generations/tasks';
const CREATE = `POST ${TASKS}`;
const text = (words: string) => ({ type: 'text', text: words });
const image = (url: string, role?: string) => ({
  type: 'image_url',
  image_url: { url },
  ...(role === undefined ? {} : { role }),
});
const BASE = { model: 'doubao-seedance-1-5-pro-251215', content: [text('a red fox runs in snow')] };
const A = 'https://example.com/a.png';
const B = 'https://example.com/b.png';

const CREATE_PAGE: RoutePage = {
  route: CREATE,
  base: BASE,
  fields: {
    model: 'doubao-seedance-1-0-pro-250528',
    content: [text('another')],
    callback_url: 'https://gw.example/cb',
    return_last_frame: true,
    service_tier: 'flex',
    execution_expires_after: 3600,
    generate_audio: false,
    draft: true,
    tools: [{ type: 'web_search' }],
    safety_identifier: 'user-1',
    priority: 0,
    resolution: '720p',
    ratio: '16:9',
    duration: 7,
    frames: 49,
    seed: 0,
    camera_fixed: false,
    watermark: false,
    output_format: 'mov',
    omni_reference_task_type: 'edit',
  },
};

describeDialect({
  dialect: ark,
  folder: import.meta.dirname,
  creates: [CREATE_PAGE, { ...CREATE_PAGE, route: `POST /doubao${TASKS}` }],
});

const create = (body: JsonObject) => readAt(ark, CREATE, { body: { ...BASE, ...body } });
const notesOf = (body: JsonObject) => createOf(create(body)).notes.map(({ code, param }) => `${code} ${param}`);

describe('the content of a task', () => {
  it('is read with the settings beside it, as the page has them', () => {
    const body = {
      model: 'doubao-seedance-1-5-pro-251215',
      content: [text('a red fox runs in snow'), image(A, 'first_frame')],
      resolution: '720p',
      ratio: '16:9',
      duration: 5,
      seed: 11,
      generate_audio: true,
      watermark: false,
      callback_url: 'https://gw.example/cb',
    };
    expect(said(createOf(readAt(ark, CREATE, { body })))).toEqual({
      model: 'doubao-seedance-1-5-pro-251215',
      prompt: 'a red fox runs in snow',
      inputs: [{ role: 'first_frame', source: { from: 'url', url: A }, param: 'content[1].image_url.url' }],
      resolution: '720p',
      ratio: '16:9',
      seconds: 5,
      seed: 11,
      audio: true,
      watermark: false,
      callbackUrl: 'https://gw.example/cb',
    });
  });

  it.each([
    ['one picture without a role', [image(A)], ['image']],
    ['a first and a last frame', [image(A, 'first_frame'), image(B, 'last_frame')], ['first_frame', 'last_frame']],
    [
      'references of all kinds',
      [
        image(A, 'reference_image'),
        { type: 'video_url', video_url: { url: 'https://example.com/a.mp4' }, role: 'reference_video' },
        { type: 'audio_url', audio_url: { url: 'data:audio/wav;base64,UklGRg==' }, role: 'reference_audio' },
      ],
      ['reference_image', 'reference_video', 'audio'],
    ],
    ['an address in the place of its object', [{ type: 'image_url', image_url: A }], ['image']],
  ])('may be %s', (_name, content, roles) => {
    expect(createOf(create({ content })).request.inputs.map(({ role }) => role)).toEqual(roles);
  });

  it('is named in messages as the client would send it', () => {
    const page = createOf(create({ content: [text('a fox'), image(A)], omni_reference_task_type: 'edit', frames: 49 }));
    expect(page.params).toEqual({
      model: 'model',
      prompt: 'content[0].text',
      inputs: 'content[1].image_url.url',
      scene: 'omni_reference_task_type',
      seconds: 'frames',
    });
    expect(page.roleParams).toEqual({
      first_frame: 'content[].image_url',
      last_frame: 'content[].image_url',
      reference_image: 'content[].image_url',
      reference_video: 'content[].video_url',
      motion_video: 'content[].video_url',
      source_video: 'content[].video_url',
      audio: 'content[].audio_url',
    });
    expect(createOf(create({ content: [] })).params.prompt).toBe('content[].text');
  });

  it('is one prompt where several texts were sent', () => {
    expect(createOf(create({ content: [text('a fox'), text('in snow')] })).request.prompt).toBe('a fox\nin snow');
  });

  it('notes keys that items do not have', () => {
    const content = [
      { ...text('a fox'), lang: 'en' },
      { type: 'image_url', image_url: { url: A, detail: 'high' } },
    ];
    expect(notesOf({ content })).toEqual([
      'unknown_field content[0].lang',
      'unknown_field content[1].image_url.detail',
    ]);
  });

  it.each([
    [undefined, 'missing content'],
    ['a fox', 'wrong_type content'],
    [['a fox'], 'wrong_type content[0]'],
    [[{ text: 'a fox' }], 'missing content[0].type'],
    [[{ type: 'poem' }], 'not_offered content[0].type'],
    [[{ type: 'image_url' }], 'missing content[0].image_url'],
    [[{ type: 'image_url', image_url: {} }], 'missing content[0].image_url.url'],
    [[{ type: 'image_url', image_url: { url: 5 } }], 'wrong_type content[0].image_url.url'],
    [[image(A, 'reference_video')], 'not_offered content[0].role'],
    [[{ type: 'draft_task', draft_task: { id: 'cgt-1' } }], 'not_supported content[0].draft_task'],
    [Array.from({ length: 65 }, () => text('x')), 'too_many content'],
  ])('%j is refused by %s', (content, fault) => {
    const { content: _, ...rest } = BASE;
    const body = content === undefined ? rest : { ...BASE, content };
    expect(faultsOf(readAt(ark, CREATE, { body }))).toEqual([fault]);
  });
});

describe('the settings of a task', () => {
  it.each([
    [{ ratio: 'adaptive' }, { ratio: null }],
    [{ resolution: '1080P' }, { resolution: '1080p' }],
    [{ service_tier: 'default' }, { offPeak: false }],
    [{ service_tier: 'flex' }, { offPeak: true }],
    [{ duration: -1 }, { seconds: null }],
    [{ seed: -1 }, { seed: -1 }],
    [{ frames: 121 }, { seconds: 5 }],
    [{ frames: 289 }, { seconds: 12 }],
    [{ frames: 29 }, { seconds: 2 }],
    [{ frames: 49, duration: 5 }, { seconds: 2 }],
    [{ draft: true }, { resolution: '480p', vendor: { draft: true } }],
    [{ omni_reference_task_type: 'edit' }, { scene: 'edit', vendor: {} }],
    [{ omni_reference_task_type: 'extend' }, { scene: 'extend', vendor: {} }],
    [{ omni_reference_task_type: 'reference' }, { scene: null, vendor: { omni_reference_task_type: 'reference' } }],
    [
      { camera_fixed: true, priority: 9, safety_identifier: 'u', tools: [{ type: 'web_search' }] },
      { vendor: { camera_fixed: true, priority: 9, safety_identifier: 'u', tools: [{ type: 'web_search' }] } },
    ],
  ])('%j means %j', (body, meant) => {
    expect(createOf(create(body)).request).toMatchObject(meant);
  });

  it.each([
    [{ duration: -1 }, ['adjusted duration']],
    [{ frames: 57 }, ['adjusted frames']],
    [{ frames: 121 }, []],
    [{ frames: 121, duration: 5 }, []],
    [{ frames: 121, duration: 8 }, ['overridden duration']],
    [
      { return_last_frame: true, execution_expires_after: 3600 },
      ['not_used return_last_frame', 'not_used execution_expires_after'],
    ],
    [{ return_last_frame: false }, []],
  ])('%j is noted as %j', (body, notes) => {
    expect(notesOf(body)).toEqual(notes);
  });

  it.each([
    [{ duration: '5' }, 'wrong_type duration'],
    [{ duration: 0 }, 'out_of_range duration'],
    [{ duration: 5.5 }, 'wrong_type duration'],
    [{ frames: 28 }, 'out_of_range frames'],
    [{ frames: 120 }, 'out_of_range frames'],
    [{ frames: 293 }, 'out_of_range frames'],
    [{ seed: -2 }, 'out_of_range seed'],
    [{ seed: 4_294_967_296 }, 'out_of_range seed'],
    [{ service_tier: 'express' }, 'not_offered service_tier'],
    [{ generate_audio: 'true' }, 'wrong_type generate_audio'],
    [{ execution_expires_after: 3599 }, 'out_of_range execution_expires_after'],
    [{ priority: 10 }, 'out_of_range priority'],
    [{ safety_identifier: 'x'.repeat(65) }, 'too_long safety_identifier'],
    [{ tools: { type: 'web_search' } }, 'wrong_type tools'],
    [{ tools: ['web_search'] }, 'wrong_type tools[0]'],
    [{ tools: Array.from({ length: 17 }, () => ({})) }, 'too_many tools'],
    [{ tools: [{ type: '\u0000' }] }, 'unreadable tools'],
    [{ omni_reference_task_type: 'remake' }, 'not_offered omni_reference_task_type'],
    [{ output_format: 'avi' }, 'not_offered output_format'],
    [{ draft: true, resolution: '720p' }, 'contradiction resolution'],
    [{ draft: true, service_tier: 'flex' }, 'contradiction service_tier'],
    [{ model: '' }, 'missing model'],
    [{ model: 5 }, 'wrong_type model'],
  ])('%j is refused by %s', (body, fault) => {
    expect(faultsOf(create(body))).toEqual([fault]);
  });
});

describe('flags at the end of the prompt', () => {
  const flagged = (words: string, body: JsonObject = {}) => createOf(create({ content: [text(words)], ...body }));

  it.each([
    'a fox --rs 1080p --rt 9:16 --dur 7 --seed 11 --cf true --wm true',
    'a fox --resolution 1080p --ratio 9:16 --duration 7 --seed 11 --camerafixed true --watermark true',
    '--rs 1080p a fox --RT 9:16 --dur 7  --seed 11 --cf true --wm true ',
  ])('%s', (words) => {
    const read = flagged(words);
    expect(said(read)).toEqual({
      model: BASE.model,
      prompt: 'a fox',
      resolution: '1080p',
      ratio: '9:16',
      seconds: 7,
      seed: 11,
      watermark: true,
      vendor: { camera_fixed: true },
    });
    expect(read.notes).toEqual([]);
  });

  it('may count frames', () => {
    expect(said(flagged('a fox --frames 49 --fps 24'))).toMatchObject({ prompt: 'a fox', seconds: 2, fps: 24 });
  });

  it('lose against the body, with a note', () => {
    const read = flagged('a fox --rs 1080p --dur 7 --seed 3', { resolution: '480p', duration: 5, seed: 3 });
    expect(read.request).toMatchObject({ prompt: 'a fox', resolution: '480p', seconds: 5, seed: 3 });
    expect(read.notes.map(({ code, param }) => `${code} ${param}`)).toEqual(['overridden --dur', 'overridden --rs']);
  });

  it.each([
    ['--dur long', '--dur'],
    ['--dur 99', '--dur'],
    ['--rs huge', '--rs'],
    ['--rt wide', '--rt'],
    ['--frames 30', '--frames'],
    ['--seed -5', '--seed'],
    ['--cf maybe', '--cf'],
    ['--wm', '--wm'],
  ])('of a bad value are taken out and noted: %s', (flag, param) => {
    const read = flagged(`a fox ${flag}`);
    expect(said(read)).toEqual({ model: BASE.model, prompt: 'a fox' });
    expect(read.notes).toMatchObject([{ code: 'not_used', param }]);
  });

  it('count once, and leave alone what only looks like one', () => {
    const read = flagged('a fox --dur 5 --dur 9 -- not--dur 3 --durable 4');
    expect(read.request).toMatchObject({ prompt: 'a fox -- not--dur 3 --durable 4', seconds: 5 });
    expect(read.notes).toMatchObject([{ code: 'overridden', param: '--dur' }]);
  });

  it('alone make no prompt', () => {
    expect(flagged('--dur 5').request.prompt).toBeNull();
  });

  it('cost no time to find', () => {
    const startedMs = performance.now();
    flagged(`${'--seed '.repeat(20_000)}${' '.repeat(200_000)}--seed`);
    expect(performance.now() - startedMs).toBeLessThan(2_000);
  });
});

describe('tasks that are there', () => {
  it('are queried, and deleted by their state', () => {
    const params = { id: 'x' };
    expect(commandOf(readAt(ark, `GET ${TASKS}/:id`, { params }))).toEqual({ kind: 'get', id: 'x' });
    const command = commandOf(readAt(ark, `DELETE ${TASKS}/:id`, { params }));
    if (command.kind !== 'delete') throw new Error(command.kind);
    expect(command).toMatchObject({
      id: 'x',
      steps: { queued: 'cancel', running: 'refuse', collecting: 'refuse', succeeded: 'delete', cancelled: 'refuse' },
    });
    expect(command.write('x').body).toEqual({});
  });

  const list = (queryAll: Readonly<Record<string, readonly string[]>>) => {
    const query = Object.fromEntries(Object.entries(queryAll).map(([name, all]) => [name, all.at(-1) ?? '']));
    return readAt(ark, `GET ${TASKS}`, { query, queryAll });
  };

  it('are listed by pages, without those of flex', () => {
    const query = { after: null, limit: 20, order: 'desc', skip: 0, filter: { offPeak: false }, counted: true };
    expect(commandOf(list({}))).toMatchObject({ kind: 'list', query });
  });

  it('are listed by every filter', () => {
    const command = commandOf(
      list({
        page_num: ['3'],
        page_size: ['50'],
        'filter.status': ['running'],
        'filter.task_ids': [UUID, `video_${UUID}`, 'cgt-1'],
        'filter.model': ['doubao-seedance-1-5-pro-251215'],
        'filter.service_tier': ['flex'],
      }),
    );
    expect(command).toMatchObject({
      query: {
        limit: 50,
        skip: 100,
        filter: {
          offPeak: true,
          states: ['running', 'collecting'],
          ids: [UUID, UUID],
          model: 'doubao-seedance-1-5-pro-251215',
        },
      },
    });
    if (command.kind !== 'list') throw new Error(command.kind);
    const page = command.write({ views: [viewIn('running')], hasMore: true, total: 151 }, 'en');
    expect(page.body).toMatchObject({ items: [{ id: UUID, status: 'running' }], total: 151 });
  });

  it('are none where no id is one', () => {
    expect(commandOf(list({ 'filter.task_ids': ['cgt-1'] }))).toMatchObject({ query: { filter: { ids: [] } } });
  });

  it.each([
    [{ page_num: ['0'] }, 'out_of_range page_num'],
    [{ page_num: ['501'] }, 'out_of_range page_num'],
    [{ page_size: ['many'] }, 'out_of_range page_size'],
    [{ 'filter.status': ['done'] }, 'not_offered filter.status'],
    [{ 'filter.service_tier': ['express'] }, 'not_offered filter.service_tier'],
    [{ 'filter.task_ids': Array.from({ length: 501 }, () => UUID) }, 'too_many filter.task_ids'],
  ])('%j is refused by %s', (query, fault) => {
    expect(faultsOf(list(query))).toEqual([fault]);
  });
});

describe('what a client is told', () => {
  it('is the queried task in a callback, without a signature', () => {
    const view = viewIn('succeeded');
    const callback = ark.writeCallback?.(view, { url: 'https://gw.example/cb', secret: 's' });
    expect(callback?.body).toEqual(ark.writeJob(view, 'get', 'en').body);
    expect(callback?.headers('{}', new Date())).toEqual({});
  });

  it.each([
    ['missing', 400, 'MissingParameter'],
    ['needs', 400, 'MissingParameter'],
    ['unknown_model', 404, 'InvalidEndpointOrModel.NotFound'],
    ['out_of_range', 400, 'InvalidParameter'],
  ] as const)('is a code of Ark for a field that is %s', (code, status, told) => {
    const violations = [violation(code, 'model', 'x', { values: [] })];
    const refusal = ark.writeFailure({ kind: 'invalid_request', message: '', violations }, 'en', 'r1');
    expect(refusal).toMatchObject({ status, body: { error: { code: told, param: 'model' } } });
  });

  it('counts tokens as Ark does', () => {
    const { spec } = viewIn('succeeded').job;
    const settings = { ...spec, vendor: { priority: 0, tools: [{ type: 'web_search' }], camera_fixed: true } };
    const { body } = ark.writeJob(viewIn('succeeded', { spec: settings }), 'get', 'en');
    expect(body).toMatchObject({ usage: { completion_tokens: 108_900, total_tokens: 108_900 }, priority: 0 });
    expect(body).toHaveProperty('tools');
    expect(body).not.toHaveProperty('camera_fixed');
  });
});
