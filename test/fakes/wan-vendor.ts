/**
 * DashScope's video tasks as its pages describe them: three request shapes by generation of models, an asynchronous header
 * without which nothing is taken, sizes with an asterisk, resolutions with a capital P, usage as numbers or as text.
 */

import type { Json, JsonObject } from '../../src/model/json.ts';
import { isObject, property } from '../../src/model/json.ts';
import type { Fake, FakeAnswer, FakeTask } from '../providers/suite.ts';
import type { Asked } from './fake-server.ts';
import { reply, startFakeServer } from './fake-server.ts';

type Kind = 'text' | 'image' | 'frames' | 'references' | 'edit' | 'all';

type Model = {
  readonly shape: 'legacy' | 'wan27' | 'wan3';
  readonly kind: Kind;
  readonly resolutions: readonly string[];
  readonly seconds: (seconds: number) => boolean;
  readonly promptChars: number;
  /** Whether `audio` may be said. */
  readonly silence: boolean;
};

const between = (least: number, most: number) => (seconds: number) =>
  Number.isInteger(seconds) && seconds >= least && seconds <= most;
const fiveOrTen = (seconds: number): boolean => seconds === 5 || seconds === 10;
const ALL = ['480P', '720P', '1080P'];
const HD = ['720P', '1080P'];

const W21 = { shape: 'legacy', seconds: (seconds: number) => seconds === 5, promptChars: 800, silence: false } as const;
const HORSE = { shape: 'wan27', resolutions: HD, seconds: between(3, 15), promptChars: 5_000, silence: false } as const;
const W25 = { shape: 'legacy', resolutions: ALL, seconds: fiveOrTen, promptChars: 1_500 } as const;
const W26 = { shape: 'legacy', resolutions: HD, seconds: between(2, 15), promptChars: 1_500 } as const;
const W27 = { shape: 'wan27', resolutions: HD, seconds: between(2, 15), promptChars: 5_000, silence: false } as const;

const MODELS: Readonly<Record<string, Model>> = {
  'wanx2.1-t2v-turbo': { ...W21, kind: 'text', resolutions: ['480P', '720P'] },
  'wanx2.1-i2v-turbo': { ...W21, kind: 'image', resolutions: ['480P', '720P'] },
  'wanx2.1-t2v-plus': { ...W21, kind: 'text', resolutions: ['720P'] },
  'wanx2.1-i2v-plus': { ...W21, kind: 'image', resolutions: ['720P'] },
  'wan2.2-t2v-plus': { ...W21, kind: 'text', resolutions: ['480P', '1080P'] },
  'wan2.2-i2v-plus': { ...W21, kind: 'image', resolutions: ['480P', '1080P'] },
  'wan2.2-i2v-flash': { ...W21, kind: 'image', resolutions: ['480P', '720P'] },
  'wan2.2-kf2v-flash': { ...W21, kind: 'frames', resolutions: ALL },
  'wan2.6-i2v-flash': { ...W26, kind: 'image', silence: true },
  'wan2.6-r2v-flash': { ...W26, kind: 'references', seconds: between(2, 10), silence: true },
  'wan2.7-videoedit': { ...W27, kind: 'edit' },
  'happyhorse-1.1-t2v': { ...HORSE, kind: 'text' },
  'happyhorse-1.1-i2v': { ...HORSE, kind: 'image' },
  'happyhorse-1.1-r2v': { ...HORSE, kind: 'references' },
  'happyhorse-1.0-video-edit': { ...HORSE, kind: 'edit' },
  'wan2.5-t2v-preview': { ...W25, kind: 'text', silence: false },
  'wan2.5-i2v-preview': { ...W25, kind: 'image', silence: true },
  'wan2.6-t2v': { ...W26, kind: 'text', silence: false },
  'wan2.6-i2v': { ...W26, kind: 'image', silence: false },
  'wan2.6-r2v': { ...W26, kind: 'references', seconds: between(2, 10), silence: true },
  'wan2.7-t2v': { ...W27, kind: 'text' },
  'wan2.7-i2v': { ...W27, kind: 'image' },
  'wan2.7-r2v': { ...W27, kind: 'references', seconds: between(2, 10) },
  'wan3.0-video': {
    shape: 'wan3',
    kind: 'all',
    resolutions: ALL,
    seconds: between(2, 30),
    promptChars: 20_000,
    silence: true,
  },
};

const SIZES: Readonly<Record<string, readonly string[]>> = {
  '480P': ['832*480', '480*832', '624*624'],
  '720P': ['1280*720', '720*1280', '960*960', '1088*832', '832*1088'],
  '1080P': ['1920*1080', '1080*1920', '1440*1440', '1632*1248', '1248*1632'],
};
const RATIOS = ['16:9', '9:16', '1:1', '4:3', '3:4'];
const MAX_SEED = 2_147_483_647;
const CREATE = '/api/v1/services/aigc/video-generation/video-synthesis';
/** Where first and last frames are asked for. */
const CREATE_FRAMES = '/api/v1/services/aigc/image2video/video-synthesis';
const TASKS = '/api/v1/tasks';

const INPUT_KEYS = ['prompt', 'negative_prompt'];
const LEGACY_KEYS = {
  text: ['audio_url'],
  image: ['img_url', 'audio_url'],
  frames: ['first_frame_url', 'last_frame_url'],
  edit: [],
  references: ['reference_urls'],
  all: [],
} as const;
const MEDIA_MAXIMA: Readonly<Record<Kind, Readonly<Record<string, number>>>> = {
  text: {},
  image: { first_frame: 1, last_frame: 1, driving_audio: 1, first_clip: 1 },
  frames: {},
  references: { reference_image: 9, reference_video: 3, first_frame: 1 },
  edit: { video: 1, reference_image: 5 },
  all: { first_frame: 1, last_frame: 1, reference_image: 10, reference_video: 5, reference_audio: 5 },
};

export type WanTask = FakeTask & { readonly request: JsonObject; status: string; code: string | null };

export type WanVendor = Fake & { readonly books: readonly WanTask[] };

export type WanOptions = { readonly videoUrl?: string };

export async function startWanVendor(key: string, options: WanOptions = {}): Promise<WanVendor> {
  const { videoUrl = 'https://dashscope-result-sh.oss-cn-shanghai.aliyuncs.com/x.mp4?Expires=1' } = options;
  const books: WanTask[] = [];
  const server = await startFakeServer(answer);

  function answer(asked: Asked): FakeAnswer {
    const { method, url, headers } = asked;
    if (headers['authorization'] !== `Bearer ${key}`)
      return refusal(401, 'InvalidApiKey', `Invalid API-key provided: ${headers['authorization'] ?? ''}`);
    if ((url.pathname === CREATE || url.pathname === CREATE_FRAMES) && method === 'POST') return create(asked);
    const [id = '', call] = url.pathname.slice(TASKS.length + 1).split('/');
    const task = books.find((one) => one.id === id);
    if (call === 'cancel' && method === 'POST') return cancel(task);
    if (!url.pathname.startsWith(`${TASKS}/`) || method !== 'GET' || call !== undefined)
      return refusal(404, 'NotFound', 'no such place');
    const output = task === undefined ? { task_id: id, task_status: 'UNKNOWN' } : outputOf(task);
    const isDone = task?.status === 'SUCCEEDED';
    return reply(200, { request_id: 'r-1', output, ...(isDone ? { usage: usageOf(task) } : {}) });
  }

  function create({ body, headers, url }: Asked): FakeAnswer {
    if (headers['x-dashscope-async'] !== 'enable')
      return refusal(403, 'AccessDenied', 'current user api does not support synchronous calls.');
    if (headers['content-type'] !== 'application/json' || !isObject(body))
      return refusal(400, 'InvalidParameter', 'the body must be JSON');
    const model = MODELS[String(property(body, 'model'))];
    if (model === undefined) return refusal(404, 'ModelNotFound', 'Model not exist.');
    if ((model.kind === 'frames') !== (url.pathname === CREATE_FRAMES))
      return refusal(400, 'InvalidParameter', 'url error');
    const fault = faultIn(body, model);
    if (fault !== null) return refusal(400, 'InvalidParameter', fault);
    const number = String(books.length).padStart(12, '0');
    const task: WanTask = {
      id: `0385dc79-5ff8-4d82-bcb6-${number}`,
      token: null,
      request: body,
      status: 'PENDING',
      code: null,
    };
    books.push(task);
    return reply(200, { output: { task_status: 'PENDING', task_id: task.id }, request_id: 'r-1' });
  }

  function cancel(task: WanTask | undefined): FakeAnswer {
    if (task?.status !== 'PENDING')
      return refusal(400, 'UnsupportedOperation', 'Failed to cancel the task, please confirm if the task is PENDING.');
    task.status = 'CANCELED';
    return reply(200, { request_id: 'r-1' });
  }

  function outputOf({ id, status, code }: WanTask): JsonObject {
    const known = { task_id: id, task_status: status, submit_time: '2026-09-29 14:18:52.331' };
    if (status === 'SUCCEEDED') return { ...known, orig_prompt: 'x', video_url: videoUrl };
    return status === 'FAILED' ? { ...known, code: code ?? 'InternalError', message: 'as the page says' } : known;
  }

  return {
    ...server,
    books,
    move: (id, state, code) => {
      const task = books.find((one) => one.id === id);
      if (task === undefined) return;
      task.status = state;
      task.code = code ?? null;
    },
  };
}

/** Older models count in numbers, newer ones in text. */
function usageOf({ request }: WanTask): JsonObject {
  const seconds = Number(property(objectAt(request, 'parameters'), 'duration'));
  const isOld = /^wanx?2\.[1-6]/.test(String(property(request, 'model')));
  return isOld
    ? { duration: seconds, size: '1280*720', input_video_duration: 0, output_video_duration: seconds, SR: 720 }
    : { duration: `${seconds}.0`, ratio: '16:9', fps: '24', output_video_duration: `${seconds}`, SR: '720' };
}

function faultIn(body: JsonObject, model: Model): string | null {
  const [input, parameters] = [objectAt(body, 'input'), objectAt(body, 'parameters')];
  return (
    textFault(input, model) ??
    (model.shape === 'legacy' ? fieldFault(input, model) : mediaFault(input, model)) ??
    frameFault(parameters, model) ??
    settingFault(parameters, model)
  );
}

function textFault(input: JsonObject, model: Model): string | null {
  const [prompt, negative] = [property(input, 'prompt'), property(input, 'negative_prompt')];
  if (
    prompt === undefined &&
    model.kind !== 'image' &&
    model.kind !== 'frames' &&
    property(input, 'media') === undefined
  )
    return 'prompt is required';
  if (prompt !== undefined && (typeof prompt !== 'string' || prompt.length > model.promptChars)) return 'prompt';
  return negative !== undefined && (typeof negative !== 'string' || negative.length > 500) ? 'negative_prompt' : null;
}

function fieldFault(input: JsonObject, { kind }: Model): string | null {
  const known: readonly string[] = [...INPUT_KEYS, ...LEGACY_KEYS[kind]];
  const stray = Object.keys(input).find((key) => !known.includes(key));
  if (stray !== undefined) return `input.${stray} is not known`;
  const references = property(input, 'reference_urls');
  if (kind === 'image' && !isPicture(property(input, 'img_url'))) return 'img_url';
  if (kind === 'frames' && !['first_frame_url', 'last_frame_url'].every((key) => isPicture(property(input, key))))
    return 'first_frame_url, last_frame_url';
  if (kind === 'references' && !(Array.isArray(references) && references.length >= 1 && references.length <= 5))
    return 'reference_urls';
  if (Array.isArray(references) && !references.every(isAddress)) return 'reference_urls must be URLs';
  const track = property(input, 'audio_url');
  return track === undefined || isAddress(track) ? null : 'audio_url';
}

function mediaFault(input: JsonObject, { kind }: Model): string | null {
  const stray = Object.keys(input).find((key) => ![...INPUT_KEYS, 'media'].includes(key));
  if (stray !== undefined) return `input.${stray} is not known`;
  const media = property(input, 'media') ?? [];
  if (!Array.isArray(media) || !media.every(isObject)) return 'media';
  const types = media.map((item) => String(property(item, 'type')));
  const maxima = MEDIA_MAXIMA[kind];
  for (const type of types)
    if (types.filter((other) => other === type).length > (maxima[type] ?? 0)) return `media of type ${type}`;
  const isMixed = types.some((type) => type.startsWith('reference_')) && types.some((type) => type.endsWith('_frame'));
  if (kind === 'all' && isMixed) return 'reference media cannot stand beside frames';
  if (kind === 'image' && !types.includes('first_frame') && !types.includes('first_clip')) return 'media: first_frame';
  if (kind === 'references' && types.length === 0) return 'media: references';
  if (kind === 'edit' && !types.includes('video')) return 'media: video';
  const wrong = media.find((item) => {
    const isImage = /_(?:frame|image)$/.test(String(property(item, 'type')));
    return !(isImage ? isPicture : isAddress)(property(item, 'url'));
  });
  return wrong === undefined ? null : `media: ${String(property(wrong, 'type'))} has no usable url`;
}

function frameFault(parameters: JsonObject, model: Model): string | null {
  const [size, resolution, ratio] = ['size', 'resolution', 'ratio'].map((key) => property(parameters, key));
  const hasFrame = model.kind === 'image' || model.kind === 'frames';
  if (model.shape === 'legacy' && !hasFrame) {
    const sizes = model.resolutions.flatMap((label) => SIZES[label] ?? []);
    if (typeof size !== 'string' || !sizes.includes(size)) return `size is not match ${String(size)}`;
    return resolution === undefined && ratio === undefined ? null : 'only a size is taken';
  }
  if (size !== undefined) return 'no size is taken';
  if (typeof resolution !== 'string' || !model.resolutions.includes(resolution)) return 'resolution';
  if (model.shape === 'legacy' || hasFrame || model.kind === 'edit')
    return ratio === undefined ? null : 'no ratio is taken';
  const isAdaptive = model.shape === 'wan3' && ratio === 'adaptive';
  return isAdaptive || ratio === undefined || RATIOS.includes(String(ratio)) ? null : 'ratio';
}

function settingFault(parameters: JsonObject, model: Model): string | null {
  const known = ['size', 'resolution', 'ratio', 'duration', 'prompt_extend', 'watermark', 'seed'];
  const own = [...(model.silence ? ['audio'] : []), ...(model.shape === 'legacy' ? ['shot_type'] : [])];
  const stray = Object.keys(parameters).find((key) => ![...known, ...own].includes(key));
  if (stray !== undefined) return `parameters.${stray} is not known`;
  const duration = property(parameters, 'duration');
  if (model.kind === 'edit' ? duration !== undefined : typeof duration !== 'number' || !model.seconds(duration))
    return 'duration';
  for (const key of ['prompt_extend', 'watermark', 'audio'])
    if (!['undefined', 'boolean'].includes(typeof property(parameters, key))) return key;
  const shots = property(parameters, 'shot_type');
  if (shots !== undefined && shots !== 'single' && shots !== 'multi') return 'shot_type';
  if (shots === 'multi' && property(parameters, 'prompt_extend') === false) return 'shot_type needs prompt_extend';
  const seed = property(parameters, 'seed');
  return seed === undefined || between(0, MAX_SEED)(Number(seed)) ? null : 'seed';
}

function objectAt(body: JsonObject, key: string): JsonObject {
  const value = property(body, key);
  return isObject(value) ? value : {};
}

function isAddress(value: Json | undefined): boolean {
  return typeof value === 'string' && /^https?:\/\//.test(value);
}

function isPicture(value: Json | undefined): boolean {
  return isAddress(value) || (typeof value === 'string' && /^data:image\/(?:jpeg|png|bmp|webp);base64,/.test(value));
}

function refusal(status: number, code: string, message: string): FakeAnswer {
  return reply(status, { code, message, request_id: 'r-1' });
}
