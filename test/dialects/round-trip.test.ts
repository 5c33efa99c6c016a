/** A canonical request written in each dialect and read again: nothing that the dialect can carry is lost or changed. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { DIALECTS } from '../../src/dialects/index.ts';
import { EMPTY_REQUEST } from '../../src/model/request.ts';
import type { VideoRequest } from '../../src/model/request.ts';
import type { Json, JsonObject } from '../../src/model/json.ts';
import { createOf, readAt } from './suite.ts';

type Field = Exclude<keyof VideoRequest, 'model' | 'inputs' | 'scene' | 'vendor' | 'motionLevel' | 'size'>;
type Value = string | number | boolean;

/** Where a field is written: a path with dots, and how its value is spelled where that differs. */
type Place = string | { readonly at: string; readonly as: (value: Value) => Json };

type Writer = {
  readonly dialect: string;
  readonly route: string;
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly base: JsonObject;
  readonly fields: Readonly<Partial<Record<Field, Place>>>;
};

const onOff: (at: string) => Place = (at) => ({ at, as: (value) => (value === true ? 'on' : 'off') });
const text: (at: string) => Place = (at) => ({ at, as: String });
const upper: (at: string) => Place = (at) => ({ at, as: (value) => String(value).toUpperCase() });

const WRITERS: readonly Writer[] = [
  {
    dialect: 'openai',
    route: 'POST /v1/videos',
    base: { model: 'm' },
    fields: {
      prompt: 'prompt',
      negativePrompt: 'negative_prompt',
      seconds: text('seconds'),
      resolution: upper('metadata.output_config.resolution'),
      ratio: 'metadata.output_config.aspect_ratio',
      fps: 'fps',
      audio: 'generate_audio',
      bgm: 'metadata.bgm',
      seed: 'seed',
      count: 'n',
      offPeak: 'metadata.offpeak',
      watermark: 'watermark',
      callbackUrl: 'callback_url',
      payload: 'payload',
      user: 'user',
    },
  },
  {
    dialect: 'generations',
    route: 'POST /v1/video/generations',
    base: { model: 'kling-v1', prompt: 'x' },
    fields: {
      prompt: 'prompt',
      negativePrompt: 'metadata.negative_prompt',
      seconds: 'duration',
      resolution: 'metadata.resolution',
      ratio: 'aspect_ratio',
      fps: 'fps',
      seed: 'seed',
      count: 'n',
      callbackUrl: 'metadata.callback_url',
      payload: 'metadata.payload',
      user: 'user',
    },
  },
  {
    dialect: 'unified',
    route: 'POST /v1/video/create',
    base: { model: 'viduq3-pro' },
    fields: {
      prompt: 'prompt',
      negativePrompt: 'negative_prompt',
      seconds: 'duration',
      resolution: upper('resolution'),
      ratio: 'aspect_ratio',
      seed: 'seed',
      watermark: 'watermark',
      callbackUrl: 'callback_url',
    },
  },
  {
    dialect: 'vidu',
    route: 'POST /ent/v2/text2video',
    base: { model: 'viduq3-pro', prompt: 'x' },
    fields: {
      prompt: 'prompt',
      seconds: 'duration',
      resolution: 'resolution',
      ratio: 'aspect_ratio',
      audio: 'audio',
      bgm: 'bgm',
      seed: 'seed',
      offPeak: 'off_peak',
      watermark: 'watermark',
      callbackUrl: 'callback_url',
      payload: 'payload',
    },
  },
  {
    dialect: 'kling',
    route: 'POST /v1/videos/text2video',
    base: { model_name: 'kling-v3', prompt: 'x' },
    fields: {
      prompt: 'prompt',
      negativePrompt: 'negative_prompt',
      seconds: text('duration'),
      ratio: 'aspect_ratio',
      audio: onOff('sound'),
      watermark: 'watermark_info.enabled',
      callbackUrl: 'callback_url',
      externalId: 'external_task_id',
    },
  },
  {
    dialect: 'kling-tasks',
    route: 'POST /text-to-video/:model',
    params: { model: 'kling-3.0' },
    base: { prompt: 'x' },
    fields: {
      prompt: 'prompt',
      seconds: 'settings.duration',
      resolution: 'settings.resolution',
      ratio: 'settings.aspect_ratio',
      audio: { at: 'settings.audio', as: (value) => (value === true ? 'native' : 'off') },
      watermark: 'options.watermark_info.enabled',
      callbackUrl: 'options.callback_url',
      externalId: 'options.external_task_id',
    },
  },
  {
    dialect: 'ark',
    route: 'POST /api/v3/contents/generations/tasks',
    base: { model: 'doubao-seedance-1-5-pro-251215', content: [{ type: 'text', text: 'x' }] },
    fields: {
      prompt: { at: 'content', as: (value) => [{ type: 'text', text: value }] },
      seconds: 'duration',
      resolution: 'resolution',
      ratio: 'ratio',
      audio: 'generate_audio',
      seed: 'seed',
      offPeak: { at: 'service_tier', as: (value) => (value === true ? 'flex' : 'default') },
      watermark: 'watermark',
      callbackUrl: 'callback_url',
    },
  },
  {
    dialect: 'jimeng',
    route: 'POST /jimeng',
    query: { Action: 'CVSync2AsyncSubmitTask', Version: '2022-08-31' },
    base: { req_key: 'jimeng_t2v_v30' },
    fields: {
      prompt: 'prompt',
      seconds: { at: 'frames', as: (value) => Number(value) * 24 + 1 },
      ratio: 'aspect_ratio',
      seed: 'seed',
    },
  },
  {
    dialect: 'dashscope',
    route: 'POST /api/v1/services/aigc/video-generation/video-synthesis',
    base: { model: 'wan3.0-video', input: {} },
    fields: {
      prompt: 'input.prompt',
      negativePrompt: 'input.negative_prompt',
      seconds: 'parameters.duration',
      resolution: upper('parameters.resolution'),
      ratio: 'parameters.ratio',
      audio: 'parameters.audio',
      seed: 'parameters.seed',
      watermark: 'parameters.watermark',
    },
  },
  {
    dialect: 'minimax',
    route: 'POST /v1/video_generation',
    base: { model: 'MiniMax-Hailuo-2.3' },
    fields: {
      prompt: 'prompt',
      seconds: 'duration',
      resolution: upper('resolution'),
      watermark: 'aigc_watermark',
      callbackUrl: 'callback_url',
    },
  },
  {
    dialect: 'minimax-v2',
    route: 'POST /v2/video_generation',
    base: { model: 'MiniMax-H3', content: [] },
    fields: {
      prompt: { at: 'content', as: (value) => [{ type: 'text', text: value }] },
      seconds: 'duration',
      resolution: upper('resolution'),
      ratio: 'ratio',
      watermark: 'aigc_watermark',
      callbackUrl: 'callback_url',
    },
  },
  {
    dialect: 'veo',
    route: 'POST /v1beta/models/:call',
    params: { call: 'veo-3.1-generate-001:predictLongRunning' },
    base: { instances: [{}] },
    fields: {
      prompt: { at: 'instances', as: (value) => [{ prompt: value }] },
      negativePrompt: 'parameters.negativePrompt',
      seconds: 'parameters.durationSeconds',
      resolution: 'parameters.resolution',
      ratio: 'parameters.aspectRatio',
      fps: 'parameters.fps',
      audio: 'parameters.generateAudio',
      seed: 'parameters.seed',
      count: 'parameters.sampleCount',
    },
  },
  {
    dialect: 'gateway',
    route: 'POST /video-model/start',
    headers: { 'ai-model-id': 'klingai/kling-v3' },
    base: {},
    fields: {
      prompt: 'prompt',
      seconds: 'duration',
      resolution: 'resolution',
      ratio: 'aspectRatio',
      fps: 'fps',
      audio: 'generateAudio',
      seed: 'seed',
      count: 'n',
      callbackUrl: 'callbackUrl',
    },
  },
  {
    dialect: 'native',
    route: 'POST /api/v1/videos',
    base: { model: 'm' },
    fields: {
      prompt: 'prompt',
      negativePrompt: 'negative_prompt',
      seconds: 'seconds',
      resolution: 'resolution',
      ratio: 'ratio',
      fps: 'fps',
      audio: 'audio',
      bgm: 'bgm',
      seed: 'seed',
      count: 'count',
      offPeak: 'off_peak',
      watermark: 'watermark',
      callbackUrl: 'callback_url',
      payload: 'payload',
      user: 'user',
      externalId: 'external_id',
    },
  },
];

const words = fc.stringMatching(/^[a-z0-9 一-龥]{1,20}$/).filter((value) => value.trim() === value && value !== '');
const VALUES: Readonly<Record<Field, fc.Arbitrary<Value>>> = {
  prompt: words,
  negativePrompt: words,
  seconds: fc.constantFrom(5, 10),
  resolution: fc.constantFrom('720p', '1080p'),
  ratio: fc.constantFrom('16:9', '9:16', '1:1'),
  fps: fc.constantFrom(24, 30),
  audio: fc.boolean(),
  bgm: fc.boolean(),
  // To Vidu, 0 means none.
  seed: fc.integer({ min: 1, max: 2_147_483_647 }),
  count: fc.integer({ min: 1, max: 4 }),
  offPeak: fc.boolean(),
  watermark: fc.boolean(),
  callbackUrl: fc.nat().map((at) => `https://x.example/${at}`),
  payload: words,
  user: words,
  externalId: words,
};
const RUNS = 100;

it('is written in every dialect there is', () => {
  expect(WRITERS.map(({ dialect }) => dialect).toSorted()).toEqual(DIALECTS.map(({ name }) => name).toSorted());
});

describe.each(WRITERS)(
  'a request written in $dialect',
  ({ dialect: name, route, params = {}, query = {}, headers = {}, base, fields }) => {
    const dialect = DIALECTS.find((candidate) => candidate.name === name);
    const carried = Object.keys(fields) as Field[];
    const requests = fc.record(Object.fromEntries(carried.map((field) => [field, VALUES[field]])), {
      requiredKeys: [],
    });

    it('is read as it was', () => {
      fc.assert(
        fc.property(requests, (request) => {
          if (dialect === undefined) throw new Error(`there is no dialect ${name}`);
          const body = Object.entries(request).reduce<JsonObject>((so, [field, value]) => {
            return value === undefined ? so : written(so, fields[field as Field] ?? '', value);
          }, base);
          const read = createOf(readAt(dialect, route, { params, query, headers, body })).request;
          const found = Object.fromEntries(Object.keys(request).map((field) => [field, read[field as Field]]));
          expect(found).toEqual({ ...request });
          const others = carried.filter((field) => !(field in request) && !SAID_BY_BASE.has(field));
          for (const field of others) expect(read[field], field).toBe(EMPTY_REQUEST[field]);
        }),
        { numRuns: RUNS },
      );
    });
  },
);

/** Some requests must say it, so that it is never left open. */
const SAID_BY_BASE: ReadonlySet<Field> = new Set(['prompt', 'resolution', 'audio']);

function written(body: JsonObject, place: Place, value: Value): JsonObject {
  const { at, as } = typeof place === 'string' ? { at: place, as: (same: Value): Json => same } : place;
  return put(body, at.split('.'), as(value));
}

function put(body: JsonObject, path: readonly string[], value: Json): JsonObject {
  const [step = '', ...rest] = path;
  if (rest.length === 0) return { ...body, [step]: value };
  return { ...body, [step]: put((body[step] ?? {}) as JsonObject, rest, value) };
}
