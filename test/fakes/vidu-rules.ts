/** What Vidu's pages say a body must be: their tables, as checks. */

import { isObject, property } from '../../src/model/json.ts';
import type { Json, JsonObject } from '../../src/model/json.ts';

type Check = (value: Json, body: JsonObject) => boolean;
export type Endpoint = {
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

export const ENDPOINTS: Readonly<Record<string, Endpoint>> = {
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

/** The reason and the message of what is wrong with a body; null if nothing. */
export function faultIn(body: JsonObject, type: string, endpoint: Endpoint): readonly [string, string] | null {
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

export function isText(value: Json | undefined): value is string {
  return typeof value === 'string';
}

export function isIn(value: Json, min: number, max: number): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max;
}
