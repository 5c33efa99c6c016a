/** The Jimeng dialect: actions of one address, what each product takes, and the codes by which tasks are told. */

import { describe, expect, it } from 'vitest';

import { jimeng } from '../../../src/dialects/jimeng/dialect.ts';
import type { Json, JsonObject } from '../../../src/model/json.ts';
import { violation } from '../../../src/model/violation.ts';
import { commandOf, createOf, describeDialect, faultsOf, readAt, said } from '../suite.ts';
import type { RoutePage } from '../route-page.ts';

const ROUTE = 'POST /jimeng/';
const SUBMIT = { Action: 'CVSync2AsyncSubmitTask', Version: '2022-08-31' };
const RESULT = { Action: 'CVSync2AsyncGetResult', Version: '2022-08-31' };
const A = 'https://example.com/a.png';
const B = 'https://example.com/b.png';
const BASE = { req_key: 'jimeng_t2v_v30', prompt: 'a fox in the snow' };
/** A name that says nothing of how many pictures it takes. */
const OPEN = { req_key: 'jimeng_v30' };

const PAGE: RoutePage = {
  route: ROUTE,
  query: SUBMIT,
  base: BASE,
  fields: {
    req_key: 'jimeng_t2v_v30_1080p',
    prompt: 'another',
    seed: 0,
    frames: 121,
    aspect_ratio: '9:16',
    image_urls: { value: [A], beside: OPEN },
    binary_data_base64: { value: ['iVBORw0KGgo='], beside: OPEN },
    template_id: 'robo_arm',
    camera_strength: 'weak',
    image_url: { value: A, beside: OPEN },
    audio_url: { value: 'https://example.com/a.mp3', beside: OPEN },
    video_url: { value: 'https://example.com/a.mp4', beside: OPEN },
    output_resolution: 720,
    pe_fast_mode: false,
    mask_url: [A],
  },
};

describeDialect({
  dialect: jimeng,
  folder: import.meta.dirname,
  creates: [PAGE, { ...PAGE, route: 'POST /jimeng' }, { ...PAGE, route: 'POST /' }],
});

const submit = (body: JsonObject) => readAt(jimeng, ROUTE, { query: SUBMIT, body: { ...BASE, ...body } });
const result = (body: Json) => readAt(jimeng, ROUTE, { query: RESULT, body });

describe('CVSync2AsyncSubmitTask', () => {
  it('reads the request of the page', () => {
    const body = {
      req_key: 'jimeng_i2v_first_v30',
      prompt: 'the fox turns its head',
      image_urls: [A],
      seed: -1,
      frames: 121,
    };
    expect(said(createOf(readAt(jimeng, ROUTE, { query: SUBMIT, body })))).toEqual({
      model: 'jimeng_i2v_first_v30',
      prompt: 'the fox turns its head',
      inputs: [{ role: 'image', source: { from: 'url', url: A }, param: 'image_urls[0]' }],
      seed: -1,
      seconds: 5,
    });
  });

  it.each([
    [{ frames: 241 }, { seconds: 10 }],
    [{ frames: 49 }, { seconds: 2 }],
    [{ output_resolution: 1080 }, { resolution: '1080p' }],
    [{ ...OPEN, video_url: 'https://example.com/a.mp4' }, { inputs: [{ role: 'video' }] }],
    [{ ...OPEN, audio_url: 'https://example.com/a.mp3' }, { inputs: [{ role: 'audio' }] }],
    [
      { template_id: 'handheld', camera_strength: 'strong' },
      {
        vendor: { template_id: 'handheld', camera_strength: 'strong' },
      },
    ],
  ])('%j means %j', (body, meant) => {
    expect(createOf(submit(body)).request).toMatchObject(meant);
  });

  it.each([
    ['jimeng_t2v_v30', [], []],
    ['jimeng_t2v_v30_1080p', [A], ['too_many image_urls']],
    ['jimeng_vgfm_t2v_l20', [A], ['too_many image_urls']],
    ['jimeng_vgfm_i2v_l20', [], ['too_few image_urls']],
    ['jimeng_vgfm_i2v_l20', [A], []],
    ['jimeng_i2v_first_v30_1080', [A, B], ['too_many image_urls']],
    ['jimeng_i2v_first_tail_v30', [A], ['too_few image_urls']],
    ['jimeng_i2v_first_tail_v30_1080', [A, B], []],
    ['jimeng_ti2v_v30_pro', [A], []],
    ['jimeng_v30', [A, B], []],
  ])('%s with the pictures %j has the faults %j', (req_key, image_urls, faults) => {
    expect(faultsOf(submit({ req_key, image_urls }))).toEqual(faults);
  });

  it.each([
    'hitchcock_dolly_in',
    'hitchcock_dolly_out',
    'robo_arm',
    'dynamic_orbit',
    'central_orbit',
    'crane_push',
    'quick_pull_back',
    'counterclockwise_swivel',
    'clockwise_swivel',
    'handheld',
    'rapid_push_pull',
  ])('moves the camera by the template %s', (template_id) => {
    expect(createOf(submit({ template_id })).request.vendor).toEqual({ template_id });
  });

  it('names fields in messages as the client would send them', () => {
    const read = createOf(
      submit({ ...OPEN, image_urls: [A], frames: 121, output_resolution: 720, aspect_ratio: '1:1' }),
    );
    expect(read.params).toEqual({
      model: 'req_key',
      prompt: 'prompt',
      inputs: 'image_urls[0]',
      seconds: 'frames',
      resolution: 'output_resolution',
      ratio: 'aspect_ratio',
    });
    expect(read.roleParams).toEqual({
      first_frame: 'image_urls',
      last_frame: 'image_urls',
      reference_image: 'image_urls',
      reference_video: 'video_url',
      motion_video: 'video_url',
      source_video: 'video_url',
      audio: 'audio_url',
    });
  });

  it('counts pictures sent as base64 like those sent by URL', () => {
    expect(faultsOf(submit({ binary_data_base64: ['iVBORw0KGgo='] }))).toEqual(['too_many binary_data_base64']);
    const both = submit({
      req_key: 'jimeng_i2v_first_tail_v30',
      image_urls: [A],
      binary_data_base64: ['iVBORw0KGgo='],
    });
    expect(createOf(both).request.inputs.map(({ source }) => source.from)).toEqual(['url', 'inline']);
  });

  it.each([
    [{ req_key: '' }, 'missing req_key'],
    [{ req_key: 7 }, 'wrong_type req_key'],
    [{ frames: 120 }, 'not_offered frames'],
    [{ frames: 1 }, 'not_offered frames'],
    [{ frames: '121' }, 'wrong_type frames'],
    [{ output_resolution: 540 }, 'not_offered output_resolution'],
    [{ template_id: 'somersault' }, 'not_offered template_id'],
    [{ camera_strength: 'much' }, 'not_offered camera_strength'],
    [{ mask_url: ['\u0000'] }, 'unreadable mask_url'],
    [{ ...OPEN, image_urls: [5] }, 'wrong_type image_urls[0]'],
    [{ ...OPEN, image_urls: { url: A } }, 'wrong_type image_urls'],
  ])('%j is refused by %s', (body, fault) => {
    expect(faultsOf(submit(body))).toEqual([fault]);
  });
});

describe('CVSync2AsyncGetResult', () => {
  it('asks for the task, whatever its key', () => {
    const reqJson = '{"aigc_meta":{"content_producer":"p","producer_id":"1"}}';
    const command = commandOf(result({ req_key: 'jimeng_t2v_v30', task_id: 'task_1', req_json: reqJson }));
    expect(command).toMatchObject({ kind: 'get', id: 'task_1' });
  });

  it('answers an unknown task as one that is not found, which is no failure', () => {
    const command = commandOf(result({ req_key: 'x', task_id: 'nobody' }));
    if (command.kind !== 'get') throw new Error(command.kind);
    expect(command.writeMissing?.()).toMatchObject({
      status: 200,
      body: { code: 10000, status: 10000, data: { status: 'not_found', video_url: '' } },
    });
  });

  it.each([
    [null, 'missing task_id'],
    [{ req_key: 'x' }, 'missing task_id'],
    [{ req_key: 'x', task_id: 7 }, 'wrong_type task_id'],
    [{ req_key: 7, task_id: 'x' }, 'wrong_type req_key'],
    [{ task_id: 'x', req_json: '{' }, 'unreadable req_json'],
    [{ task_id: 'x', req_json: {} }, 'wrong_type req_json'],
    [[], 'wrong_type body'],
  ])('%j is refused by %s', (body, fault) => {
    expect(faultsOf(result(body))).toEqual([fault]);
  });
});

describe('other actions', () => {
  it.each([
    [{}, 'missing Action'],
    [{ Action: 'CVProcess', Version: '2022-08-31' }, 'not_offered Action'],
    [{ ...SUBMIT, Version: '2020-08-26' }, 'not_offered Version'],
  ])('%j is refused by %s', (query, fault) => {
    expect(faultsOf(readAt(jimeng, ROUTE, { query, body: BASE }))).toEqual([fault]);
  });

  it.each(['Action', 'Version'])('are refused in the envelope of the OpenAPI where %s is wrong', (param) => {
    const violations = [violation('not_offered', param, 'x', { values: ['y'] })];
    const refusal = jimeng.writeFailure({ kind: 'invalid_request', message: '', violations }, 'en', 'r8');
    expect(refusal).toMatchObject({
      status: 404,
      body: { ResponseMetadata: { RequestId: 'r8', Error: { Code: 'InvalidActionOrVersion' } } },
    });
  });

  it('do not stand in the way of a code for an unknown product', () => {
    const violations = [violation('unknown_model', 'req_key', 'x', { values: [] })];
    const refusal = jimeng.writeFailure({ kind: 'invalid_request', message: '', violations }, 'en', 'r8');
    expect(refusal).toMatchObject({ status: 400, body: { code: 50200, status: 50200, data: null, request_id: 'r8' } });
  });
});
