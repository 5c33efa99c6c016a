/** The unified dialect: what its page says of each field, and how several of them agree. */

import { describe, expect, it } from 'vitest';

import { unified } from '../../../src/dialects/unified/dialect.ts';
import type { JsonObject } from '../../../src/model/json.ts';
import { commandOf, createOf, describeDialect, faultsOf, readAt, said } from '../suite.ts';
import type { RoutePage } from '../route-page.ts';

const CREATE = 'POST /v1/video/create';
const BASE = { model: 'veo3.1-fast-components', prompt: 'a cow flies' };
const PICTURES = ['https://example.com/frame-1.png', 'https://example.com/frame-2.png'];

const CREATE_PAGE: RoutePage = {
  route: CREATE,
  base: BASE,
  fields: {
    model: 'veo3.1',
    prompt: 'another',
    images: PICTURES,
    aspect_ratio: '16:9',
    orientation: 'landscape',
    size: '1280x720',
    resolution: '540p',
    duration: 4,
    enhance_prompt: true,
    enable_upsample: { value: true, beside: { aspect_ratio: '16:9' } },
    watermark: false,
    private: true,
    style: 'anime',
    character_url: 'https://example.com/clip.mp4',
    character_timestamps: '1,3',
    storyboard: 'one',
    seed: 0,
    negative_prompt: 'blur',
    callback_url: 'https://example.com/told',
    veo_fl_close: true,
  },
};

describeDialect({ dialect: unified, folder: import.meta.dirname, creates: [CREATE_PAGE] });

const create = (body: JsonObject) => readAt(unified, CREATE, { body: { ...BASE, ...body } });

describe('POST /v1/video/create', () => {
  it('reads the request of the page', () => {
    const body = {
      prompt: '牛飞上天了',
      images: PICTURES,
      orientation: 'landscape',
      size: '1280x720',
      duration: 8,
      aspect_ratio: '16:9',
      enable_upsample: false,
    };
    expect(said(createOf(create(body)))).toEqual({
      model: 'veo3.1-fast-components',
      prompt: '牛飞上天了',
      inputs: PICTURES.map((url, at) => ({ role: 'image', source: { from: 'url', url }, param: `images[${at}]` })),
      seconds: 8,
      ratio: '16:9',
      size: { width: 1280, height: 720 },
    });
  });

  it('makes Veo portrait and 8 seconds long unless told otherwise, and leaves other models their defaults', () => {
    expect(said(createOf(create({})))).toMatchObject({ seconds: 8, ratio: '9:16' });
    expect(said(createOf(create({ model: 'viduq3-pro' })))).toEqual({ model: 'viduq3-pro', prompt: 'a cow flies' });
  });

  it.each([
    [{ orientation: 'portrait' }, { ratio: '9:16' }],
    [{ orientation: 'landscape' }, { ratio: '16:9' }],
    [{ orientation: 'landscape', aspect_ratio: '21:9' }, { ratio: '21:9' }],
    [
      { orientation: 'portrait', size: '720x1280' },
      { ratio: '9:16', size: { width: 720, height: 1280 } },
    ],
    [{ size: 'small' }, { resolution: '720p' }],
    [{ size: 'large' }, { resolution: '1080p' }],
    [{ size: '1080P' }, { resolution: '1080p' }],
    [{ resolution: '540P' }, { resolution: '540p' }],
    [{ aspect_ratio: '16:9', enable_upsample: true }, { resolution: '1080p' }],
    [{ model: 'veo3.1-4k', aspect_ratio: '16:9', enable_upsample: true }, { ratio: '16:9' }],
  ])('%j means %j', (body, meant) => {
    expect(said(createOf(create(body)))).toMatchObject(meant);
  });

  it.each([
    [{ orientation: 'portrait', aspect_ratio: '16:9' }, 'contradiction orientation'],
    [{ orientation: 'landscape', size: '720x1280' }, 'contradiction orientation'],
    [{ orientation: 'sideways' }, 'not_offered orientation'],
    [{ orientation: 'portrait', enable_upsample: true }, 'contradiction enable_upsample'],
    [{ size: '720x1280', enable_upsample: true }, 'contradiction enable_upsample'],
    [{ enable_upsample: true }, 'contradiction enable_upsample'],
    [{ images: 'nonsense', model: '' }, 'missing model'],
    [{ images: { url: 'x' } }, 'wrong_type images'],
    [{ images: [5] }, 'wrong_type images[0]'],
    [{ duration: '8 s' }, 'wrong_type duration'],
    [{ model: 5 }, 'wrong_type model'],
    [{ duration: 1e9 }, null],
  ])('%j is refused by %s', (body, fault) => {
    expect(faultsOf(create(body))).toEqual(fault === null ? [] : [fault]);
  });
});

describe('GET /v1/video/query', () => {
  it.each([[{ id: 'video_1' }], [{ task_id: 'video_1' }], [{ id: 'video_1', task_id: 'other' }]])('%j', (query) => {
    expect(commandOf(readAt(unified, 'GET /v1/video/query', { query }))).toEqual({ kind: 'get', id: 'video_1' });
  });

  it('needs an id', () => {
    expect(faultsOf(readAt(unified, 'GET /v1/video/query', {}))).toEqual(['missing id']);
  });
});
