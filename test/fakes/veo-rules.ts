/** What Google's pages say of the bodies of predictions (Veo) and interactions (Omni). Each answers what is wrong, or null. */

import type { Json, JsonObject } from '../../src/model/json.ts';
import { isObject, property } from '../../src/model/json.ts';

export type Api = 'vertex' | 'gemini';

const RATIOS: readonly (Json | undefined)[] = ['16:9', '9:16'];
const PREDICT_KEYS = { vertex: ['instances', 'parameters', 'labels'], gemini: ['instances', 'parameters'] };
const INSTANCE_KEYS = ['prompt', 'image', 'lastFrame', 'referenceImages', 'video'];
const GEMINI_PARAMETERS = [
  'sampleCount',
  'durationSeconds',
  'aspectRatio',
  'resolution',
  'personGeneration',
  'negativePrompt',
  'enhancePrompt',
  'seed',
];
const PARAMETERS = {
  gemini: GEMINI_PARAMETERS,
  vertex: [...GEMINI_PARAMETERS, 'generateAudio', 'storageUri', 'fps', 'compressionQuality', 'resizeMode'],
};
const WORDS: Readonly<Record<string, readonly Json[]>> = {
  aspectRatio: ['16:9', '9:16'],
  resolution: ['720p', '1080p', '4k'],
  personGeneration: ['dont_allow', 'allow_adult', 'allow_all'],
  compressionQuality: ['OPTIMIZED', 'LOSSLESS'],
  resizeMode: ['CROP', 'PAD'],
  generateAudio: [true, false],
  enhancePrompt: [true, false],
  durationSeconds: [4, 6, 8],
  sampleCount: [1, 2, 3, 4],
};
const PICTURES = ['image/jpeg', 'image/png', 'image/webp'];
const MAX_SEED = 4_294_967_295;
const LABEL = /^[a-z0-9_-]{1,63}$/;

export function predictionFault(body: JsonObject, api: Api): string | null {
  const instances = property(body, 'instances');
  const instance = Array.isArray(instances) && instances.length === 1 ? instances[0] : null;
  const parameters = property(body, 'parameters') ?? {};
  if (!isObject(instance) || !isObject(parameters)) return 'instances';
  return (
    stray(body, PREDICT_KEYS[api]) ??
    stray(instance, INSTANCE_KEYS) ??
    stray(parameters, PARAMETERS[api]) ??
    instanceFault(instance, api) ??
    parameterFault(parameters) ??
    combinationFault(instance, parameters) ??
    labelFault(property(body, 'labels'))
  );
}

function instanceFault(instance: JsonObject, api: Api): string | null {
  const [prompt, image, last, video] = ['prompt', 'image', 'lastFrame', 'video'].map((key) => property(instance, key));
  const references = property(instance, 'referenceImages');
  if (prompt !== undefined && typeof prompt !== 'string') return 'prompt';
  if (prompt === undefined && image === undefined && video === undefined) return 'prompt is required';
  for (const file of [image, last]) if (file !== undefined && !isPicture(file)) return 'image';
  if (last !== undefined && image === undefined) return 'lastFrame needs an image';
  if (video !== undefined && !isVideo(video, api)) return 'video';
  if (references === undefined) return null;
  if (!Array.isArray(references) || references.length < 1 || references.length > 3) return 'referenceImages';
  const areWhole = references.every(
    (one) => isObject(one) && one['referenceType'] === 'asset' && isPicture(property(one, 'image')),
  );
  if (!areWhole || prompt === undefined) return 'referenceImages';
  return (image ?? last ?? video === undefined) ? null : 'referenceImages exclude image, lastFrame and video';
}

function parameterFault(parameters: JsonObject): string | null {
  const wrong = Object.entries(parameters).find(([key, value]) => WORDS[key]?.includes(value) === false);
  if (wrong !== undefined) return `${wrong[0]} is not supported: ${JSON.stringify(wrong[1])}`;
  const [seed, negative] = [property(parameters, 'seed'), property(parameters, 'negativePrompt')];
  if (seed !== undefined && !(Number.isInteger(seed) && Number(seed) >= 0 && Number(seed) <= MAX_SEED)) return 'seed';
  return negative === undefined || typeof negative === 'string' ? null : 'negativePrompt';
}

function combinationFault(instance: JsonObject, parameters: JsonObject): string | null {
  const isLarge = ['1080p', '4k'].includes(String(property(parameters, 'resolution')));
  const isExtension = property(instance, 'video') !== undefined;
  const needsEight = isLarge || isExtension || property(instance, 'referenceImages') !== undefined;
  if (needsEight && (property(parameters, 'durationSeconds') ?? 8) !== 8) return 'durationSeconds has to be 8';
  return isExtension && isLarge ? 'an extension is 720p' : null;
}

function labelFault(labels: Json | undefined): string | null {
  if (labels === undefined) return null;
  return isObject(labels) && Object.entries(labels).every((pair) => pair.every((text) => LABEL.test(String(text))))
    ? null
    : 'labels';
}

const TASKS: Readonly<Record<string, readonly string[]>> = {
  text_to_video: ['text'],
  image_to_video: ['image', 'text'],
  reference_to_video: ['image', 'video', 'audio', 'text'],
  edit: ['video', 'image', 'text'],
  extend: ['video', 'text'],
  upscale: ['video', 'text'],
};
const INTERACTION_KEYS = [
  'model',
  'background',
  'store',
  'input',
  'response_format',
  'generation_config',
  'previous_interaction_id',
  'webhook_config',
];
const FORMAT_KEYS = ['type', 'delivery', 'aspect_ratio', 'resolution', 'duration'];

export function interactionFault(body: JsonObject): string | null {
  const format = property(body, 'response_format');
  const [input, before] = [property(body, 'input'), property(body, 'previous_interaction_id')];
  if (!isObject(format) || property(format, 'type') !== 'video') return 'response_format';
  const [ratio, resolution, duration] = ['aspect_ratio', 'resolution', 'duration'].map((key) => property(format, key));
  if (property(body, 'background') !== true) return 'a video takes long: background';
  if (before !== undefined && property(body, 'store') === false) return 'previous_interaction_id needs store';
  if (ratio !== undefined && !RATIOS.includes(ratio)) return 'aspect_ratio';
  if (!['360p', '720p', '1080p', '4k', undefined].some((label) => label === resolution)) return 'resolution';
  if (duration !== undefined && !/^(?:[3-9]|10)s$/.test(typeof duration === 'string' ? duration : ''))
    return 'duration';
  const fault = stray(body, INTERACTION_KEYS) ?? stray(format, FORMAT_KEYS);
  if (fault !== null || typeof input === 'string') return fault;
  return contentFault(input, property(body, 'generation_config'), before !== undefined);
}

function contentFault(input: Json | undefined, config: Json | undefined, hasBefore: boolean): string | null {
  const video = isObject(config) ? property(config, 'video_config') : undefined;
  const allowed = TASKS[String(isObject(video) ? property(video, 'task') : undefined)];
  if (!Array.isArray(input) || !input.every(isObject)) return 'input';
  const types = input.map((item) => String(property(item, 'type')));
  if (allowed === undefined) return 'video_config.task';
  if (!types.every((type) => allowed.includes(type))) return `the task takes ${allowed.join(', ')} only`;
  const [needed = 'text'] = allowed;
  if (!types.includes(needed) && !(needed === 'video' && hasBefore)) return `the task needs ${needed}`;
  const isWhole = input.every((item) =>
    property(item, 'type') === 'text'
      ? typeof property(item, 'text') === 'string'
      : isBase64(property(item, 'data')) && typeof property(item, 'mime_type') === 'string',
  );
  return isWhole ? null : 'input';
}

function stray(object: JsonObject, known: readonly string[]): string | null {
  const name = Object.keys(object).find((key) => !known.includes(key));
  return name === undefined ? null : `Unknown name "${name}"`;
}

function isPicture(file: Json | undefined): boolean {
  if (!isObject(file)) return false;
  const mime = property(file, 'mimeType');
  return typeof mime === 'string' && PICTURES.includes(mime) && isBase64(property(file, 'bytesBase64Encoded'));
}

function isVideo(file: Json, api: Api): boolean {
  const [bytes, mime] = api === 'vertex' ? ['bytesBase64Encoded', 'mimeType'] : ['encodedVideo', 'encoding'];
  return isObject(file) && property(file, mime) === 'video/mp4' && isBase64(property(file, bytes));
}

function isBase64(text: Json | undefined): boolean {
  return typeof text === 'string' && text !== '' && Buffer.from(text, 'base64').toString('base64') === text;
}
