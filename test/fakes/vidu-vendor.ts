/**
 * Vidu's API as its pages describe it: a field that an endpoint does not know is refused, queued tasks can be cancelled, every
 * change of a task is called back with a signature to addresses on this machine, and credits are kept.
 */

import { createHmac, randomUUID } from 'node:crypto';

import type { Json, JsonObject } from '../../src/model/json.ts';
import { isObject, property } from '../../src/model/json.ts';
import type { Fake, FakeAnswer, FakeTask } from '../providers/suite.ts';
import type { Asked } from './fake-server.ts';
import { reply, startFakeServer } from './fake-server.ts';

type Check = (value: Json, body: JsonObject) => boolean;
type Endpoint = {
  readonly required: readonly string[];
  readonly fields: readonly string[];
  /** How many pictures `images` holds. */
  readonly images?: readonly [number, number];
  readonly maxSeconds?: number;
};
type Model = {
  readonly endpoints: readonly string[];
  /** First and last; where only some between are offered, `only` names them. */
  readonly seconds: readonly [number, number];
  readonly only?: readonly number[];
  readonly resolutions: readonly string[];
};

const MAX_BODY_BYTES = 20 * 1024 * 1024;
const TASK = ['payload', 'callback_url', 'client_request_id', 'meta_data'];
const MARKED = ['watermark', 'wm_position', 'wm_url', ...TASK];
const SHOT = ['model', 'prompt', 'duration', 'seed', 'resolution', 'movement_amplitude', 'bgm', 'audio', 'off_peak'];
const PICTURE = [...SHOT, 'images', 'is_rec', 'audio_type', 'voice_id', ...MARKED];

const FRAMES = ['img2video', 'start-end2video'];
const PLAIN = ['text2video', ...FRAMES];
const LONG = ['multiframe', 'extend'];
const FULL_HD = ['1080p'];
const HD = ['720p', '1080p'];
const SD_TO_HD = ['540p', ...HD];
const LOW_TO_HD = ['360p', ...HD];
const FOUR_OR_EIGHT = { seconds: [4, 8], only: [4, 8], resolutions: LOW_TO_HD } as const;

const MODELS: Readonly<Record<string, Model>> = {
  'viduq3-pro': { endpoints: PLAIN, seconds: [1, 16], resolutions: SD_TO_HD },
  'viduq3-turbo': { endpoints: [...PLAIN, 'reference2video'], seconds: [1, 16], resolutions: SD_TO_HD },
  'viduq3-pro-fast': { endpoints: FRAMES, seconds: [1, 16], resolutions: HD },
  viduq3: { endpoints: ['reference2video'], seconds: [3, 16], resolutions: SD_TO_HD },
  'viduq3-mix': { endpoints: ['reference2video'], seconds: [1, 16], resolutions: HD },
  viduq2: { endpoints: [...PLAIN, 'reference2video'], seconds: [1, 10], resolutions: ['360p', ...SD_TO_HD] },
  'viduq2-pro': { endpoints: [...FRAMES, 'reference2video', ...LONG], seconds: [1, 10], resolutions: SD_TO_HD },
  'viduq2-turbo': { endpoints: [...FRAMES, ...LONG], seconds: [1, 10], resolutions: SD_TO_HD },
  'viduq2-pro-fast': { endpoints: [...FRAMES, 'reference2video'], seconds: [1, 10], resolutions: HD },
  viduq1: { endpoints: [...PLAIN, 'reference2video'], seconds: [5, 5], resolutions: FULL_HD },
  'viduq1-classic': { endpoints: FRAMES, seconds: [5, 5], resolutions: FULL_HD },
  'vidu2.0': { endpoints: [...FRAMES, 'reference2video'], ...FOUR_OR_EIGHT },
  'vidu1.5': { endpoints: [...PLAIN, 'reference2video'], ...FOUR_OR_EIGHT },
};

const ENDPOINTS: Readonly<Record<string, Endpoint>> = {
  text2video: {
    required: ['model', 'prompt'],
    fields: [...SHOT, 'style', 'aspect_ratio', ...MARKED],
  },
  img2video: { required: ['model', 'images'], fields: PICTURE, images: [1, 1] },
  'start-end2video': { required: ['model', 'images'], fields: PICTURE, images: [2, 2] },
  reference2video: {
    required: ['model', 'prompt'],
    fields: [...PICTURE, 'aspect_ratio', 'subjects', 'auto_subjects', 'videos', 'sounds'],
    images: [1, 7],
  },
  multiframe: {
    required: ['model', 'start_image', 'image_settings'],
    fields: ['model', 'start_image', 'image_settings', 'resolution', ...MARKED],
  },
  template: {
    required: ['template', 'images'],
    fields: ['template', 'images', 'prompt', 'seed', 'aspect_ratio', 'area', 'beast', 'bgm', ...MARKED],
    images: [1, 7],
  },
  'template-story': { required: ['story', 'images'], fields: ['story', 'images', ...MARKED], images: [1, 7] },
  extend: {
    required: ['model'],
    fields: ['model', 'video_creation_id', 'video_url', 'images', 'prompt', 'duration', 'resolution', ...MARKED],
    images: [1, 1],
    maxSeconds: 7,
  },
  'lip-sync': {
    required: ['video_url'],
    fields: [
      ...['video_url', 'audio_url', 'text', 'speed', 'volume', 'character_id', 'voice', 'voice_id'],
      ...['ref_photo_url', 'language', ...TASK],
    ],
  },
  'upscale-new': { required: [], fields: ['video_url', 'video_creation_id', 'upscale_resolution', ...TASK] },
};

const PICTURES: Check = (value) =>
  Array.isArray(value) &&
  value.every((one) => isText(one) && /^(https?:\/\/|data:image\/(png|jpeg|jpg|webp);base64,)/.test(one));
const ADDRESS: Check = (value) => isText(value) && /^https?:\/\//.test(value);
const FLAG: Check = (value) => typeof value === 'boolean';
const TEXT: Check = isText;

const CHECKS: Readonly<Record<string, Check>> = {
  model: TEXT,
  prompt: (value) => isText(value) && [...value].length <= 5_000,
  images: PICTURES,
  videos: (value) =>
    Array.isArray(value) &&
    value.length <= 2 &&
    value.every((one) => isText(one) && /^(https?:\/\/|data:video\/[a-z0-9.-]+;base64,)/.test(one)),
  sounds: (value, body) => Array.isArray(value) && value.length <= 7 && value.every((one) => ADDRESS(one, body)),
  subjects: (value) =>
    Array.isArray(value) &&
    value.length <= 7 &&
    value.every(
      (one) =>
        isObject(one) &&
        Object.keys(one).every((key) => ['name', 'id', 'images', 'videos', 'voice_id'].includes(key)) &&
        listIn(one, 'images').length <= 3 &&
        listIn(one, 'videos').length <= 1,
    ),
  start_image: (value, body) => PICTURES([value], body),
  image_settings: (value, body) =>
    Array.isArray(value) &&
    value.length >= 2 &&
    value.length <= 9 &&
    value.every(
      (one) =>
        isObject(one) &&
        PICTURES([property(one, 'key_image') ?? null], body) &&
        isIn(property(one, 'duration') ?? 5, 2, 7) &&
        isText(property(one, 'prompt') ?? ''),
    ),
  video_url: ADDRESS,
  audio_url: ADDRESS,
  ref_photo_url: ADDRESS,
  video_creation_id: TEXT,
  text: (value) => isText(value) && value.length >= 4 && value.length <= 2_000,
  duration: (value, body) => offersLength(modelIn(body), value),
  seed: (value) => isIn(value, 0, 2 ** 32 - 1),
  resolution: (value, body) => modelIn(body)?.resolutions.includes(String(value)) === true,
  upscale_resolution: (value) => ['1080p', '2K', '4K', '8K'].includes(String(value)),
  aspect_ratio: (value, body) =>
    ['16:9', '9:16', '1:1', '4:3', '3:4'].includes(String(value)) || (value === 'auto' && !onlyText(body)),
  movement_amplitude: (value) => ['auto', 'small', 'medium', 'large'].includes(String(value)),
  style: (value) => ['general', 'anime'].includes(String(value)),
  bgm: FLAG,
  audio: FLAG,
  audio_type: (value) => ['all', 'speech_only', 'sound_effect_only'].includes(String(value)),
  is_rec: FLAG,
  off_peak: FLAG,
  watermark: FLAG,
  wm_position: (value) => isIn(value, 1, 4),
  payload: (value) => isText(value) && value.length <= 1_048_576,
  callback_url: ADDRESS,
  speed: (value) => typeof value === 'number',
};

export type ViduTask = FakeTask & {
  readonly type: string;
  readonly request: JsonObject;
  readonly createdAt: Date;
  readonly credits: number;
  state: string;
  code: string;
};

export type ViduVendor = Fake & {
  readonly books: readonly ViduTask[];
  /** Whether the list of tasks shows the payload, which the page leaves open. */
  listsPayload: boolean;
  /** Takes the next submit, and lets its reply be lost in a proxy. */
  losesNext: boolean;
  /** Every callback sent so far has been answered. */
  settled(): Promise<void>;
};

type Options = {
  /** Where the finished videos lie. */
  readonly videoUrl?: string;
  /** Each look takes a task one state further. */
  readonly walks?: boolean;
  /** How a callback address is reached from here. */
  readonly reach?: (url: string) => string;
};

export async function startViduVendor(
  key: string,
  { videoUrl = 'https://cdn.example/v.mp4', walks = false, reach = (url) => url }: Options = {},
): Promise<ViduVendor> {
  const books: ViduTask[] = [];
  const callbacks: Promise<unknown>[] = [];
  const server = await startFakeServer(answer);

  function answer(asked: Asked): FakeAnswer {
    const { method, url } = asked;
    const authorization = asked.headers['authorization'] ?? '';
    if (authorization !== `Token ${key}`) return refusal(401, 'Unauthorized', `no such key: ${authorization}`);
    const [, base, version, name = '', id, last] = url.pathname.split('/');
    if (base !== 'ent' || version !== 'v2') return refusal(404, 'NotFound', 'not found');
    if (method === 'GET' && name === 'credits')
      return reply(200, { remains: [{ type: 'metered', credit_remain: left() }] });
    if (method === 'GET' && name === 'tasks' && id === undefined) return list(url.searchParams);
    if (name === 'tasks') return one(asked, id ?? '', last ?? '');
    const endpoint = ENDPOINTS[name];
    if (method !== 'POST' || endpoint === undefined || id !== undefined) return refusal(404, 'NotFound', 'not found');
    return create(asked, name, endpoint);
  }

  function create({ body, headers, raw }: Asked, type: string, endpoint: Endpoint): FakeAnswer {
    if (headers['content-type'] !== 'application/json' || !isObject(body) || raw.length > MAX_BODY_BYTES)
      return refusal(400, 'BadRequest', 'bad request');
    const fault = faultIn(body, type, endpoint);
    if (fault !== null) return refusal(400, ...fault);
    const token = property(body, 'payload');
    const task: ViduTask = {
      id: String(916_198_342_210_367_488n + BigInt(books.length)),
      token: isText(token) ? token : null,
      type,
      request: body,
      createdAt: new Date(),
      credits: property(body, 'off_peak') === true ? 10 : 20,
      state: 'created',
      code: '',
    };
    books.push(task);
    if (vendor.losesNext) {
      vendor.losesNext = false;
      return { status: 502, body: '<html>bad gateway</html>' };
    }
    const { images: _images, ...shown } = body;
    const made = { task_id: task.id, type, state: task.state, created_at: task.createdAt.toISOString() };
    return reply(200, { ...shown, ...made, credits: task.credits });
  }

  function one({ method, body }: Asked, id: string, last: string): FakeAnswer {
    const task = books.find((candidate) => candidate.id === id);
    if (task === undefined) return refusal(404, 'TaskNotFound', 'task not found');
    if (method === 'GET' && last === 'creations') {
      const answered = reply(200, recordOf(task));
      if (walks)
        move(task, { created: 'queueing', queueing: 'processing', processing: 'success' }[task.state] ?? task.state);
      return answered;
    }
    if (method !== 'POST' || last !== 'cancel') return refusal(404, 'NotFound', 'not found');
    if (!isObject(body) || property(body, 'id') !== id)
      return refusal(400, 'FieldLacking', 'field is missing or empty: id');
    if (task.state !== 'created' && task.state !== 'queueing')
      return refusal(400, 'BadRequest', 'task state is scheduled, can not cancel');
    move(task, 'failed', 'UserCancelled');
    return reply(200, {});
  }

  function list(query: URLSearchParams): FakeAnswer {
    const size = Number(query.get('pager.pagesz') ?? 10);
    if (!isIn(size, 1, 100)) return refusal(400, 'PageSizeOutOfRange', 'page size out of range');
    const from = Date.parse(query.get('created_at.from') ?? '') || Date.now() - 7 * 24 * 3_600_000;
    const to = Date.parse(query.get('created_at.to') ?? '') || Date.now();
    const found = books
      .filter(({ createdAt }) => createdAt.getTime() >= from && createdAt.getTime() <= to)
      .toReversed();
    const start = Number(query.get('pager.page') ?? 0) * size;
    return reply(200, { tasks: found.slice(start, start + size).map(listed), next_page_token: '' });
  }

  function listed(task: ViduTask): JsonObject {
    const { id, creations, payload } = recordOf(task);
    const shown = ['model', 'template', 'prompt', 'duration', 'resolution', 'aspect_ratio'];
    return {
      id: id ?? null,
      key_id: 'k-1',
      state: task.state,
      created_at: task.createdAt.toISOString(),
      creations: creations ?? [],
      ...Object.fromEntries(shown.map((name) => [name, property(task.request, name) ?? ''])),
      ...(vendor.listsPayload ? { payload: payload ?? '' } : {}),
    };
  }

  function recordOf(task: ViduTask): JsonObject {
    const isDone = task.state === 'success';
    const marked = property(task.request, 'watermark') === true ? videoUrl.replace('.mp4', '-marked.mp4') : '';
    const creation = {
      id: `c-${task.id}`,
      url: videoUrl,
      cover_url: 'https://cdn.example/v.jpg',
      watermarked_url: marked,
    };
    return {
      id: task.id,
      state: task.state,
      err_code: task.code,
      credits: isDone ? task.credits : 0,
      payload: task.token ?? '',
      bgm: property(task.request, 'bgm') ?? false,
      off_peak: property(task.request, 'off_peak') ?? false,
      creations: isDone ? [creation] : [],
    };
  }

  /** Failed tasks cost nothing. */
  function left(): number {
    return books.reduce((sum, { state, credits }) => (state === 'failed' ? sum : sum - credits), 100_000);
  }

  function move(task: ViduTask, state: string, code = ''): void {
    if (task.state === state) return;
    task.state = state;
    task.code = code;
    const url = property(task.request, 'callback_url');
    if (isText(url) && new URL(reach(url)).hostname === '127.0.0.1') callbacks.push(callBack(url, recordOf(task)));
  }

  async function callBack(url: string, body: JsonObject): Promise<void> {
    await fetch(reach(url), {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...signatureHeaders(url, key, new Date()) },
      body: JSON.stringify(body),
    });
  }

  const vendor: ViduVendor = {
    url: server.url,
    seen: server.seen,
    books,
    listsPayload: true,
    losesNext: false,
    answerNext: server.answerNext,
    move: (id, state, code) => {
      const task = books.find((candidate) => candidate.id === id);
      if (task === undefined) throw new Error(`no task ${id}`);
      move(task, state, code);
    },
    settled: async () => void (await Promise.all(callbacks)),
    close: server.close,
  };
  return vendor;
}

/** As the vendor signs a callback to `url`. */
export function signatureHeaders(url: string, key: string, at: Date): Readonly<Record<string, string>> {
  const { pathname, search } = new URL(url);
  const [date, nonce] = [at.toUTCString(), randomUUID()];
  const text = `POST\n${pathname}\n${search.slice(1)}\nvidu\n${date}\nDate:${date}\nx-request-nonce:${nonce}\n`;
  return {
    Date: date,
    'x-request-nonce': nonce,
    'X-HMAC-SIGNED-HEADERS': 'Date;x-request-nonce',
    'X-HMAC-SIGNATURE': createHmac('sha256', key).update(text).digest('base64'),
    'X-HMAC-ALGORITHM': 'hmac-sha256',
    'X-HMAC-ACCESS-KEY': 'vidu',
  };
}

function refusal(code: number, reason: string, message: string): FakeAnswer {
  return reply(code, { code, reason, message, metadata: { trace_id: '04e5c2fe' } });
}

/** The reason and the message of what is wrong with a body; null if nothing. */
function faultIn(body: JsonObject, type: string, endpoint: Endpoint): readonly [string, string] | null {
  const unwanted = Object.keys(body).find((key) => !endpoint.fields.includes(key));
  if (unwanted !== undefined) return ['FieldUnwanted', `unwanted field: ${unwanted}`];
  const lacking = endpoint.required.find((key) => (property(body, key) ?? '') === '');
  if (lacking !== undefined) return ['FieldLacking', `field is missing or empty: ${lacking}`];
  const isOffered = !endpoint.fields.includes('model') || modelIn(body)?.endpoints.includes(type) === true;
  if (!isOffered) return ['ModelUnavailable', 'model unavailable'];
  const wrong = Object.entries(body).find(([key, value]) => CHECKS[key]?.(value, body) === false);
  if (wrong !== undefined) return ['FieldInvalid', `invalid field: ${wrong[0]}`];
  if (Number(property(body, 'duration') ?? 0) > (endpoint.maxSeconds ?? 16))
    return ['FieldInvalid', 'invalid field: duration'];
  return mediaFault(body, endpoint) ?? contentFault(String(property(body, 'prompt') ?? ''));
}

function mediaFault(body: JsonObject, endpoint: Endpoint): readonly [string, string] | null {
  const has = (key: string): boolean => property(body, key) !== undefined;
  const bySubjects = listIn(body, 'subjects').flatMap((one) => (isObject(one) ? listIn(one, 'images') : []));
  const count = listIn(body, 'images').length + bySubjects.length;
  const needed = endpoint.required.includes('images') || (endpoint.fields.includes('subjects') && !has('videos'));
  const [min, max] = endpoint.images ?? [0, 0];
  if ((needed && count < min) || count > max)
    return ['FieldItemCountOutOfRange', 'field item count out of range: images'];
  if (has('videos') && property(body, 'model') !== 'viduq2-pro') return ['FieldUnwanted', 'unwanted field: videos'];
  const takesVideo = endpoint.fields.includes('video_creation_id');
  if (takesVideo && !has('video_url') && !has('video_creation_id'))
    return ['FieldLacking', 'field is missing or empty: video_url'];
  const speaks = endpoint.fields.includes('audio_url') && !has('audio_url') && !has('text');
  return speaks ? ['FieldLacking', 'field is missing or empty: audio_url'] : null;
}

function contentFault(prompt: string): readonly [string, string] | null {
  if (prompt.includes('{{policy}}')) return ['AuditSubmitIllegal', 'submit is illegal'];
  return prompt.includes('{{nocredit}}') ? ['CreditInsufficient', 'insufficient credits'] : null;
}

function modelIn(body: JsonObject): Model | null {
  return MODELS[String(property(body, 'model'))] ?? null;
}

function offersLength(model: Model | null, value: Json): boolean {
  if (model === null || !isIn(value, ...model.seconds)) return false;
  return model.only?.some((seconds) => seconds === value) ?? true;
}

function onlyText(body: JsonObject): boolean {
  return ['images', 'videos', 'subjects'].every((key) => property(body, key) === undefined);
}

function listIn(object: JsonObject, key: string): readonly Json[] {
  const value = property(object, key);
  return Array.isArray(value) ? value : [];
}

function isText(value: Json | undefined): value is string {
  return typeof value === 'string';
}

function isIn(value: Json, min: number, max: number): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max;
}
