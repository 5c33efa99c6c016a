/** Vidu's own API: what its pages say of each address, and how tasks are listed, cancelled and told of. */

import { describe, expect, it } from 'vitest';

import { findModel } from '../../../src/catalogue/index.ts';
import { vidu } from '../../../src/dialects/vidu/dialect.ts';
import { callbackSignature } from '../../../src/dialects/vidu/write-callback.ts';
import type { Json, JsonObject } from '../../../src/model/json.ts';
import { resolve } from '../../../src/model/resolve.ts';
import { violationMessage } from '../../../src/model/violation.ts';
import { UUID, viewIn } from '../job-views.ts';
import { commandOf, createOf, describeDialect, faultsOf, readAt, said } from '../suite.ts';
import { A, B, CLIP, CREATES, VOICE } from './pages.ts';
import type { Path } from './pages.ts';

const BASES = ['/vidu/ent/v2', '/ent/v2'];
describeDialect({
  dialect: vidu,
  folder: import.meta.dirname,
  creates: Object.entries(CREATES).map(([path, page]) => ({ ...page, route: `POST /ent/v2/${path}` })),
});

const send = (path: Path, body: Json) => readAt(vidu, `POST /ent/v2/${path}`, { body });
const change = (path: Path, body: JsonObject) => send(path, { ...CREATES[path].base, ...body });

/** What the model makes of it. */
function resolved(path: Path, body: JsonObject) {
  const read = createOf(change(path, body));
  const match = findModel(read.request.model);
  if (match === null) throw new Error(`no model ${read.request.model}`);
  return resolve(read, match);
}

describe.each(Object.keys(CREATES) as Path[])('a documented field of %s', (path) => {
  it.each(Object.entries(CREATES[path].fields))('is no unknown one: %s', (field, value) => {
    const { notes } = createOf(change(path, { [field]: value }));
    expect(notes.filter((note) => note.code === 'unknown_field')).toEqual([]);
  });
});

describe('every address', () => {
  it('is there at the root and under /vidu', () => {
    const at = (base: string) =>
      vidu.routes
        .filter(({ path }) => path.startsWith(base))
        .map(({ method, path }) => `${method} ${path.slice(base.length)}`);
    expect(at('/vidu/ent/v2')).toEqual(at('/ent/v2'));
    expect(vidu.prefixes).toEqual(BASES);
  });

  it.each(Object.keys(CREATES) as Path[])('has a model that makes a %s', (path) => {
    expect(resolved(path, {})).toMatchObject({ ok: true, notes: [] });
  });
});

describe('the examples of the pages', () => {
  const image = (role: string, url: string, param: string) => ({ role, source: { from: 'url', url }, param });

  it('img2video', () => {
    const body = {
      model: 'viduq3-pro',
      images: [A],
      prompt: 'slow push in',
      duration: 5,
      resolution: '720p',
      audio: true,
      seed: 0,
      off_peak: false,
      payload: 't-1',
      callback_url: 'https://gw/cb/vidu',
    };
    expect(said(createOf(send('img2video', body)))).toEqual({
      model: 'viduq3-pro',
      inputs: [image('first_frame', A, 'images[0]')],
      prompt: 'slow push in',
      seconds: 5,
      resolution: '720p',
      audio: true,
      offPeak: false,
      payload: 't-1',
      callbackUrl: 'https://gw/cb/vidu',
    });
  });

  it('start-end2video', () => {
    expect(said(createOf(change('start-end2video', {})))['inputs']).toEqual([
      image('first_frame', A, 'images[0]'),
      image('last_frame', B, 'images[1]'),
    ]);
  });

  it('reference2video with subjects, whose pictures come before the others', () => {
    const subjects = [
      { name: 'cat', images: [A, B], voice_id: 'v' },
      { id: '2', images: [B], videos: [CLIP], hair: 'curly' },
    ];
    const read = createOf(change('reference2video', { subjects, aspect_ratio: 'auto' }));
    expect(said(read)).toMatchObject({
      ratio: 'adaptive',
      inputs: [
        image('reference_image', A, 'subjects[0].images[0]'),
        image('reference_image', B, 'subjects[0].images[1]'),
        image('reference_image', B, 'subjects[1].images[0]'),
        image('reference_video', CLIP, 'subjects[1].videos[0]'),
        image('reference_image', A, 'images[0]'),
      ],
      vendor: {
        subjects: [
          { name: 'cat', voice_id: 'v', images: 2, videos: 0 },
          { id: '2', images: 1, videos: 1 },
        ],
      },
    });
    expect(read.notes.map((note) => note.param)).toEqual(['subjects[1].hair']);
  });

  it('multiframe: its length is that of its parts', () => {
    const settings = [{ prompt: 'up', key_image: B, duration: 3 }, { key_image: A }];
    expect(said(createOf(change('multiframe', { image_settings: settings })))).toEqual({
      model: 'viduq2-turbo',
      scene: 'multi_frame',
      seconds: 8,
      inputs: [
        image('first_frame', A, 'start_image'),
        image('reference_image', B, 'image_settings[0].key_image'),
        image('reference_image', A, 'image_settings[1].key_image'),
      ],
      vendor: {
        image_settings: [
          { prompt: 'up', duration: 3 },
          { prompt: '', duration: 5 },
        ],
      },
    });
  });

  it('extend and upscale-new: a video that was made here goes before an address', () => {
    const read = createOf(change('extend', { video_creation_id: UUID, images: [A] }));
    expect(said(read)).toMatchObject({
      scene: 'extend',
      inputs: [{ role: 'source_video', source: { from: 'job', id: UUID } }, image('last_frame', A, 'images[0]')],
    });
    expect(read.notes).toMatchObject([{ code: 'overridden', param: 'video_url' }]);
    expect(resolved('upscale-new', { upscale_resolution: '4K' })).toMatchObject({ spec: { resolution: '4k' } });
  });

  it('template and template-story: what they are is answered', () => {
    const { vendor } = createOf(change('template', {})).request;
    const { spec } = viewIn('running').job;
    const view = viewIn('running', { spec: { ...spec, mode: 'template_effect', vendor } });
    expect(vidu.writeJob(view, 'create', 'en').body).toMatchObject({ type: 'template2video', template: 'hugging' });
  });

  it('lip-sync: the sound goes before the words, which are what is said', () => {
    expect(said(createOf(change('lip-sync', {})))).toMatchObject({ model: 'Vidu-Lip-Sync', prompt: 'good day' });
    const read = createOf(change('lip-sync', { audio_url: VOICE }));
    expect(read.request.prompt).toBeNull();
    expect(read.request.inputs.map(({ role }) => role)).toEqual(['source_video', 'audio']);
    expect(read.notes).toMatchObject([{ code: 'overridden', param: 'text' }]);
  });
});

describe('a field', () => {
  it('that Vidu has only for other models is noted', () => {
    const result = resolved('text2video', { style: 'anime', movement_amplitude: 'auto' });
    expect(result.ok && result.notes.map((note) => note.param)).toEqual(['style', 'movement_amplitude']);
  });

  it.each<[Path, JsonObject, string]>([
    ['text2video', { model: '' }, 'missing model'],
    ['text2video', { duration: '5' }, 'wrong_type duration'],
    ['text2video', { style: 'cubist' }, 'not_offered style'],
    ['text2video', { movement_amplitude: 'huge' }, 'not_offered movement_amplitude'],
    ['text2video', { wm_position: 5 }, 'not_offered wm_position'],
    ['text2video', { off_peak: 'true' }, 'wrong_type off_peak'],
    ['text2video', { payload: 'x'.repeat(1_048_577) }, 'too_long payload'],
    ['img2video', { images: [] }, 'missing images'],
    ['img2video', { images: [A, B] }, 'too_many images'],
    ['img2video', { images: { url: A } }, 'wrong_type images'],
    ['img2video', { audio_type: 'song' }, 'not_offered audio_type'],
    ['start-end2video', { images: [A] }, 'too_few images'],
    ['start-end2video', { images: [A, B, A] }, 'too_many images'],
    ['reference2video', { images: [] }, 'missing images'],
    ['reference2video', { subjects: 'cat' }, 'wrong_type subjects'],
    ['reference2video', { subjects: ['cat'] }, 'wrong_type subjects[0]'],
    ['reference2video', { subjects: [{ images: [5] }] }, 'wrong_type subjects[0].images[0]'],
    ['multiframe', { start_image: '' }, 'missing start_image'],
    ['multiframe', { image_settings: [] }, 'missing image_settings'],
    ['multiframe', { image_settings: [{ prompt: 'up' }] }, 'missing image_settings[0].key_image'],
    ['multiframe', { image_settings: [{ key_image: A, duration: 8 }] }, 'out_of_range image_settings[0].duration'],
    ['template', { template: null }, 'missing template'],
    ['template-story', { story: 'hamlet' }, 'not_offered story'],
    ['lip-sync', { text: '' }, 'missing audio_url'],
    ['lip-sync', { speed: 3 }, 'out_of_range speed'],
    ['lip-sync', { volume: '2' }, 'wrong_type volume'],
    ['extend', { video_url: '' }, 'missing video_url'],
    ['upscale-new', { video_url: 7 }, 'wrong_type video_url'],
  ])('is refused at %s: %j by %s', (path, body, fault) => {
    expect(faultsOf(change(path, body))).toEqual([fault]);
  });

  it.each<[Path, JsonObject, string]>([
    ['extend', { duration: 8 }, "'duration' is 8, which this model does not offer. Allowed: 1, 2, 3, 4, 5, 6, 7."],
    ['text2video', { aspect_ratio: 'auto' }, '\'aspect_ratio\' is "auto", which this model does not offer.'],
    [
      'reference2video',
      { sounds: [VOICE] },
      "'sounds' cannot be used: the mode reference of this model takes no audio",
    ],
    ['multiframe', { image_settings: [{ key_image: A }] }, "'image_settings' is required by this model: a reference"],
    ['template', { images: [] }, "'images' is required by this model: a reference image."],
    ['upscale-new', { upscale_resolution: '360p' }, '\'upscale_resolution\' is "360p", which this model'],
  ])('that the model cannot take is named at %s: %j', (path, body, sentence) => {
    const result = resolved(path, body);
    const sentences = result.ok ? [] : result.violations.map((fault) => violationMessage(fault, 'en'));
    expect(sentences).toEqual([expect.stringContaining(sentence)]);
  });
});

it('too many key frames, and with them too many seconds, are told of by the name of the list', () => {
  const frames = (length: number) => Array.from({ length }, () => ({ key_image: A, duration: 7 }));
  const result = resolved('multiframe', { image_settings: frames(10) });
  expect(result.ok ? [] : result.violations.map((fault) => fault.param)).toEqual(['image_settings']);
  const long = { image_settings: frames(9) };
  expect(resolved('multiframe', long)).toMatchObject({ ok: true, spec: { seconds: 63 } });
  expect(createOf(change('multiframe', long)).params.seconds).toBe('image_settings');
});

describe('the tasks', () => {
  const list = (query: Record<string, string>, queryAll: Record<string, readonly string[]> = {}) =>
    readAt(vidu, 'GET /ent/v2/tasks', {
      query,
      queryAll: { ...Object.fromEntries(Object.entries(query).map(([name, value]) => [name, [value]])), ...queryAll },
    });

  it('are listed by pages and filters', () => {
    const query = {
      'pager.page': '2',
      'pager.pagesz': '20',
      states: 'success,failed',
      task_ids: `${UUID},nonsense`,
      model_versions: 'viduq3-pro',
      'created_at.from': '2026-01-20T00:00:00Z',
      'created_at.to': '2026-01-21T00:00:00Z',
    };
    expect(commandOf(list(query))).toMatchObject({
      kind: 'list',
      query: {
        after: null,
        limit: 20,
        skip: 40,
        order: 'desc',
        counted: true,
        filter: {
          states: ['succeeded', 'failed', 'cancelled', 'expired'],
          ids: [UUID],
          model: 'viduq3-pro',
          createdFrom: new Date('2026-01-20T00:00:00Z'),
          createdTo: new Date('2026-01-21T00:00:00Z'),
        },
      },
    });
    expect(commandOf(list({}))).toMatchObject({ query: { limit: 10, skip: 0, filter: {} } });
    expect(commandOf(list({ 'pager.page_token': UUID }))).toMatchObject({ query: { after: UUID, skip: 0 } });
  });

  it.each(['a,b', '["a","b"]'])('are filtered by %s as by a repeated name', (ids) => {
    const repeated = commandOf(list({}, { states: ['success', 'failed'] }));
    expect(repeated).toMatchObject({ query: { filter: { states: ['succeeded', 'failed', 'cancelled', 'expired'] } } });
    expect(commandOf(list({ task_ids: ids }))).toMatchObject({ query: { filter: { ids: [] } } });
  });

  it.each([
    [{ 'pager.pagesz': '101' }, 'out_of_range pager.pagesz'],
    [{ 'paper.page': '-1' }, 'out_of_range paper.page'],
    [{ states: 'done' }, 'not_offered states'],
    [{ resolutions: '720p' }, 'not_supported resolutions'],
    [{ model_versions: 'viduq1,viduq2' }, 'too_many model_versions'],
    [{ 'created_at.from': 'yesterday' }, 'wrong_type created_at.from'],
  ])('are not listed by %j: %s', (query, fault) => {
    expect(faultsOf(list(query))).toEqual([fault]);
  });

  it('are written in a list as a create and a query answer them', async () => {
    const command = commandOf(list({ 'pager.pagesz': '1' }));
    if (command.kind !== 'list') throw new Error('a list was asked for');
    const { body } = command.write({ views: [viewIn('succeeded')], hasMore: true, total: 3 }, 'en');
    await expect(`${JSON.stringify(body, null, 2)}\n`).toMatchFileSnapshot('golden/list.json');
  });

  it('are cancelled with nothing but an empty answer, by a body that says the same id', () => {
    const cancel = (body: Json) => readAt(vidu, 'POST /ent/v2/tasks/:id/cancel', { params: { id: UUID }, body });
    for (const body of [null, {}, { id: UUID }]) {
      const command = commandOf(cancel(body));
      expect(command).toMatchObject({ kind: 'cancel', id: UUID, ended: 'refuse' });
      if (command.kind === 'cancel') expect(command.write(viewIn('cancelled'), 'en').body).toEqual({});
    }
    expect(faultsOf(cancel({ id: 'other' }))).toEqual(['contradiction id']);
  });

  it('cost credits, which the balance is shown in', () => {
    const command = commandOf(readAt(vidu, 'GET /ent/v2/credits', { query: { show_detail: 'true' } }));
    if (command.kind !== 'balance') throw new Error('the balance was asked for');
    expect(command.write({ availableMicros: 1_004_999n, heldMicros: 5n, openJobs: 2 }).body).toEqual({
      remains: [{ type: 'metered', credit_remain: 200, current_concurrency: 2, queue_count: 0 }],
      packages: [],
    });
    expect(faultsOf(readAt(vidu, 'GET /ent/v2/credits', { query: { show_detail: 'maybe' } }))).toEqual([
      'wrong_type show_detail',
    ]);
  });
});

describe('a callback', () => {
  it('is signed as Vidu documents it', () => {
    const target = { url: 'https://gw.example/vidu/callback?name=james&age=36', secret: 'vda_test_key' };
    const nonce = '123e4567-e89b-12d3-a456-426614174000';
    expect(callbackSignature(target, 'Tue, 06 May 2025 12:09:42 GMT', nonce)).toBe(
      'uDl3Wvgx6utIjKWRnCyt4OhsefE06Qj8cCg41RV4aeE=',
    );
  });

  it('says what a query would, and signs each try with a time and a nonce of its own', () => {
    const view = viewIn('succeeded');
    const target = { url: 'https://gw.example/cb', secret: 's' };
    const message = vidu.writeCallback?.(view, target);
    expect(message?.body).toEqual(vidu.writeJob(view, 'get', 'en').body);
    const [first, second] = [0, 1].map((ms) => message?.headers('', new Date(1_746_533_382_000 + ms)) ?? {});
    expect(first).toMatchObject({
      Date: 'Tue, 06 May 2025 12:09:42 GMT',
      'X-HMAC-ALGORITHM': 'hmac-sha256',
      'X-HMAC-ACCESS-KEY': 'vidu',
      'X-HMAC-SIGNED-HEADERS': 'Date;x-request-nonce',
      'X-HMAC-SIGNATURE': callbackSignature(
        target,
        'Tue, 06 May 2025 12:09:42 GMT',
        String(first?.['x-request-nonce']),
      ),
    });
    expect(first?.['x-request-nonce']).not.toBe(second?.['x-request-nonce']);
  });
});
