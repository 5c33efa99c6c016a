/** Kling's kinds of video under `/v1/videos`: what each takes and means, and how its tasks are asked for. */

import { describe, expect, it } from 'vitest';

import { findModel } from '../../../src/catalogue/index.ts';
import { kling } from '../../../src/dialects/kling/dialect.ts';
import { KINDS } from '../../../src/dialects/kling/kinds.ts';
import type { JsonObject } from '../../../src/model/json.ts';
import { modeOf } from '../../../src/model/resolve-inputs.ts';
import { resolve } from '../../../src/model/resolve.ts';
import type { Resolution } from '../../../src/model/resolve.ts';
import { viewIn } from '../job-views.ts';
import { commandOf, createOf, describeDialect, faultsOf, readAt, said } from '../suite.ts';
import { CLIP, PAGES, PICTURE, RAW_PICTURE, SPEECH, TAIL } from './pages.ts';

describeDialect({ dialect: kling, folder: import.meta.dirname, creates: PAGES });

const create = (path: string, body: JsonObject) => readAt(kling, `POST /v1/videos/${path}`, { body });
const url = (at: string) => ({ from: 'url', url: at });

/** What the catalogue makes of a request. */
function resolved(path: string, body: JsonObject): Resolution {
  const read = createOf(create(path, body));
  const match = findModel(read.request.model);
  if (match === null) throw new Error(`no model ${read.request.model}`);
  return resolve(read, match);
}

function modeMade(path: string, body: JsonObject): string {
  const resolution = resolved(path, body);
  return resolution.ok
    ? `${resolution.spec.model} ${resolution.spec.mode} ${resolution.spec.resolution}`
    : resolution.violations.map((fault) => `${fault.code} ${fault.param}`).join(' ');
}

describe('a create of any kind', () => {
  it('reads the request of the page', () => {
    const body = {
      model_name: 'kling-v2-6',
      prompt: 'a red fox runs in snow',
      mode: 'pro',
      duration: '5',
      aspect_ratio: '16:9',
      sound: 'on',
      external_task_id: 'job-1',
      callback_url: 'https://gw.example/cb',
    };
    expect(said(createOf(create('text2video', body)))).toEqual({
      model: 'kling-v2-6',
      prompt: 'a red fox runs in snow',
      resolution: '1080p',
      seconds: 5,
      ratio: '16:9',
      audio: true,
      externalId: 'job-1',
      callbackUrl: 'https://gw.example/cb',
    });
  });

  it('is answered alike with and without /kling before it', () => {
    const paths = new Set(kling.routes.map((route) => `${route.method} ${route.path}`));
    for (const name of paths) {
      const [method = '', path = ''] = name.split(' ');
      expect(paths).toContain(`${method} ${path.startsWith('/kling') ? path.slice(6) : `/kling${path}`}`);
    }
  });

  it('takes a picture as base64 with nothing before it', () => {
    const read = createOf(create('image2video', { image: RAW_PICTURE, image_tail: TAIL }));
    expect(read.request.inputs).toEqual([
      { role: 'first_frame', source: { from: 'inline', text: RAW_PICTURE }, param: 'image' },
      { role: 'last_frame', source: url(TAIL), param: 'image_tail' },
    ]);
  });

  it.each([
    ['text2video', { prompt: 'a' }, 'kling-v1 text 720p'],
    ['image2video', { image: PICTURE }, 'kling-v1 first_frame 720p'],
    [
      'image2video',
      { image: PICTURE, image_tail: TAIL, model_name: 'kling-v2-1', mode: 'pro' },
      'Kling-2.1 first_last 1080p',
    ],
    ['multi-image2video', { image_list: [{ image: PICTURE }], prompt: 'a' }, 'Kling-1.6 reference 720p'],
    ['omni-video', { prompt: 'a' }, 'Kling-O1 text 1080p'],
    ['omni-video', { prompt: 'a', mode: '4k', model_name: 'kling-v3-omni' }, 'Kling-3.0-Omni text 4k'],
    ['omni-video', { prompt: 'a', model_name: 'kling-3.0-omni-720p' }, 'Kling-3.0-Omni text 720p'],
    ['omni-video', { prompt: 'a', video_list: [{ video_url: CLIP }] }, 'Kling-O1 edit 1080p'],
    [
      'omni-video',
      { prompt: 'a', video_list: [{ video_url: CLIP, refer_type: 'feature' }] },
      'Kling-O1 reference 1080p',
    ],
    ['video-extend', { video_id: 'v-1' }, 'Kling-1.6 extend 720p'],
    ['motion-control', { image_url: PICTURE, video_url: CLIP, mode: 'pro' }, 'Kling-2.6 motion_control 1080p'],
    ['effects', { effect_scene: 'hug', input: { images: [PICTURE, TAIL] } }, 'Kling-1.6 template_effect 720p'],
    [
      'effects',
      { effect_scene: 'hug', input: { image: PICTURE, model_name: 'kling-v1-5', mode: 'pro' } },
      'kling-v1-5 template_effect 1080p',
    ],
    [
      'lip-sync',
      { input: { mode: 'text2video', video_url: CLIP, text: 'hi', voice_id: 'v' } },
      'Kling-Lip-Sync lip_sync 720p',
    ],
    [
      'advanced-lip-sync',
      { video_id: 'v-1', face_choose: [{ face_id: '0', audio_id: 'a' }] },
      'Kling-Lip-Sync lip_sync 720p',
    ],
    ['avatar/image2video', { image: PICTURE, audio_id: 'a', mode: 'pro' }, 'Kling-Avatar avatar_i2v 1080p'],
  ])('%s %j makes %s', (path, body, made) => {
    expect(modeMade(path, body as JsonObject)).toBe(made);
  });

  it.each(KINDS)('knows a model that can do $path', ({ model, modes, scene }) => {
    const row = findModel(model)?.row;
    expect(row === undefined ? null : modeOf(row, scene ?? modes[0] ?? 'text')).not.toBeNull();
  });

  it.each([
    ['text2video', {}, 'missing prompt'],
    ['image2video', { image: '', image_tail: TAIL }, 'missing image'],
    [
      'image2video',
      { image: PICTURE, image_tail: TAIL, camera_control: { type: 'down_back' } },
      'contradiction camera_control',
    ],
    ['multi-image2video', { image_list: [] }, 'missing image_list'],
    ['multi-image2video', { image_list: [{ picture: PICTURE }] }, 'missing image_list[0].image'],
    [
      'omni-video',
      { prompt: 'a', image_list: [{ image_url: PICTURE, type: 'middle' }] },
      'not_offered image_list[0].type',
    ],
    ['omni-video', { prompt: 'a', video_list: CLIP }, 'wrong_type video_list'],
    ['video-extend', {}, 'missing video_id'],
    ['motion-control', { image_url: PICTURE }, 'missing video_url'],
    ['effects', { input: { image: PICTURE } }, 'missing effect_scene'],
    ['lip-sync', { input: { mode: 'text2video', video_url: CLIP } }, 'missing input.text'],
    ['lip-sync', { input: { mode: 'audio2video', video_url: CLIP } }, 'missing input.audio_url'],
    ['advanced-lip-sync', { session_id: 's', face_choose: [{ face_id: '0' }] }, 'missing face_choose[0].sound_file'],
    ['avatar/image2video', { image: PICTURE }, 'missing sound_file'],
    ['avatar/image2video', { image: PICTURE, sound_file: SPEECH, audio_id: 'a' }, 'contradiction audio_id'],
    ['text2video', { prompt: 'a', model_name: 'kling-v1-5' }, 'missing image2video'],
    ['text2video', { prompt: 'a', element_list: 'e' }, 'wrong_type element_list'],
    ['text2video', { prompt: 'a', voice_list: [{}, {}, {}] }, 'too_many voice_list'],
    [
      'omni-video',
      { prompt: 'a', image_list: [{ image_url: TAIL, type: 'end_frame' }] },
      'needs image_list[0].image_url',
    ],
    ['effects', { effect_scene: 'hug', input: { mode: 'std' } }, 'missing input.images'],
    ['lip-sync', { input: { text: 'hi' } }, 'missing input.video_url'],
    ['text2video', { prompt: 'a', mode: 'max' }, 'not_offered mode'],
    ['text2video', { prompt: 'a', duration: '5s' }, 'wrong_type duration'],
    ['text2video', { prompt: 'a', duration: 5.5 }, 'wrong_type duration'],
    ['text2video', { prompt: 'a', cfg_scale: 1.1 }, 'out_of_range cfg_scale'],
    ['text2video', { prompt: 'a', cfg_scale: '0.5' }, 'wrong_type cfg_scale'],
    ['text2video', { prompt: 'a', sound: true }, 'wrong_type sound'],
    [
      'text2video',
      { prompt: 'a', camera_control: { type: 'simple', config: { pan: 11 } } },
      'out_of_range camera_control.config.pan',
    ],
    ['text2video', { prompt: 'a', camera_control: {} }, 'missing camera_control.type'],
    ['text2video', { prompt: 'a', watermark_info: { enabled: 'yes' } }, 'wrong_type watermark_info.enabled'],
    ['text2video', { multi_prompt: Array.from({ length: 7 }, () => ({ prompt: 'a' })) }, 'too_many multi_prompt'],
    [
      'text2video',
      { multi_prompt: [{ index: 1, prompt: 'a', duration: '3' }], duration: '5' },
      'contradiction duration',
    ],
  ])('%s %j is refused by %s', (path, body, fault) => {
    const read = create(path, body as JsonObject);
    const faults = read.ok ? modeMade(path, body as JsonObject) : faultsOf(read).join(' ');
    expect(faults).toBe(fault);
  });

  it('takes a mask by its URL only: the file itself would be kept with the job', () => {
    const body = { image: PICTURE, static_mask: 'A'.repeat(30_000) };
    expect(faultsOf(create('image2video', body))).toEqual(['too_long static_mask']);
  });

  it('notes what stands where nothing is looked for', () => {
    const body = {
      prompt: 'a',
      image_list: [{ image_url: PICTURE, weight: 2 }],
      video_list: [{ video_url: CLIP, weight: 3 }],
      watermark_info: { enabled: true, text: 'mine' },
    };
    const read = createOf(create('omni-video', body));
    expect(read.notes.map(({ param }) => param)).toEqual([
      'image_list[0].weight',
      'video_list[0].weight',
      'watermark_info.text',
    ]);
  });

  it('makes one video of all shots where there is no other prompt', () => {
    const multi_prompt = [
      { index: 1, prompt: 'a door opens', duration: '2' },
      { index: 2, prompt: 'a cat walks in', duration: '3' },
    ];
    const shots = createOf(create('text2video', { model_name: 'kling-v3', multi_shot: true, multi_prompt }));
    expect(said(shots)).toMatchObject({
      prompt: 'a door opens\na cat walks in',
      seconds: 5,
      vendor: { multi_shot: true, multi_prompt },
    });
    const named = createOf(create('text2video', { prompt: 'a home', multi_prompt }));
    expect(named.request.prompt).toBe('a home');
  });

  it('notes what its settings do not know, and a file that the kind does not take', () => {
    const input = { image: PICTURE, strength: 2 };
    const effect = createOf(create('effects', { effect_scene: 'hug', input }));
    expect(effect.notes.map(({ param }) => param)).toEqual(['input.strength']);
    const text = createOf(
      create('text2video', { prompt: 'a', camera_control: { type: 'down_back' }, image_tail: TAIL }),
    );
    expect(text.notes.map(({ param }) => param)).toEqual(['image_tail']);
  });

  it('gives each picture and video of omni-video the place that is said of it', () => {
    const image_list = [
      { image_url: PICTURE, type: 'first_frame' },
      { image_url: TAIL, type: 'end_frame' },
      { image_url: RAW_PICTURE },
    ];
    const video_list = [{ video_url: CLIP, refer_type: 'feature' }];
    expect(createOf(create('omni-video', { image_list, video_list })).request.inputs).toEqual([
      { role: 'first_frame', source: url(PICTURE), param: 'image_list[0].image_url' },
      { role: 'last_frame', source: url(TAIL), param: 'image_list[1].image_url' },
      { role: 'reference_image', source: { from: 'inline', text: RAW_PICTURE }, param: 'image_list[2].image_url' },
      { role: 'reference_video', source: url(CLIP), param: 'video_list[0].video_url' },
    ]);
  });

  it('hands on what only the vendor knows, as it is', () => {
    const vendor = {
      cfg_scale: 0.5,
      camera_control: { type: 'simple', config: { pan: -10 } },
      multi_shot: false,
      shot_type: 'intelligence',
      element_list: [{ element_id: 829 }],
      voice_list: [{ voice_id: 'v' }],
    };
    expect(createOf(create('text2video', { prompt: 'a', ...vendor })).request.vendor).toEqual(vendor);
    const masks = {
      static_mask: 'https://example.com/mask.png',
      dynamic_masks: [{ mask: 'https://example.com/m.png', trajectories: [{ x: 1, y: 2 }] }],
    };
    expect(createOf(create('image2video', { image: PICTURE, ...masks })).request.vendor).toEqual(masks);
    const motion = { character_orientation: 'video', keep_original_sound: 'no' };
    const files = { image_url: PICTURE, video_url: CLIP };
    expect(createOf(create('motion-control', { ...files, ...motion })).request.vendor).toEqual(motion);
    const effect = createOf(create('effects', { effect_scene: 'hug', input: { image: PICTURE } }));
    expect(effect.request.vendor).toEqual({ effect_scene: 'hug' });
    const edit = [{ video_url: CLIP, keep_original_sound: 'yes' }];
    expect(createOf(create('omni-video', { video_list: edit })).request.vendor).toEqual({ keep_original_sound: 'yes' });
    const avatar = createOf(create('avatar/image2video', { image: PICTURE, audio_id: 'a' }));
    expect(avatar.request.vendor).toEqual({ audio_id: 'a' });
  });

  it('asks for the scene that its address names', () => {
    const scenes = PAGES.map(({ route, base }) => [
      route.slice('POST /v1/videos/'.length),
      createOf(readAt(kling, route, { body: base })).request.scene,
    ]);
    expect(Object.fromEntries(scenes)).toEqual({
      text2video: null,
      image2video: null,
      'multi-image2video': null,
      'omni-video': null,
      'video-extend': 'extend',
      'motion-control': 'motion_control',
      effects: 'template_effect',
      'lip-sync': 'lip_sync',
      'advanced-lip-sync': 'lip_sync',
      'avatar/image2video': 'avatar_i2v',
    });
  });

  it('lets a motion be followed as well as the mode says', () => {
    const body = { image_url: PICTURE, video_url: CLIP, mode: 'pro' };
    expect(said(createOf(create('motion-control', body)))).toMatchObject({
      scene: 'motion_control',
      resolution: '1080p',
      motionLevel: 'pro',
    });
  });
});

describe('speech', () => {
  it('is a file apart from the face that says it', () => {
    const face = { face_id: '0', sound_file: SPEECH, sound_volume: 0 };
    const read = createOf(create('advanced-lip-sync', { session_id: 's', video_url: CLIP, face_choose: [face] }));
    expect(read.request.inputs).toEqual([
      { role: 'source_video', source: url(CLIP), param: 'video_url' },
      { role: 'audio', source: url(SPEECH), param: 'face_choose[0].sound_file' },
    ]);
    expect(read.request.vendor).toEqual({ session_id: 's', face_choose: [{ face_id: '0', sound_volume: 0 }] });
  });

  it('is a text, or a sound where both are given and the mode says so', () => {
    const both = { video_id: 'v-1', text: 'hello', voice_id: 'v', audio_url: SPEECH };
    const spoken = createOf(create('lip-sync', { input: { ...both, mode: 'text2video' } }));
    expect(spoken.request.inputs).toEqual([
      { role: 'source_video', source: { from: 'job', id: 'v-1' }, param: 'input.video_id' },
    ]);
    expect(spoken.request.vendor).toEqual({ text: 'hello', voice_id: 'v' });
    expect(spoken.notes.map(({ code, param }) => `${code} ${param}`)).toEqual(['overridden input.audio_url']);
    const sung = createOf(create('lip-sync', { input: { ...both, mode: 'audio2video' } }));
    expect(sung.request.inputs.map(({ role }) => role)).toEqual(['source_video', 'audio']);
    expect(sung.request.vendor).toEqual({});
    expect(sung.notes.map(({ code, param }) => `${code} ${param}`)).toEqual([
      'overridden input.text',
      'overridden input.voice_id',
    ]);
  });

  it('needs the video itself, since no faces are looked for here', () => {
    expect(faultsOf(readAt(kling, 'POST /v1/videos/identify-face', { body: { video_id: 'v-1' } }))).toEqual([
      'not_supported identify-face',
    ]);
    const body = { session_id: 's', face_choose: [{ face_id: '0', audio_id: 'a' }] };
    expect(modeMade('advanced-lip-sync', body)).toBe('missing video_id');
  });
});

describe('a query', () => {
  it('is by our id or by the client’s own', () => {
    const command = commandOf(readAt(kling, 'GET /v1/videos/text2video/:id', { params: { id: 'job-1' } }));
    expect(command).toEqual({ kind: 'get', id: 'job-1', by: 'any' });
  });

  it('lists what the kind makes, page by page', () => {
    const list = (query: Record<string, string>) => readAt(kling, 'GET /v1/videos/image2video', { query });
    const filter = { modes: ['first_frame', 'first_last'] };
    const modes = KINDS.map(({ path }) => commandOf(readAt(kling, `GET /v1/videos/${path}`, {}))).map((command) =>
      command.kind === 'list' ? command.query.filter?.modes?.join(' ') : null,
    );
    expect(modes).toEqual([
      'text',
      'first_frame first_last',
      'reference',
      'text first_frame first_last reference edit',
      'extend',
      'motion_control',
      'template_effect',
      'lip_sync',
      'lip_sync',
      'avatar_i2v',
    ]);
    expect(commandOf(list({}))).toMatchObject({ kind: 'list', query: { limit: 30, skip: 0, order: 'desc', filter } });
    expect(commandOf(list({ pageNum: '3', pageSize: '500' }))).toMatchObject({ query: { limit: 500, skip: 1000 } });
    const command = commandOf(list({}));
    const page = { views: [viewIn('queued'), viewIn('succeeded')], hasMore: false };
    expect(command.kind === 'list' ? command.write(page, 'en').body : null).toMatchObject({
      data: [{ task_status: 'submitted' }, { task_status: 'succeed' }],
    });
    expect(faultsOf(list({ pageNum: '0', pageSize: '501' }))).toEqual([
      'out_of_range pageNum',
      'out_of_range pageSize',
    ]);
  });
});

describe('a task', () => {
  it('shows the video it extends', () => {
    const view = viewIn('running');
    const source = { ...view.job.spec.inputs[0], role: 'source_video', jobId: 'v-0', durationMs: 5_042 } as const;
    const spec = { ...view.job.spec, mode: 'extend', scene: 'extend', inputs: [source] } as typeof view.job.spec;
    const { body } = kling.writeJob({ ...view, job: { ...view.job, spec } }, 'get', 'en');
    expect(body).toMatchObject({
      data: { task_info: { external_task_id: 'mine-1', parent_video: { id: 'v-0', duration: '5' } } },
    });
  });

  it('shows a watermark where one was asked for', () => {
    const view = viewIn('succeeded');
    const { body } = kling.writeJob(
      { ...view, job: { ...view.job, spec: { ...view.job.spec, watermark: true } } },
      'get',
      'en',
    );
    expect(body).toMatchObject({
      data: { watermark_info: { enabled: true }, task_result: { videos: [{ watermark_url: 'https://r.example/v' }] } },
    });
  });
});
