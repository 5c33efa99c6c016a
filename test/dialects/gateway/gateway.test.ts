/** The AI SDK's gateway protocol: the model's header, files of every kind, and the three ways to be answered. */

import { describe, expect, it } from 'vitest';

import { gateway } from '../../../src/dialects/gateway/dialect.ts';
import type { Json, JsonObject } from '../../../src/model/json.ts';
import { JOB_STATES } from '../../../src/model/job.ts';
import { violation } from '../../../src/model/violation.ts';
import { viewIn } from '../job-views.ts';
import { commandOf, createOf, describeDialect, faultsOf, readAt, said } from '../suite.ts';

const START = 'POST /video-model/start';
const WAIT = 'POST /video-model';
const headers = { 'ai-model-id': 'klingai/kling-v3' };
const URL_FILE = { type: 'url', url: 'https://x.example/a.png' };
const BYTES = { type: 'file', data: 'iVBORw0KGgo=', mediaType: 'image/png' };
const BASE = { prompt: 'a cat' };

describeDialect({
  dialect: gateway,
  folder: import.meta.dirname,
  creates: [START, WAIT].map((route) => ({
    route,
    headers,
    base: BASE,
    fields: {
      prompt: 'another',
      n: 2,
      aspectRatio: '9:16',
      resolution: '1280x720',
      duration: 7,
      fps: 30,
      seed: 0,
      generateAudio: false,
      image: URL_FILE,
      frameImages: [{ frameType: 'last_frame', image: BYTES }],
      inputReferences: [BYTES],
      providerOptions: { klingai: { mode: 'pro' } },
      callbackUrl: 'https://x.example/told',
    },
  })),
});

const start = (body: Json) => readAt(gateway, START, { body, headers });

describe('a video that is started', () => {
  it('is of the model in its header, whoever makes it', () => {
    expect(createOf(start(BASE)).request.model).toBe('kling-v3');
    expect(faultsOf(readAt(gateway, START, { body: BASE }))).toEqual(['missing ai-model-id']);
  });

  it('has files in every form', () => {
    const body: JsonObject = {
      ...BASE,
      image: URL_FILE,
      frameImages: [
        { frameType: 'first_frame', image: BYTES },
        { frameType: 'last_frame', image: URL_FILE },
      ],
      inputReferences: [
        URL_FILE,
        { type: 'url', url: 'https://x.example/v.mp4' },
        { type: 'file', data: 'AAAA', mediaType: 'video/mp4' },
        { type: 'file', data: 'AAAA', mediaType: 'audio/mpeg' },
      ],
    };
    expect(
      createOf(start(body)).request.inputs.map(({ role, source, param }) => `${role} ${source.from} ${param}`),
    ).toEqual([
      'image url image.url',
      'first_frame inline frameImages[0].image.data',
      'last_frame url frameImages[1].image.url',
      'reference_image url inputReferences[0].url',
      'reference_video url inputReferences[1].url',
      'reference_video inline inputReferences[2].data',
      'audio inline inputReferences[3].data',
    ]);
  });

  it('may be told to vendors in their own words', () => {
    const providerOptions = { klingai: { cfgScale: 0.5, mode: 'pro' }, google: { personGeneration: 'allow_all' } };
    expect(said(createOf(start({ ...BASE, resolution: '1080P', providerOptions })))).toMatchObject({
      resolution: '1080p',
      vendor: { cfg_scale: 0.5, mode: 'pro', person_generation: 'allow_all' },
    });
  });

  it.each<[Json, readonly string[]]>([
    [[], ['wrong_type body']],
    [{ image: 'x' }, ['wrong_type image']],
    [{ image: {} }, ['missing image.url']],
    [{ image: { type: 'file' } }, ['missing image.data']],
    [{ frameImages: {} }, ['wrong_type frameImages']],
    [{ frameImages: [{ image: BYTES }] }, ['missing frameImages[0].frameType']],
    [
      { frameImages: [{ frameType: 'middle', image: BYTES }] },
      ['not_offered frameImages[0].frameType', 'missing frameImages[0].frameType'],
    ],
    [{ inputReferences: ['x'] }, ['wrong_type inputReferences[0]']],
    [{ duration: '5' }, ['wrong_type duration']],
  ])('is refused for %j', (body, faults) => {
    expect(faultsOf(start(body))).toEqual(faults);
  });
});

describe('the answer', () => {
  it('to a start is asked about by its operation', () => {
    const { body } = gateway.writeJob(viewIn('queued'), 'create', 'en');
    const operation = (body as JsonObject)['operation'] as JsonObject;
    const command = commandOf(readAt(gateway, 'POST /video-model/status', { body: { operation } }));
    expect(command).toEqual({ kind: 'get', id: operation['id'] });
    expect(faultsOf(readAt(gateway, 'POST /video-model/status', { body: {} }))).toEqual(['missing operation']);
    expect(faultsOf(readAt(gateway, 'POST /video-model/status', { body: { operation: {} } }))).toEqual([
      'missing operation.id',
    ]);
  });

  it('to one who waits is a single event', () => {
    const command = commandOf(readAt(gateway, WAIT, { body: BASE, headers }));
    if (command.kind !== 'create') throw new Error('no create');
    const events = Object.fromEntries(
      JOB_STATES.map((state) => {
        const text = command.untilEnded?.(viewIn(state), 'en') ?? '';
        expect(text).toMatch(/^data: [^\n]+\n\n$/);
        return [state, JSON.parse(text.slice('data: '.length)) as JsonObject];
      }),
    );
    expect(events['succeeded']).toMatchObject({
      type: 'result',
      videos: [{ type: 'url', url: 'https://r.example/v' }],
    });
    expect(events['failed']).toMatchObject({ type: 'error', errorType: 'internal_server_error', statusCode: 500 });
    expect(events['cancelled']).toMatchObject({ type: 'error', statusCode: 409 });
    expect(events['running']).toMatchObject({ type: 'error', statusCode: 504 });
  });

  it('to an unknown model has a type of its own', () => {
    const violations = [violation('unknown_model', 'ai-model-id', 'kling-9', null)];
    expect(gateway.writeFailure({ kind: 'invalid_request', message: '', violations }, 'en', 'r')).toMatchObject({
      status: 404,
      body: { error: { type: 'model_not_found', param: { modelId: 'kling-9' } } },
    });
  });
});
