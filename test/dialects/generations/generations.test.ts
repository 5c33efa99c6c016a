/** The generations dialect: what its two pages say of each field, and both shapes that its clients read. */

import { describe, expect, it } from 'vitest';

import { generations } from '../../../src/dialects/generations/dialect.ts';
import type { JsonObject } from '../../../src/model/json.ts';
import { viewIn } from '../job-views.ts';
import { commandOf, createOf, describeDialect, faultsOf, readAt, said } from '../suite.ts';
import type { RoutePage } from '../route-page.ts';

const CREATE = 'POST /v1/video/generations';
const BASE = { model: 'viduq3p-720p', prompt: 'a city at dawn' };
const PICTURE = 'https://example.com/a.png';
const OTHER = 'https://example.com/b.png';

const CREATE_PAGE: RoutePage = {
  route: CREATE,
  base: BASE,
  fields: {
    model: 'kling-v1',
    prompt: 'another',
    duration: 5,
    seconds: '7',
    fps: 30,
    height: { value: 720, beside: { width: 1280 } },
    width: { value: 1280, beside: { height: 720 } },
    size: '1920x1080',
    image: PICTURE,
    images: [PICTURE, OTHER],
    last_image: OTHER,
    reference_image_urls: [PICTURE],
    aspect_ratio: '9:16',
    resolution: '1080p',
    negative_prompt: 'blur',
    n: 2,
    response_format: 'b64_json',
    seed: 0,
    user: 'u-1',
    watermark: false,
    callback_url: 'https://example.com/told',
    'extra_body.audio': false,
    'extra_body.seed': 42,
    'extra_body.bgm': false,
    'extra_body.voice': 'low',
    'metadata.negative_prompt': 'blur',
    'metadata.style': 'anime',
    'metadata.quality_level': 'high',
    'metadata.image_tail': OTHER,
    'metadata.image_urls': [PICTURE],
    'metadata.camera_control': { type: 'simple' },
    'metadata.mode': 'pro',
    'metadata.cfg_scale': 0.5,
    'metadata.req_key': 'jimeng_vgfm_i2v_l20',
    'metadata.model_name': 'kling-v1',
    'metadata.aspect_ratio': '1:1',
    'metadata.duration': '5',
    'metadata.seed': 0,
    'metadata.resolution': '1080p',
    'metadata.movement_amplitude': 'auto',
    'metadata.bgm': false,
    'metadata.payload': 'order 7',
    'metadata.callback_url': 'https://example.com/told',
  },
};

describeDialect({ dialect: generations, folder: import.meta.dirname, creates: [CREATE_PAGE] });

const create = (body: JsonObject) => readAt(generations, CREATE, { body: { ...BASE, ...body } });
const notesOf = (body: JsonObject) => createOf(create(body)).notes.map((note) => `${note.code} ${note.param}`);
const url = (address: string) => ({ from: 'url', url: address });

describe('POST /v1/video/generations', () => {
  it('reads the Kling example of the page', () => {
    const body = {
      model: 'kling-v1',
      size: '1920x1080',
      image: PICTURE,
      duration: 5,
      metadata: { seed: 20231234, negative_prompt: '模糊', image_tail: OTHER },
    };
    const read = createOf(create(body));
    expect(said(read)).toEqual({
      model: 'kling-v1',
      prompt: 'a city at dawn',
      negativePrompt: '模糊',
      inputs: [
        { role: 'image', source: url(PICTURE), param: 'image' },
        { role: 'last_frame', source: url(OTHER), param: 'metadata.image_tail' },
      ],
      seconds: 5,
      size: { width: 1920, height: 1080 },
      seed: 20231234,
    });
    expect(read.notes).toEqual([]);
  });

  it('reads the Jimeng example, whose picture stands in two places and whose product is named twice', () => {
    const metadata = { req_key: 'jimeng_vgfm_i2v_l20', image_urls: [PICTURE], aspect_ratio: '16:9' };
    const read = createOf(create({ model: 'jimeng_vgfm_t2v_l20', image: PICTURE, metadata }));
    expect(said(read)).toEqual({
      model: 'jimeng_vgfm_t2v_l20',
      prompt: 'a city at dawn',
      inputs: [{ role: 'image', source: url(PICTURE), param: 'image' }],
      ratio: '16:9',
    });
    expect(read.notes.map((note) => `${note.code} ${note.param}`)).toEqual(['overridden metadata.req_key']);
  });

  it('reads the Vidu example', () => {
    const metadata = {
      duration: 5,
      seed: 0,
      resolution: '1080p',
      movement_amplitude: 'auto',
      bgm: false,
      payload: '',
      callback_url: 'https://your-callback-url.com/webhook',
    };
    const read = createOf(create({ model: 'viduq1', size: '1920x1080', image: PICTURE, duration: 5, metadata }));
    expect(said(read)).toMatchObject({
      seconds: 5,
      seed: 0,
      resolution: '1080p',
      size: { width: 1920, height: 1080 },
      bgm: false,
      callbackUrl: 'https://your-callback-url.com/webhook',
      vendor: { movement_amplitude: 'auto' },
    });
    expect(read.notes).toEqual([]);
  });

  it('tells first and last frames from references', () => {
    const frames = said(createOf(create({ image: PICTURE, last_image: OTHER })));
    expect(frames['inputs']).toMatchObject([{ role: 'image' }, { role: 'last_frame', param: 'last_image' }]);
    const mix = said(createOf(create({ model: 'viduq3p-mix-720p', reference_image_urls: [PICTURE, OTHER] })));
    expect(mix['inputs']).toMatchObject([
      { role: 'reference_image', param: 'reference_image_urls[0]' },
      { role: 'reference_image', param: 'reference_image_urls[1]' },
    ]);
  });

  it.each([
    [{ duration: '5' }, { seconds: 5 }],
    [{ seconds: 6 }, { seconds: 6 }],
    [{ width: 720, height: 1280 }, { size: { width: 720, height: 1280 } }],
    [{ size: '720P' }, { resolution: '720p' }],
    [{ metadata: { mode: 'std' } }, { resolution: '720p' }],
    [{ metadata: { mode: 'audio2video' } }, { vendor: { mode: 'audio2video' } }],
    [{ extra_body: { seed: 1 }, metadata: { seed: 2 } }, { seed: 1 }],
    [{ model: null, metadata: { model_name: 'kling-v1' } }, { model: 'kling-v1' }],
  ])('%j means %j', (body, meant) => {
    expect(said(createOf(create(body)))).toMatchObject(meant);
  });

  it.each([
    [{ seed: 1, metadata: { seed: 2 } }, 'overridden metadata.seed'],
    [{ duration: 5, metadata: { duration: 6 } }, 'overridden metadata.duration'],
    [{ size: '1280x720', metadata: { resolution: '1080p' } }, 'overridden metadata.resolution'],
    [{ size: '1280x720', metadata: { mode: 'pro' } }, 'overridden metadata.mode'],
    [{ size: '1280x720', metadata: { aspect_ratio: '9:16' } }, 'overridden metadata.aspect_ratio'],
    [{ size: '1280x720', width: 720, height: 1280 }, 'overridden width'],
    [{ image: PICTURE, metadata: { image_urls: [OTHER] } }, 'overridden metadata.image_urls[0]'],
    [{ last_image: PICTURE, metadata: { image_tail: OTHER } }, 'overridden metadata.image_tail'],
    [{ width: 1280 }, 'not_used width'],
    [{ response_format: 'b64_json' }, 'not_used response_format'],
  ])('%j: the top wins, and the rest is told', (body, note) => {
    expect(notesOf(body)).toEqual([note]);
  });

  it('says nothing where the top and metadata agree', () => {
    const metadata = { resolution: '720p', aspect_ratio: '16:9', seed: 3, image_urls: [PICTURE, OTHER] };
    const read = createOf(create({ size: '1280x720', seed: 3, image: PICTURE, response_format: 'url', metadata }));
    expect(read.notes).toEqual([]);
    expect(said(read)['inputs']).toMatchObject([{ param: 'image' }, { param: 'metadata.image_urls[1]' }]);
  });

  it.each([
    [{ model: '' }, 'missing model'],
    [{ model: 5 }, 'wrong_type model'],
    [{ image: 5 }, 'wrong_type image'],
    [{ reference_image_urls: [{}] }, 'wrong_type reference_image_urls[0]'],
    [{ last_image: ['a'] }, 'wrong_type last_image'],
    [{ duration: 'five' }, 'wrong_type duration'],
    [{ duration: -5 }, 'wrong_type duration'],
    [{ width: 0, height: 720 }, 'out_of_range width'],
    [{ size: 'huge' }, 'wrong_type size'],
    [{ metadata: 'x' }, 'wrong_type metadata'],
    [{ extra_body: [] }, 'wrong_type extra_body'],
    [{ metadata: { style: 'a\u0000b' } }, 'unreadable metadata.style'],
    [{ metadata: Object.fromEntries(Array.from({ length: 65 }, (_, at) => [`k${at}`, 1])) }, 'too_many metadata'],
  ])('%j is refused by %s', (body, fault) => {
    expect(faultsOf(create(body))).toEqual([fault]);
  });
});

describe('GET /v1/video/generations/{id}', () => {
  it('asks for the id of the address', () => {
    const result = readAt(generations, 'GET /v1/video/generations/:id', { params: { id: 'task_1' } });
    expect(commandOf(result)).toEqual({ kind: 'get', id: 'task_1' });
  });

  it('answers both shapes at once: the page’s own, and the envelope whose reason older clients take for the address', () => {
    const { body } = generations.writeJob(viewIn('succeeded'), 'get', 'en');
    expect(body).toMatchObject({
      status: 'succeeded',
      format: 'mp4',
      url: 'https://r.example/v',
      error: null,
      metadata: { duration: 5, fps: 24, width: 1280, height: 720, seed: 0 },
      code: 'success',
      data: {
        status: 'SUCCESS',
        result_url: 'https://r.example/v',
        fail_reason: 'https://r.example/v',
        progress: '100%',
      },
    });
    expect(generations.writeJob(viewIn('failed'), 'get', 'en').body).toMatchObject({
      status: 'failed',
      url: null,
      error: { code: 'generation_failed', message: 'The vendor could not make it.' },
      data: { status: 'FAILURE', result_url: '', fail_reason: 'The vendor could not make it.' },
    });
  });
});
