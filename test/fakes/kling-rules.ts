/** What Kling's reference says a body must be: the tables of its page, as checks. Each returns what is wrong, or null. */

import type { Json, JsonObject } from '../../src/model/json.ts';
import { isObject } from '../../src/model/json.ts';

type Check = (value: Json) => boolean;

const LENGTHS = ['5', '10'];
const LONG_LENGTHS = Array.from({ length: 13 }, (_, index) => String(index + 3));
const ALL_MODELS = [
  'kling-v1',
  'kling-v1-5',
  'kling-v1-6',
  'kling-v2-master',
  'kling-v2-1',
  'kling-v2-1-master',
  'kling-v2-5-turbo',
  'kling-v2-6',
  'kling-v3',
];
const NO_TEXT = ['kling-v1-5', 'kling-v2-1'];

const isText =
  (max: number): Check =>
  (value) =>
    typeof value === 'string' && value !== '' && [...value].length <= max;
const isOneOf =
  (...words: readonly string[]): Check =>
  (value) =>
    typeof value === 'string' && words.includes(value);
const isUrl: Check = (value) => typeof value === 'string' && /^https?:\/\//.test(value);
/** A URL, or base64 with nothing before it. */
const isFile: Check = (value) => isUrl(value) || (typeof value === 'string' && /^[A-Za-z0-9+/]+=*$/.test(value));
const isBetween =
  (min: number, max: number): Check =>
  (value) =>
    typeof value === 'number' && value >= min && value <= max;
const isList =
  (min: number, max: number, item: Check): Check =>
  (value) =>
    Array.isArray(value) && value.length >= min && value.length <= max && value.every(item);
const isShape =
  (shape: Readonly<Record<string, Check>>, required: readonly string[]): Check =>
  (value) =>
    isObject(value) && faultOf(value, shape, required) === null;
const isFlag: Check = (value) => typeof value === 'boolean';

const COMMON: Readonly<Record<string, Check>> = {
  callback_url: isUrl,
  external_task_id: isText(64),
  watermark_info: isShape({ enabled: isFlag }, ['enabled']),
};
const WORDS = { prompt: isText(2500), negative_prompt: isText(2500) };
const MODE = { mode: isOneOf('std', 'pro', '4k') };
const RATIO = { aspect_ratio: isOneOf('16:9', '9:16', '1:1') };
const SHOT = isShape({ index: isBetween(0, 6), prompt: isText(512), duration: isOneOf(...LONG_LENGTHS, '1', '2') }, [
  'prompt',
]);
const SHOTS = {
  sound: isOneOf('on', 'off'),
  multi_shot: isFlag,
  shot_type: isOneOf('customize', 'intelligence'),
  multi_prompt: isList(1, 6, SHOT),
  element_list: isList(1, 3, isShape({ element_id: () => true }, ['element_id'])),
  voice_list: isList(1, 2, isShape({ voice_id: () => true }, ['voice_id'])),
};
const MOVES = ['horizontal', 'vertical', 'pan', 'tilt', 'roll', 'zoom'];
const CAMERA = isShape(
  {
    type: isOneOf('simple', 'down_back', 'forward_up', 'right_turn_forward', 'left_turn_forward'),
    config: isShape(Object.fromEntries(MOVES.map((move) => [move, isBetween(-10, 10)])), []),
  },
  ['type'],
);
const DURATION = { duration: isOneOf(...LONG_LENGTHS) };
const PLAIN = { ...WORDS, ...MODE, ...SHOTS, ...DURATION, cfg_scale: isBetween(0, 1), camera_control: CAMERA };
const SPEECH = {
  text: isText(120),
  voice_id: isText(100),
  voice_language: isOneOf('zh', 'en'),
  voice_speed: isBetween(0.8, 2),
};
const SOUND = { audio_type: isOneOf('file', 'url'), audio_file: isFile, audio_url: isUrl };
const FACE = isShape(
  {
    face_id: isText(100),
    audio_id: isText(100),
    sound_file: isFile,
    sound_start_time: isBetween(0, 60_000),
    sound_end_time: isBetween(0, 60_000),
    sound_insert_time: isBetween(0, 60_000),
    sound_volume: isBetween(0, 2),
    original_audio_volume: isBetween(0, 2),
  },
  ['face_id'],
);

type Kind = { readonly shape: Readonly<Record<string, Check>>; readonly required: readonly string[] };

const KINDS: Readonly<Record<string, Kind>> = {
  text2video: {
    shape: {
      ...PLAIN,
      ...RATIO,
      model_name: (value) => isOneOf(...ALL_MODELS)(value) && !isOneOf(...NO_TEXT)(value),
    },
    required: ['prompt'],
  },
  image2video: {
    shape: {
      ...PLAIN,
      model_name: isOneOf(...ALL_MODELS),
      image: isFile,
      image_tail: isFile,
      static_mask: isFile,
      dynamic_masks: isList(1, 6, isShape({ mask: isFile, trajectories: isList(2, 77, () => true) }, ['mask'])),
    },
    required: ['image'],
  },
  'multi-image2video': {
    shape: {
      ...WORDS,
      ...MODE,
      ...RATIO,
      duration: isOneOf(...LENGTHS),
      model_name: isOneOf('kling-v1-6'),
      image_list: isList(1, 4, isShape({ image: isFile }, ['image'])),
    },
    required: ['image_list', 'prompt'],
  },
  'omni-video': {
    shape: {
      ...WORDS,
      ...MODE,
      ...RATIO,
      ...SHOTS,
      ...DURATION,
      model_name: isOneOf('kling-video-o1', 'kling-v3-omni'),
      image_list: isList(
        1,
        7,
        isShape({ image_url: isFile, type: isOneOf('first_frame', 'end_frame') }, ['image_url']),
      ),
      video_list: isList(
        1,
        1,
        isShape(
          { video_url: isUrl, refer_type: isOneOf('feature', 'base'), keep_original_sound: isOneOf('yes', 'no') },
          ['video_url'],
        ),
      ),
    },
    required: [],
  },
  'video-extend': { shape: { ...WORDS, video_id: isText(100), cfg_scale: isBetween(0, 1) }, required: ['video_id'] },
  'motion-control': {
    shape: {
      prompt: isText(2500),
      mode: isOneOf('std', 'pro'),
      model_name: isOneOf('kling-v2-6', 'kling-v3'),
      image_url: isFile,
      video_url: isUrl,
      character_orientation: isOneOf('image', 'video'),
      keep_original_sound: isOneOf('yes', 'no'),
      element_list: isList(1, 1, isShape({ element_id: () => true }, ['element_id'])),
    },
    required: ['image_url', 'video_url'],
  },
  effects: {
    shape: {
      effect_scene: isText(100),
      input: isShape(
        {
          model_name: isOneOf('kling-v1', 'kling-v1-5', 'kling-v1-6'),
          mode: isOneOf('std', 'pro'),
          duration: isOneOf(...LENGTHS),
          image: isFile,
          images: isList(2, 2, isFile),
        },
        [],
      ),
    },
    required: ['effect_scene', 'input'],
  },
  'advanced-lip-sync': {
    shape: { session_id: isText(100), face_choose: isList(1, 1, FACE) },
    required: ['session_id', 'face_choose'],
  },
  'lip-sync': {
    shape: {
      input: isShape(
        { mode: isOneOf('text2video', 'audio2video'), video_id: isText(100), video_url: isUrl, ...SPEECH, ...SOUND },
        ['mode'],
      ),
    },
    required: ['input'],
  },
  'avatar/image2video': {
    shape: {
      prompt: isText(2500),
      mode: isOneOf('std', 'pro'),
      image: isFile,
      audio_id: isText(100),
      sound_file: isFile,
    },
    required: ['image'],
  },
};

export const VIDEO_KINDS = Object.keys(KINDS);

/** Ways to lead the picture, of which a body may use one. */
const EXCLUSIVE = [['image_tail'], ['static_mask', 'dynamic_masks'], ['camera_control']];

export function faultOfVideo(kind: string, body: JsonObject): string | null {
  const row = KINDS[kind];
  if (row === undefined) return `no kind ${kind}`;
  const fault = faultOf(body, { ...row.shape, ...COMMON }, row.required);
  if (fault !== null) return fault;
  const modelName = String(body['model_name'] ?? '');
  if (EXCLUSIVE.filter((keys) => keys.some((key) => key in body)).length > 1)
    return 'only one of image_tail, masks and camera_control';
  if (/^kling-v[12]/.test(modelName) && 'duration' in body && !LENGTHS.includes(String(body['duration'])))
    return `duration ${String(body['duration'])} of ${modelName}`;
  if (/^kling-v(1|2-[015]|2-master)/.test(modelName) && 'sound' in body) return `${modelName} has no sound`;
  if (modelName === 'kling-v2-6' && body['sound'] === 'on' && body['mode'] !== 'pro') return 'sound needs pro';
  if (body['mode'] === '4k' && !modelName.startsWith('kling-v3')) return `${modelName} makes no 4k`;
  if ('element_list' in body && 'voice_list' in body) return 'element_list or voice_list';
  if (kind === 'avatar/image2video' && 'audio_id' in body === 'sound_file' in body) return 'audio_id or sound_file';
  if (kind === 'omni-video' && !('prompt' in body) && !('image_list' in body)) return 'prompt is required';
  return null;
}

const FOUR = ['kling-3.0-turbo', 'kling-3.0', 'kling-2.6', 'kling-2.5-turbo'];
const TASK_MODELS: Readonly<Record<string, readonly string[]>> = {
  'text-to-video': FOUR,
  'image-to-video': FOUR,
  'omni-video': ['kling-3.0-omni', 'kling-o1'],
  'motion-control': ['kling-3.0', 'kling-2.6'],
};
export const TASK_PATHS = Object.keys(TASK_MODELS);

const AUDIO_WORDS: Readonly<Record<string, readonly string[]>> = {
  'kling-3.0-turbo': [],
  'kling-3.0': ['native', 'off'],
  'kling-2.6': ['native', 'off'],
  'kling-2.5-turbo': [],
  'kling-3.0-omni': ['native', 'original', 'off'],
  'kling-o1': ['original', 'off'],
};

const CONTENTS: Readonly<Record<string, Readonly<Record<string, Check>>>> = {
  prompt: { text: isText(3072) },
  first_frame: { url: isUrl },
  last_frame: { url: isUrl },
  refer_image: { url: isUrl },
  feature_video: { url: isUrl },
  base_video: { url: isUrl },
  image: { url: isUrl },
  video: { url: isUrl },
  element: { element_id: () => true, id: () => true },
  voice: { voice_id: () => true, id: () => true },
};

export function faultOfTask(path: string, model: string, body: JsonObject): string | null {
  if (TASK_MODELS[path]?.includes(model) !== true) return `${path} has no model ${model}`;
  const isMotion = path === 'motion-control';
  const words = isMotion ? ['original', 'off'] : (AUDIO_WORDS[model] ?? []);
  const fault = faultOf(
    body,
    {
      prompt: isText(model.startsWith('kling-3') ? 3072 : 2500),
      contents: isList(1, 12, isContent),
      settings: isShape(
        {
          resolution: isOneOf('720p', '1080p', ...(model === 'kling-3.0' || model === 'kling-3.0-omni' ? ['4k'] : [])),
          ...RATIO,
          duration: isBetween(3, 15),
          audio: isOneOf(...words),
          multi_shot: isFlag,
          character_orientation: isOneOf('image', 'video'),
        },
        [],
      ),
      options: isShape(COMMON, []),
    },
    [path === 'text-to-video' ? 'prompt' : 'contents'],
  );
  if (fault !== null) return fault;
  const types = Array.isArray(body['contents']) ? body['contents'].map((one) => isObject(one) && one['type']) : [];
  if (model === 'kling-3.0-turbo' && types.includes('last_frame')) return 'kling-3.0-turbo takes a first frame only';
  if (isMotion && !(types.includes('image') && types.includes('video'))) return 'a motion needs an image and a video';
  return null;
}

function isContent(value: Json): boolean {
  if (!isObject(value)) return false;
  const { type, ...rest } = value;
  const shape = CONTENTS[String(type)];
  return shape !== undefined && Object.keys(rest).length > 0 && faultOf(rest, shape, []) === null;
}

function faultOf(body: JsonObject, shape: Readonly<Record<string, Check>>, required: readonly string[]): string | null {
  const absent = required.find((key) => !(key in body));
  if (absent !== undefined) return `${absent} is required`;
  const wrong = Object.entries(body).find(([key, value]) => shape[key]?.(value) !== true);
  return wrong === undefined ? null : `invalid ${wrong[0]}: ${JSON.stringify(wrong[1])}`;
}
